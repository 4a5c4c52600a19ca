package frontend

import (
	"encoding/json"
	"fmt"
	"math"
	"sync"

	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/stft"
)

// CLAPPadding says how clips that are too short for a CLAP model are filled up.
type CLAPPadding uint8

const (
	CLAPRepeatPad CLAPPadding = iota // repeated as often as all of it fits, then zeros: "repeatpad"
	CLAPRepeat                       // repeated and cut off: "repeat"
	CLAPZeroPad                      // zeros: "pad"
)

var clapPaddings = map[string]CLAPPadding{"repeatpad": CLAPRepeatPad, "repeat": CLAPRepeat, "pad": CLAPZeroPad}

// CLAPConfig says which front end of LAION-CLAP is computed. The zero value is
// that of laion/clap-htsat-unfused, and of all larger_clap models;
// laion/clap-htsat-fused differs in Fusion only.
type CLAPConfig struct {
	// SampleRate is that of the samples, in Hz (0: 48000).
	SampleRate int
	// NFFT is the length of the Fourier transform and of its Hann window
	// (0: 1024).
	NFFT int
	// HopSamples is the distance of frames (0: 480).
	HopSamples int
	// Bands is the number of mel bands (0: 64).
	Bands int
	// FMinHz is the lower end of the mel bands (0: 50; negative: 0 Hz).
	FMinHz float64
	// FMaxHz is the upper end of the mel bands (0: 14000).
	FMaxHz float64
	// Samples is the length of what the model hears (0: 480000, 10 s).
	Samples int
	// Fusion makes four planes of a clip, of which those of a longer one show
	// the whole of it, shrunk, and three parts. The mel bands are then those of
	// the HTK scale, not scaled, in place of Slaney's.
	Fusion bool
	// Padding says how shorter clips are filled up.
	Padding CLAPPadding
	// Center takes a longer clip's middle, and with Fusion the parts that begin
	// in the middle of each third of all beginnings, in place of the first one.
	// The originals take random ones.
	Center bool
	// Quantize rounds samples to 16 bits before anything else, as the package
	// laion_clap does and transformers does not.
	Quantize bool
}

// ParseCLAPConfig reads a preprocessor_config.json of transformers'
// ClapFeatureExtractor. What is missing there is what it is in that class:
// frequency_min is 0 and truncation "fusion", other than in CLAPConfig. As in
// the class, the length is max_length_s·sampling_rate whatever nb_max_samples
// says, and top_db has no effect.
func ParseCLAPConfig(data []byte) (CLAPConfig, error) {
	file := struct {
		FeatureSize   int     `json:"feature_size"`
		SamplingRate  int     `json:"sampling_rate"`
		HopLength     int     `json:"hop_length"`
		MaxLengthS    float64 `json:"max_length_s"`
		FFTWindowSize int     `json:"fft_window_size"`
		FrequencyMin  float64 `json:"frequency_min"`
		FrequencyMax  float64 `json:"frequency_max"`
		Truncation    string  `json:"truncation"`
		Padding       string  `json:"padding"`
	}{64, 48000, 480, 10, 1024, 0, 14000, "fusion", "repeatpad"}
	if err := json.Unmarshal(data, &file); err != nil {
		return CLAPConfig{}, fmt.Errorf("frontend: preprocessor config: %w", err)
	}
	for _, field := range []struct {
		name  string
		value float64
	}{
		{"feature_size", float64(file.FeatureSize)},
		{"sampling_rate", float64(file.SamplingRate)},
		{"hop_length", float64(file.HopLength)},
		{"max_length_s", file.MaxLengthS},
		{"fft_window_size", float64(file.FFTWindowSize)},
		{"frequency_max", file.FrequencyMax},
	} {
		if !(field.value > 0) {
			return CLAPConfig{}, fmt.Errorf("frontend: preprocessor config: %s is %g, must be positive", field.name, field.value)
		}
	}
	padding, ok := clapPaddings[file.Padding]
	if !ok {
		return CLAPConfig{}, fmt.Errorf("frontend: preprocessor config: padding %q, must be \"repeatpad\", \"repeat\" or \"pad\"", file.Padding)
	}
	if file.Truncation != "fusion" && file.Truncation != "rand_trunc" {
		return CLAPConfig{}, fmt.Errorf("frontend: preprocessor config: truncation %q, must be \"fusion\" or \"rand_trunc\"", file.Truncation)
	}
	samples := file.MaxLengthS * float64(file.SamplingRate)
	if !(samples >= 1 && samples <= maxSamples) {
		return CLAPConfig{}, fmt.Errorf("frontend: preprocessor config: %g s of %d Hz, must be from 1 to %d samples", file.MaxLengthS, file.SamplingRate, maxSamples)
	}
	cfg := CLAPConfig{
		SampleRate: file.SamplingRate,
		NFFT:       file.FFTWindowSize,
		HopSamples: file.HopLength,
		Bands:      file.FeatureSize,
		FMinHz:     file.FrequencyMin,
		FMaxHz:     file.FrequencyMax,
		Samples:    int(samples),
		Fusion:     file.Truncation == "fusion",
		Padding:    padding,
	}
	if cfg.FMinHz == 0 {
		cfg.FMinHz = -1
	}
	return cfg, nil
}

