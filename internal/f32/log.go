package f32

import "math"

// Log maps a value p to
//
//	scale·ln(max(p, floor)) + offset
//
// NaN and +Inf stay as they are. It is immutable and safe for concurrent use.
type Log struct {
	scale, offset, floor float64
	constants            logConstants
	normal               bool // floor is no subnormal float32
}

// NewLog returns a Log. It panics unless floor is positive, normal and finite,
// scale not 0 and finite, and offset finite.
func NewLog(scale, offset, floor float64) *Log {
	finite := func(x float64) bool { return math.Abs(x) <= math.MaxFloat64 }
	if !finite(scale) || scale == 0 || !finite(offset) || !finite(floor) || floor < 0x1p-1022 {
		panic("f32: NewLog with arguments out of range")
	}
	return &Log{
		scale:     scale,
		offset:    offset,
		floor:     floor,
		constants: newLogConstants(scale, offset, floor),
		normal:    floor >= 0x1p-126,
	}
}

// Apply replaces each value by its image. What a value becomes does not depend
// on its place in x.
//
// The Go form computes in float64 and rounds once. The assembly computes in
// float32: it is off by less than 2 ulp of the result without an offset, and
// with one by at most 1 ulp of the result and 1 ulp of scale. Both forms are
// exact where p is 1 and there is no offset, and round once where p is at or
// below the floor.
func (l *Log) Apply(x []float32) {
	switch {
	case len(x) == 0:
	case useAVX512 && l.normal:
		logAVX512(&x[0], len(x), &l.constants)
	case useAVX2 && l.normal:
		logAVX2(&x[0], len(x), &l.constants)
	default:
		l.applyGo(x)
	}
}

func (l *Log) applyGo(x []float32) {
	for i, v := range x {
		p := float64(v)
		if p < l.floor {
			p = l.floor
		}
		if !(p <= math.MaxFloat64) {
			continue // NaN or +Inf, its own logarithm
		}
		x[i] = float32(l.scale*ln(p) + l.offset)
	}
}

// Log1p replaces each value p by ln(1+p), and negative ones by 0. NaN and +Inf
// stay as they are. The forms are as accurate as those of [Log.Apply], however
// small p is.
func Log1p(x []float32) {
	switch {
	case len(x) == 0:
	case useAVX512:
		log1pAVX512(&x[0], len(x), &lnConstants)
	case useAVX2:
		log1pAVX2(&x[0], len(x), &lnConstants)
	default:
		log1pGo(x)
	}
}

func log1pGo(x []float32) {
	for i, v := range x {
		p := float64(v)
		switch {
		case p <= 0:
			x[i] = 0
		case p < 0x1p-26:
			// ln(1+p) = p - p²/2 + …, and p²/2 is below half an ulp: 1+p would
			// have rounded p off instead.
		case p <= math.MaxFloat32:
			x[i] = float32(ln(1 + p))
		}
	}
}

// ln returns the natural logarithm of a positive, finite, normal x with a
// relative error below 3e-9, a twentieth of what rounding to float32 costs, and
// in half the time of math.Log. With x = 2^e·m, m in [√½, √2), and
// s = (m-1)/(m+1),
//
//	ln x = e·ln 2 + 2·(s + s³/3 + s⁵/5 + …)
//
// where |s| <= 0.172: the first term left out, 2·s¹¹/11, is below 2.1e-9·2s. It
// is short enough for the compiler to inline.
func ln(x float64) float64 {
	const sqrtHalf = 0x3fe6a09e667f3bcd // bits of √½
	const mantissa = 1<<52 - 1
	b := math.Float64bits(x) - sqrtHalf
	e := int64(b) >> 52
	m := math.Float64frombits(b&mantissa + sqrtHalf)
	s := (m - 1) / (m + 1)
	z := s * s
	return float64(e)*math.Ln2 + s*(2+z*(2./3+z*(2./5+z*(2./7+z*(2./9)))))
}

// logConstants are what the assembly needs to know of a Log, each eight times
// over, to be taken as a vector. For p = 2^e·(1+f), f in [-1/4, 1/2), it computes
//
//	scale·ln p = e·scale·ln 2 + scale·f + scale·f²·Q(f)
//
// where Q is the polynomial of degree 8 with the smallest relative error of
// f + f²·Q(f) to ln(1+f), 4.8e-9, which testdata/log.py finds. An offset is first
// reduced to n·scale·ln 2 + rest, and n added to e: where p is near the power
// that offset stands for, no large terms cancel. Products of e and f have their
// factors in two parts, of which the low ones are added first.
type logConstants [18][8]float32

// The order of logConstants.
const (
	logFloor      = iota
	logFloorValue // what p below the floor becomes
	logN
	logRestLow
	logScaleLow
	logRestHigh
	logScaleHigh
	logLn2Low // of scale·ln 2
	logLn2High
	logQ // scale·Q, from the constant coefficient up
)

// logQCoefficients are those of Q, from the constant one up.
var logQCoefficients = [...]float64{
	-0.5000000082262388,
	0.33333454442861177,
	-0.2500005458636826,
	0.19990606774974393,
	-0.16647767016719175,
	0.14482061042253164,
	-0.13162232700945442,
	0.10448335199941318,
	-0.0449096440844461,
}

var lnConstants = newLogConstants(1, 0, 1)

func newLogConstants(scale, offset, floor float64) logConstants {
	var c logConstants
	set := func(i int, v float32) {
		for j := range c[i] {
			c[i][j] = v
		}
	}
	setPair := func(high, low int, v float64) {
		set(high, float32(v))
		set(low, float32(v-float64(float32(v))))
	}
	// p < floor for the same float32 values p as in float64.
	floor32 := float32(floor)
	if float64(floor32) < floor {
		floor32 = math.Nextafter32(floor32, float32(math.Inf(1)))
	}
	set(logFloor, floor32)
	set(logFloorValue, float32(scale*math.Log(floor)+offset))
	n := math.Round(offset / (scale * math.Ln2))
	set(logN, float32(n))
	setPair(logRestHigh, logRestLow, offset-n*scale*math.Ln2)
	setPair(logScaleHigh, logScaleLow, scale)
	setPair(logLn2High, logLn2Low, scale*math.Ln2)
	for k, q := range logQCoefficients {
		set(logQ+k, float32(scale*q))
	}
	return c
}
