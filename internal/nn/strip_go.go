package nn

import "github.com/soundspace/soundspace/internal/half"

// runGo is the reference of the kernels. Without fused multiply-adds its sums are
// not theirs to the last bit.
func (s *strip) runGo(storage Storage, rows int) {
	if storage != Float32 {
		s.runExpanded(storage, rows)
		return
	}
	for j := 0; j < s.n; j += panelCols {
		var b []float32
		if s.k > 0 {
			b = s.b[j/panelCols*s.bPanel:]
		}
		s.columns(rows, j, b, s.bStep)
	}
}

// runExpanded does it for weights of the other types, panel by panel.
func (s *strip) runExpanded(storage Storage, rows int) {
	var panel [blockK * panelCols]float32
	for j := 0; j < s.n; j += panelCols {
		for l := range s.k * len(s.offsets) {
			to := panel[l*panelCols : (l+1)*panelCols]
			from := j/panelCols*s.bPanel + l*s.bStep
			switch storage {
			case Float16:
				for i, v := range s.half[from : from+panelCols] {
					to[i] = half.Float16Value(v)
				}
			case BFloat16:
				for i, v := range s.half[from : from+panelCols] {
					to[i] = half.BFloat16Value(v)
				}
			case Int8:
				for i, v := range s.octets[from : from+panelCols] {
					to[i] = float32(v)
				}
			}
		}
		s.columns(rows, j, panel[:], panelCols)
	}
}

// columns computes up to 16 columns from j0 on, two rows and four columns at a
// time, from the values of b, which are step apart.
func (s *strip) columns(rows, j0 int, b []float32, step int) {
	n := min(s.n-j0, panelCols)
	i := 0
	for ; i+2 <= rows; i += 2 {
		j := 0
		for ; j+4 <= n; j += 4 {
			s.sums2x4(i, j0+j, b, j, step)
		}
		for ; j < n; j++ {
			s.sum(i, j0+j, b, j, step)
			s.sum(i+1, j0+j, b, j, step)
		}
	}
	if i < rows {
		for j := range n {
			s.sum(i, j0+j, b, j, step)
		}
	}
}

func (s *strip) sums2x4(i, j int, b []float32, at, step int) {
	var c00, c01, c02, c03, c10, c11, c12, c13 float32
	for _, offset := range s.offsets {
		if s.k == 0 {
			break
		}
		a0 := s.a[offset+i*s.aStride:][:s.k]
		a1 := s.a[offset+(i+1)*s.aStride:][:s.k]
		for l, x := range a0 {
			y := a1[l]
			b := b[at : at+4]
			c00 += x * b[0]
			c01 += x * b[1]
			c02 += x * b[2]
			c03 += x * b[3]
			c10 += y * b[0]
			c11 += y * b[1]
			c12 += y * b[2]
			c13 += y * b[3]
			at += step
		}
	}
	s.put(i, j, c00)
	s.put(i, j+1, c01)
	s.put(i, j+2, c02)
	s.put(i, j+3, c03)
	s.put(i+1, j, c10)
	s.put(i+1, j+1, c11)
	s.put(i+1, j+2, c12)
	s.put(i+1, j+3, c13)
}

func (s *strip) sum(i, j int, b []float32, at, step int) {
	var sum float32
	for _, offset := range s.offsets {
		for l := range s.k {
			sum += s.a[offset+i*s.aStride+l] * b[at]
			at += step
		}
	}
	s.put(i, j, sum)
}

func (s *strip) runDepthwiseGo(rows int) {
	for i := range rows {
		for j := range s.n {
			var sum float32
			for l, offset := range s.offsets {
				sum += s.a[offset+i*s.aStride+j] * s.b[l*s.bStep+j]
			}
			s.put(i, j, sum)
		}
	}
}

func (s *strip) runAcrossGo(rows int) {
	for i := range rows {
		for j := 0; j < s.n; j += 4 {
			n := min(s.n-j, 4)
			var sum [4]float32
			at := j/panelCols*s.bPanel + j%panelCols
			for _, offset := range s.offsets {
				for l := range s.k {
					x := s.a[offset+l*s.aStride+i]
					for q, y := range s.b[at : at+n] {
						sum[q] += x * y
					}
					at += s.bStep
				}
			}
			for q := range n {
				s.put(i, j+q, sum[q])
			}
		}
	}
}

func (s *strip) put(i, j int, v float32) {
	if s.scale != nil {
		v *= s.scale[j]
	} else {
		v *= s.alpha
	}
	if s.add != nil {
		v += s.add[i*s.addStride+j]
	}
	if s.bias != nil {
		v += s.bias[j]
	}
	s.c[i*s.cStride+j] = v
}
