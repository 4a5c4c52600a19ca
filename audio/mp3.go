package audio

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/soundspace/soundspace/audio/internal/mp3frame"
)

const (
	// mp3DecoderDelay is by how many samples decoding Layer III lags behind
	// what encoders call their delay.
	mp3DecoderDelay = 529
	// mp3MaxTail is how many bytes that are neither frames nor tags a recording
	// can end in without being called damaged: padding to a disk block, say.
	mp3MaxTail = 64 << 10
)

// looksLikeMP3 reports whether a recording that starts with head, its first
// 64 KiB or all of it, is an MPEG audio stream of any layer: whether frames
// follow one another in it, perhaps behind tags and bytes that are nothing.
// Where an ID3v2 tag goes beyond head, that will do.
func looksLikeMP3(head []byte) bool {
	atEOF := len(head) < mp3frame.Window
	for n := mp3frame.TagBytes(head); n > 0; n = mp3frame.TagBytes(head) {
		if n >= int64(len(head)) {
			return hasMagic(head, "ID3")
		}
		head = head[n:]
	}
	_, ok := mp3frame.Find(head, atEOF)
	return ok
}

// mp3Decoder decodes MPEG-1, MPEG-2 and MPEG-2.5 Layer III through go-mp3.
//
// The length and the place of every sample are those that ffmpeg gives. Where
// the tag in the first frame tells the delay and padding of the encoder, LAME
// or ffmpeg's, these are left out, and nothing otherwise. A frame with such a
// tag is no sound. Only behind junk or other frames is it the silence that it
// codes, as where streams are put one behind the other; not so between tags,
// where ffmpeg loses it, and with reason.
//
// What a frame needs from before the start of the stream is silence, as in
// streams that were cut. Elsewhere such a lack is damage, as are bytes that are
// no frames, side information that cannot be right, and codes that do not
// exist: what is there is decoded, with silence for the frames in question, and
// an error matching ErrCorrupt comes at the end.
type mp3Decoder struct {
	scanner *mp3frame.Scanner
	rebuild mp3Rebuilder
	synth   mp3Synth
	info    Info

	// Frame i is built in slots[i%len(slots)] and decoded when the one behind
	// it has been built.
	slots          [mp3PastFrames + 2]mp3Slot
	built, decoded int
	end            error // why no more are built
	damage         error // the first damage

	expected int64 // the number of frames that the stream should have at least

	// What is to be left out of the decoded samples, which are counted in pos:
	// those before start, and those from padding to paddingEnd.
	pos, start, padding, paddingEnd int64
	// Samples from to to of the decoded frame are yet to be read.
	from, to int
}

// newMP3 returns a decoder of the MPEG audio stream in r, of size bytes, or -1
// where that is not known. It fails at once where what can be seen of the
// stream has something that go-mp3 cannot be made to decode right.
func newMP3(r *bufio.Reader, size int64) (formatDecoder, error) {
	sc, err := mp3frame.NewScanner(r)
	switch {
	case err == io.EOF:
		return nil, ErrEmpty
	case err == mp3frame.ErrNoFrames:
		return nil, fmt.Errorf("a tag with no MPEG audio behind it %w", errNeedsFFmpeg)
	case err == io.ErrUnexpectedEOF:
		return nil, fmt.Errorf("a tag is cut short: %w", err)
	case err != nil:
		return nil, err
	}
	h := sc.First()
	d := &mp3Decoder{scanner: sc, synth: mp3Synth{scale: mp3MaxScale}}
	d.info = Info{Format: "MP3", Codec: "mp3", SampleRate: h.SampleRate(), Channels: h.Channels(), Frames: -1, Decoder: "go"}
	if what := mp3Undecodable(h, &mp3frame.SideInfo{}); what != "" {
		return nil, fmt.Errorf("%s %w", what, errNeedsFFmpeg)
	}
	if tag, ok := mp3frame.ParseVBRTag(h, sc.Ahead()); ok && sc.Junk() == 0 {
		if size >= 0 {
			size -= sc.Offset()
		}
		d.useTag(tag, size)
		if _, err := sc.Next(); err != nil {
			return nil, err
		}
	}
	if err := d.lookAhead(); err != nil {
		return nil, err
	}
	return d, nil
}

// lookAhead fails if two of the frames that can be seen cannot be decoded: one
// may be damaged.
func (d *mp3Decoder) lookAhead() error {
	var first error
	for b, at := d.scanner.Ahead(), d.scanner.Offset(); len(b) >= mp3frame.HeaderBytes; {
		h := mp3frame.ParseHeader(b)
		if !h.Valid() || !h.SameStream(d.scanner.First()) || h.FreeFormat() || len(b) < h.Size() {
			break
		}
		side, _ := mp3frame.ParseSideInfo(h, b)
		switch what := mp3Undecodable(h, &side); {
		case what == "":
		case first == nil:
			first = fmt.Errorf("%s at byte %d %w", what, at, errNeedsFFmpeg)
		default:
			return first
		}
		b, at = b[h.Size():], at+int64(h.Size())
	}
	return nil
}

