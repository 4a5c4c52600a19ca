package dataset

import "math/rand/v2"

// Place fits a clip into a window of fixed length. The zero value begins with the
// first frame of the clip, and lets silence follow one that is too short.
type Place struct {
	// Random begins a long clip anywhere, and puts a short one anywhere.
	Random bool `json:"random"`
	// Tile is the probability that a short clip is repeated to fill the window,
	// instead of silence; where it begins depends on Random too.
	Tile float64 `json:"tile"`
}

// placement is what frames of a clip come where: the window holds those from first
// on, from the frame at on. If tile, the clip is repeated from there in both
// directions; if not, the rest is silence.
type placement struct {
	first, at, n int
	tile         bool
}

// choose places a clip of the given number of frames in a window.
func (p Place) choose(clip, window int, rng *rand.Rand) placement {
	where := 0
	if p.Random {
		if d := max(clip-window, window-clip); d > 0 {
			where = rng.IntN(d + 1)
		}
	}
	if clip >= window {
		return placement{first: where, n: window}
	}
	return placement{at: where, n: clip, tile: chance(rng, p.Tile)}
}

// fill makes a window of frames of bands values of a clip's powers, from which the
// frames from first on were taken already. silence is the power of what is empty.
func (p placement) fill(dst, clip []float32, bands int, silence float32) {
	lead, body := p.at*bands, p.n*bands
	copy(dst[lead:lead+body], clip[:body])
	if !p.tile {
		fill(dst[:lead], silence)
		fill(dst[lead+body:], silence)
		return
	}
	for i := lead + body; i < len(dst); i++ {
		dst[i] = dst[i-body]
	}
	for i := lead - 1; i >= 0; i-- {
		dst[i] = dst[i+body]
	}
}

func fill(x []float32, v float32) {
	for i := range x {
		x[i] = v
	}
}
