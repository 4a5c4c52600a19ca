package frontend

import (
	"math"
	"sync"

	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/stft"
)

// WhisperConfig says which front end of Whisper is computed. The zero value is
// that of all models up to large-v2.
type WhisperConfig struct {
	// Bands is the number of mel bands (0: 80; 128 from large-v3 on).
	Bands int
	// Samples is the length to which clips are cut or filled up with zeros
	// (0: 480000, the 30 s that the models take; negative: left as it is).
	Samples int
}

// Whisper is the front end of OpenAI's Whisper at 16 kHz: with M the decimal
// logarithms of Slaney's mel bands up to 8 kHz, at least 1e-10,
//
//	(max(M, max(M)-8) + 4) / 4.
//
// Frames of 400 samples with a periodic Hann window are 160 apart, centred and
// mirrored; the last one is left out. The shape is 1 × 3000 × Bands. The
// original has bands in rows, and this turned round.
//
// Source: openai-whisper 20250625, and WhisperFeatureExtractor of transformers
// 4.57, which are the same.
type Whisper struct {
	cfg     WhisperConfig
	rows    *centred
	scratch sync.Pool // of *scratch
}

// NewWhisper returns the front end. The error names the field of the config that
// is wrong.
func NewWhisper(cfg WhisperConfig) (*Whisper, error) {
	setDefault(&cfg.Bands, 80)
	setDefault(&cfg.Samples, 480000)
	if err := checkRange("WhisperConfig.Bands", cfg.Bands, maxBands); err != nil {
		return nil, err
	}
	if err := checkRange("WhisperConfig.Samples", max(1, cfg.Samples), maxSamples); err != nil {
		return nil, err
	}
	bands, err := melBands(spectrogram.MelConfig{SampleRate: 16000, NFFT: 400, Bands: cfg.Bands})
	if err != nil {
		return nil, err
	}
	log := f32.NewLog(1/math.Ln10, 0, 1e-10)
	rows, err := newCentred(stft.Config{NFFT: 400, HopSamples: 160}, bands, log.Apply)
	if err != nil {
		return nil, err
	}
	w := &Whisper{cfg: cfg, rows: rows}
	w.scratch.New = func() any { return new(scratch) }
	return w, nil
}

// SampleRate implements [FrontEnd].
func (w *Whisper) SampleRate() int { return 16000 }

// Shape implements [FrontEnd].
func (w *Whisper) Shape(n int) Shape {
	if w.cfg.Samples > 0 {
		n = w.cfg.Samples
	}
	return Shape{Planes: 1, Rows: max(0, w.rows.count(n)-1), Cols: w.cfg.Bands}
}

// Compute implements [FrontEnd].
func (w *Whisper) Compute(dst, x []float32) []float32 {
	dst = grow(dst, w.Shape(len(x)).Len())
	buf := w.scratch.Get().(*scratch)
	defer w.scratch.Put(buf)
	if n := w.cfg.Samples; n > 0 && len(x) >= n {
		x = x[:n]
	} else if n > 0 {
		buf.samples = grow(buf.samples, n)
		zeroPad(buf.samples, x)
		x = buf.samples
	}
	buf.rows = w.rows.compute(buf.rows, x)
	copy(dst, buf.rows) // all but the last row
	raise(dst, 8)
	for i, v := range dst {
		dst[i] = (v + 4) / 4
	}
	return dst
}
