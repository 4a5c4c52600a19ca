"""Finds the coefficients of Q in log.go: the polynomial of degree 8 for which
f + f²·Q(f) has the smallest relative error to ln(1+f) on [-1/4, 1/2].

Remez exchange in 40 digits: the error at DEGREE+2 places is made to alternate
between ±level, then the places move to where it is largest.

Run with Python 3.12 and mpmath 1.3: python log.py
"""

from mpmath import mp, mpf, cos, log1p, lu_solve, matrix, pi, polyval

DEGREE, LOW, HIGH, GRID = 8, mpf(-1) / 4, mpf(1) / 2, 4001


def wanted(f):
    return (log1p(f) - f) / f**2 if f else mpf(-1) / 2


def weight(f):  # what an error of Q does to ln(1+f), relatively
    return f**2 / abs(log1p(f)) if f else mpf(0)


def solve(places):
    a, b = matrix(len(places)), matrix(len(places), 1)
    for i, f in enumerate(places):
        for k in range(DEGREE + 1):
            a[i, k] = f**k
        a[i, DEGREE + 1] = (-1) ** i / max(weight(f), mpf(10) ** -12)
        b[i] = wanted(f)
    *q, level = lu_solve(a, b)
    return q, abs(level)


def peaks(error):
    """The places of the largest error between changes of its sign."""
    found = []
    for i, e in enumerate(error):
        if found and (e > 0) == (error[found[-1]] > 0):
            if abs(e) > abs(error[found[-1]]):
                found[-1] = i
        elif e:
            found.append(i)
    while len(found) > DEGREE + 2:
        found.pop(0 if abs(error[found[0]]) < abs(error[found[-1]]) else -1)
    return found


mp.dps = 40
grid = [LOW + (HIGH - LOW) * i / (GRID - 1) for i in range(GRID)]
places = [(LOW + HIGH - (HIGH - LOW) * cos(pi * i / (DEGREE + 1))) / 2 for i in range(DEGREE + 2)]
while True:
    q, level = solve(places)
    error = [(polyval(q[::-1], f) - wanted(f)) * weight(f) for f in grid]
    largest = max(map(abs, error))
    if largest < level * mpf("1.0001"):
        break
    places = [grid[i] for i in peaks(error)]
for c in q:
    print(float(c))
print("relative error", float(largest))
