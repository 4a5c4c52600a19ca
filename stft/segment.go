package stft

import "github.com/soundspace/soundspace/internal/fft"

// segment is the part of a signal that is in memory, padded without end on
// both sides of the signal.
type segment[S fft.Float] struct {
	x     []S
	first int // the place of x[0] in the signal
	total int // the length of the signal
	pad   PadMode
	value S // of PadConstant
}

// inside returns the n samples from i on, or nil if some lie beyond the ends.
func (s *segment[S]) inside(i, n int) []S {
	if i < 0 || i+n > s.total {
		return nil
	}
	return s.x[i-s.first:][:n]
}

// at returns sample i, which may lie beyond the ends.
func (s *segment[S]) at(i int) S {
	if i < 0 || i >= s.total {
		switch s.pad {
		case PadZero:
			return 0
		case PadConstant:
			return s.value
		case PadReflect:
			i = reflect(i, s.total)
		case PadEdge:
			i = min(max(i, 0), s.total-1)
		}
	}
	return s.x[i-s.first]
}

// reflect mirrors i at the first and last of n samples until it lies between
// them: x2 x1 x0 x1 x2 x1 x0 …
func reflect(i, n int) int {
	if n == 1 {
		return 0
	}
	period := 2 * (n - 1)
	i %= period
	if i < 0 {
		i += period
	}
	return min(i, period-i)
}
