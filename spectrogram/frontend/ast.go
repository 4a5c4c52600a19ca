package frontend

// ASTConfig says which front end of an Audio Spectrogram Transformer is
// computed. The zero value is that of the models trained on AudioSet.
type ASTConfig struct {
	// Bands is the number of mel bands (num_mel_bins; 0: 128).
	Bands int
	// Frames is the number of frames to which clips are cut or filled up
	// (max_length; 0: 1024, 10.2 s).
	Frames int
	// Mean and Std are those of the features of the data that the model was
	// trained on (0: -4.2677393 and 4.5689974, of AudioSet).
	Mean, Std float64
	// Raw leaves out the normalization (not do_normalize).
	Raw bool
}

// AST is the front end of the Audio Spectrogram Transformer at 16 kHz: features
// F of [Kaldi] with a Hanning window,
//
//	(F - Mean) / (2·Std),
//
// of as many frames as the model takes; rows beyond the clip have F = 0, all of
// them if it is shorter than a frame. The shape is 1 × Frames × Bands. Samples lie
// between -1 and 1, not in Kaldi's range.
//
// Source: ASTFeatureExtractor of transformers 4.57.
type AST struct {
	cfg  ASTConfig
	bank *Kaldi
}

// NewAST returns the front end. The error names the field of the config that is
// wrong.
func NewAST(cfg ASTConfig) (*AST, error) {
	setDefault(&cfg.Bands, 128)
	setDefault(&cfg.Frames, 1024)
	setDefault(&cfg.Mean, -4.2677393)
	setDefault(&cfg.Std, 4.5689974)
	if err := checkRange("ASTConfig.Frames", cfg.Frames, maxSamples/160); err != nil {
		return nil, err
	}
	if err := checkNormalization("ASTConfig", cfg.Mean, cfg.Std); err != nil {
		return nil, err
	}
	bank, err := NewKaldi(KaldiConfig{Window: Hanning, Bands: cfg.Bands})
	if err != nil {
		return nil, err
	}
	return &AST{cfg, bank}, nil
}

// SampleRate implements [FrontEnd].
func (a *AST) SampleRate() int { return 16000 }

// Shape implements [FrontEnd]. It is the same for any n.
func (a *AST) Shape(int) Shape { return Shape{Planes: 1, Rows: a.cfg.Frames, Cols: a.cfg.Bands} }

// Compute implements [FrontEnd].
func (a *AST) Compute(dst, x []float32) []float32 {
	dst = grow(dst, a.cfg.Frames*a.cfg.Bands)
	a.bank.fill(dst, x)
	if !a.cfg.Raw {
		normalize(dst, a.cfg.Mean, 2*a.cfg.Std)
	}
	return dst
}

// fill computes as many rows as dst has room for, and zeros where there are no
// more.
func (k *Kaldi) fill(dst, x []float32) {
	most := len(dst) / k.cols
	if k.rows(len(x)) > most {
		x = x[:k.length+(most-1)*k.hop]
	}
	clear(dst[len(k.Compute(dst, x)):])
}

// normalize subtracts mean and divides by std.
func normalize(values []float32, mean, std float64) {
	m, s := float32(mean), float32(std)
	for i, v := range values {
		values[i] = (v - m) / s
	}
}
