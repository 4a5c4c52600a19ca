package frontend

import (
	"fmt"
	"math"
	"math/bits"
	"sync"

	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/internal/fft"
	"github.com/soundspace/soundspace/stft"
)

// KaldiWindow is a window function of Kaldi. All are symmetric.
type KaldiWindow uint8

const (
	Povey       KaldiWindow = iota // Hann to the power 0.85: "povey"
	Hanning                        // "hanning"
	Hamming                        // "hamming"
	Rectangular                    // "rectangular"
	Blackman                       // with blackman_coeff 0.42: "blackman"
)

// KaldiConfig says which filter bank features are computed. The zero value is
// the defaults of Kaldi's compute-fbank-feats, without dither; the names that
// Kaldi has for the fields are in parentheses. Dither, the warping of VTLN and
// another blackman_coeff than 0.42 are left out.
type KaldiConfig struct {
	// SampleRate is that of the samples, in Hz (sample_frequency; 0: 16000).
	SampleRate int
	// Gain multiplies the samples (0: 1). Kaldi has samples between -32768 and
	// 32767, so models trained with Kaldi itself want 32768 here; most of those
	// trained with torchaudio want 1.
	Gain float64
	// FrameLengthMS is the length of frames in milliseconds (frame_length;
	// 0: 25), cut to whole samples.
	FrameLengthMS float64
	// FrameShiftMS is the distance of frames in milliseconds (frame_shift;
	// 0: 10), cut to whole samples.
	FrameShiftMS float64
	// PadEdges mirrors the signal at its ends, for a frame per FrameShiftMS.
	// Otherwise frames lie inside the signal (not snip_edges).
	PadEdges bool
	// KeepDC keeps the mean of each frame (not remove_dc_offset).
	KeepDC bool
	// PreEmphasis is the part of the sample before that is subtracted from each
	// (preemphasis_coefficient; 0: 0.97; negative: none), at most 1.
	PreEmphasis float64
	// Window is what frames are multiplied with (window_type).
	Window KaldiWindow
	// ExactFFT makes the Fourier transform as long as a frame, which must be an
	// even number of samples. Otherwise it is rounded up to a power of two (not
	// round_to_power_of_two).
	ExactFFT bool
	// Bands is the number of mel bands, at least 3 (num_mel_bins; 0: 23).
	Bands int
	// LowHz is the lower end of the mel bands (low_freq; 0: 20; negative: 0 Hz).
	LowHz float64
	// HighHz is the upper end of the mel bands (high_freq). 0 and below count
	// from SampleRate/2.
	HighHz float64
	// Magnitude sums |X| in place of |X|² (not use_power).
	Magnitude bool
	// Linear leaves out the logarithm (not use_log_fbank).
	Linear bool
	// Energy adds a first column, the logarithm of the sum of the squares of the
	// frame, its mean subtracted (use_energy).
	Energy bool
	// EnergyLast makes that the last column (htk_compat).
	EnergyLast bool
	// WindowedEnergy takes the energy after pre-emphasis and window (not
	// raw_energy).
	WindowedEnergy bool
	// EnergyFloor is the smallest energy (energy_floor; 0: 1; negative: none but
	// 2⁻²³).
	EnergyFloor float64
	// SubtractMean subtracts from each column its mean (subtract_mean).
	SubtractMean bool
}

// kaldiFloor is the smallest value under a logarithm, float32's epsilon.
const kaldiFloor = 0x1p-23

// Kaldi computes log mel filter bank features as Kaldi does: of each frame the
// mean is subtracted, then from each sample PreEmphasis times the one before
// (from the first that of itself); it is multiplied with the window, followed by
// zeros, and transformed; and
//
//	ln(max(Σ_k weight[b,k]·|X[t,k]|², 2⁻²³))
//
// are its values, of triangles spaced evenly and straight on the mel scale
// 1127·ln(1+f/700). The shape is 1 × frames × Bands, and one column more with
// Energy.
//
// Frames are 1 + (n-length)/shift, none if n is less than a frame, or with
// PadEdges (n+shift/2)/shift. Everything is computed in float64, where Kaldi has
// float32, but for the weights, whose rounding is Kaldi's.
//
// Source: torchaudio.compliance.kaldi.fbank of torchaudio 2.11, and
// kaldi-native-fbank 1.23.
type Kaldi struct {
	cfg         KaldiConfig
	length, hop int
	nfft        int
	cols        int // and where in them mel bands begin
	first       int
	preEmphasis float64
	window      []float64
	form        fft.Form
	frames      *fft.Frames[float64]
	bands       *fft.Bands[float64]
	then        func(values []float32) // of the bands of a frame, may be nil
	logFloor    float64                // of the energy
	workspaces  sync.Pool              // of *kaldiWorkspace
}

// kaldiWorkspace is the memory of one call at a time.
type kaldiWorkspace struct {
	edge     []float32 // samples of a frame
	frames   []float64 // of a block, side by side; zero behind each
	values   []float64
	energies []float64
	fft      *fft.FramesWorkspace[float64]
}

