package frontend

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/internal/npy"
	"github.com/soundspace/soundspace/internal/stream"
)

// signal returns the signals of goldens.py.
func signal(t testing.TB, name string, n int, rate int) []float32 {
	noise := stream.Uniform("frontend."+name, n)
	x := make([]float32, n)
	for i := range x {
		at, noise := float64(i)/float64(rate), 2*noise[i]-1 // products are rounded, as in Python
		var v float64
		switch name {
		case "noise":
			v = 0.3 * noise
		case "quiet":
			v = 1e-4 * noise
		case "chirp":
			at := math.Mod(at, 4)
			v = 0.5 * math.Sin(2*math.Pi*(float64(50*at)+float64((0.45*float64(rate)-50)/8*at*at)))
		case "clicks":
			if i%7919 == 100 {
				v = 1
			}
		case "full":
			if v = -1; math.Mod(at*997, 1) < 0.5 {
				v = 1
			}
		case "offset":
			v = 0.4 + float64(0.1*math.Sin(2*math.Pi*440*at)) + float64(0.01*noise)
		case "silence":
		default:
			t.Fatalf("no signal %q", name)
		}
		x[i] = float32(v)
	}
	return x
}

// must returns a front end that its tests cannot do without.
func must[F FrontEnd](f F, err error) FrontEnd {
	if err != nil {
		panic(err)
	}
	return f
}

// goldenFrontEnds are the front ends of goldens.npz. Decibels of CLAP are
// compared to 2e-5 dB from -90 dB up, and to 1e-3 dB below.
var goldenFrontEnds = map[string]FrontEnd{
	"clap/unfused":         must(NewCLAP(CLAPConfig{})),
	"clap/center":          must(NewCLAP(CLAPConfig{Center: true})),
	"clap/repeat":          must(NewCLAP(CLAPConfig{Padding: CLAPRepeat})),
	"clap/pad":             must(NewCLAP(CLAPConfig{Padding: CLAPZeroPad})),
	"clap/fused":           must(NewCLAP(CLAPConfig{Fusion: true})),
	"clap/fused_center":    must(NewCLAP(CLAPConfig{Fusion: true, Center: true})),
	"clap/laion_unfused":   must(NewCLAP(CLAPConfig{Quantize: true})),
	"clap/laion_fused":     must(NewCLAP(CLAPConfig{Quantize: true, Fusion: true})),
	"whisper/80":           must(NewWhisper(WhisperConfig{})),
	"whisper/128":          must(NewWhisper(WhisperConfig{Bands: 128})),
	"whisper/any":          must(NewWhisper(WhisperConfig{Samples: -1})),
	"kaldi/default":        must(NewKaldi(KaldiConfig{})),
	"kaldi/imagebind":      must(NewKaldi(KaldiConfig{Window: Hanning, Bands: 128})),
	"kaldi/gain":           must(NewKaldi(KaldiConfig{Gain: 32768, Bands: 80})),
	"kaldi/pad":            must(NewKaldi(KaldiConfig{PadEdges: true, Bands: 40, Window: Hamming})),
	"kaldi/raw":            must(NewKaldi(KaldiConfig{KeepDC: true, PreEmphasis: -1, Window: Rectangular, Linear: true, Magnitude: true})),
	"kaldi/energy":         must(NewKaldi(KaldiConfig{Energy: true, Bands: 40, Window: Blackman, SubtractMean: true})),
	"kaldi/energy_last":    must(NewKaldi(KaldiConfig{Energy: true, EnergyLast: true, WindowedEnergy: true, EnergyFloor: -1})),
	"kaldi/shape":          must(NewKaldi(KaldiConfig{FrameLengthMS: 32, FrameShiftMS: 12.5, LowHz: -1, HighHz: -400, Bands: 64, Magnitude: true})),
	"kaldi/exact":          must(NewKaldi(KaldiConfig{ExactFFT: true, HighHz: 7000, SampleRate: 22050, Bands: 30, FrameLengthMS: 25.4})),
	"ast/default":          must(NewAST(ASTConfig{})),
	"imagebind/default":    must(NewImageBind()),
	"languagebind/center":  must(NewLanguageBind(LanguageBindConfig{Center: true})),
	"languagebind/default": must(NewLanguageBind(LanguageBindConfig{})),
	"vggish/vggish":        must(NewVGGish()),
	"vggish/yamnet":        must(NewYAMNet()),
	"panns/default":        must(NewPANNs()),
	"msclap/2023":          must(NewMSCLAP(MSCLAPConfig{})),
	"msclap/2022":          must(NewMSCLAP(MSCLAPConfig{Version: 2022})),
	"efficientat/default":  must(NewEfficientAT(EfficientATConfig{})),
	"dasheng/default":      must(NewDasheng()),
	"wav2clip/default":     must(NewWav2CLIP()),
}

