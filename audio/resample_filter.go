package audio

import (
	"math"

	"github.com/soundspace/soundspace/internal/f32"
)

// Quality is a level of resampling quality. The levels differ in how near to the
// lower of the two Nyquist frequencies, N, they stay flat, and in what this
// costs. At every level the stop band begins at N, so that nothing folds back
// from beyond it:
//
//	level            flat to  within     stop band  SNR     taps¹  look-ahead²
//	QualityStandard  0.90 N   0.0001 dB  135 dB     135 dB  192    96
//	QualityFast      0.80 N   0.0001 dB  120 dB     120 dB   80    40
//	QualityHigh      0.95 N   0.0001 dB  135 dB     135 dB  400    200
//
// Stop band: by how much aliases and images lie below their cause, at least. SNR:
// the least signal-to-noise ratio of a full-scale tone in the pass band. At
// 135 dB float32 arithmetic bounds both as much as the filter does.
// TestResampleQuality measures these figures, and with -v prints them for many
// pairs of rates, with the time taken.
//
// ¹ Multiplications for an output sample when going up; about from/to times as
// many when going down. ² In samples at the lower rate: half the filter's length,
// rounded up to whole vectors.
type Quality uint8

// The levels of quality; the zero value is the one to use unless you know better.
const (
	QualityStandard Quality = iota // flat to 0.90 of the lower Nyquist frequency
	QualityFast                    // flat to 0.80, at twice the speed
	QualityHigh                    // flat to 0.95, at half the speed
)

// levels are the designs behind the qualities: where the pass band ends as a
// fraction of the lower Nyquist frequency, and the stop-band attenuation to ask
// Kaiser's formulas for, which are right to 3 dB.
var levels = [...]struct {
	name        string
	pass        float64
	attenuation float64
}{
	QualityStandard: {"standard", 0.90, 140},
	QualityFast:     {"fast", 0.80, 122},
	QualityHigh:     {"high", 0.95, 150},
}

// String returns "standard", "fast" or "high".
func (q Quality) String() string {
	if int(q) >= len(levels) {
		return "unknown"
	}
	return levels[q].name
}

// A filter is the impulse response of one conversion, cut into rows. It is
// read-only once built, so that channels can share it.
//
// The response is a sinc with its cut-off in the middle of the transition band,
// times a Kaiser window over half samples on either side,
//
//	h(t) = c·sinc(c·t)·I₀(β·√(1-(t/half)²))/I₀(β),  t in input samples,
//
// with c the cut-off over the input's Nyquist frequency. The output at the time
// i+f, with i whole and 0 ≤ f < 1, is
//
//	y = Σ x[i+j]·h(j-f),  j = 1-half … half,
//
// and the row for f holds these h(j-f). A conversion by up/down in lowest terms
// needs the fractions p/up only. Unless they are too many, there is a row for
// each of them. If they are, there are rows for the fractions p/grid, p from -1
// to grid+1, and outputs are interpolated between the sums of four rows.
type filter struct {
	up, down        int // to/from in lowest terms
	step, phaseStep int // down/up and down%up: how far apart outputs are
	half, taps      int // taps is 2*half, the length of a row
	rows            []float32
	grid            int // 0 if there is a row for each fraction
}

const (
	// maxExactRows bounds the number of taps of all rows together where there is
	// one for each fraction: 2 MiB, about what the cache next to a core holds.
	maxExactRows = 1 << 19
	// gridDensity is the number of rows per sample at the lower rate where they
	// are interpolated. A cubic through four points that are 1/d apart is off by
	// at most 3/128·(π/d)⁴ for a sine at the Nyquist frequency: -161 dB for 128.
	gridDensity = 128
)