// NewKaldi returns the front end. The error names the field of the config that
// is wrong.
func NewKaldi(cfg KaldiConfig) (*Kaldi, error) {
	setDefault(&cfg.SampleRate, 16000)
	setDefault(&cfg.Gain, 1)
	setDefault(&cfg.FrameLengthMS, 25)
	setDefault(&cfg.FrameShiftMS, 10)
	setDefault(&cfg.PreEmphasis, 0.97)
	setDefault(&cfg.Bands, 23)
	setDefault(&cfg.LowHz, 20)
	setDefault(&cfg.EnergyFloor, 1)
	if err := checkRange("KaldiConfig.SampleRate", cfg.SampleRate, 1<<24); err != nil {
		return nil, err
	}
	if !finite(cfg.Gain) {
		return nil, fmt.Errorf("frontend: KaldiConfig.Gain is %g, must be finite", cfg.Gain)
	}
	// As it is computed in the originals, to the last bit.
	length := float64(cfg.SampleRate) * cfg.FrameLengthMS * 0.001
	hop := float64(cfg.SampleRate) * cfg.FrameShiftMS * 0.001
	if !(length >= 2 && length <= maxNFFT) {
		return nil, fmt.Errorf("frontend: KaldiConfig.FrameLengthMS is %g, %g samples, must be from 2 to %d", cfg.FrameLengthMS, length, maxNFFT)
	}
	if !(hop >= 1 && hop <= 1<<30) {
		return nil, fmt.Errorf("frontend: KaldiConfig.FrameShiftMS is %g, %g samples, must be from 1 to %d", cfg.FrameShiftMS, hop, 1<<30)
	}
	if !(cfg.PreEmphasis <= 1) {
		return nil, fmt.Errorf("frontend: KaldiConfig.PreEmphasis is %g, must be at most 1", cfg.PreEmphasis)
	}
	if cfg.Bands < 3 || cfg.Bands > maxBands {
		return nil, fmt.Errorf("frontend: KaldiConfig.Bands is %d, must be from 3 to %d", cfg.Bands, maxBands)
	}
	nyquist := float64(cfg.SampleRate) / 2
	if cfg.HighHz <= 0 {
		cfg.HighHz += nyquist
	}
	cfg.LowHz = max(0, cfg.LowHz)
	if !(cfg.LowHz < cfg.HighHz && cfg.HighHz <= nyquist) {
		return nil, fmt.Errorf("frontend: KaldiConfig has bands from %g to %g Hz, must rise and end at %g Hz", cfg.LowHz, cfg.HighHz, nyquist)
	}
	if !(cfg.EnergyFloor <= math.MaxFloat64) {
		return nil, fmt.Errorf("frontend: KaldiConfig.EnergyFloor is %g, must be finite", cfg.EnergyFloor)
	}
	window, err := cfg.Window.coefficients(int(length))
	if err != nil {
		return nil, err
	}
	nfft := int(length)
	if !cfg.ExactFFT {
		nfft = 1 << bits.Len(uint(nfft-1))
	} else if nfft%2 != 0 {
		return nil, fmt.Errorf("frontend: KaldiConfig.ExactFFT needs frames of an even number of samples, and they have %d", nfft)
	}
	k := newFilterBank(cfg, window, nfft, int(hop), kaldiBands(cfg.Bands, nfft, cfg.SampleRate, cfg.LowHz, cfg.HighHz))
	if !cfg.Linear {
		k.then = f32.NewLog(1, 0, kaldiFloor).Apply
	}
	return k, nil
}

// newFilterBank returns filter bank features of a window and bands of any kind,
// without a logarithm. cfg has its defaults filled in.
func newFilterBank(cfg KaldiConfig, window []float64, nfft, hop int, bands []stft.Band) *Kaldi {
	k := &Kaldi{
		cfg:         cfg,
		length:      len(window),
		hop:         hop,
		nfft:        nfft,
		cols:        len(bands),
		preEmphasis: max(0, cfg.PreEmphasis),
		window:      window,
		form:        fft.Power,
		logFloor:    math.Log(max(kaldiFloor, cfg.EnergyFloor)),
	}
	if cfg.Magnitude {
		k.form = fft.Magnitude
	}
	if cfg.Energy {
		k.cols++
		if !cfg.EnergyLast {
			k.first = 1
		}
	}
	padded := make([]float64, nfft)
	copy(padded, window)
	k.frames = fft.NewFrames(padded, 1)
	first, weights := make([]int, len(bands)), make([][]float64, len(bands))
	for i, b := range bands {
		first[i], weights[i] = b.First, b.Weights
	}
	k.bands = fft.NewBands[float64](nfft/2+1, first, weights)
	k.workspaces.New = func() any {
		block := k.frames.Block()
		return &kaldiWorkspace{
			edge:     make([]float32, len(window)),
			frames:   make([]float64, block*nfft),
			values:   make([]float64, block*len(bands)),
			energies: make([]float64, block),
			fft:      k.frames.NewWorkspace(),
		}
	}
	return k
}

