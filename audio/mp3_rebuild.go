package audio

import (
	"fmt"

	"github.com/soundspace/soundspace/audio/internal/mp3frame"
)

// go-mp3 v0.3.4 is given no frame as it stands in the file. Every frame is
// rebuilt, with the same coded sound but in a form that go-mp3 reads right:
//
//   - It takes the length of an MPEG-2 frame as (144·bitrate/rate + padding)/2,
//     and so loses the padding where 144·bitrate/rate is even, as it is at
//     22.05 kHz with 8, 16, 24, 32, 80, 96, 144 and 160 kb/s, and is lost in
//     the stream from there on. Rebuilt frames of MPEG-2 have no padding.
//   - It refuses MPEG-2.5. But of MPEG-2's 16 kHz nothing enters decoding but
//     the scale factor bands, and those are the bands of 11.025 and 12 kHz.
//   - It decodes bits that are not there: where a frame reaches back for main
//     data from before the start of the stream or behind a gap, it takes others.
//     Rebuilt frames reach back for what the rebuilder put there.
//   - In short blocks it undoes mid/side coding only up to the last line that is
//     not zero before the lines are reordered, and so leaves lines behind that
//     uncoded. Rebuilt granules of that sort have zeros coded up to the end.
//   - It refuses region counts past the last line, which some encoders write.
//
// The bits of a rebuilt frame are its granules' bits and nothing else. They
// begin in the free end of the rebuilt frame before, as far as that has room,
// and each rebuilt frame is of the highest bitrate, so that there is room.

// mp3Slot is a rebuilt frame.
type mp3Slot struct {
	header mp3frame.Header
	side   mp3frame.SideInfo
	main   []byte // all bytes behind the side information
	used   int    // how many of them hold this frame's bits; the next frame's may be at the end
	offset int64  // of the frame it was made from
}

// mp3SlotHeader returns the header to rebuild a frame with: no check word, the
// highest bitrate, and a sample rate with the right scale factor bands. 22.05
// and 16 kHz differ only in those of short blocks, and at 16 kHz a frame has
// more room. ok is false for 8 kHz, whose bands no other rate has.
func mp3SlotHeader(h mp3frame.Header, shortBlocks bool) (slot mp3frame.Header, ok bool) {
	const (
		modes    = 0xF0
		at16kHz  = 2
		noCRC    = 1 << 16
		maxRate  = 14 << 12
		padding  = 1 << 9
		sync     = 0x7FF << 21
		layerIII = mp3frame.LayerIII << 17
	)
	slot = sync | layerIII | noCRC | maxRate | h&modes
	rate := h.RateIndex()
	switch {
	case h.Version() == mp3frame.MPEG1:
		slot |= mp3frame.MPEG1<<19 | padding
	case h.Version() == mp3frame.MPEG25 && rate == 2: // 8 kHz
		return 0, false
	case h.Version() == mp3frame.MPEG25 || rate == 0 && !shortBlocks:
		slot |= mp3frame.MPEG2 << 19
		rate = at16kHz
	default:
		slot |= mp3frame.MPEG2 << 19
	}
	return slot | mp3frame.Header(rate)<<10, true
}

// mp3Undecodable says what a frame has that cannot be rebuilt so that go-mp3
// reads it right, "" where there is nothing:
//
//   - Layers I and II, free format, 8 kHz;
//   - intensity stereo, for which it takes the directions from the wrong
//     channel, and gives the right channel no sound;
//   - mixed blocks in MPEG-2, which make it index past its scale factors, and
//     panic.
func mp3Undecodable(h mp3frame.Header, side *mp3frame.SideInfo) string {
	if h.Layer() != mp3frame.LayerIII {
		return h.String()
	}
	if h.FreeFormat() {
		return h.String() + ", free format"
	}
	if _, ok := mp3SlotHeader(h, true); !ok {
		return h.String()
	}
	if h.Intensity() && side.MainDataBits() > 0 {
		return h.String() + ", intensity stereo"
	}
	if h.LSF() && (side.Granule[0][0].Mixed() || side.Granule[0][1].Mixed()) {
		return h.String() + ", mixed blocks"
	}
	return ""
}

// mp3Rebuilder rebuilds the frames of a stream.
type mp3Rebuilder struct {
	reservoir []byte // main data that no frame has claimed yet
	bits      []byte // the bits of the frame at work
	begun     bool   // a frame with all of its bits has been seen
	checked   bool   // a check word has been right
}