// goldenTolerance returns how far a value may be from the original's.
func goldenTolerance(preset string, want float64) float64 {
	switch {
	case preset == "kaldi/raw": // no logarithms
		return 1e-4 + 3e-6*math.Abs(want)
	case !strings.HasPrefix(preset, "clap/"):
		return 1e-4
	case want > -90:
		return 2e-5
	}
	return 1e-3
}

// Every front end agrees with the original: five rows of each plane, and the mean
// of each column.
func TestGoldens(t *testing.T) {
	goldens, err := npy.ReadZip("testdata/goldens.npz")
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]bool{}
	worst := map[string]float64{}
	for name, golden := range goldens {
		parts := strings.Split(name, "/")
		if strings.Contains(parts[3], ".") {
			continue // .mean or .slack
		}
		preset := parts[0] + "/" + strings.TrimPrefix(parts[1], "native_")
		f := goldenFrontEnds[preset]
		if f == nil {
			t.Errorf("%s: no such front end", name)
			continue
		}
		done[preset] = true
		n, err := strconv.Atoi(parts[3])
		if err != nil {
			t.Fatal(err)
		}
		if testing.Short() && n > 500000 {
			continue
		}
		got := f.Compute(nil, signal(t, parts[2], n, f.SampleRate()))
		shape := f.Shape(n)
		if len(got) != shape.Len() || shape.Planes != golden.Shape[0] || shape.Cols != golden.Shape[2] {
			t.Errorf("%s: shape %v, %d values, want %d planes of %d columns", name, shape, len(got), golden.Shape[0], golden.Shape[2])
			continue
		}
		t.Run(name, func(t *testing.T) {
			mean, slack := goldens[name+".mean"].Real, goldens[name+".slack"].Real
			kept := golden.Shape[1]
			compare := func(what string, got, want, slack float64) {
				tolerance := goldenTolerance(preset, want)
				worst[preset] = max(worst[preset], (math.Abs(got-want)-slack)/tolerance)
				if !(math.Abs(got-want) <= tolerance+slack) && !t.Failed() {
					t.Errorf("%s: %g, want %g, %.2g off, original %.2g", what, got, want, math.Abs(got-want), slack)
				}
			}
			for p := range shape.Planes {
				plane := got[p*shape.Rows*shape.Cols:]
				for c := range shape.Cols {
					at := func(i int) string { return strconv.Itoa(p) + " " + strconv.Itoa(i) + " " + strconv.Itoa(c) }
					sum := 0.0
					for r := range shape.Rows {
						sum += float64(plane[r*shape.Cols+c])
					}
					compare("mean "+at(0), sum/float64(shape.Rows), mean[p*shape.Cols+c], slack[(p*(kept+1)+kept)*shape.Cols+c])
					for i := range kept {
						row := i * (shape.Rows - 1) / (kept - 1)
						compare("row "+at(row), float64(plane[row*shape.Cols+c]), golden.Real[(p*kept+i)*shape.Cols+c], slack[(p*(kept+1)+i)*shape.Cols+c])
					}
				}
			}
		})
	}
	for preset := range goldenFrontEnds {
		if !done[preset] {
			t.Errorf("%s: no goldens", preset)
		}
		t.Logf("%s: at most %.2f of the tolerance", preset, worst[preset])
	}
}
