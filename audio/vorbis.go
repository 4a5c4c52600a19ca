package audio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/soundspace/soundspace/audio/internal/ogg"
	"github.com/soundspace/soundspace/audio/internal/vorbis"
)

// vorbisDecoder decodes the first Vorbis stream of an Ogg stream and the links
// that are chained to it.
type vorbisDecoder struct {
	info  Info
	pages *ogg.Reader
	order []int // the decoder's channel for each channel

	// Of the current link:
	serial   uint32
	packets  ogg.Packets
	dec      *vorbis.Decoder
	position int64  // in frames, after the page, by its granule
	placed   bool   // whether it is known
	sequence uint32 // of the page
	sounding bool   // whether it was not only headers

	// Of the current page:
	page struct {
		packets [][]byte // still to be decoded
		granule int64
		last    bool
		skip    int // frames not to be given at its beginning
		keep    int // frames to be given after those
	}
	err     error     // of reading ahead
	samples []float32 // decoded, of all channels in turn, still to be given
}

// vorbisOrder is where the channels of Vorbis's surround sound are, in the order
// of WAV, which is ffmpeg's too: left, right, middle, bass, back, sides.
var vorbisOrder = map[int][]int{
	3: {0, 2, 1},
	5: {0, 2, 1, 3, 4},
	6: {0, 2, 1, 5, 3, 4},
	7: {0, 2, 1, 6, 5, 3, 4},
	8: {0, 2, 1, 7, 5, 6, 3, 4},
}

// newOgg reads the headers of the first link. file, if there is one, is looked
// into for the length, too.
func newOgg(r io.Reader, file *os.File, size int64) (formatDecoder, error) {
	d := &vorbisDecoder{pages: ogg.NewReader(r)}
	page, err := d.pages.Next()
	if err == nil && !page.First {
		err = fmt.Errorf("%w: its first page is missing", ogg.ErrInvalid)
	}
	if err == nil {
		err = d.openLink(page)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("%w: Ogg: %w", ErrCorrupt, err)
	}
	if err != nil {
		return nil, oggError(err)
	}
	d.info = Info{
		Format:     "Ogg Vorbis",
		Codec:      "vorbis",
		SampleRate: d.dec.SampleRate,
		Channels:   d.dec.Channels,
		Frames:     -1,
		Decoder:    "go",
	}
	d.order = vorbisOrder[d.info.Channels]
	if d.order == nil {
		for c := range d.info.Channels {
			d.order = append(d.order, c)
		}
	}
	if file != nil && !d.sounding {
		d.err = d.nextPage()
	}
	if file != nil && d.placed {
		if end := d.lastGranule(file, size); end >= d.position {
			d.info.Frames = end - d.position + int64(d.page.keep)
		}
	}
	return d, nil
}

