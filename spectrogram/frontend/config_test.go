package frontend

import (
	"math"
	"strings"
	"testing"
)

func TestConfigErrors(t *testing.T) {
	for _, test := range []struct {
		field string
		err   error
	}{
		{"CLAPConfig.Bands", second(NewCLAP(CLAPConfig{Bands: -1}))},
		{"CLAPConfig.Samples", second(NewCLAP(CLAPConfig{Samples: 1 << 40}))},
		{"CLAPConfig.Padding", second(NewCLAP(CLAPConfig{Padding: 9}))},
		{"SampleRate", second(NewCLAP(CLAPConfig{SampleRate: -8}))},
		{"NFFT", second(NewCLAP(CLAPConfig{NFFT: -8}))},
		{"HopSamples", second(NewCLAP(CLAPConfig{HopSamples: -8}))},
		{"CLAPConfig.NFFT", second(NewCLAP(CLAPConfig{NFFT: 1 << 24}))},
		{"values", second(NewCLAP(CLAPConfig{HopSamples: 1, Samples: 1 << 25}))},
		{"FMinHz", second(NewCLAP(CLAPConfig{FMinHz: 15000}))},
		{"FMinHz", second(NewCLAP(CLAPConfig{FMaxHz: math.NaN()}))},
		{"WhisperConfig.Bands", second(NewWhisper(WhisperConfig{Bands: -80}))},
		{"WhisperConfig.Samples", second(NewWhisper(WhisperConfig{Samples: 1 << 40}))},
		{"KaldiConfig.SampleRate", second(NewKaldi(KaldiConfig{SampleRate: -1}))},
		{"KaldiConfig.Gain", second(NewKaldi(KaldiConfig{Gain: math.Inf(1)}))},
		{"KaldiConfig.FrameLengthMS", second(NewKaldi(KaldiConfig{FrameLengthMS: 0.1}))},
		{"KaldiConfig.FrameLengthMS", second(NewKaldi(KaldiConfig{FrameLengthMS: math.NaN()}))},
		{"KaldiConfig.FrameShiftMS", second(NewKaldi(KaldiConfig{FrameShiftMS: -10}))},
		{"KaldiConfig.PreEmphasis", second(NewKaldi(KaldiConfig{PreEmphasis: 1.1}))},
		{"KaldiConfig.Window", second(NewKaldi(KaldiConfig{Window: 5}))},
		{"KaldiConfig.ExactFFT", second(NewKaldi(KaldiConfig{ExactFFT: true, SampleRate: 11025}))},
		{"KaldiConfig.Bands", second(NewKaldi(KaldiConfig{Bands: 2}))},
		{"from 9000 to 8000 Hz", second(NewKaldi(KaldiConfig{LowHz: 9000}))},
		{"to 8001 Hz", second(NewKaldi(KaldiConfig{HighHz: 8001}))},
		{"NaN", second(NewKaldi(KaldiConfig{HighHz: math.NaN()}))},
		{"NaN", second(NewKaldi(KaldiConfig{LowHz: math.NaN()}))},
		{"KaldiConfig.EnergyFloor", second(NewKaldi(KaldiConfig{EnergyFloor: math.NaN()}))},
		{"ASTConfig.Frames", second(NewAST(ASTConfig{Frames: -1}))},
		{"ASTConfig", second(NewAST(ASTConfig{Std: -1}))},
		{"Bands", second(NewAST(ASTConfig{Bands: 1}))},
		{"LanguageBindConfig.Frames", second(NewLanguageBind(LanguageBindConfig{Frames: 1 << 40}))},
		{"LanguageBindConfig", second(NewLanguageBind(LanguageBindConfig{Mean: math.NaN()}))},
		{"MSCLAPConfig.Version", second(NewMSCLAP(MSCLAPConfig{Version: 2024}))},
		{"MSCLAPConfig.MelW", second(NewMSCLAP(MSCLAPConfig{MelW: make([]float32, 64)}))},
		{"weight", second(NewMSCLAP(MSCLAPConfig{MelW: append(make([]float32, 513*64-1), float32(math.NaN()))}))},
		{"EfficientATConfig.Bands", second(NewEfficientAT(EfficientATConfig{Bands: 1 << 20}))},
		{"HopSamples", second(NewEfficientAT(EfficientATConfig{HopSamples: -1}))},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.field) {
			t.Errorf("%s: %v", test.field, test.err)
		}
	}
}