// coefficients returns the values of a window of n samples.
func (w KaldiWindow) coefficients(n int) ([]float64, error) {
	windows := [...]stft.Window{stft.Povey(), stft.Hann(), stft.Hamming(), stft.Rectangular(), stft.Blackman()}
	if int(w) >= len(windows) {
		return nil, fmt.Errorf("frontend: KaldiConfig.Window is %d, must be one from Povey to Blackman", w)
	}
	return windows[w].Symmetric().Coefficients(n)
}

// SampleRate implements [FrontEnd].
func (k *Kaldi) SampleRate() int { return k.cfg.SampleRate }

// Shape implements [FrontEnd].
func (k *Kaldi) Shape(n int) Shape { return Shape{Planes: 1, Rows: k.rows(n), Cols: k.cols} }

// rows returns the number of frames of n samples.
func (k *Kaldi) rows(n int) int {
	switch {
	case k.cfg.PadEdges && n > 0:
		return (n + k.hop/2) / k.hop
	case n < k.length:
		return 0
	}
	return 1 + (n-k.length)/k.hop
}

// Compute implements [FrontEnd].
func (k *Kaldi) Compute(dst, x []float32) []float32 {
	rows := k.rows(len(x))
	dst = grow(dst, rows*k.cols)
	ws := k.workspaces.Get().(*kaldiWorkspace)
	defer k.workspaces.Put(ws)
	bands, block := k.bands.Len(), k.frames.Block()
	for t := 0; t < rows; t += block {
		count := min(block, rows-t)
		for i := range count {
			ws.energies[i] = k.prepare(ws.frames[i*k.nfft:], k.samples(ws.edge, x, t+i))
		}
		k.frames.Forward(ws.values[:count*bands], k.form, k.bands, ws.frames, k.nfft, count, ws.fft)
		for i := range count {
			row := dst[(t+i)*k.cols:][:k.cols]
			if k.cfg.Energy {
				row[(k.first+bands)%k.cols] = float32(max(math.Log(max(ws.energies[i], kaldiFloor)), k.logFloor))
				row = row[k.first:][:bands]
			}
			for b, v := range ws.values[i*bands:][:bands] {
				row[b] = float32(v)
			}
			if k.then != nil {
				k.then(row)
			}
		}
	}
	if k.cfg.SubtractMean {
		subtractColumnMeans(dst, k.cols)
	}
	return dst
}

// samples returns those of frame t of x, in edge where they reach beyond its ends.
func (k *Kaldi) samples(edge, x []float32, t int) []float32 {
	start := t * k.hop
	if k.cfg.PadEdges {
		start -= k.length/2 - k.hop/2
	}
	if start >= 0 && start+k.length <= len(x) {
		return x[start:][:k.length]
	}
	for i := range edge {
		edge[i] = x[mirror(start+i, len(x))]
	}
	return edge
}

// prepare writes a frame of the samples x, all but the window applied, and
// returns its energy if there is a column for that.
func (k *Kaldi) prepare(frame []float64, x []float32) (energy float64) {
	gain, mean := k.cfg.Gain, 0.0
	if !k.cfg.KeepDC {
		mean = gain * sum(x) / float64(len(x))
	}
	before := gain*float64(x[0]) - mean
	frame = frame[:len(x)]
	for i, v := range x {
		v := gain*float64(v) - mean
		frame[i] = v - k.preEmphasis*before
		before = v
	}
	switch {
	case !k.cfg.Energy:
	case k.cfg.WindowedEnergy:
		for i, v := range frame {
			energy += v * v * k.window[i] * k.window[i]
		}
	default:
		for _, v := range x {
			v := gain*float64(v) - mean
			energy += v * v
		}
	}
	return energy
}

// sum adds values in four chains, as additions would otherwise wait for one
// another.
func sum(x []float32) float64 {
	var a, b, c, d float64
	for ; len(x) >= 4; x = x[4:] {
		a += float64(x[0])
		b += float64(x[1])
		c += float64(x[2])
		d += float64(x[3])
	}
	for _, v := range x {
		a += float64(v)
	}
	return a + b + c + d
}

// mirror returns the place of sample i of a signal of n samples that is mirrored
// at its ends, again and again, the samples at the ends repeated.
func mirror(i, n int) int {
	i %= 2 * n
	if i < 0 {
		i += 2 * n
	}
	if i >= n {
		i = 2*n - 1 - i
	}
	return i
}

// subtractColumnMeans subtracts from each of cols columns its mean.
func subtractColumnMeans(values []float32, cols int) {
	rows := len(values) / cols
	for c := range cols {
		var sum float64
		for t := range rows {
			sum += float64(values[t*cols+c])
		}
		mean := float32(sum / float64(rows))
		for t := range rows {
			values[t*cols+c] -= mean
		}
	}
}
