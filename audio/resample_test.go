package audio

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/internal/npy"
)

// resampleRates are conversions with a row for each fraction, up, down and by a
// whole number, and, the last four, with interpolated rows.
var resampleRates = [][2]int{
	{44100, 16000}, {44100, 48000}, {48000, 44100}, {11025, 44100}, {44100, 22050},
	{16000, 44100}, {192000, 8000}, {8000, 192000},
	{96000, 44101}, {44100, 44101}, {96000, 95999}, {22050, 95999},
}

var qualities = []Quality{QualityStandard, QualityFast, QualityHigh}

func mustResampler(t testing.TB, from, to int, q Quality) *Resampler {
	t.Helper()
	r, err := NewResampler(from, to, q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func noise(n int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.Float64()*2 - 1)
	}
	return x
}

func sameBits(t *testing.T, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d samples, want %d", len(got), len(want))
	}
	for i := range got {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("sample %d of %d is %v, want %v", i, len(got), got[i], want[i])
		}
	}
}

// A burst of tones is known at any time, so that the whole output can be
// compared, edges, alignment and gain included.
func TestResampleAgainstFormula(t *testing.T) {
	for _, rates := range resampleRates {
		for _, q := range qualities {
			from, to := rates[0], rates[1]
			lower := float64(min(from, to)) / 2
			length := 2400 / lower // seconds
			burst := func(seconds float64) float64 {
				u := (seconds/length - 0.5) / 0.08
				sum := 0.0
				for i, f := range []float64{0, 0.11, 0.37, 0.5, 0.75} {
					sum += 0.2 * math.Cos(2*math.Pi*f*lower*seconds+float64(i))
				}
				return sum * math.Exp(-u*u/2)
			}
			x := make([]float32, int(length*float64(from)))
			for i := range x {
				x[i] = float32(burst(float64(i) / float64(from)))
			}
			r := mustResampler(t, from, to, q)
			y := r.Finish(r.Append(nil, x))
			for k, v := range y {
				if want := burst(float64(k) / float64(to)); math.Abs(float64(v)-want) > 6e-7 {
					t.Errorf("%d to %d Hz, %v: sample %d is %v, want %v", from, to, q, k, v, want)
					break
				}
			}
		}
	}
}

// The golden values are those of trigonometric interpolation in float64.
func TestResampleAgainstInterpolation(t *testing.T) {
	golden, err := npy.ReadZip("testdata/resample.npz")
	if err != nil {
		t.Fatal(err)
	}
	x := toFloat32(golden["x"].Real)
	compared := 0
	for name, a := range golden {
		var from, to int
		if n, _ := fmt.Sscanf(name, "%d-%d", &from, &to); n != 2 {
			continue
		}
		compared++
		for _, q := range qualities {
			r := mustResampler(t, from, to, q)
			y := r.Finish(r.Append(nil, x))
			if len(y) != len(a.Real) {
				t.Errorf("%s, %v: %d samples, want %d", name, q, len(y), len(a.Real))
				continue
			}
			for k, want := range a.Real {
				if math.Abs(float64(y[k])-want) > 5e-7 {
					t.Errorf("%s, %v: sample %d is %v, want %v", name, q, k, y[k], want)
					break
				}
			}
		}
	}
	if compared != 5 {
		t.Errorf("%d conversions compared, want 5", compared)
	}
}

