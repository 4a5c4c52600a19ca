package frontend

// LanguageBindConfig says which front end of LanguageBind's audio encoders is
// computed. The zero value is that of LanguageBind_Audio and _Audio_FT; others
// have the fields in the vision_config of their config.json.
type LanguageBindConfig struct {
	// Bands is the number of mel bands (num_mel_bins; 0: 112).
	Bands int
	// Frames is the number of frames in a plane (target_length; 0: 1036).
	Frames int
	// Mean and Std normalize the features (audio_mean, audio_std;
	// 0: -4.2677393 and 4.5689974).
	Mean, Std float64
	// Center takes parts that begin in the middle of each third of all
	// beginnings, in place of the first. The original takes random ones.
	Center bool
}

// LanguageBind is the front end of LanguageBind's audio encoder at 16 kHz:
// features F of [Kaldi] with a Hanning window,
//
//	(F - Mean) / (2·Std),
//
// in three planes of as many frames as the model takes: parts from the front,
// the middle and the back of a longer clip, and three times all of a shorter one,
// repeated and cut off. The shape is 3 × Frames × Bands; the original has bands
// in rows, and this turned round.
//
// Source: languagebind 0.1.0.
type LanguageBind struct {
	cfg  LanguageBindConfig
	bank *Kaldi
}

// NewLanguageBind returns the front end. The error names the field of the config
// that is wrong.
func NewLanguageBind(cfg LanguageBindConfig) (*LanguageBind, error) {
	setDefault(&cfg.Bands, 112)
	setDefault(&cfg.Frames, 1036)
	setDefault(&cfg.Mean, -4.2677393)
	setDefault(&cfg.Std, 4.5689974)
	if err := checkRange("LanguageBindConfig.Frames", cfg.Frames, maxSamples/160); err != nil {
		return nil, err
	}
	if err := checkNormalization("LanguageBindConfig", cfg.Mean, cfg.Std); err != nil {
		return nil, err
	}
	bank, err := NewKaldi(KaldiConfig{Window: Hanning, Bands: cfg.Bands})
	if err != nil {
		return nil, err
	}
	return &LanguageBind{cfg, bank}, nil
}

// SampleRate implements [FrontEnd].
func (l *LanguageBind) SampleRate() int { return 16000 }

// Shape implements [FrontEnd]. Clips of less than a frame, 400 samples, have no
// planes.
func (l *LanguageBind) Shape(n int) Shape {
	s := Shape{Rows: l.cfg.Frames, Cols: l.cfg.Bands}
	if l.bank.rows(n) > 0 {
		s.Planes = 3
	}
	return s
}

// Compute implements [FrontEnd].
func (l *LanguageBind) Compute(dst, x []float32) []float32 {
	shape := l.Shape(len(x))
	dst = grow(dst, shape.Len())
	if len(dst) == 0 {
		return dst
	}
	// The original subtracts the mean of the clip first. That changes nothing, as
	// means of frames are subtracted, too.
	plane := shape.Rows * shape.Cols
	if n := l.bank.rows(len(x)); n <= shape.Rows {
		l.bank.Compute(dst, x)
		tile(dst[n*shape.Cols:plane], dst[:n*shape.Cols])
		copy(dst[plane:], dst[:plane])
		copy(dst[2*plane:], dst[:plane])
	} else {
		for i, start := range thirds(n, shape.Rows, l.cfg.Center) {
			l.bank.fill(dst[i*plane:][:plane], x[start*l.bank.hop:])
		}
	}
	normalize(dst, l.cfg.Mean, 2*l.cfg.Std)
	return dst
}
