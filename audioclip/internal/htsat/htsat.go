package htsat

import (
	"fmt"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
)

// Encoder is an HTSAT without a head for a task. It is safe for concurrent use.
type Encoder struct {
	cfg     Config
	patches *patches
	stages  []stage
	norm    *nn.LayerNorm
}

type stage struct {
	blocks []*block
	merge  *merge // nil after the last stage
}

// New takes the weights of an encoder, named as in audio_model.audio_encoder of
// Hugging Face's transformers, or as Rename does. It panics if Validate reports an
// error.
func New(set *params.Set, cfg Config) *Encoder {
	if err := cfg.Validate(); err != nil {
		panic(err.Error())
	}
	set.Ignore(heads...)
	e := &Encoder{cfg: cfg}
	e.patches = newPatches(set, &e.cfg)
	for s, depth := range cfg.Depths {
		grid, side, width := cfg.grid(s), cfg.window(s), cfg.width(s)
		straight, shifted := newWindows(grid, side, 0), (*windows)(nil)
		if grid > cfg.Window {
			shifted = newWindows(grid, side, side/2)
		}
		set := set.Sub("layers.%d.", s)
		var st stage
		for i := range depth {
			w := straight
			if i%2 == 1 && shifted != nil {
				w = shifted
			}
			st.blocks = append(st.blocks, newBlock(set.Sub("blocks.%d.", i), w, side, width, cfg.Heads[s], cfg.Eps))
		}
		if s < len(cfg.Depths)-1 {
			st.merge = newMerge(set.Sub("downsample."), grid, width)
		}
		e.stages = append(e.stages, st)
	}
	e.norm = set.LayerNorm("norm", cfg.Dim(), eps)
	return e
}

// Config returns what the encoder was made with.
func (e *Encoder) Config() Config { return e.cfg }

// Input is a recording.
type Input struct {
	// Planes are log-mel spectrograms, frames × Mels, of at most MaxFrames frames:
	// one, or four if the encoder has fusion and the recording is Longer: the whole
	// of it, shrunk, then three parts. Others are not looked at.
	Planes []nn.Matrix
	// Longer tells that the recording is longer than what the encoder hears at once.
	Longer bool
}

// itemsAtOnce bounds the memory of a pass.
const itemsAtOnce = 8

// Encode computes a row of dst for each recording: the mean of its tokens.
func (e *Encoder) Encode(c *nn.Context, dst nn.Matrix, inputs []Input) {
	if dst.Rows != len(inputs) || dst.Cols != e.cfg.Dim() {
		panic("htsat: Encode to a matrix that does not fit")
	}
	for from := 0; from < len(inputs); from += itemsAtOnce {
		to := min(from+itemsAtOnce, len(inputs))
		mark := c.Mark()
		x := e.tokens(c, inputs[from:to])
		n := x.Rows / (to - from)
		for i := range to - from {
			meanOfRows(dst.Row(from+i), x.RowsOf(i*n, (i+1)*n))
		}
		c.Release(mark)
	}
}

// Steps returns the number of steps of time that Frames computes.
func (e *Encoder) Steps() int { return e.cfg.grid(len(e.stages)-1) * e.cfg.segments() }

// Frames computes a row of dst for each of Steps equal parts of a recording: the
// mean of the tokens there, which the original calls fine-grained embedding. The
// mean of all rows is what Encode computes.
func (e *Encoder) Frames(c *nn.Context, dst nn.Matrix, input Input) {
	if dst.Rows != e.Steps() || dst.Cols != e.cfg.Dim() {
		panic("htsat: Frames to a matrix that does not fit")
	}
	mark := c.Mark()
	defer c.Release(mark)
	x := e.tokens(c, []Input{input})
	grid := e.cfg.grid(len(e.stages) - 1)
	rows := grid / e.cfg.segments() // of tokens above each other in a segment
	for step := range dst.Rows {
		segment, at := step/grid, step%grid
		first := segment*rows*grid + at
		column := nn.Matrix{Data: x.Data[first*x.Stride:], Rows: rows, Cols: x.Cols, Stride: grid * x.Stride}
		meanOfRows(dst.Row(step), column)
	}
}

// tokens returns the tokens that recordings have in the end, in scratch memory.
func (e *Encoder) tokens(c *nn.Context, inputs []Input) nn.Matrix {
	n := e.cfg.grid(0) * e.cfg.grid(0)
	x := c.Matrix(len(inputs)*n, e.cfg.Width)
	for i, in := range inputs {
		e.check(in)
		e.patches.apply(c, x.RowsOf(i*n, (i+1)*n), in)
	}
	for _, s := range e.stages {
		for _, b := range s.blocks {
			b.apply(c, x)
		}
		if s.merge != nil {
			merged := c.Matrix(x.Rows/4, 2*x.Cols)
			s.merge.apply(c, merged, x)
			x = merged
		}
	}
	e.norm.Apply(c, x, x)
	return x
}

// check panics if a recording is none that the encoder takes.
func (e *Encoder) check(in Input) {
	planes := 1
	if in.Longer && e.cfg.Fusion {
		planes = 4
	}
	if len(in.Planes) < planes {
		panic(fmt.Sprintf("htsat: %d spectrograms where %d are needed", len(in.Planes), planes))
	}
	for _, p := range in.Planes[:planes] {
		if p.Rows < 1 || p.Rows > e.cfg.MaxFrames() || p.Cols != e.cfg.Mels {
			panic(fmt.Sprintf("htsat: a spectrogram of %d×%d, where up to %d×%d is taken", p.Rows, p.Cols, e.cfg.MaxFrames(), e.cfg.Mels))
		}
	}
}
