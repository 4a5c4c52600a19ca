// Package frontend computes what models of sound take in: each front end turns
// the samples of a recording into the values that one family of models was
// trained on, as the original programs compute them.
//
// A model's first layers are tuned to the scale, the bands and the framing of its
// training data. Where these differ in a detail, nothing fails, and the results
// are worse. So every front end here is compared with the original, and documents
// what it takes from it.
//
// # Use
//
// Each front end is made once by its constructor, of a config whose zero value is
// the published model's, and then used for any number of recordings, from any
// number of goroutines:
//
//	f, err := frontend.NewCLAP(frontend.CLAPConfig{})
//	values, shape, err := frontend.ComputeClip(f, nil, clip) // of any rate, any number of channels
//
// Compute takes samples that have the front end's rate already. Results are
// float32 and frame-major: a row is a frame, as elsewhere in this module, also
// where the original has bands in rows. A [Shape] says how many there are.
//
// # Front ends
//
// n is the number of samples; the originals are in the documentation of each type.
//
//	front end     rate     planes × rows × columns     values
//	CLAP          48 kHz   1 (fused: 4) × 1001 × 64    dB of Slaney's (fused: HTK) bands, 50 Hz to 14 kHz
//	MSCLAP 2023   44.1 kHz 1 × 965 × 64                the same bands, made for 32 kHz
//	MSCLAP 2022   44.1 kHz 1 × 690 × 64                dB of Slaney's bands, 50 Hz to 14 kHz
//	AudioCLIP     44.1 kHz 3 × 1+(n-1654)/561 × 341    dB of learnt filters
//	PANNs         32 kHz   1 × 1+n/320 × 64            the same
//	EfficientAT   32 kHz   1 × 1+(n-1)/320 × 128       ln of Kaldi's bands up to 15 kHz, normalized
//	Whisper       16 kHz   1 × 3000 × 80 or 128        log10 of Slaney's bands, the upper 80 dB, scaled
//	Kaldi         any      1 × 1+(n-400)/160 × 23      ln of Kaldi's bands, by its options
//	AST           16 kHz   1 × 1024 × 128              Kaldi, normalized
//	ImageBind     16 kHz   3 × 204 × 128               Kaldi, normalized
//	LanguageBind  16 kHz   3 × 1036 × 112              Kaldi, normalized
//	VGGish        16 kHz   patches × 96 × 64           ln of sums of |X| in bands, 125 to 7500 Hz
//	YAMNet        16 kHz   patches × 96 × 64           the same with another offset
//	Dasheng, CED  16 kHz   1 × 1+n/160 × 64            dB of HTK bands, the upper 120 dB
//	Wav2CLIP      16 kHz   1 × 1+n/353 × 257           ln of power, standardized
//
// # Choices of the originals
//
// Where the originals take a random part of a long clip, these take the first one
// or, where there is an option for it, the middle one, so that a clip always gives
// the same values. Where a value of the originals depends on the other clips of a
// batch, a clip is a batch of its own.
//
// # Precision
//
// All but AudioCLIP is computed in float64 and rounded at the end: logarithms of weak
// bands beside strong ones are then right, which float32 transforms do not give.
// CLAP, whose original computes in float64, too, agrees with it within 2e-5 dB
// from -90 dB up. The others agree within 1e-4 of their unit with what the
// originals would give in float64; their own rounding in float32 is below 2e-4 of
// a unit for noise, and reaches tenths in bands of a pure tone that lie far below
// the strongest.
package frontend