// rebuild makes f into slot and puts its first bits into the free end of prev,
// which is nil for the first frame. Granules whose bits are not there become
// silent. damage says what is wrong with the frame, "" for nothing; err is not
// nil where go-mp3 cannot be made to decode it.
func (r *mp3Rebuilder) rebuild(slot, prev *mp3Slot, f mp3frame.Frame) (damage string, err error) {
	if f.Lost > 0 {
		damage = fmt.Sprintf("%d bytes are no frames", f.Lost)
		r.reservoir = r.reservoir[:0]
	}
	h := f.Header
	side, ok := r.sideInfo(f)
	if what := mp3Undecodable(h, &side); what != "" {
		return "", fmt.Errorf("%s at byte %d %w", what, f.Offset, errNeedsFFmpeg)
	}
	begin := 8 * (len(r.reservoir) - side.MainDataBegin)
	end := begin + side.MainDataBits()
	r.reservoir = append(r.reservoir, f.Data[min(h.MainDataAt(), len(f.Data)):]...)
	if !ok || end > 8*len(r.reservoir) {
		damage = "side information is damaged"
		side, begin, end = mp3frame.SideInfo{}, 0, 0
	}

	slot.header, _ = mp3SlotHeader(h, side.ShortBlocks())
	slot.offset = f.Offset
	if slot.main == nil {
		slot.main = make([]byte, mp3MaxFrame)
	}
	slot.main = slot.main[:slot.header.Size()-slot.header.MainDataAt()]
	var free []byte
	if prev != nil {
		free = prev.main[prev.used:]
		free = free[max(0, len(free)-h.MaxMainDataBegin()):]
	}

	missing := r.collect(&side, h, begin, 8*(len(free)+len(slot.main))-side.MainDataBits())
	switch {
	case missing && r.begun && damage == "":
		damage = "main data is missing"
	case begin >= 0:
		r.begun = true
	}
	claimed := max(0, (end+7)/8, len(r.reservoir)-h.MaxMainDataBegin())
	r.reservoir = r.reservoir[:copy(r.reservoir, r.reservoir[claimed:])]

	slot.side = side
	slot.side.MainDataBegin = min(len(r.bits), len(free))
	if len(r.bits)-slot.side.MainDataBegin > len(slot.main) {
		return "", fmt.Errorf("%v at byte %d, with more main data than its decoder takes, %w", h, f.Offset, errNeedsFFmpeg)
	}
	n := copy(free[len(free)-slot.side.MainDataBegin:], r.bits)
	slot.used = copy(slot.main, r.bits[n:])
	clear(slot.main[slot.used:])
	return damage, nil
}

// sideInfo reads a frame's side information and reports whether it can be
// right.
func (r *mp3Rebuilder) sideInfo(f mp3frame.Frame) (side mp3frame.SideInfo, ok bool) {
	h := f.Header
	if len(f.Data) < h.MainDataAt() {
		return side, false
	}
	side, ok = mp3frame.ParseSideInfo(h, f.Data)
	// There are encoders whose check words are wrong all over.
	if ok && h.Protected() {
		right := mp3frame.CRCValid(h, f.Data)
		ok = right || !r.checked
		r.checked = r.checked || right
	}
	if !ok {
		return mp3frame.SideInfo{}, false
	}
	return side, true
}

// collect puts the bits of a frame's granules into r.bits, given where in the
// reservoir they begin and room for how many more there is, and makes side tell
// their new lengths. A granule that begins before the reservoir becomes silent,
// as does one that shares scale factors with a silent one: then collect returns
// true.
func (r *mp3Rebuilder) collect(side *mp3frame.SideInfo, h mp3frame.Header, begin, room int) (missing bool) {
	r.bits = r.bits[:0]
	pos, n := begin, 0
	for gr := range h.Granules() {
		granule := &side.Granule[gr]
		end := pos + side.GranuleBits(gr)
		if end > pos && (pos < 0 || missing && side.SharesScalefac()) {
			*granule = [2]mp3frame.Granule{}
			missing = true
			pos = end
			continue
		}
		extended := -1
		if h.MidSide() && (granule[0].BlockType() == 2 || granule[1].BlockType() == 2) {
			extended = toExtend(granule)
		}
		for ch := range h.Channels() {
			g := &granule[ch]
			g.LimitRegions()
			r.bits, n = mp3frame.AppendBits(r.bits, n, r.reservoir, pos, g.Part23Bits)
			pos += g.Part23Bits
			if g.Part23Bits == 0 {
				// Or go-mp3 would take scale factors that are not there. And
				// the gain can be anything.
				g.ScalefacCompress, g.GlobalGain = 0, 0
			}
			if ch == extended {
				ones := min(zeroQuadsBits(g), maxPart23Bits-g.Part23Bits, room)
				room -= ones
				g.Part23Bits += ones
				r.bits, n = mp3frame.AppendOnes(r.bits, n, ones)
			}
		}
	}
	return missing
}

// maxPart23Bits is the most bits that a granule can have in one channel.
const maxPart23Bits = 1<<12 - 1

// toExtend chooses the channel of a granule in which zeros are coded up to the
// last line. go-mp3 looks at the longer one, so one is enough: one that reaches
// the last line, which takes an even number of big values, as lines come in
// fours from there on; else one that has room; else the cheaper. (Where both
// numbers are odd, line 574 of 576 is left as it is. It is the highest of a
// short block, which nearly always is zero.)
func toExtend(g *[2]mp3frame.Granule) int {
	var penalty [2]int
	for ch := range g {
		penalty[ch] = zeroQuadsBits(&g[ch]) + g[ch].BigValues&1<<14
		if g[ch].Part23Bits+zeroQuadsBits(&g[ch]) > maxPart23Bits {
			penalty[ch] += 1 << 13
		}
	}
	if penalty[1] < penalty[0] {
		return 1
	}
	return 0
}

// zeroQuadsBits is how many bits code all lines behind the big values as zero.
func zeroQuadsBits(g *mp3frame.Granule) int {
	return (576 - 2*g.BigValues + 3) / 4 * g.ZeroQuadBits()
}
