package spectrogram

import "math"

// MelScale is a scale of perceived pitch: a rising map from Hz to mel.
type MelScale uint8

const (
	// SlaneyMel is the scale of Slaney's Auditory Toolbox (1998), the default
	// of librosa and of Whisper: 200/3 Hz a mel below 1 kHz, logarithmic above,
	// where 27 mel are a factor of 6.4. 1 kHz is 15 mel.
	SlaneyMel MelScale = iota
	// HTKMel is 2595·log10(1+f/700), as in the HTK book (O'Shaughnessy 1987),
	// the default of torchaudio. 1 kHz is 1000 mel.
	HTKMel
)

// The pieces of the Slaney scale.
const (
	slaneyHzPerMel = 200.0 / 3
	slaneyKneeHz   = 1000.0
	slaneyKneeMel  = slaneyKneeHz / slaneyHzPerMel
)

var slaneyLogStep = math.Log(6.4) / 27

// Mel returns the mel value of a frequency of at least 0 Hz.
func (m MelScale) Mel(hz float64) float64 {
	if m == HTKMel {
		return 2595 * math.Log10(1+hz/700)
	}
	if hz < slaneyKneeHz {
		return hz / slaneyHzPerMel
	}
	return slaneyKneeMel + math.Log(hz/slaneyKneeHz)/slaneyLogStep
}

// Hz returns the frequency of a mel value: the inverse of Mel.
func (m MelScale) Hz(mel float64) float64 {
	if m == HTKMel {
		return 700 * (math.Pow(10, mel/2595) - 1)
	}
	if mel < slaneyKneeMel {
		return mel * slaneyHzPerMel
	}
	return slaneyKneeHz * math.Exp(slaneyLogStep*(mel-slaneyKneeMel))
}

// String returns "slaney" or "htk", the names that torchaudio uses.
func (m MelScale) String() string {
	if m == HTKMel {
		return "htk"
	}
	return "slaney"
}