func second[F any](_ F, err error) error { return err }

func TestParseCLAPConfig(t *testing.T) {
	// As they are found beside the models.
	const common = `"chunk_length_s": 10, "feature_extractor_type": "ClapFeatureExtractor", "feature_size": 64,
		"fft_window_size": 1024, "frequency_max": 14000, "frequency_min": 50, "hop_length": 480, "max_length_s": 10,
		"n_fft": 1024, "nb_frequency_bins": 513, "nb_max_frames": 1000, "nb_max_samples": 480000, "padding": "repeatpad",
		"padding_side": "right", "padding_value": 0.0, "processor_class": "ClapProcessor", "return_attention_mask": false,
		"sampling_rate": 48000, "top_db": null, `
	unfused := must(NewCLAP(CLAPConfig{})).(*CLAP).Config()
	fused := must(NewCLAP(CLAPConfig{Fusion: true})).(*CLAP).Config()
	class := fused
	class.FMinHz = -1
	other := CLAPConfig{SampleRate: 16000, NFFT: 512, HopSamples: 160, Bands: 32, FMinHz: 20, FMaxHz: 8000, Samples: 80000, Padding: CLAPZeroPad}
	for _, test := range []struct {
		text string
		want CLAPConfig
	}{
		{"{" + common + `"truncation": "rand_trunc"}`, unfused},
		{"{" + common + `"truncation": "fusion"}`, fused},
		{"{}", class},
		{`{"sampling_rate": 16000, "fft_window_size": 512, "hop_length": 160, "feature_size": 32, "frequency_min": 20.0,
			"frequency_max": 8000, "max_length_s": 5, "padding": "pad", "truncation": "rand_trunc"}`, other},
	} {
		got, err := ParseCLAPConfig([]byte(test.text))
		if err != nil || got != test.want {
			t.Errorf("%s: %+v, %v", test.text, got, err)
		}
		if _, err := NewCLAP(got); err != nil {
			t.Errorf("%s: %v", test.text, err)
		}
	}
	for text, part := range map[string]string{
		"":                               "JSON",
		`{"feature_size": "many"}`:       "feature_size",
		`{"feature_size": 0}`:            "feature_size is 0",
		`{"hop_length": -1}`:             "hop_length is -1",
		`{"padding": "mirror"}`:          "mirror",
		`{"truncation": "last"}`:         "last",
		`{"max_length_s": 1e300}`:        "1e+300 s",
		`{"sampling_rate": 99999999999}`: "99999999999 Hz",
	} {
		if _, err := ParseCLAPConfig([]byte(text)); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The bands of a checkpoint take the place of those computed.
func TestMelW(t *testing.T) {
	// Band b is bin b alone, but for the one that has none.
	w := make([]float32, 513*64)
	for b := range 63 {
		w[b*64+b] = 2
	}
	f := must(NewMSCLAP(MSCLAPConfig{MelW: w}))
	x := signal(t, "noise", 400000, 44100)
	got := f.Compute(nil, x)
	m := f.(*MSCLAP).rows.plan
	power := m.Power(nil, x[:7*44100])
	for r := range f.Shape(0).Rows {
		for b := range 64 {
			want := -100.0
			if b < 63 {
				want = 10 * math.Log10(2*float64(power[r*513+b]))
			}
			if g := float64(got[r*64+b]); math.Abs(g-want) > 1e-5 {
				t.Fatalf("row %d, band %d: %g, want %g", r, b, g, want)
			}
		}
	}
}

func TestLonger(t *testing.T) {
	unfused := must(NewCLAP(CLAPConfig{})).(*CLAP)
	fused := must(NewCLAP(CLAPConfig{Fusion: true})).(*CLAP)
	for _, test := range []struct {
		n              int
		unfused, fused bool
	}{{0, false, false}, {480000, false, false}, {480001, true, false}, {480479, true, false}, {480480, true, true}, {960000, true, true}} {
		if got := unfused.Longer(test.n); got != test.unfused {
			t.Errorf("%d samples, not fused: %v", test.n, got)
		}
		if got := fused.Longer(test.n); got != test.fused {
			t.Errorf("%d samples, fused: %v", test.n, got)
		}
	}
}
