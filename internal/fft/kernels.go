package fft

import "unsafe"

// kernels are the vector operations of one instruction set on one type of
// value. Pointers are to vectors, or to the values named; steps are in bytes.
// See the package documentation for the layouts.
type kernels struct {
	lanes   int      // frames side by side
	shorter *kernels // those with fewer lanes, if there are any

	// transposeIn multiplies n·lanes values of each frame, frameStep apart, by
	// those of win, and lays them side by side. After each lanes values, src and
	// win move on by srcStep, dst by lanes vectors.
	transposeIn func(dst, src, win unsafe.Pointer, n, frameStep, srcStep int)
	// transposeOut turns n·lanes vectors into as many values of each frame.
	transposeOut func(dst, src unsafe.Pointer, n, frameStep int)

	// pass[r] takes nOuter·nInner butterflies of radix r, of complex vectors
	// srcStep apart, each one vector after the one before, and writes the results
	// dstStep apart, each one vector after the one before, skipStep further after
	// nInner of them. Result j > 0 of outer round p is multiplied by
	// tw[p·(r-1)+j-1]. last[r] does the same for nOuter = 1 without factors.
	pass [17]func(dst, src, tw unsafe.Pointer, nOuter, nInner, srcStep, dstStep, skipStep int)
	last [17]func(dst, src unsafe.Pointer, nInner, srcStep, dstStep int)
	// passOdd is pass of radix 2·nHalf+1. roots are pairs of cos and sin 2πjt/radix,
	// j = 1 … nHalf, t = 1 … nHalf, sums is room for 2·nHalf complex vectors.
	passOdd func(dst, src, tw, roots, sums unsafe.Pointer, nHalf, nOuter, nInner, srcStep, dstStep, skipStep int)

	// split… turn the spectrum Z of pairs into bins: from n vectors upwards from a
	// and downwards from b to rows, rowStep apart, upwards from up and downwards
	// from down. splitMagnitude keeps the largest square of each lane in a vector.
	splitSpectrum  func(up, down, a, b, tw unsafe.Pointer, n, rowStep int)
	splitPower     func(up, down, a, b, tw unsafe.Pointer, n, rowStep int)
	splitMagnitude func(up, down, a, b, tw, largest unsafe.Pointer, n, rowStep int)
	// expand turns n vectors into complex ones without imaginary parts; squares and
	// moduli turn n complex vectors into their squared moduli and these, the largest
	// square kept as above. product multiplies n complex vectors by a factor of tw each; dst moves
	// on by dstStep.
	expand  func(dst, src unsafe.Pointer, n int)
	squares func(dst, src unsafe.Pointer, n int)
	moduli  func(dst, src, largest unsafe.Pointer, n int)
	product func(dst, src, tw unsafe.Pointer, n, dstStep int)

	// pack undoes splitSpectrum, into reversed order and twice as large.
	pack func(up, down, a, b, tw unsafe.Pointer, n int)

	// columns and mirror… are the first and the last step of single, nil where there
	// are none. columns takes butterflies of as many rows as there are lanes, rowStep
	// apart, of pairs of values times the complex vectors of win, over n·lanes columns,
	// and lays the outputs, times a complex vector of tw for each but the first, side
	// by side. It does so for nFrames, frameStep apart, whose results are dstStep
	// apart, and prefetches a cache line for each row of them, from nAhead bytes after
	// src on, aheadStep apart.
	columns func(dst, src, win, tw unsafe.Pointer, n, nFrames, nAhead, rowStep, frameStep, dstStep, aheadStep int)
	// copyPast copies n values past the caches.
	copyPast func(dst, src unsafe.Pointer, n int)
	// mirror… turn n vectors from z upwards into bins from up upwards, and with them
	// as many bins from down downwards, reversed. The mirror image of the first lane
	// is in the vector at end, of the others in that at last; both move downwards.
	// mirrorMagnitude sets the largest square of all.
	mirrorSpectrum  func(up, down, z, end, last, tw unsafe.Pointer, n int)
	mirrorPower     func(up, down, z, end, last, tw unsafe.Pointer, n int)
	mirrorMagnitude func(up, down, z, end, last, tw, largest unsafe.Pointer, n int)
	// packPairs does what pack does to n vectors of pairs of values, in vectors
	// from a upwards and from b downwards, times a complex vector of tw for each;
	// interleave turns n complex vectors into pairs of values.
	packPairs  func(up, down, a, b, tw unsafe.Pointer, n int)
	interleave func(dst, src unsafe.Pointer, n int)

	// bands sums rows of vectors: band i of n is the weighted sum of counts[2i+1]
	// rows from counts[2i] on.
	bands func(dst, src, weights, counts unsafe.Pointer, n int)

	// addProducts adds w·y to sums, products writes a·b, n values of each, a
	// multiple of as many float64s as are in a vector; sums, w, a and b are float64s.
	addProducts func(sums, w, y unsafe.Pointer, n int)
	products    func(dst, a, b unsafe.Pointer, n int)
}

// kernelsFor returns the best kernels for this processor, nil if there are none.
func kernelsFor[T Float]() *kernels {
	if unsafe.Sizeof(T(0)) == 4 {
		return kernels32
	}
	return kernels64
}