// useTag takes length, delay and padding from the tag of a stream of size
// bytes, or -1 where that is not known.
func (d *mp3Decoder) useTag(tag mp3frame.VBRTag, size int64) {
	perFrame := int64(d.scanner.First().Samples())
	if tag.Gapless {
		d.start = int64(tag.Delay) + mp3DecoderDelay
	}
	// ffmpeg does not believe the number of frames where the stream is longer
	// by a sixteenth than the tag says: streams put one behind the other.
	if tag.Frames == 0 || size > tag.Bytes && tag.Bytes > 0 && size-tag.Bytes > tag.Bytes>>4 {
		return
	}
	total := tag.Frames * perFrame
	d.expected = tag.Frames
	if tag.Gapless {
		d.paddingEnd = total
		d.padding = total - max(0, int64(tag.Padding)-mp3DecoderDelay)
	} else {
		d.expected-- // there are encoders that count the tag's frame
	}
	// With the length of the stream the number is as told. A surplus may be a
	// tag or two, but not frames.
	surplus := size - tag.Bytes
	if size < 0 || tag.Bytes == 0 || surplus >= 0 && surplus <= 128+2*tag.Bytes/tag.Frames {
		d.info.Frames = max(0, total-max(0, d.paddingEnd-d.padding)-d.start)
	}
}

func (d *mp3Decoder) Info() Info      { return d.info }
func (d *mp3Decoder) SampleRate() int { return d.info.SampleRate }
func (d *mp3Decoder) Channels() int   { return d.info.Channels }

func (d *mp3Decoder) Read(dst [][]float32) (int, error) {
	checkBlock(dst, d.info.Channels)
	n := 0
	for n < len(dst[0]) {
		if d.from == d.to {
			if err := d.next(); err != nil {
				if n > 0 {
					break
				}
				return 0, err
			}
			continue
		}
		k := min(d.to-d.from, len(dst[0])-n)
		d.synth.read(dst, n, d.from, d.from+k)
		d.from += k
		n += k
	}
	return n, nil
}

// next decodes one more frame, or says why there is none.
func (d *mp3Decoder) next() error {
	for d.end == nil && d.built < d.decoded+2 {
		d.end = d.build()
	}
	if d.decoded == d.built {
		return d.lastError()
	}
	slot := &d.slots[d.decoded%len(d.slots)]
	var past [mp3PastFrames]*mp3Slot
	n := 0
	for i := max(0, d.decoded-mp3PastFrames); i < d.decoded; i++ {
		past[n] = &d.slots[i%len(d.slots)]
		n++
	}
	if !d.synth.decode(slot, past[:n]) {
		d.damaged(slot.offset, "undecodable main data")
	}
	d.decoded++

	samples := int64(d.synth.samples)
	from, to := max(d.pos, d.start), d.pos+samples
	if d.padding < to && d.pos < d.paddingEnd {
		to = d.padding
	}
	d.from = int(min(from-d.pos, samples))
	d.to = max(d.from, int(to-d.pos))
	d.pos += samples
	return nil
}

// build rebuilds one more frame, or says why there is none.
func (d *mp3Decoder) build() error {
	f, err := d.scanner.Next()
	if err != nil {
		return err
	}
	if _, ok := mp3frame.ParseVBRTag(f.Header, f.Data); ok && f.Tagged && f.Lost == 0 {
		return nil // a stream put behind another with tags
	}
	var prev *mp3Slot
	if d.built > 0 {
		prev = &d.slots[(d.built-1)%len(d.slots)]
	}
	damage, err := d.rebuild.rebuild(&d.slots[d.built%len(d.slots)], prev, f)
	if err != nil {
		return err
	}
	if damage != "" {
		if len(f.Data) < f.Header.Size() {
			return io.ErrUnexpectedEOF
		}
		d.damaged(f.Offset, damage)
	}
	d.built++
	return nil
}

// count reads a recording to its end, instead of decoding it, and returns the
// number of samples that it has, or -1 where damage leaves that open. It is for
// streams without a tag that tells.
func (d *mp3Decoder) count() int64 {
	for d.end == nil {
		d.end = d.build()
	}
	if d.end != io.EOF || d.damage != nil || d.start > 0 || d.paddingEnd > 0 {
		return -1
	}
	return int64(d.built) * int64(d.scanner.First().Samples())
}

// lastError says how the recording ends, when all that was built is decoded.
func (d *mp3Decoder) lastError() error {
	err := d.end
	if err == io.ErrUnexpectedEOF {
		err = fmt.Errorf("MP3 ends at byte %d, within a frame or a tag: %w", d.scanner.Offset(), err)
	}
	if other := (*mp3frame.OtherStreamError)(nil); errors.As(err, &other) {
		err = fmt.Errorf("%w: %w, which %w", ErrFormat, other, errNeedsFFmpeg)
	} else if errors.Is(err, errNeedsFFmpeg) {
		err = fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err == io.EOF && d.scanner.Tail() > mp3MaxTail {
		d.damaged(d.scanner.Offset()-d.scanner.Tail(), fmt.Sprintf("the last %d bytes are no frames", d.scanner.Tail()))
	}
	switch {
	case d.damage != nil && err == io.EOF:
		return d.damage
	case d.damage != nil:
		return fmt.Errorf("%w; %w", d.damage, err)
	case err == io.EOF && int64(d.built) < d.expected:
		return fmt.Errorf("MP3 ends after %d of %d frames: %w", d.built, d.expected, io.ErrUnexpectedEOF)
	}
	return err
}

func (d *mp3Decoder) damaged(offset int64, what string) {
	if d.damage == nil {
		d.damage = fmt.Errorf("%w: MP3 at byte %d: %s", ErrCorrupt, offset, what)
	}
}
