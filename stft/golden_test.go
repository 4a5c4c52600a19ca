package stft_test

import (
	"fmt"
	"maps"
	"math"
	"math/cmplx"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/internal/npy"
	"github.com/soundspace/soundspace/stft"
)

// The goldens come from testdata/goldens/stft.py, where they say what made them.
func goldens(t *testing.T, name string) map[string]*npy.Array {
	t.Helper()
	a, err := npy.ReadZip("../testdata/goldens/" + name + ".npz")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Relative RMS errors allowed against references in float64.
const (
	tolerance32 = 2e-7
	tolerance64 = 1e-13
)

func newPlan(t testing.TB, cfg stft.Config) *stft.Plan {
	t.Helper()
	p, err := stft.New(cfg)
	if err != nil {
		t.Fatalf("%+v: %v", cfg, err)
	}
	return p
}

func parseWindow(t testing.TB, s string) stft.Window {
	t.Helper()
	w, err := stft.ParseWindow(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

func widen(x []complex64) []complex128 {
	y := make([]complex128, len(x))
	for i, v := range x {
		y[i] = complex128(v)
	}
	return y
}

func real128[T float32 | float64](x []T) []complex128 {
	y := make([]complex128, len(x))
	for i, v := range x {
		y[i] = complex(float64(v), 0)
	}
	return y
}

// rmsError returns |got-want| / |want| in the 2-norm, NaN if the lengths differ.
func rmsError(got, want []complex128) float64 {
	if len(got) != len(want) {
		return math.NaN()
	}
	var d, s float64
	for i, w := range want {
		e := cmplx.Abs(got[i] - w)
		d += e * e
		s += real(w)*real(w) + imag(w)*imag(w)
	}
	if d == 0 {
		return 0
	}
	return math.Sqrt(d / s)
}

// worst is the largest relative RMS error of all comparisons with goldens so
// far, by kind. go test -v ./stft prints it at the end.
var worst = map[string]float64{}

func TestMain(m *testing.M) {
	status := m.Run()
	if testing.Verbose() {
		fmt.Println("largest relative RMS error from the reference implementations:")
		for _, kind := range slices.Sorted(maps.Keys(worst)) {
			fmt.Printf("  %-22s %.2g\n", kind, worst[kind])
		}
	}
	os.Exit(status)
}

// sameTransform compares every kind and precision of a transform of x with want.
func sameTransform(t *testing.T, name string, cfg stft.Config, x []float64, want []complex128) {
	t.Helper()
	p := newPlan(t, cfg)
	x32 := narrow(x)
	check := func(kind string, got, want []complex128, tolerance float64) {
		t.Helper()
		e := rmsError(got, want)
		worst[kind] = max(worst[kind], e)
		if !(e <= tolerance) {
			t.Errorf("%s: %s: relative RMS error %.3g, %d values, want %d", name, kind, e, len(got), len(want))
		}
	}
	magnitude, power := make([]complex128, len(want)), make([]complex128, len(want))
	for i, v := range want {
		magnitude[i] = complex(cmplx.Abs(v), 0)
		power[i] = magnitude[i] * magnitude[i]
	}
	check("Complex128", p.Complex128(nil, x), want, tolerance64)
	check("Magnitude64", real128(p.Magnitude64(nil, x)), magnitude, tolerance64)
	check("Power64", real128(p.Power64(nil, x)), power, 2*tolerance64)
	check("Complex", widen(p.Complex(nil, x32)), want, tolerance32)
	check("Magnitude", real128(p.Magnitude(nil, x32)), magnitude, tolerance32)
	check("Power", real128(p.Power(nil, x32)), power, 2*tolerance32)
	phased := make([]complex128, len(want))
	for i, phase := range p.Phase64(nil, x) {
		phased[i] = cmplx.Rect(real(magnitude[i]), phase)
	}
	check("Phase64", phased, want, tolerance64)
	for i, phase := range p.Phase(nil, x32) {
		phased[i] = cmplx.Rect(real(magnitude[i]), float64(phase))
	}
	check("Phase", phased, want, tolerance32)

	cfg.Float64 = true
	p = newPlan(t, cfg)
	const rounding = 6e-8 // of values to float32
	check("Complex in float64", widen(p.Complex(nil, x32)), want, rounding)
	check("Magnitude in float64", real128(p.Magnitude(nil, x32)), magnitude, rounding)
	check("Power in float64", real128(p.Power(nil, x32)), power, rounding)
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Every window at every length: librosa.stft.
func TestWindowsAgainstLibrosa(t *testing.T) {
	g := goldens(t, "stft_shapes")
	x := g["x"].Real
	cases := 0
	for key, want := range g {
		name, size, ok := strings.Cut(key, "/")
		if !ok {
			continue
		}
		cases++
		n := atoi(t, size)
		cfg := stft.Config{NFFT: n, HopSamples: n / 3, Window: parseWindow(t, name), NoCenter: true}
		sameTransform(t, key, cfg, x[:n+n/3], want.Complex)
	}
	if want := len(stft.WindowNames()) * 7; cases != want {
		t.Errorf("%d cases, want %d", cases, want)
	}
}

var padModes = map[string]stft.PadMode{
	"zero": stft.PadZero, "constant": stft.PadConstant, "reflect": stft.PadReflect, "edge": stft.PadEdge,
}

// Every pad mode, none, and short windows at every length; signals shorter
// than the padding: librosa.stft, and numpy.pad.
func TestPaddingAgainstLibrosa(t *testing.T) {
	g := goldens(t, "stft_pads")
	x := g["x"].Real
	cases := 0
	for key, want := range g {
		parts := strings.Split(key, "/")
		if len(parts) != 3 {
			continue
		}
		cases++
		n := atoi(t, parts[1])
		cfg := stft.Config{NFFT: n, Pad: padModes[parts[0]], PadValue: 0.25}
		length := n + n/3
		if short, ok := strings.CutPrefix(parts[2], "length"); ok {
			length, cfg.HopSamples = atoi(t, short), 5
		} else {
			cfg.WinLength, cfg.HopSamples = atoi(t, parts[2]), n
		}
		if parts[0] == "none" {
			cfg.NoCenter, cfg.HopSamples = true, n/3
		}
		sameTransform(t, key, cfg, x[:length], want.Complex)
	}
	if want := 7*(4*2+1) + 2*6*4; cases != want {
		t.Errorf("%d cases, want %d", cases, want)
	}
}

// Scalings: scipy.signal.ShortTimeFFT.
func TestScalingsAgainstScipy(t *testing.T) {
	g := goldens(t, "stft_scalings")
	x := g["x"].Real
	cases := 0
	for key, want := range g {
		parts := strings.Split(key, "/")
		if len(parts) != 4 {
			continue
		}
		cases++
		n := atoi(t, parts[1])
		cfg := stft.Config{NFFT: n, HopSamples: n / 2, Window: parseWindow(t, parts[0]), SampleRate: 16000,
			Scaling: stft.ScaleMagnitude, OneSided2X: parts[3] == "onesided2X"}
		if parts[2] == "psd" {
			cfg.Scaling = stft.ScalePSD
		}
		sameTransform(t, key, cfg, x, want.Complex)
	}
	if cases != 16 {
		t.Errorf("%d cases, want 16", cases)
	}
}

// torch.stft, its normalization, and torchaudio's.
func TestAgainstTorch(t *testing.T) {
	g := goldens(t, "stft_torch")
	x := g["x"].Real
	cases := 0
	for key, want := range g {
		parts := strings.Split(key, "/")
		if len(parts) != 5 {
			continue
		}
		cases++
		cfg := stft.Config{NFFT: atoi(t, parts[0]), HopSamples: atoi(t, parts[1]), WinLength: atoi(t, parts[2])}
		switch parts[3] {
		case "reflect":
			cfg.Pad = stft.PadReflect
		case "replicate":
			cfg.Pad = stft.PadEdge
		case "none":
			cfg.NoCenter = true
		}
		switch parts[4] {
		case "unitary":
			cfg.Scaling = stft.ScaleUnitary
		case "window-power":
			cfg.Scaling, cfg.SampleRate = stft.ScalePSD, 1
			if e := rmsError(real128(newPlan(t, cfg).Power64(nil, x)), real128(want.Real)); !(e <= tolerance64) {
				t.Errorf("%s: relative RMS error %.3g", key, e)
			}
			continue
		}
		sameTransform(t, key, cfg, x, want.Complex)
	}
	if cases != 27 {
		t.Errorf("%d cases, want 27", cases)
	}
}

// librosa.istft of rows that are the transform of no signal.
func TestInverseAgainstLibrosa(t *testing.T) {
	g := goldens(t, "stft_inverse")
	cases := 0
	for key, want := range g {
		parts := strings.Split(key, "/")
		if parts[0] != "x" {
			continue
		}
		cases++
		X := g["X/"+strings.Join(parts[1:4], "/")].Complex
		length := atoi(t, parts[5])
		p := newPlan(t, stft.Config{NFFT: atoi(t, parts[1]), HopSamples: atoi(t, parts[2]), WinLength: atoi(t, parts[3]),
			Window: stft.Hamming(), NoCenter: parts[4] == "none"})
		got, err := p.Inverse128(nil, X, length)
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		if e := rmsError(real128(got), real128(want.Real)); !(e <= tolerance64) {
			t.Errorf("%s: relative RMS error %.3g", key, e)
		}
		X64 := make([]complex64, len(X))
		for i, v := range X {
			X64[i] = complex64(v)
		}
		got32, err := p.Inverse(nil, X64, length)
		if e := rmsError(real128(got32), real128(want.Real)); err != nil || !(e <= 1e-6) {
			t.Errorf("%s: float32: relative RMS error %.3g, %v", key, e, err)
		}
	}
	if cases != 24 {
		t.Errorf("%d cases, want 24", cases)
	}
}

// torch.istft.
func TestInverseAgainstTorch(t *testing.T) {
	g := goldens(t, "stft_torch")
	cases := 0
	for key, want := range g {
		parts := strings.Split(key, "/")
		if parts[0] != "inverse" {
			continue
		}
		cases++
		p := newPlan(t, stft.Config{NFFT: atoi(t, parts[1]), HopSamples: atoi(t, parts[2]), WinLength: atoi(t, parts[3])})
		X := g[strings.Join(parts[1:], "/")+"/constant/none"].Complex
		got, err := p.Inverse128(nil, X, len(want.Real))
		if e := rmsError(real128(got), real128(want.Real)); err != nil || !(e <= tolerance64) {
			t.Errorf("%s: relative RMS error %.3g, %v", key, e, err)
		}
	}
	if cases != 3 {
		t.Errorf("%d cases, want 3", cases)
	}
}

// scipy.signal.check_COLA and check_NOLA over windows and hops.
func TestOverlapsAgainstScipy(t *testing.T) {
	cases, truths := 0, 0
	for key, want := range goldens(t, "stft_overlaps") {
		name, size, _ := strings.Cut(key, "/")
		w, err := parseWindow(t, name).Coefficients(atoi(t, size))
		if err != nil {
			t.Fatal(err)
		}
		for r := 0; r < len(want.Real); r += 3 {
			hop, cola, nola := int(want.Real[r]), want.Real[r+1] != 0, want.Real[r+2] != 0
			deviation, gotCOLA := stft.COLA(w, hop)
			least, gotNOLA := stft.NOLA(w, hop)
			if gotCOLA != cola || gotNOLA != nola {
				t.Errorf("%s hop %d: COLA %v (%g), NOLA %v (%g), want %v, %v", key, hop, gotCOLA, deviation, gotNOLA, least, cola, nola)
			}
			cases++
			if cola {
				truths++
			}
		}
	}
	if want := 13 * 2 * (8 + 9 + 16 + 60); cases != want || truths < 100 {
		t.Errorf("%d cases, want %d; %d of them COLA", cases, want, truths)
	}
}

// scipy.signal.get_window, to 1e-14.
func TestCoefficientsAgainstScipy(t *testing.T) {
	cases := 0
	for key, want := range goldens(t, "stft_windows") {
		name, size, _ := strings.Cut(key, "/")
		got, err := parseWindow(t, name).Coefficients(atoi(t, size))
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want.Real) {
			t.Fatalf("%s: %d values, want %d", key, len(got), len(want.Real))
		}
		for i, v := range got {
			if !(math.Abs(v-want.Real[i]) <= 1e-14) {
				t.Errorf("%s: value %d is %v, SciPy has %v", key, i, v, want.Real[i])
				break
			}
		}
		cases++
	}
	if want := 20 * 2 * 7; cases != want {
		t.Errorf("%d cases, want %d", cases, want)
	}
}
