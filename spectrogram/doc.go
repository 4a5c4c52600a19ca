// Package spectrogram computes spectrograms that know what they are: power and
// magnitude, mel bands, decibels and logarithms, with times, frequencies and
// units beside the values.
//
// # From samples to values
//
// A spectrogram shows how the power of a sound spreads over frequency as time
// goes by. Samples x become values in up to four steps:
//
//	X[t,k] = Σ_n w[n]·x[t·hop+n]·exp(-2πi·k·n/NFFT)   short-time Fourier transform, package stft
//	P[t,k] = |X[t,k]|²                                power of bin k, at k·SampleRate/NFFT Hz
//	M[t,b] = Σ_k weight[b,k]·P[t,k]                   power in mel band b, optional: MelBank
//	D[t,b] = 10·log10(M[t,b]/reference)               or ln, log10, ln(1+M): Unit
//
// A [Config] names them, [New] makes a [Plan] of it, and the plan turns
// recordings into a [Spectrogram]: whole ones with [Plan.Compute], or block by
// block, in bounded memory and with the same bits, with [Plan.NewStream].
//
// Mel bands are triangles that widen with frequency as hearing does: some 40 to
// 128 of them hold what matters of a sound, which is why speech and music models
// start from them. Logarithms follow, as loudness does.
//
// # Units
//
// Power is in the square of the samples' unit, times what the scaling of the
// STFT makes of it: with none, a steady sine of amplitude 1 peaks at (Σw/2)²,
// which [Layout.FullScale] holds. Decibels are relative to a reference power:
//
//   - a number, 1 by default ([ReferenceValue]);
//   - full scale ([ReferenceFullScale]): a sine between -1 and 1 reads 0 dB,
//     whatever the window, length and scaling, and recordings can be compared;
//   - the largest power of the spectrogram ([ReferenceMax]): pictures use their
//     whole range. It needs the whole spectrogram, and is a second step on one
//     of power or magnitude: [Spectrogram.ToDecibel].
//
// Logarithms have a floor, 1e-10 by default, so that silence is -100 dB and not
// -Inf. NaN and +Inf in the samples spread over the frames that they touch and
// are passed on.
//
// # Precision
//
// Transforms and mel sums are computed in float32, or, with [stft.Config].Float64,
// in float64 and rounded once. In float32 a sum of n bins, whose terms are
// rounded once with each addition, adds (n/2+2)·2⁻²⁴ of its value at most to the
// error of the bins; of white noise, mel power is off by 1.7e-7 in all (root
// mean square, relative; NFFT 400, 80 bands). Logarithms are off by less than
// 2 ulp, decibels by less than 1 ulp and 5e-7 dB.
//
// # Equivalents
//
// The values are those of librosa 1.0 and torchaudio 2.11, to the rounding of
// float32:
//
//	librosa.feature.melspectrogram(y=y, sr=sr)
//	    Config{SampleRate: sr, Mel: &MelConfig{}, Unit: Power}
//	librosa.filters.mel(sr=sr, n_fft=n)
//	    NewMelBank(MelConfig{SampleRate: sr, NFFT: n})
//	librosa.power_to_db(S), librosa.amplitude_to_db(S), of one channel
//	    s.ToDecibel(DBConfig{TopDB: 80})
//	librosa.power_to_db(S, ref=np.max), of one channel
//	    s.ToDecibel(DBConfig{Reference: ReferenceMax, TopDB: 80})
//	torchaudio.transforms.Spectrogram()
//	    Config{SampleRate: sr, STFT: stft.Config{NFFT: 400, HopSamples: 200, Pad: stft.PadReflect}, Unit: Power}
//	torchaudio.transforms.MelSpectrogram()
//	    Config{SampleRate: 16000, STFT: stft.Config{NFFT: 400, HopSamples: 200, Pad: stft.PadReflect},
//	        Mel: &MelConfig{Scale: HTKMel, Norm: NormNone}, Unit: Power}
//	torchaudio.transforms.AmplitudeToDB(), after power
//	    Unit: Decibel in the Config, or s.ToDecibel(DBConfig{})
//	torchaudio.transforms.AmplitudeToDB("magnitude", top_db=80)
//	    s.ToDecibel(DBConfig{AMin: 1e-20, TopDB: 80})
//
// Both put bins in rows and frames in columns; here a row is a frame, and
// [Spectrogram.Transposed] turns it round. librosa 1.0 takes the maximum for
// each channel, torchaudio over all: see [Spectrogram.ToDecibel].
package spectrogram
