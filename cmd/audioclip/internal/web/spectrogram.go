package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"net/http"
	"os"
	"time"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/plot"
	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/stft"
)

// pictureVersion is part of the names of pictures in the cache: it must be raised when
// they look different.
const pictureVersion = 1

// rangeDB is what the colours of a picture span, down from its loudest pixel.
const rangeDB = 80

// picture is the spectrogram of a span of a recording (to its end, if end is 0), without
// axes.
type picture struct {
	width, height int
	start, end    time.Duration
}

// spectrogram answers with a picture as PNG.
func (s *Server) spectrogram(w http.ResponseWriter, r *http.Request) error {
	p := newParams(r.URL.RawQuery, "width", "height", "start", "end")
	pic := picture{width: p.int("width", 320, 16, 2048), height: p.int("height", 96, 16, 1024)}
	pic.start, pic.end = p.span()
	if p.err != nil {
		return p.err
	}
	f, err := s.file(r)
	if err != nil {
		return err
	}
	if pic.start >= f.Duration {
		return fail(http.StatusBadRequest, "start must be before the end of the recording, %g s", f.Duration.Seconds())
	}
	if pic.end >= f.Duration {
		pic.end = 0
	}
	key := pic.key(f)
	h := w.Header()
	h.Set("ETag", `"`+key+`"`)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Type", "image/png")
	if r.Header.Get("If-None-Match") == h.Get("ETag") {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	data, err := s.drawn(r.Context(), f, pic, key+".png")
	if err != nil {
		return err
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	return nil
}

func (p picture) key(f index.File) string {
	sum := sha256.Sum256(fmt.Appendf(f.Hash[:], "spectrogram %d %d×%d %d–%d", pictureVersion, p.width, p.height, p.start, p.end))
	return hex.EncodeToString(sum[:])
}

// drawn returns the PNG of a picture, from the cache or made anew. A cache that cannot be
// written to (its disk is full) is no reason not to show it.
func (s *Server) drawn(ctx context.Context, f index.File, pic picture, name string) ([]byte, error) {
	if data, err := s.cache.read(name); err == nil {
		return data, nil
	}
	return s.pictures.do(ctx, name, func(ctx context.Context) ([]byte, error) {
		var b bytes.Buffer
		err := s.decode(ctx, f, func(src audio.Reader) error { return pic.draw(&b, src, f.Duration) })
		if err != nil {
			return nil, err
		}
		err = s.cache.write(name, func(file *os.File) error {
			_, err := file.Write(b.Bytes())
			return err
		})
		if err != nil {
			s.log.Warn("keeping a spectrogram", "error", err)
		}
		return b.Bytes(), nil
	})
}

// draw writes the spectrogram of what src, a whole recording, has in the span.
func (p picture) draw(w io.Writer, src audio.Reader, duration time.Duration) error {
	rate := src.SampleRate()
	toFrames := func(d time.Duration) int64 { return int64(math.Round(d.Seconds() * float64(rate))) }
	length := toFrames(duration) - toFrames(p.start)
	if p.end > 0 {
		length = min(length, toFrames(p.end-p.start))
	}
	if p.start > 0 || p.end > 0 {
		frames := int64(-1)
		if p.end > 0 {
			frames = max(length, 1)
		}
		src = audio.NewSectionReader(src, toFrames(p.start), frames)
	}
	src = audio.NewMixReader(src)
	plan, err := spectrogram.New(spectrogram.Config{SampleRate: rate, STFT: transform(rate, length, p.width), Unit: spectrogram.Power})
	if err != nil {
		return err
	}
	raster, err := plot.NewRaster(plan.Layout(), 1, -1, plot.Config{
		FreqAxis: plot.AxisMel, RangeDB: rangeDB, Width: p.width, Height: p.height, Raw: true,
	})
	if err != nil {
		return err
	}
	block := [][]float32{make([]float32, 1<<15)}
	var rows []float32
	stream := plan.NewStream()
	some := false
	for {
		n, err := src.Read(block)
		if err != nil {
			damaged := errors.Is(err, audio.ErrCorrupt) || errors.Is(err, io.ErrUnexpectedEOF)
			if err == io.EOF || damaged && some {
				break // what there is of it is shown
			}
			return err
		}
		some = true
		rows = stream.Append(rows[:0], block[0][:n])
		raster.Add(0, rows)
	}
	if !some {
		return audio.ErrEmpty
	}
	raster.Add(0, stream.Finish(rows[:0]))
	figure, err := raster.Figure()
	if err != nil {
		return err
	}
	return figure.WritePNG(w)
}

// transform returns an STFT of windows of some 40 ms, with about a frame for each pixel
// column or more.
func transform(rate int, length int64, width int) stft.Config {
	n := min(max(1<<bits.Len(uint(rate/25)), 64), 1<<14) // 2048 for 44100
	hop := min(max(int(length)/width, n/16), n/4)
	return stft.Config{NFFT: n, HopSamples: hop}
}

type axesAnswer struct {
	FMin  float64 `json:"f_min"`
	FMax  float64 `json:"f_max"`
	Scale string  `json:"scale"`
	Ticks []tick  `json:"ticks"`
	DBMin float64 `json:"db_min"`
	DBMax float64 `json:"db_max"`
}

type tick struct {
	Hz float64 `json:"hz"`
	// Y is how high it is in the picture: 0 is the lower edge, 1 the upper one.
	Y float64 `json:"y"`
}

// spectrogramAxes answers with what the pictures of a recording show.
func (s *Server) spectrogramAxes(w http.ResponseWriter, r *http.Request) error {
	if p := newParams(r.URL.RawQuery); p.err != nil {
		return p.err
	}
	f, err := s.file(r)
	if err != nil {
		return err
	}
	top := float64(f.SampleRate) / 2
	a := axesAnswer{FMax: top, Scale: "mel", Ticks: []tick{}, DBMin: -rangeDB}
	for _, hz := range []float64{100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000} {
		if hz < top {
			a.Ticks = append(a.Ticks, tick{hz, spectrogram.SlaneyMel.Mel(hz) / spectrogram.SlaneyMel.Mel(top)})
		}
	}
	return writeJSON(w, a)
}
