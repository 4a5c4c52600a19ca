package frontend

import "testing"

// What is accepted makes a front end, or is refused by it.
func FuzzParseCLAPConfig(f *testing.F) {
	f.Add([]byte(`{"feature_size": 64, "sampling_rate": 48000, "frequency_min": 50, "truncation": "rand_trunc", "padding": "repeatpad"}`))
	f.Add([]byte(`{"max_length_s": 1e300, "fft_window_size": 3}`))
	f.Add([]byte(`{"frequency_max": 1, "frequency_min": 2, "hop_length": 1}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		cfg, err := ParseCLAPConfig(file)
		if err != nil {
			return
		}
		c, err := NewCLAP(cfg)
		if err != nil || cfg.Samples > 1<<16 {
			return
		}
		x := []float32{0.5, -0.5, 0.25}
		if got := c.Compute(nil, x); len(got) != c.Shape(len(x)).Len() {
			t.Errorf("%d values, want %v", len(got), c.Shape(len(x)))
		}
	})
}
