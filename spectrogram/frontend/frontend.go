package frontend

// Shape is the shape of what a front end computes: Planes matrices, one after
// the other, of Rows rows (frames, in order of time) and Cols columns (bands, in
// order of frequency), row-major.
type Shape struct{ Planes, Rows, Cols int }

// Len returns the number of values, Planes·Rows·Cols.
func (s Shape) Len() int { return s.Planes * s.Rows * s.Cols }

// FrontEnd turns the samples of a recording into what a model takes in. All of
// this package are immutable and safe for concurrent use.
type FrontEnd interface {
	// SampleRate is the rate of the samples, in Hz.
	SampleRate() int
	// Shape is that of the values of n samples.
	Shape(n int) Shape
	// Compute turns samples of one channel, between -1 and 1, into
	// Shape(len(x)).Len() values. They are written to dst if its capacity
	// suffices, and then nothing is allocated once the front end has been used,
	// and to a new slice otherwise; the slice is returned. It must not overlap x.
	//
	// Where the shape is fixed, no samples count as silence. A NaN or an infinity
	// reaches the rows that it is in, and all rows where the values of one depend
	// on those of the others.
	Compute(dst, x []float32) []float32
}

// grow returns n values, those of dst if there is room. They may hold anything.
func grow[T any](dst []T, n int) []T {
	if cap(dst) < n {
		return make([]T, n)
	}
	return dst[:n]
}

// scratch is the memory of one call at a time.
type scratch struct {
	samples, quantized []float32
	rows               []float32
}