// CLAP is the front end of LAION-CLAP: decibels of mel bands,
//
//	10·log10(max(Σ_k weight[b,k]·|X[t,k]|², 1e-10)),
//
// of a clip of fixed length. X is centred and mirrored at the ends of the clip,
// with a periodic Hann window. The shape is 1, or 4 with Fusion, by
// 1 + Samples/HopSamples frames by Bands: 1001×64 of 10 s.
//
// With Fusion the planes of a clip longer than Samples are: the decibels of the
// whole clip, shrunk to as many rows by linear interpolation; and those of three
// parts of Samples, from the front, the middle and the back of it. Otherwise all
// four are the same; [CLAP.Longer] tells which it is, since the model wants to
// know. The decibels of a whole clip take 25 kB of memory per second.
//
// Source: ClapFeatureExtractor of transformers 4.57, which is what laion_clap
// 1.1.7 computes in float32.
type CLAP struct {
	cfg     CLAPConfig
	rows    *centred
	scratch sync.Pool // of *scratch
}

// NewCLAP returns the front end. The error names the field of the config that is
// wrong.
func NewCLAP(cfg CLAPConfig) (*CLAP, error) {
	setDefault(&cfg.SampleRate, 48000)
	setDefault(&cfg.NFFT, 1024)
	setDefault(&cfg.HopSamples, 480)
	setDefault(&cfg.Bands, 64)
	setDefault(&cfg.Samples, 480000)
	setDefault(&cfg.FMinHz, 50)
	setDefault(&cfg.FMaxHz, 14000)
	for _, err := range []error{
		checkRange("CLAPConfig.NFFT", cfg.NFFT, maxNFFT),
		checkRange("CLAPConfig.Bands", cfg.Bands, maxBands),
		checkRange("CLAPConfig.Samples", cfg.Samples, maxSamples),
	} {
		if err != nil {
			return nil, err
		}
	}
	if cfg.Padding > CLAPZeroPad {
		return nil, fmt.Errorf("frontend: CLAPConfig.Padding is %d, must be one from CLAPRepeatPad to CLAPZeroPad", cfg.Padding)
	}
	mel := spectrogram.MelConfig{
		SampleRate: cfg.SampleRate, NFFT: cfg.NFFT, Bands: cfg.Bands,
		FMinHz: max(0, cfg.FMinHz), FMaxHz: cfg.FMaxHz,
	}
	if cfg.Fusion {
		mel.Scale, mel.Norm = spectrogram.HTKMel, spectrogram.NormNone
	}
	bands, err := melBands(mel)
	if err != nil {
		return nil, err
	}
	rows, err := newCentred(stft.Config{NFFT: cfg.NFFT, HopSamples: cfg.HopSamples}, bands, decibels.Apply)
	if err != nil {
		return nil, err
	}
	c := &CLAP{cfg: cfg, rows: rows}
	if s := c.Shape(0); s.Len() > maxSamples {
		return nil, fmt.Errorf("frontend: CLAPConfig asks for %d × %d × %d values, more than %d", s.Planes, s.Rows, s.Cols, maxSamples)
	}
	c.scratch.New = func() any { return new(scratch) }
	return c, nil
}