func toFloat32(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

// appendInBlocks feeds x in blocks of random sizes up to most.
func appendInBlocks(r *Resampler, x []float32, most int, rng *rand.Rand) []float32 {
	var y []float32
	for len(x) > 0 {
		n := min(len(x), rng.IntN(most+1))
		y = r.Append(y, x[:n])
		x = x[n:]
	}
	return r.Finish(y)
}

func TestResampleStreamingEqualsWhole(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, rates := range resampleRates {
		x := noise(9000, 5)
		r := mustResampler(t, rates[0], rates[1], QualityStandard)
		want := r.Finish(r.Append(nil, x))
		for _, most := range []int{1, 7, 640, 5000} {
			sameBits(t, appendInBlocks(r, x, most, rng), want)
		}
		// A stream broken off leaves no trace after Reset.
		r.Append(nil, x[:777])
		r.Reset()
		sameBits(t, r.Finish(r.Append(nil, x)), want)
	}
}

func FuzzResampleStreaming(f *testing.F) {
	f.Add(uint32(44100), uint32(16000), uint16(1000), uint64(1), byte(0))
	f.Add(uint32(44100), uint32(44101), uint16(300), uint64(2), byte(1))
	f.Add(uint32(1), uint32(1024), uint16(5), uint64(3), byte(2))
	f.Fuzz(func(t *testing.T, from, to uint32, n uint16, seed uint64, q byte) {
		r, err := NewResampler(int(from), int(to), Quality(q))
		if err != nil {
			return
		}
		if r.OutputLen(int(n)) > 1<<20 || r.Lookahead() > 1<<16 {
			return // right, but slow
		}
		x := noise(int(n), seed)
		want := r.Finish(r.Append(nil, x))
		if len(want) != r.OutputLen(len(x)) {
			t.Fatalf("%d samples became %d, want %d", n, len(want), r.OutputLen(len(x)))
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		sameBits(t, appendInBlocks(r, x, 1+rng.IntN(2000), rng), want)
	})
}

func TestResampleLength(t *testing.T) {
	for _, rates := range append(resampleRates, [2]int{1, 1024}, [2]int{1024, 1}, [2]int{3, 2}, [2]int{7, 7}) {
		from, to := rates[0], rates[1]
		r := mustResampler(t, from, to, QualityFast)
		for n := range 60 {
			want := int(math.Ceil(float64(n) * float64(to) / float64(from)))
			if got := r.OutputLen(n); got != want {
				t.Errorf("%d to %d Hz: OutputLen(%d) = %d, want %d", from, to, n, got, want)
			}
			if got := len(r.Finish(r.Append(nil, make([]float32, n)))); got != want {
				t.Errorf("%d to %d Hz: %d samples became %d, want %d", from, to, n, got, want)
			}
		}
	}
	r := mustResampler(t, 1<<24-1, 1<<24, QualityFast)
	n := int64(1)<<60 - 12345
	product := new(big.Int).Mul(big.NewInt(n), big.NewInt(1<<24))
	want := product.Add(product, big.NewInt(1<<24-2)).Div(product, big.NewInt(1<<24-1)).Int64()
	if got := r.OutputLen(int(n)); int64(got) != want {
		t.Errorf("OutputLen(%d) = %d, want %d", n, got, want)
	}
}

// Zeros around the signal change nothing but its place: the edges are zeros.
func TestResampleEdgesAreZeros(t *testing.T) {
	for _, rates := range [][2]int{{44100, 16000}, {16000, 44100}} {
		r := mustResampler(t, rates[0], rates[1], QualityStandard)
		up, down := r.filter.up, r.filter.down
		x := noise(10*down, 6)
		plain := r.Finish(r.Append(nil, x))
		padded := make([]float32, 30*down)
		copy(padded[10*down:], x)
		y := r.Finish(r.Append(nil, padded))
		sameBits(t, y[10*up:20*up], plain)
	}
}

func TestResampleHasLinearPhase(t *testing.T) {
	r := mustResampler(t, 44100, 48000, QualityStandard)
	x := make([]float32, 8*r.filter.down+1)
	x[4*r.filter.down] = 1
	y := r.Finish(r.Append(nil, x))
	centre := 4 * r.filter.up
	for d := range centre {
		if y[centre-d] != y[centre+d] {
			t.Fatalf("the response to an impulse is %v %d samples before its centre and %v after", y[centre-d], d, y[centre+d])
		}
	}
	if y[centre] < 0.9 || y[centre] > 1 {
		t.Errorf("centre is %v", y[centre])
	}
}

func TestResampleKeepsConstants(t *testing.T) {
	for _, rates := range resampleRates {
		for _, q := range qualities {
			r := mustResampler(t, rates[0], rates[1], q)
			x := make([]float32, 2*r.Lookahead()+2000)
			for i := range x {
				x[i] = 1
			}
			y := r.Finish(r.Append(nil, x))
			skip := r.OutputLen(r.Lookahead())
			for k, v := range y[skip : len(y)-skip] {
				if math.Abs(float64(v)-1) > 5e-7 {
					t.Errorf("%d to %d Hz, %v: sample %d is %v", rates[0], rates[1], q, skip+k, v)
					break
				}
			}
		}
	}
}

func TestResampleSameRateCopies(t *testing.T) {
	x := noise(1000, 7)
	x[5], x[6] = float32(math.Copysign(0, -1)), float32(math.NaN())
	r := mustResampler(t, 44100, 44100, QualityStandard)
	y := r.Append(nil, x[:300])
	y = r.Append(y, x[300:])
	sameBits(t, r.Finish(y), x)
	if n := r.Lookahead(); n != 0 {
		t.Errorf("look-ahead %d, want 0", n)
	}
}

func TestResampleNonFiniteStaysLocal(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		r := mustResampler(t, 44100, 16000, QualityStandard)
		x := noise(6000, 8)
		x[3000] = float32(bad)
		for k, v := range r.Finish(r.Append(nil, x)) {
			distance := math.Abs(float64(k)*44100/16000 - 3000)
			if !isFinite(v) && distance > float64(r.Lookahead()) {
				t.Fatalf("%v at 3000 makes sample %d %v", bad, k, v)
			}
		}
	}
}

func TestResampleWithoutAsm(t *testing.T) {
	for _, rates := range [][2]int{{44100, 16000}, {44100, 44101}} {
		r := mustResampler(t, rates[0], rates[1], QualityStandard)
		x := noise(20000, 9)
		fast := r.Finish(r.Append(nil, x))
		restore := f32.DisableAsm()
		plain := r.Finish(r.Append(nil, x))
		restore()
		for k := range fast {
			if math.Abs(float64(fast[k])-float64(plain[k])) > 1e-6 {
				t.Fatalf("sample %d is %v with assembly and %v without", k, fast[k], plain[k])
			}
		}
	}
}

func TestResampleChannelsShareTheFilter(t *testing.T) {
	first := mustResampler(t, 44100, 16000, QualityStandard)
	x := noise(20000, 10)
	want := first.Finish(first.Append(nil, x))
	first.Append(nil, x[:1000]) // its state must not pass on
	var wg sync.WaitGroup
	results := make([][]float32, 4)
	for i := range results {
		r := first.NewChannel()
		if r.filter != first.filter {
			t.Fatal("the filter is not shared")
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			results[i] = r.Finish(r.Append(nil, x))
		}()
	}
	wg.Wait()
	for _, got := range results {
		sameBits(t, got, want)
	}
}

func TestResampleAllocatesNothing(t *testing.T) {
	for _, rates := range [][2]int{{44100, 16000}, {44100, 44101}} {
		r := mustResampler(t, rates[0], rates[1], QualityStandard)
		x := noise(5000, 11)
		y := make([]float32, 0, r.OutputLen(len(x)))
		if n := testing.AllocsPerRun(5, func() { r.Finish(r.Append(y, x)) }); n != 0 {
			t.Errorf("%d to %d Hz: %v allocations", rates[0], rates[1], n)
		}
	}
}

func TestNewResamplerErrors(t *testing.T) {
	for _, c := range []struct {
		from, to int
		q        Quality
		want     string
	}{
		{0, 44100, 0, "from 0 to 44100 Hz: rates must be from 1 to 16777216"},
		{44100, 0, 0, "from 44100 to 0 Hz"},
		{-1, -1, 0, "rates must be"},
		{44100, 1<<24 + 1, 0, "rates must be"},
		{math.MaxInt, math.MinInt, 0, "rates must be"},
		{1, 1025, 0, "more than a factor of 1024 apart"},
		{1025, 1, 0, "more than a factor of 1024 apart"},
		{44100, 16000, 3, "quality 3"},
	} {
		if _, err := NewResampler(c.from, c.to, c.q); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("NewResampler(%d, %d, %d): %v, want %q", c.from, c.to, c.q, err, c.want)
		}
	}
}

