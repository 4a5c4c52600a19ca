//go:build noasm || !amd64

package fft

var useAVX2 = false

func (s *pass[T]) pass4Asm(dst, src []Complex[T]) bool { return false }
