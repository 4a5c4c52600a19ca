"""Finds the coefficients in exp.go and gelu.go.

Q: the polynomial of degree 5 with the smallest relative error to (2^r - 1)/r on
[-1/2, 1/2], by Remez exchange in 40 digits, as in log.py.

N/D: the rational function of degree 3 over 4 with the smallest error to
erfcx(a/√2)/2 = Φ(-a)·exp(a²/2) on [0, 14], relative to that and to 1 + a² (what
the rounding of a² does to exp(-a²/2) grows like that), by linear least squares
with D of the step before in the weights, and Lawson's weights for the maximum.

Run with Python 3.12, mpmath 1.3, NumPy 1.26 and SciPy 1.17: python exp.py
"""

import numpy as np
from mpmath import mp, mpf, cos, expm1, log, lu_solve, matrix, pi, polyval
from scipy.special import erfcx

mp.dps = 40
DEGREE, GRID = 5, 2001


def wanted(r):
    return expm1(r * log(mpf(2))) / r if r else log(mpf(2))


grid = [-cos(pi * i / (GRID - 1)) / 2 for i in range(GRID)]
values = [wanted(r) for r in grid]
places = [round((GRID - 1) * i / (DEGREE + 1)) for i in range(DEGREE + 2)]
while True:
    a, b = matrix(DEGREE + 2), matrix(DEGREE + 2, 1)
    for i, at in enumerate(places):
        for k in range(DEGREE + 1):
            a[i, k] = grid[at] ** k
        a[i, DEGREE + 1] = (-1) ** i * values[at]
        b[i] = values[at]
    *q, level = lu_solve(a, b)
    error = [polyval(q[::-1], r) / v - 1 for r, v in zip(grid, values)]
    largest = max(map(abs, error))
    if largest < abs(level) * mpf("1.0001"):
        break
    places = []  # of the largest error between changes of its sign
    for i, e in enumerate(error):
        if places and (e > 0) == (error[places[-1]] > 0):
            if abs(e) > abs(error[places[-1]]):
                places[-1] = i
        else:
            places.append(i)
print("Q", *[float(c) for c in q], "error", float(largest), sep="\n")

TOP, ABOVE, BELOW = 14.0, 3, 4
s = (1 - np.cos(np.pi * (np.arange(400) + 0.5) / 400)) / 2
a = TOP * s
f = erfcx(a / np.sqrt(2)) / 2
weight = 1 / (f * (1 + a**2))
lawson, d, best = np.ones_like(a), np.ones_like(a), np.inf
for _ in range(200):
    columns = [s**k for k in range(ABOVE + 1)] + [-f * s**k for k in range(1, BELOW + 1)]
    w = weight * np.sqrt(lawson) / d
    c = np.linalg.lstsq(np.stack(columns, 1) * w[:, None], f * w, rcond=None)[0]
    above, below = c[: ABOVE + 1], np.concatenate([[1], c[ABOVE + 1 :]])
    d = np.polyval(below[::-1], s)
    error = np.abs(np.polyval(above[::-1], s) / d - f) * weight
    if error.max() < best:
        best = error.max()
        result = above / TOP ** np.arange(ABOVE + 1), below / TOP ** np.arange(BELOW + 1)
    lawson = np.clip(lawson * error / error.mean(), 1e-9, 1e9)
print("N", *map(float, result[0]), "D", *map(float, result[1]), "error", best, sep="\n")
