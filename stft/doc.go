// Package stft computes the short-time Fourier transform of audio, and its
// inverse.
//
// # The transform
//
// A signal x is cut into frames of NFFT samples, HopSamples apart; each is
// multiplied with a window w and Fourier transformed. Frame t, bin k is
//
//	X[t,k] = s · Σ x[t·hop - c + j] · w[j] · exp(-2πi·jk/NFFT),  j = 0 … NFFT-1
//
// for the NFFT/2+1 bins k = 0 … NFFT/2 of frequency k·SampleRate/NFFT; the other
// half of the spectrum is the mirror image of this one. Here c is NFFT/2 in a
// centred transform, so that the middle of frame t is at sample t·hop, and 0
// otherwise; samples beyond the ends of the signal are what the [PadMode] says;
// a window shorter than NFFT has zeros on both sides; and s is the factor of the
// [Scaling], 1 by default.
//
// A longer window separates frequencies better and times worse: a Hann window of
// n samples resolves about 2·SampleRate/n Hz. The window's shape trades the width
// of a peak for the depth of the side lobes around it.
//
// # Use
//
// [New] makes a [Plan] from a [Config], whose zero value is useful. Its methods
// transform whole signals: [Plan.Complex], [Plan.Magnitude], [Plan.Power] and
// [Plan.Phase] in float32, and the same with 128 or 64 after their names in
// float64. Results are frame-major: row t, the Bins() values of frame t, is
// dst[t*Bins():][:Bins()]. The methods named Stream… take a signal in blocks, and
// give the same values to the last bit. [Plan.Inverse] goes back. A [Projection]
// sums bins into bands, such as those of a mel scale, and changes values while
// they are in the processor's cache.
//
// Frames are computed several at a time, with vector instructions where the
// processor has them; those of one signal can be shared by Config.Workers
// goroutines. Given room in dst, no method allocates. NFFT with prime factors up to 5
// are fastest, those with factors beyond 47 slowest.
//
// # Conventions of others
//
// These configs compute what the functions of other libraries do, as tests
// against their outputs show. N is n_fft, H hop_length, x of length n.
//
//	librosa 1.0       stft(x)                       Config{}
//	                  pad_mode="reflect", "edge"    Pad: PadReflect, PadEdge
//	                  center=False                  NoCenter: true
//	                  istft(X, length=n)            Inverse(nil, X, n)
//	torch 2.11        stft(x, N, H, window=hann)    Config{NFFT: N, HopSamples: H, Pad: PadReflect}
//	                  stft without window           Window: Rectangular()
//	                  normalized=True               Scaling: ScaleUnitary
//	torchaudio 2.11   Spectrogram(normalized=True)  Scaling: ScalePSD, SampleRate: 1
//	scipy 1.18        ShortTimeFFT(w, H, fs, scale_to="magnitude", phase_shift=None)
//	                                                Scaling: ScaleMagnitude
//	                  scale_to="psd"                Scaling: ScalePSD, SampleRate: fs
//	                  fft_mode="onesided2X"         OneSided2X: true
//
// They all return bins × frames, transposed to the rows here. SciPy's
// ShortTimeFFT also computes frames whose middle is before the signal or
// behind it; frame t here is its slice p = t. Where NFFT exceeds the window,
// SciPy puts all zeros after it, and the phase differs. Reflection works for
// signals of any length, where torch refuses those of NFFT/2 samples and fewer.
//
// # Precision
//
// Relative RMS error is 1e-7 in float32 and below 1e-13, typically 5e-16, in
// float64. Config.Float64 computes float32 results in float64 and rounds once,
// to 2.5e-8 of noise and at most 4e-8. Magnitudes neither overflow nor underflow
// where they themselves don't.
package stft
