package frontend

// tile fills dst with x, again and again, and with zeros if x is empty.
func tile(dst, x []float32) {
	if len(x) == 0 {
		clear(dst)
		return
	}
	for n := copy(dst, x); n < len(dst); {
		n += copy(dst[n:], dst[:n/len(x)*len(x)])
	}
}

// tileWhole writes x to dst as often as all of it fits, then zeros.
func tileWhole(dst, x []float32) {
	n := 0
	if len(x) > 0 {
		n = len(dst) / len(x) * len(x)
	}
	tile(dst[:n], x)
	clear(dst[n:])
}

// zeroPad writes x to dst, then zeros.
func zeroPad(dst, x []float32) { clear(dst[copy(dst, x):]) }

// thirds splits the places 0 … n-chunk at which a chunk fits into n rows into
// three runs, nearly equal, the first ones longer by one where need be, and
// returns the first place of each run or, with center, the middle one. A run
// without places gives 0.
func thirds(n, chunk int, center bool) (starts [3]int) {
	places := n - chunk + 1
	for i := range starts {
		first, end := thirdStart(places, i), thirdStart(places, i+1)
		if first == end {
			continue
		}
		starts[i] = first
		if center {
			starts[i] = first + (end-first)/2
		}
	}
	return starts
}

// thirdStart returns where run i of n places begins, as numpy.array_split has it.
func thirdStart(n, i int) int { return i*(n/3) + min(i, n%3) }
