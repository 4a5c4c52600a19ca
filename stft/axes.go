package stft

import "math"

// FrameSample returns the sample at the middle of frame t: t·HopSamples, and
// NFFT/2 more when the transform is not centred.
func (p *Plan) FrameSample(t int) int { return p.start(t) + p.cfg.NFFT/2 }

// SampleFrame returns the frame whose middle is nearest to sample i: the later
// one of two, and never a negative one.
func (p *Plan) SampleFrame(i int) int {
	hop := p.cfg.HopSamples
	return max(0, i-p.FrameSample(0)+hop/2) / hop
}

// FrameTime returns the time of the middle of frame t in seconds. It panics if
// the config has no SampleRate.
func (p *Plan) FrameTime(t int) float64 { return float64(p.FrameSample(t)) / p.rate("FrameTime") }

// TimeFrame returns the frame whose middle is nearest to a time in seconds. It
// panics if the config has no SampleRate.
func (p *Plan) TimeFrame(seconds float64) int {
	return p.SampleFrame(int(math.Round(seconds * p.rate("TimeFrame"))))
}

// BinHz returns the frequency at the middle of bin k. It panics if the config
// has no SampleRate.
func (p *Plan) BinHz(k int) float64 {
	return float64(k) * p.rate("BinHz") / float64(p.cfg.NFFT)
}

// HzBin returns the bin whose middle is nearest to a frequency, between 0 and
// Bins()-1. It panics if the config has no SampleRate.
func (p *Plan) HzBin(hz float64) int {
	k := math.Round(hz * float64(p.cfg.NFFT) / p.rate("HzBin"))
	return int(math.Max(0, math.Min(k, float64(p.Bins()-1))))
}

func (p *Plan) rate(method string) float64 {
	if p.cfg.SampleRate == 0 {
		panic("stft: " + method + " needs Config.SampleRate")
	}
	return float64(p.cfg.SampleRate)
}
