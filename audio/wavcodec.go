package audio

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/soundspace/soundspace/audio/internal/adpcm"
)

// Codings by their number in a fmt chunk.
const (
	tagPCM        = 0x0001
	tagMSADPCM    = 0x0002
	tagFloat      = 0x0003
	tagALaw       = 0x0006
	tagMuLaw      = 0x0007
	tagIMAADPCM   = 0x0011
	tagExtensible = 0xFFFE
)

// codingName names a coding for an error.
func codingName(tag uint16) string {
	if name, ok := codingNames[tag]; ok {
		return name
	}
	return fmt.Sprintf("coding 0x%04X", tag)
}

var codingNames = map[uint16]string{
	tagPCM: "PCM", tagMSADPCM: "MS ADPCM", tagFloat: "floating point", tagALaw: "A-law", tagMuLaw: "µ-law", tagIMAADPCM: "IMA ADPCM",
	0x0005: "IBM CVSD", 0x0008: "DTS", 0x000A: "WMA Voice", 0x0010: "OKI ADPCM", 0x0014: "G.723 ADPCM",
	0x0016: "DSP Group TrueSpeech", 0x0017: "DIALOGIC OKI ADPCM", 0x0020: "Yamaha ADPCM", 0x0022: "TrueSpeech",
	0x0031: "GSM 6.10", 0x0040: "G.721 ADPCM", 0x0042: "G.723.1", 0x0045: "G.726 ADPCM", 0x0050: "MPEG Layer II",
	0x0055: "MP3", 0x0061: "Duck DK4 ADPCM", 0x0062: "Duck DK3 ADPCM", 0x0064: "G.726 ADPCM", 0x0069: "Xbox IMA ADPCM",
	0x0083: "G.729", 0x00FF: "AAC", 0x0111: "G.723.1", 0x0125: "Sanyo ADPCM", 0x0130: "Sipro ACELP.net",
	0x0160: "WMA 1", 0x0161: "WMA 2", 0x0162: "WMA Pro", 0x0163: "WMA Lossless", 0x0200: "Creative ADPCM",
	0x0270: "ATRAC3", 0x028E: "G.722", 0x1610: "AAC", 0x2000: "AC-3", 0x2001: "DTS", 0x566F: "Vorbis",
	0x674F: "Vorbis", 0x6750: "Vorbis", 0x6751: "Vorbis", 0xA109: "Speex", 0xF1AC: "FLAC",
}

// decoder chooses the decoder for what parse has found.
func (p *wavParser) decoder() (formatDecoder, error) {
	f := p.fmt
	info := Info{
		Format:     p.form,
		SampleRate: int(f.rate),
		Channels:   f.channels,
		BitDepth:   f.valid,
		Frames:     -1,
		Decoder:    "go",
	}
	if p.form == "RIFF" {
		info.Format = "WAV"
	}
	if (f.tag == tagIMAADPCM || f.tag == tagMSADPCM) && p.form != "RIFX" && f.bits == 4 {
		return p.adpcmDecoder(info)
	}
	width := (f.bits + 7) / 8 // bytes of a sample
	if f.align > 0 {
		width = f.align / f.channels
	}
	sizes := fmt.Sprintf("%d bits, %d channels, blocks of %d bytes", f.bits, f.channels, f.align)
	name, convert := pcmConversion(f.tag, width, p.order == binary.BigEndian)
	if convert == nil {
		return nil, fmt.Errorf("WAV with %s (%s) %w", codingName(f.tag), sizes, errNeedsFFmpeg)
	}
	if f.bits == 0 || f.bits > width*8 || f.align > 0 && f.align != width*f.channels {
		return nil, corruptWAV("%s: that cannot be", sizes)
	}
	info.Codec = name
	d := &pcmDecoder{info: info, data: p.data, width: width, align: width * f.channels, convert: convert}
	if !p.data.unknown {
		d.info.Frames = p.data.size / int64(d.align)
	}
	return d, nil
}

