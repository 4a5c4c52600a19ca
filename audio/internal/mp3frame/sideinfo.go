package mp3frame

// MaxSideInfo is the largest size of a frame's side information in bytes.
const MaxSideInfo = 32

// SideInfoBytes is the size of the side information of a Layer III frame.
func (h Header) SideInfoBytes() int {
	switch {
	case !h.LSF() && h.Channels() == 2:
		return 32
	case h.LSF() && h.Channels() == 1:
		return 9
	}
	return 17
}

// MainDataAt is where the main data of a Layer III frame begins, behind
// header, CRC and side information.
func (h Header) MainDataAt() int { return h.sideInfoAt() + h.SideInfoBytes() }

func (h Header) sideInfoAt() int {
	if h.Protected() {
		return HeaderBytes + 2
	}
	return HeaderBytes
}

// Granules is the number of granules in a Layer III frame.
func (h Header) Granules() int {
	if h.LSF() {
		return 1
	}
	return 2
}

// MaxMainDataBegin is the furthest that a frame can reach back for its main
// data, in bytes.
func (h Header) MaxMainDataBegin() int {
	if h.LSF() {
		return 255
	}
	return 511
}

// SideInfo is the side information of a Layer III frame: how its main data is
// coded, and where it begins.
type SideInfo struct {
	// MainDataBegin is how many bytes before this frame's own main data its
	// bits begin, in what earlier frames left over (the bit reservoir).
	MainDataBegin int
	// scfsi has the private bits and, in MPEG-1, four bits per channel that say
	// which scale factors of the second granule are those of the first.
	scfsi int
	// Granule is by granule and channel.
	Granule [2][2]Granule
}

// Granule is what the side information says of one granule in one channel.
type Granule struct {
	Part23Bits       int // length of scale factors and Huffman codes
	BigValues        int // pairs of lines in the big-values region
	GlobalGain       int // in quarters of a factor of 2, 210 is 1
	ScalefacCompress int // the lengths of the scale factors, coded
	WindowSwitching  bool
	// windows holds 22 bits. With window switching: block type 2, mixed 1,
	// table select 2×5, subblock gain 3×3. Without: table select 3×5, region 0
	// count 4, region 1 count 3.
	windows int
	// flags: preflag (MPEG-1 only), scale factor scale, count1 table.
	flags int
}

// BlockType is 0 for long, 1 start, 2 three short and 3 stop.
func (g *Granule) BlockType() int {
	if !g.WindowSwitching {
		return 0
	}
	return g.windows >> 20
}

// Mixed reports whether the granule has short blocks, but long ones in its two
// lowest subbands.
func (g *Granule) Mixed() bool { return g.BlockType() == 2 && g.windows>>19&1 == 1 }

// ZeroQuadBits is the length of the code for four zero lines in the count1
// region. All its bits are ones.
func (g *Granule) ZeroQuadBits() int {
	if g.flags&1 == 0 {
		return 1
	}
	return 4
}

// LimitRegions makes the two lower regions of the big values end where the
// lines end. Some encoders write counts past that; they mean the same.
func (g *Granule) LimitRegions() {
	region0, region1 := g.windows>>3&15, g.windows&7
	if !g.WindowSwitching && region0+region1 > 20 {
		g.windows = g.windows&^7 | 20 - region0
	}
}

// ShortBlocks reports whether any granule of the frame has short blocks.
func (s *SideInfo) ShortBlocks() bool {
	for gr := range s.Granule {
		if s.Granule[gr][0].BlockType() == 2 || s.Granule[gr][1].BlockType() == 2 {
			return true
		}
	}
	return false
}

// SharesScalefac reports whether the second granule takes scale factors from
// the first. Always false in MPEG-2.
func (s *SideInfo) SharesScalefac() bool { return s.scfsi != 0 }

// MainDataBits is the number of bits that the frame's granules take.
func (s *SideInfo) MainDataBits() int {
	n := 0
	for gr := range s.Granule {
		n += s.GranuleBits(gr)
	}
	return n
}

// GranuleBits is the number of bits that the channels of one granule take.
func (s *SideInfo) GranuleBits(gr int) int {
	return s.Granule[gr][0].Part23Bits + s.Granule[gr][1].Part23Bits
}

// widths of the fields of side information that differ between MPEG-1 and
// MPEG-2.
type widths struct{ mainDataBegin, private, scfsi, scalefacCompress, flags int }

func (h Header) widths() widths {
	w := widths{9, 3, 4 * h.Channels(), 4, 3}
	if h.Channels() == 1 {
		w.private = 5
	}
	if h.LSF() {
		w = widths{8, h.Channels(), 0, 9, 2}
	}
	return w
}

// ParseSideInfo reads the side information of a Layer III frame. It reports
// false where no encoder may have written it: more lines than there are, or
// window switching to the normal window.
func ParseSideInfo(h Header, frame []byte) (SideInfo, bool) {
	r := bitReader{b: frame[h.sideInfoAt():h.MainDataAt()]}
	w := h.widths()
	var s SideInfo
	s.MainDataBegin = r.take(w.mainDataBegin)
	r.take(w.private)
	s.scfsi = r.take(w.scfsi)
	valid := true
	for gr := range h.Granules() {
		for ch := range h.Channels() {
			g := &s.Granule[gr][ch]
			g.Part23Bits = r.take(12)
			g.BigValues = r.take(9)
			g.GlobalGain = r.take(8)
			g.ScalefacCompress = r.take(w.scalefacCompress)
			g.WindowSwitching = r.take(1) == 1
			g.windows = r.take(22)
			g.flags = r.take(w.flags)
			if g.BigValues > 288 || g.WindowSwitching && g.BlockType() == 0 {
				valid = false
			}
		}
	}
	return s, valid
}

// Put writes s as the side information of a frame with header h to the start
// of b and returns its length.
func (s *SideInfo) Put(b []byte, h Header) int {
	b = b[:h.SideInfoBytes()]
	clear(b)
	o := bitWriter{b: b}
	w := h.widths()
	o.put(s.MainDataBegin, w.mainDataBegin)
	o.put(0, w.private)
	o.put(s.scfsi, w.scfsi)
	for gr := range h.Granules() {
		for ch := range h.Channels() {
			g := &s.Granule[gr][ch]
			o.put(g.Part23Bits, 12)
			o.put(g.BigValues, 9)
			o.put(g.GlobalGain, 8)
			o.put(g.ScalefacCompress, w.scalefacCompress)
			if g.WindowSwitching {
				o.put(1, 1)
			} else {
				o.put(0, 1)
			}
			o.put(g.windows, 22)
			o.put(g.flags, w.flags)
		}
	}
	return len(b)
}

// CRCValid reports whether the check word of a protected Layer III frame is
// right: CRC-16, polynomial 0x8005, from 0xFFFF, over the last two bytes of
// the header and the side information.
func CRCValid(h Header, frame []byte) bool {
	crc := uint16(0xFFFF)
	add := func(bytes []byte) {
		for _, x := range bytes {
			crc ^= uint16(x) << 8
			for range 8 {
				carry := crc >> 15
				crc = crc<<1 ^ carry*0x8005
			}
		}
	}
	add(frame[2:HeaderBytes])
	add(frame[h.sideInfoAt():h.MainDataAt()])
	return uint16(frame[4])<<8|uint16(frame[5]) == crc
}