func newFilter(from, to int, q Quality) *filter {
	g := gcd(from, to)
	up, down := to/g, from/g
	f := &filter{up: up, down: down, step: down / up, phaseStep: down % up}
	level := levels[q]
	// The lower rate in units of the input rate: below 1 when going down.
	scale := min(1, float64(to)/float64(from))
	width := kaiserHalfWidth(level.attenuation, math.Pi*(1-level.pass))
	f.half = (int(math.Ceil(width/scale)) + 7) &^ 7 // whole vectors for the dot product
	f.taps = 2 * f.half
	k := kernel{cutoff: scale * (1 + level.pass) / 2, half: float64(f.half), beta: kaiserBeta(level.attenuation)}

	row := make([]float64, f.taps)
	if up*f.taps <= maxExactRows {
		f.rows = make([]float32, 0, up*f.taps)
		for p := range up {
			if p <= up/2 {
				f.rows = k.appendRow(f.rows, row, float64(p)/float64(up))
				continue
			}
			mirror := f.row(up - p) // h is even: the same backwards
			for i := range mirror {
				f.rows = append(f.rows, mirror[f.taps-1-i])
			}
		}
		return f
	}
	f.grid = int(math.Ceil(gridDensity * scale))
	f.rows = make([]float32, 0, (f.grid+3)*f.taps)
	for p := -1; p <= f.grid+1; p++ {
		f.rows = k.appendRow(f.rows, row, float64(p)/float64(f.grid))
	}
	return f
}

// row returns row p.
func (f *filter) row(p int) []float32 { return f.rows[p*f.taps:][:f.taps] }

// output returns the output at the fraction phase/up after the sample in the
// middle of x, which holds taps samples.
func (f *filter) output(x []float32, phase int) float32 {
	if f.grid == 0 {
		return f32.Dot(f.row(phase), x)
	}
	// Lagrange's formula through four rows, the first of which is the one before
	// the fraction.
	at := phase * f.grid
	u := float64(at%f.up) / float64(f.up)
	y0, y1, y2, y3 := f32.Dot4(x, f.rows[at/f.up*f.taps:], f.taps)
	return float32(float64(y0)*(-u*(u-1)*(u-2)/6) +
		float64(y1)*((u+1)*(u-1)*(u-2)/2) +
		float64(y2)*(-(u+1)*u*(u-2)/2) +
		float64(y3)*((u+1)*u*(u-1)/6))
}

// kaiserBeta and kaiserHalfWidth are Kaiser's design formulas for attenuations
// above 50 dB: J. F. Kaiser, "Nonrecursive digital filter design using the
// I0-sinh window function", Proc. IEEE Int. Symp. Circuits and Systems, 1974.
// The transition is in radians per sample.
func kaiserBeta(attenuation float64) float64 { return 0.1102 * (attenuation - 8.7) }

func kaiserHalfWidth(attenuation, transition float64) float64 {
	return (attenuation - 7.95) / (2 * 2.285 * transition)
}

// kernel is h of the type filter, with cutoff for c.
type kernel struct{ cutoff, half, beta float64 }

// at returns h(t) but for a constant factor.
func (k kernel) at(t float64) float64 {
	r := t / k.half
	window := besselI0(k.beta * math.Sqrt(max(0, 1-r*r)))
	x := math.Pi * k.cutoff * t
	if x == 0 {
		return window
	}
	return math.Sin(x) / x * window
}

// appendRow appends the taps for the fraction f, scaled so that their sum is 1:
// a constant comes out as itself, without ripple at the rate of the fractions.
func (k kernel) appendRow(rows []float32, row []float64, f float64) []float32 {
	sum := 0.0
	for i := range row {
		row[i] = k.at(float64(i+1) - k.half - f)
		sum += row[i]
	}
	for _, h := range row {
		rows = append(rows, float32(h/sum))
	}
	return rows
}

// besselI0 is the modified Bessel function of the first kind and order 0, by
// its power series Σ ((x/2)ᵏ/k!)².
func besselI0(x float64) float64 {
	q := x * x / 4
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-17; k++ {
		term *= q / (k * k)
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
