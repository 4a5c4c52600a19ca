package audio

// blockFrames is how many frames the readers that work through a buffer of
// their own take at a time.
const blockFrames = 8192

// checkBlock panics unless dst is what the contract of Reader.Read asks for.
func checkBlock(dst [][]float32, channels int) {
	if len(dst) != channels {
		panic("audio: Read needs one slice per channel")
	}
	for _, x := range dst {
		if len(x) == 0 || len(x) != len(dst[0]) {
			panic("audio: Read needs slices of one length, not zero")
		}
	}
}

// newBlock returns a buffer for n frames.
func newBlock(channels, n int) [][]float32 { return NewClip(channels, n, 1).Samples }

// cut makes view the frames from start to end of block, and returns it.
func cut(view, block [][]float32, start, end int) [][]float32 {
	for c := range view {
		view[c] = block[c][start:end]
	}
	return view
}