func (p *wavParser) adpcmDecoder(info Info) (formatDecoder, error) {
	f := p.fmt
	d := &adpcmDecoder{info: info, data: p.data, align: f.align, end: math.MaxInt64}
	if f.tag == tagIMAADPCM {
		d.info.Codec = "adpcm_ima_wav"
		d.coding = adpcm.IMA{Channels: f.channels}
	} else {
		d.info.Codec = "adpcm_ms"
		if f.channels > 2 {
			return nil, fmt.Errorf("WAV with MS ADPCM of %d channels %w", f.channels, errNeedsFFmpeg)
		}
		d.coding = adpcm.MS{Channels: f.channels, Coeffs: msCoeffs(f.extra)}
	}
	perBlock := d.coding.Frames(f.align)
	if perBlock == 0 {
		return nil, corruptWAV("ADPCM of %d channels in blocks of %d bytes: that cannot be", f.channels, f.align)
	}
	d.block = newBlock(f.channels, perBlock)
	if !p.data.unknown {
		align := int64(f.align)
		frames := p.data.size/align*int64(perBlock) + int64(d.coding.Frames(int(p.data.size%align)))
		// The fact chunk tells where in the last block sound ends. Numbers that
		// are not in the last block are mistakes, and are found in some files.
		fact := p.fact
		if fact == math.MaxUint32 && p.ds64 != nil {
			fact = p.ds64.frames
		}
		if frames-int64(perBlock) < fact && fact < frames {
			frames = fact
		}
		d.info.Frames, d.end = frames, frames
	}
	return d, nil
}

// msCoeffs finds the predictors in the fmt chunk of MS ADPCM: 2 bytes frames of
// a block, 2 bytes number of predictors, and those.
func msCoeffs(extra []byte) [][2]int32 {
	if len(extra) < 4 {
		return nil
	}
	n := int(binary.LittleEndian.Uint16(extra[2:]))
	extra = extra[4:]
	if n < len(adpcm.StandardCoeffs) || len(extra) < 4*n {
		return nil
	}
	coeffs := make([][2]int32, n)
	for i := range coeffs {
		coeffs[i][0] = int32(int16(binary.LittleEndian.Uint16(extra[4*i:])))
		coeffs[i][1] = int32(int16(binary.LittleEndian.Uint16(extra[4*i+2:])))
	}
	return coeffs
}

// adpcmDecoder reads blocks of ADPCM.
type adpcmDecoder struct {
	info   Info
	data   *wavData
	coding adpcm.Decoder
	align  int

	block       [][]float32 // frames start to stop are still to be given
	start, stop int
	done, end   int64 // frames decoded so far, and in all
	err         error // after those of block
}

func (d *adpcmDecoder) Info() Info      { return d.info }
func (d *adpcmDecoder) SampleRate() int { return d.info.SampleRate }
func (d *adpcmDecoder) Channels() int   { return d.info.Channels }

func (d *adpcmDecoder) Read(dst [][]float32) (int, error) {
	for d.start == d.stop {
		if d.err != nil {
			return 0, d.err
		}
		d.decodeBlock()
	}
	n := min(len(dst[0]), d.stop-d.start)
	for c, x := range dst {
		copy(x[:n], d.block[c][d.start:])
	}
	d.start += n
	return n, nil
}

// decodeBlock decodes the next block, or what there is of the last one.
func (d *adpcmDecoder) decodeBlock() {
	at := d.data.off + int64(d.data.given)
	var b []byte
	b, d.err = d.data.next(d.align, 1)
	n := d.coding.Frames(len(b))
	if n == 0 {
		return
	}
	if err := d.coding.Decode(d.block, b); err != nil {
		d.err = corruptWAV("block at byte %d: %v", at, err)
		return
	}
	d.start, d.stop = 0, int(min(int64(n), d.end-d.done))
	d.done += int64(d.stop)
	if d.done == d.end && d.err == nil {
		d.err = io.EOF
	}
}

// pcmDecoder reads samples that stand side by side.
type pcmDecoder struct {
	info    Info
	data    *wavData
	width   int // bytes of a sample
	align   int // bytes of a frame
	convert conversion
}

func (d *pcmDecoder) Info() Info      { return d.info }
func (d *pcmDecoder) SampleRate() int { return d.info.SampleRate }
func (d *pcmDecoder) Channels() int   { return d.info.Channels }

func (d *pcmDecoder) Read(dst [][]float32) (int, error) {
	b, err := d.data.next(d.align, len(dst[0]))
	n := len(b) / d.align
	if n == 0 {
		return 0, err
	}
	for c, x := range dst {
		d.convert(x[:n], b[c*d.width:], d.align)
	}
	return n, nil
}

// framesWithin returns how many frames are yet to be read in a file of so many
// bytes, -1 if that is open: where a placeholder could be a size after all.
func (d *pcmDecoder) framesWithin(size int64) int64 {
	left := max(size-d.data.off, 0)
	switch {
	case !d.data.unknown:
		left = min(left, d.data.left)
	case 0 < d.data.left && d.data.left < left:
		return -1
	}
	return left / int64(d.align)
}