// decibels has the reference and the floor that all front ends in dB have.
var decibels = f32.NewLog(10/math.Ln10, 0, 1e-10)

// SampleRate implements [FrontEnd].
func (c *CLAP) SampleRate() int { return c.cfg.SampleRate }

// Config returns the configuration with every default filled in.
func (c *CLAP) Config() CLAPConfig { return c.cfg }

// Shape implements [FrontEnd]. It is the same for any n.
func (c *CLAP) Shape(int) Shape {
	s := Shape{Planes: 1, Rows: c.rows.count(c.cfg.Samples), Cols: c.cfg.Bands}
	if c.cfg.Fusion {
		s.Planes = 4
	}
	return s
}

// Longer tells whether a clip of n samples is longer than what the model hears
// at once: transformers' is_longer. With Fusion this is so from one more frame
// on, not one more sample.
//
// transformers passes off one clip of a batch, chosen at random, as longer where
// none is. This is not done here.
func (c *CLAP) Longer(n int) bool {
	if c.cfg.Fusion {
		return n > c.cfg.Samples && c.rows.count(n) > c.Shape(n).Rows
	}
	return n > c.cfg.Samples
}

// Compute implements [FrontEnd].
func (c *CLAP) Compute(dst, x []float32) []float32 {
	shape := c.Shape(len(x))
	dst = grow(dst, shape.Len())
	buf := c.scratch.Get().(*scratch)
	defer c.scratch.Put(buf)

	if n := c.cfg.Samples; len(x) > n && !c.cfg.Fusion {
		start := 0
		if c.cfg.Center {
			start = (len(x) - n) / 2
		}
		x = x[start : start+n]
	}
	if c.cfg.Quantize {
		buf.quantized = grow(buf.quantized, len(x))
		quantize(buf.quantized, x)
		x = buf.quantized
	}
	if c.cfg.Fusion && c.Longer(len(x)) {
		buf.rows = c.rows.compute(buf.rows, x)
		c.fuse(dst, buf.rows, shape)
		return dst
	}
	if n := c.cfg.Samples; len(x) < n {
		buf.samples = grow(buf.samples, n)
		switch c.cfg.Padding {
		case CLAPRepeatPad:
			tileWhole(buf.samples, x)
		case CLAPRepeat:
			tile(buf.samples, x)
		default:
			zeroPad(buf.samples, x)
		}
		x = buf.samples
	}
	plane := shape.Rows * shape.Cols
	c.rows.compute(dst[:plane], x)
	for p := 1; p < shape.Planes; p++ {
		copy(dst[p*plane:], dst[:plane])
	}
	return dst
}

// fuse makes four planes of the rows of a longer clip.
func (c *CLAP) fuse(dst, rows []float32, shape Shape) {
	n := len(rows) / shape.Cols
	plane := shape.Rows * shape.Cols
	shrink(dst[:plane], rows, shape.Cols)
	for i, start := range thirds(n, shape.Rows, c.cfg.Center) {
		copy(dst[(i+1)*plane:][:plane], rows[start*shape.Cols:])
	}
}

// shrink interpolates rows of cols values between the rows of src, the middles
// of the first and the last row of dst at the ends of src, as torch's
// interpolate(mode="bilinear", align_corners=False) does. Torch computes the
// places in float32, which moves those of long clips by parts of ten thousand of
// a row.
func shrink(dst, src []float32, cols int) {
	rows, from := len(dst)/cols, len(src)/cols
	scale := float32(from) / float32(rows)
	for i := range rows {
		at := max(0, float32(scale*(float32(i)+0.5))-0.5)
		first := min(int(at), from-1)
		second := min(first+1, from-1)
		w := at - float32(first)
		a, b, out := src[first*cols:][:cols], src[second*cols:][:cols], dst[i*cols:][:cols]
		for k := range out {
			out[k] = float32((1-w)*a[k]) + float32(w*b[k])
		}
	}
}

// quantize rounds samples towards zero to what 16 bits hold, clipping what is
// beyond ±1.
func quantize(dst, x []float32) {
	for i, v := range x {
		if v == v { // NaN is no integer
			v = float32(float64(int16(max(-1, min(v, 1))*32767)) / 32767)
		}
		dst[i] = v
	}
}