// oggError makes err one of this package.
func oggError(err error) error {
	switch {
	case err == io.EOF, errors.Is(err, ErrCorrupt), errors.Is(err, ErrFormat), errors.Is(err, errNeedsFFmpeg):
		return err
	case errors.Is(err, ogg.ErrInvalid), errors.Is(err, vorbis.ErrInvalid):
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return fmt.Errorf("reading Ogg: %w", err)
}

// oggCodecs are the first bytes of streams that are not Vorbis.
var oggCodecs = []struct{ magic, name string }{
	{"OpusHead", "Opus"}, {"\x7FFLAC", "FLAC"}, {"Speex   ", "Speex"}, {"CELT    ", "CELT"}, {"PCM     ", "PCM"},
}

// openLink reads the headers of the link that begins with page: the first pages
// of all its streams, the first Vorbis stream among which is chosen, and two
// packets more of that one.
func (d *vorbisDecoder) openLink(page *ogg.Page) error {
	var identification []byte
	codec := "without Vorbis"
	var err error
	for ; err == nil && page.First; page, err = d.pages.Next() {
		if identification == nil && vorbis.IsIdentification(page.Body) {
			identification = bytes.Clone(page.Body)
			d.serial = page.Serial
		}
		for _, c := range oggCodecs {
			if hasMagic(page.Body, c.magic) {
				codec = "with " + c.name
			}
		}
	}
	if identification == nil {
		if d.dec != nil {
			return fmt.Errorf("%w: Ogg Vorbis with a link %s chained to it", ErrFormat, codec)
		}
		return fmt.Errorf("%s %w", "Ogg "+codec, errNeedsFFmpeg)
	}
	d.packets = ogg.Packets{}
	d.sounding, d.placed, d.position = false, false, 0
	var setup []byte
	for headers := 0; setup == nil; {
		if err == nil && page.Serial == d.serial {
			err = d.takePage(page)
		}
		if err == io.EOF {
			return fmt.Errorf("%w in the headers of the stream", io.ErrUnexpectedEOF)
		}
		if err != nil {
			return err
		}
		for ; len(d.page.packets) > 0 && setup == nil; d.page.packets = d.page.packets[1:] {
			if headers++; headers == 2 {
				setup = bytes.Clone(d.page.packets[0])
			}
		}
		if setup == nil {
			page, err = d.pages.Next()
		}
	}
	dec, err := vorbis.NewDecoder(identification, setup)
	switch {
	case errors.Is(err, vorbis.ErrUnsupported) && d.dec == nil:
		return fmt.Errorf("%s (%w) %w", "Ogg Vorbis", err, errNeedsFFmpeg)
	case errors.Is(err, vorbis.ErrUnsupported):
		return fmt.Errorf("%w: a chained link of Ogg Vorbis: %w", ErrFormat, err)
	case err != nil:
		return err
	case d.dec != nil && (dec.SampleRate != d.dec.SampleRate || dec.Channels != d.dec.Channels):
		return fmt.Errorf("%w: Ogg Vorbis of %d Hz and %d channels with a link of %d Hz and %d channels chained to it",
			ErrFormat, d.dec.SampleRate, d.dec.Channels, dec.SampleRate, dec.Channels)
	}
	d.dec = dec
	if d.sounding = len(d.page.packets) > 0; d.sounding {
		d.planPage()
	}
	return nil
}

// takePage makes a page of the chosen stream the current one.
func (d *vorbisDecoder) takePage(page *ogg.Page) error {
	if d.sounding && page.Sequence != d.sequence+1 {
		return fmt.Errorf("%w: page %d follows page %d, at byte %d", ogg.ErrInvalid, page.Sequence, d.sequence, page.Offset)
	}
	d.sequence = page.Sequence
	d.page.granule, d.page.last = page.Granule, page.Last
	var err error
	d.page.packets, err = d.packets.Add(page)
	return err
}

// planPage finds out which frames of the current page are sound. On the first
// page, frames before the position 0 are not, and on the last page those after
// its position are not (Vorbis I specification, appendix A.2).
func (d *vorbisDecoder) planPage() {
	frames := d.dec.Frames(d.page.packets)
	d.page.skip, d.page.keep = 0, frames
	if d.page.granule < 0 {
		d.position += int64(frames)
		return
	}
	if d.page.last {
		d.page.keep = int(min(max(d.page.granule-d.position, 0), int64(frames)))
	} else if !d.placed && d.page.granule < int64(frames) {
		d.page.keep = int(d.page.granule)
		d.page.skip = frames - d.page.keep
	}
	d.position, d.placed = d.page.granule, true
}

// nextPage goes on to the next page of the stream, or to the next link.
func (d *vorbisDecoder) nextPage() error {
	for {
		page, err := d.pages.Next()
		switch {
		case err == io.EOF && !d.page.last:
			return fmt.Errorf("%w: its last page is missing", io.ErrUnexpectedEOF)
		case err != nil:
			return err
		case page.First:
			return d.openLink(page)
		case page.Serial == d.serial:
			if err := d.takePage(page); err != nil {
				return err
			}
			d.sounding = true
			d.planPage()
			return nil
		}
	}
}

// lastGranule returns the position at the end of the stream, which is in the
// last page, if that is found near the end of the file; otherwise, and if a link
// is chained to the stream there, -1.
func (d *vorbisDecoder) lastGranule(file io.ReaderAt, size int64) int64 {
	read := d.pages.Offset()
	tail := make([]byte, min(max(size-read, 0), 2*sourceBuffer))
	if _, err := file.ReadAt(tail, size-int64(len(tail))); err != nil {
		return -1
	}
	granule := int64(-1)
	if d.page.last {
		granule = d.page.granule
	}
	for at := len(tail); ; {
		if at = bytes.LastIndex(tail[:at], []byte("OggS")); at < 0 {
			return granule
		}
		page, err := ogg.NewReader(bytes.NewReader(tail[at:])).Next()
		switch {
		case err != nil: // not a page
		case page.First:
			return -1
		case page.Last && page.Serial == d.serial:
			granule = max(granule, page.Granule)
		}
	}
}

func (d *vorbisDecoder) Info() Info      { return d.info }
func (d *vorbisDecoder) SampleRate() int { return d.info.SampleRate }
func (d *vorbisDecoder) Channels() int   { return d.info.Channels }

func (d *vorbisDecoder) Read(dst [][]float32) (int, error) {
	for len(d.samples) == 0 {
		if err := d.decodePacket(); err != nil {
			return 0, oggError(err)
		}
	}
	channels := len(dst)
	n := min(len(dst[0]), len(d.samples)/channels)
	for c, x := range dst {
		for i, s := 0, d.order[c]; i < n; i, s = i+1, s+channels {
			x[i] = d.samples[s]
		}
	}
	d.samples = d.samples[n*channels:]
	return n, nil
}

// decodePacket decodes the next packet, which may give no frame.
func (d *vorbisDecoder) decodePacket() error {
	if len(d.page.packets) == 0 {
		if d.err != nil {
			return d.err
		}
		return d.nextPage()
	}
	packet := d.page.packets[0]
	d.page.packets = d.page.packets[1:]
	if !vorbis.IsAudio(packet) {
		return nil
	}
	samples, err := d.dec.Decode(packet)
	if err != nil {
		return err
	}
	channels := d.info.Channels
	skip := min(d.page.skip, len(samples)/channels)
	d.page.skip -= skip
	keep := min(d.page.keep, len(samples)/channels-skip)
	d.page.keep -= keep
	d.samples = samples[skip*channels : (skip+keep)*channels]
	return nil
}