// No rates, however awkward, may need a large table.
func TestResampleFilterIsSmall(t *testing.T) {
	for _, rates := range [][2]int{
		{44100, 44101}, {96000, 95999}, {1<<24 - 1, 1 << 24}, {1 << 24, 1<<14 + 1}, {1<<14 + 1, 1 << 24},
		{1024, 1}, {1, 1024}, {192000, 11025}, {11025, 192000}, {44101, 16000},
	} {
		for _, q := range qualities {
			r := mustResampler(t, rates[0], rates[1], q)
			bytes, limit := 4*cap(r.filter.rows), 2<<20
			if rates[0] > 256*rates[1] {
				limit = 8 << 20
			}
			if bytes > limit {
				t.Errorf("%d to %d Hz, %v: a table of %d bytes", rates[0], rates[1], q, bytes)
			}
		}
	}
}

func TestResampleClip(t *testing.T) {
	c := &Clip{Samples: [][]float32{noise(4410, 12), noise(4410, 13)}, SampleRate: 44100}
	got, err := Resample(c, 16000, QualityStandard)
	if err != nil {
		t.Fatal(err)
	}
	if got.SampleRate != 16000 || got.Channels() != 2 || got.Frames() != 1600 {
		t.Fatalf("%d Hz, %d channels, %d frames", got.SampleRate, got.Channels(), got.Frames())
	}
	for i := range c.Samples {
		r := mustResampler(t, 44100, 16000, QualityStandard)
		sameBits(t, got.Samples[i], r.Finish(r.Append(nil, c.Samples[i])))
		if cap(got.Samples[i]) != 1600 {
			t.Errorf("the output grew to %d", cap(got.Samples[i]))
		}
	}

	same, err := Resample(c, 44100, QualityStandard)
	if err != nil {
		t.Fatal(err)
	}
	sameBits(t, same.Samples[1], c.Samples[1])
	if &same.Samples[0][0] == &c.Samples[0][0] {
		t.Error("the copy shares samples with the original")
	}

	if empty, err := Resample(NewClip(1, 0, 44100), 16000, 0); err != nil || empty.Frames() != 0 {
		t.Errorf("empty clip: %v, %v", empty, err)
	}
	if _, err := Resample(c, 0, 0); err == nil {
		t.Error("no error for rate 0")
	}
	ragged := &Clip{Samples: [][]float32{make([]float32, 5), make([]float32, 4)}, SampleRate: 8000}
	if _, err := Resample(ragged, 16000, 0); err == nil {
		t.Error("no error for channels of different lengths")
	}
}

func TestQualityString(t *testing.T) {
	if s := fmt.Sprint(QualityStandard, QualityFast, QualityHigh, Quality(9)); s != "standard fast high unknown" {
		t.Error(s)
	}
}
