package fft

import (
	"slices"
	"unsafe"
)

// lanePass is one pass over all transforms of a length.
type lanePass[T Float] struct {
	radix        int
	outer, inner int          // butterflies
	tw           []Complex[T] // factors of the outputs 1 … radix-1, for each outer butterfly
	roots        []Complex[T] // of passOdd: cos and sin 2πjt/radix
}

// passRadices returns the radices of the passes over transforms of length n, or
// false if it has a prime factor beyond maxRadix.
func passRadices(n int) (radices []int, ok bool) {
	twos, radices, ok := primeFactors(n)
	for twos > 0 {
		bits := 3
		switch {
		case twos < 3:
			bits = twos
		case twos == 5:
			bits = 2
		case twos%3 > 0:
			bits = 4
		}
		radices = append(radices, 1<<bits)
		twos -= bits
	}
	slices.Sort(radices)
	return radices, ok
}

// newLanePass returns the pass of the given radix over transforms of length
// radix·outer, inner of them.
func newLanePass[T Float](radix, outer, inner int) lanePass[T] {
	s := lanePass[T]{radix: radix, outer: outer, inner: inner}
	for p := range outer {
		for j := 1; j < radix; j++ {
			s.tw = append(s.tw, convert[T](root(j*p, radix*outer)))
		}
	}
	if !hasButterfly(radix) {
		for t := 1; t <= radix/2; t++ {
			for j := 1; j <= radix/2; j++ {
				w := root(j*t, radix)
				s.roots = append(s.roots, Complex[T]{T(w.Re), T(-w.Im)})
			}
		}
	}
	return s
}

func hasButterfly(radix int) bool { return radix <= 5 || radix == 8 || radix == 16 }

// newLanePasses returns the passes over transforms of length n, nil if n has a
// prime factor beyond maxRadix.
func newLanePasses[T Float](n int) []lanePass[T] {
	radices, ok := passRadices(n)
	if !ok {
		return nil
	}
	list, todo, done := []lanePass[T]{}, n, 1
	for _, r := range radices {
		todo /= r
		list = append(list, newLanePass[T](r, todo, done))
		done *= r
	}
	return list
}

// runPasses transforms the complex vectors in a, by way of b, and returns where
// the result is: in a or in b.
func runPasses[T Float](k *kernels, passes []lanePass[T], a, b, sums []T) []T {
	vector := 2 * k.lanes * int(unsafe.Sizeof(T(0)))
	for i := range passes {
		s := &passes[i]
		step := s.inner * vector
		if s.outer == 1 && hasButterfly(s.radix) {
			k.last[s.radix](at(b, 0), at(a, 0), s.inner, step, step)
		} else {
			s.run(k, at(b, 0), at(a, 0), at(s.tw, 0), s.outer, s.inner, s.outer*step, step, (s.radix-1)*step, sums)
		}
		a, b = b, a
	}
	return a
}

func (s *lanePass[T]) run(k *kernels, dst, src, tw unsafe.Pointer, outer, inner, srcStep, dstStep, skip int, sums []T) {
	if hasButterfly(s.radix) {
		k.pass[s.radix](dst, src, tw, outer, inner, srcStep, dstStep, skip)
	} else {
		k.passOdd(dst, src, tw, at(s.roots, 0), at(sums, 0), s.radix/2, outer, inner, srcStep, dstStep, skip)
	}
}

// aligned returns n values from a multiple of 64 bytes on.
func aligned[T Float](n int) []T {
	const line = 64
	size := int(unsafe.Sizeof(T(0)))
	s := make([]T, n+line/size)
	off := int(-uintptr(unsafe.Pointer(&s[0]))%line) / size
	return s[off:][:n:n]
}

func at[T any](s []T, i int) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(s[i:]))
}
