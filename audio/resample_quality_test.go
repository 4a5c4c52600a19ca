package audio

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// promises are the figures that the documentation of Quality states.
var promises = map[Quality]struct{ pass, ripple, reject, snr float64 }{
	QualityStandard: {pass: 0.90, ripple: 0.0001, reject: 135, snr: 135},
	QualityFast:     {pass: 0.80, ripple: 0.0001, reject: 120, snr: 120},
	QualityHigh:     {pass: 0.95, ripple: 0.0001, reject: 135, snr: 135},
}

// TestResampleQuality measures every level by tones and holds it to its
// documentation. With -v it prints the figures and the time that one minute of
// one channel takes.
func TestResampleQuality(t *testing.T) {
	var table strings.Builder
	fmt.Fprintf(&table, "\n%7s %7s  %-9s%6s%8s  %10s  %8s  %8s", "from", "to", "quality", "taps", "ahead", "ripple", "reject", "SNR")
	if testing.Verbose() {
		fmt.Fprintf(&table, "  %8s", "60 s in")
	}
	fmt.Fprintln(&table)
	for _, rates := range resampleRates {
		for _, q := range qualities {
			from, to := rates[0], rates[1]
			m, want := measureResampler(t, from, to, q), promises[q]
			if levels[q].pass != want.pass || m.ripple > want.ripple || m.reject < want.reject || m.snr < want.snr {
				t.Errorf("%d to %d Hz, %v: flat to %v ± %.6f dB, reject %.1f dB, SNR %.1f dB; want %+v",
					from, to, q, levels[q].pass, m.ripple, m.reject, m.snr, want)
			}
			half := mustResampler(t, from, to, q).Lookahead()
			fmt.Fprintf(&table, "%7d %7d  %-9v%6d%5.1f ms  %.6f dB  %5.1f dB  %5.1f dB",
				from, to, q, 2*half, 1000*float64(half)/float64(from), m.ripple, m.reject, m.snr)
			if testing.Verbose() {
				fmt.Fprintf(&table, "  %5d ms", timeResampler(t, from, to, q).Milliseconds())
			}
			fmt.Fprintln(&table)
		}
	}
	t.Log(table.String())
}

// figures are in dB.
type figures struct {
	ripple float64 // largest deviation from gain 1 in the pass band
	reject float64 // by how much the worst alias or image lies below its cause
	snr    float64 // smallest for a tone in the pass band
}

func measureResampler(t *testing.T, from, to int, q Quality) figures {
	lower, pass := float64(min(from, to))/2, levels[q].pass
	r := mustResampler(t, from, to, q)
	m := figures{reject: math.Inf(1), snr: math.Inf(1)}
	for i := range 24 {
		gain, residue := measureTone(r, from, to, lower*pass*float64(i+1)/24)
		m.ripple = max(m.ripple, math.Abs(20*math.Log10(math.Hypot(real(gain), imag(gain)))))
		m.snr = min(m.snr, -20*math.Log10(residue))
	}
	m.reject = m.snr
	for i := range 6 { // what is in the transition band must not have images either
		_, residue := measureTone(r, from, to, lower*(pass+(1-pass)*float64(i+1)/7))
		m.reject = min(m.reject, -20*math.Log10(residue))
	}
	// Side lobes are worst next to the transition band.
	for d := 0.0; lower+d < float64(from)/2; d = d*1.1 + lower*(1-pass)/11 {
		_, residue := measureTone(r, from, to, lower+d)
		m.reject = min(m.reject, -20*math.Log10(residue))
	}
	return m
}

// TestFilterStopBand looks between the tones: at the response of a filter of one
// row, from the lower Nyquist frequency to that of the input.
func TestFilterStopBand(t *testing.T) {
	for _, q := range qualities {
		f := newFilter(44100, 22050, q)
		worst := 0.0
		const points = 2000
		for i := range points + 1 {
			w := math.Pi / 2 * (1 + float64(i)/points) // radians per sample
			var re, im float64
			for n, h := range f.row(0) {
				s, c := math.Sincos(w * float64(n))
				re, im = re+float64(h)*c, im+float64(h)*s
			}
			worst = max(worst, math.Hypot(re, im))
		}
		if got := -20 * math.Log10(worst); got < promises[q].reject {
			t.Errorf("%v: the stop band is at -%.1f dB, want %v", q, got, promises[q].reject)
		}
	}
}

// measureTone converts a full-scale tone. It returns the complex gain with which
// the tone comes out, found by least squares, and the RMS of all else relative
// to that of the input. A tone that the output cannot hold is all residue.
func measureTone(r *Resampler, from, to int, hz float64) (gain complex128, residue float64) {
	x := sine(2*r.Lookahead()+2000*max(1, from/to), hz, from)
	y := r.Finish(r.Append(nil, x))
	skip := r.OutputLen(r.Lookahead())
	y = y[skip : len(y)-skip]

	var ss, cc, sc, ys, yc float64 // inner products
	basis := func(k int) (s, c float64) {
		return math.Sincos(2 * math.Pi * hz * float64(skip+k) / float64(to))
	}
	if hz < float64(to)/2 {
		for k, v := range y {
			s, c := basis(k)
			ss, cc, sc = ss+s*s, cc+c*c, sc+s*c
			ys, yc = ys+float64(v)*s, yc+float64(v)*c
		}
		det := ss*cc - sc*sc
		gain = complex((ys*cc-yc*sc)/det, (yc*ss-ys*sc)/det)
	}
	sum := 0.0
	for k, v := range y {
		s, c := basis(k)
		d := float64(v) - real(gain)*s - imag(gain)*c
		sum += d * d
	}
	return gain, math.Sqrt(2 * sum / float64(len(y)))
}

// sine returns n samples of a full-scale tone.
func sine(n int, hz float64, rate int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.Sin(2 * math.Pi * hz * float64(i) / float64(rate)))
	}
	return x
}

func timeResampler(t *testing.T, from, to int, q Quality) time.Duration {
	x := noise(60*from, 1)
	r := mustResampler(t, from, to, q)
	y := make([]float32, r.OutputLen(len(x)))
	best := time.Duration(math.MaxInt64)
	for range 3 {
		start := time.Now()
		r.Finish(r.Append(y[:0], x))
		best = min(best, time.Since(start))
	}
	return best
}

func BenchmarkResampler(b *testing.B) {
	for _, rates := range resampleRates {
		for _, q := range qualities {
			from, to := rates[0], rates[1]
			b.Run(fmt.Sprintf("%d-%d/%v", from, to, q), func(b *testing.B) {
				r := mustResampler(b, from, to, q)
				x := noise(from, 1) // one second
				y := make([]float32, 0, r.OutputLen(len(x)))
				b.ReportAllocs()
				for b.Loop() {
					r.Finish(r.Append(y, x))
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "audio-s/s")
			})
		}
	}
}

func BenchmarkNewResampler(b *testing.B) {
	for _, rates := range resampleRates {
		b.Run(fmt.Sprintf("%d-%d", rates[0], rates[1]), func(b *testing.B) {
			for b.Loop() {
				mustResampler(b, rates[0], rates[1], QualityStandard)
			}
		})
	}
}
