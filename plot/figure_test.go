package plot

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/stft"
)

// decode reads a figure back from its PNG file.
func decode(t *testing.T, f *Figure) *image.Paletted {
	t.Helper()
	var b bytes.Buffer
	if err := f.WritePNG(&b); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := img.(*image.Paletted)
	if !ok {
		t.Fatalf("the PNG is a %T, want paletted", img)
	}
	return p
}

// levelsIn reads the levels of a panel back from the colours of a decoded PNG:
// columns of pixels, lowest frequency first. It fails if any pixel has a colour
// that is not in the colour bar.
func levelsIn(t *testing.T, img *image.Paletted, panel image.Rectangle, colours Colormap) [][]int {
	t.Helper()
	level := make([]int, len(img.Palette))
	for i, c := range img.Palette {
		level[i] = slices.Index(colours.palette()[:levels], c)
	}
	out := make([][]int, panel.Dx())
	for x := range out {
		out[x] = make([]int, 0, panel.Dy())
		for y := panel.Max.Y - 1; y >= panel.Min.Y; y-- {
			i := level[img.ColorIndexAt(panel.Min.X+x, y)]
			if i < 0 {
				t.Fatalf("pixel %d,%d has the colour %v, which is not in the colour bar", panel.Min.X+x, y, img.At(panel.Min.X+x, y))
			}
			out[x] = append(out[x], i)
		}
	}
	return out
}

// cellOf returns the bin in whose cell a frequency lies.
func cellOf(edges []float64, hz float64) int {
	k := 0
	for k < len(edges)-2 && edges[k+1] <= hz {
		k++
	}
	return k
}

// chirpRaster draws frames of which one bin is loud: that in whose cell
// hz(time of the frame) lies.
func chirpRaster(t *testing.T, l spectrogram.Layout, frames int, cfg Config, hz func(seconds float64) float64) *Raster {
	t.Helper()
	r, err := NewRaster(l, 1, int64(frames), cfg)
	if err != nil {
		t.Fatal(err)
	}
	edges := cellEdges(&l)
	row := make([]float32, l.Bins)
	for i := range frames {
		clear(row)
		row[cellOf(edges, hz(l.Time(i)))] = 1
		r.Add(0, row)
	}
	return r
}

// ridge returns the middle of the brightest pixels of a column.
func ridge(column []int) float64 {
	lo, hi := 0, 0
	for y, level := range column {
		if level > column[lo] {
			lo = y
		}
		if level >= column[hi] {
			hi = y
		}
	}
	return float64(lo+hi+1) / 2
}

// TestChirpRidge reads the ridge of a chirp back from the PNG and compares it
// with the formulas of chirp and axis, for every kind of axis and layout at many
// zooms. It must lie within a pixel of where the middles of those cells are that
// the chirp goes through in the time of the pixel or, if that is longer, the
// frame.
func TestChirpRidge(t *testing.T) {
	for _, l := range []spectrogram.Layout{
		fftLayout(44100, 2048), fftLayout(8000, 256), fftLayout(96000, 4096),
		melLayout(22050, 128, 0, 11025, spectrogram.SlaneyMel), melLayout(16000, 80, 20, 8000, spectrogram.HTKMel),
	} {
		edges := cellEdges(&l)
		nyquist := float64(l.SampleRate) / 2
		for _, kind := range []FreqAxis{AxisLinear, AxisLog, AxisMel} {
			for i, frames := range []int{20, 300, 1000, 5000} {
				size := [][2]int{{1200, 600}, {400, 300}, {1500, 1100}, {1200, 600}}[i]
				cfg := Config{FreqAxis: kind, Width: size[0], Height: size[1]}
				perFrame := float64(l.HopSamples) / float64(l.SampleRate)
				seconds := float64(frames) * perFrame
				hz := func(s float64) float64 { return 0.02 * nyquist * math.Pow(40, s/seconds) }
				if kind == AxisLinear {
					hz = func(s float64) float64 { return nyquist * (0.1 + 0.8*s/seconds) }
				}
				r := chirpRaster(t, l, frames, cfg, hz)
				f, err := r.Figure()
				if err != nil {
					t.Fatal(err)
				}
				panel := r.page.panels[0]
				perPixel := seconds / float64(panel.Dx())
				middleOf := func(hz float64) float64 {
					k := cellOf(edges, hz)
					lo, hi := r.freq.at(max(edges[k], r.freq.lo)), r.freq.at(min(edges[k+1], r.freq.hi))
					return (lo + hi) / 2 * float64(panel.Dy())
				}
				for x, column := range levelsIn(t, decode(t, f), panel, Magma) {
					at := -perFrame/2 + (float64(x)+0.5)*perPixel
					dt := max(perPixel, perFrame) / 2 * (1 + 1e-9)
					lo, hi := middleOf(hz(at-dt)), middleOf(hz(at+dt))
					if y := ridge(column); y < lo-1 || y > hi+1 {
						t.Fatalf("%d Hz, %d bins, %v axis, %d frames, %v: the ridge of column %d is at %.1f, formula %.1f … %.1f",
							l.SampleRate, l.Bins, kind, frames, size, x, y, lo, hi)
					}
				}
			}
		}
	}
}

// TestChirpThroughSTFT does the same with real samples.
func TestChirpThroughSTFT(t *testing.T) {
	const rate, seconds = 16000, 4
	hz := func(s float64) float64 { return 100 * math.Pow(60, s/seconds) }
	x := make([]float32, rate*seconds)
	phase := 0.0
	for i := range x {
		x[i] = float32(0.5 * math.Sin(phase))
		phase += 2 * math.Pi * hz((float64(i)+0.5)/rate) / rate
	}
	for _, mel := range []*spectrogram.MelConfig{nil, {Bands: 128, Norm: spectrogram.NormNone}} {
		p, err := spectrogram.New(spectrogram.Config{
			SampleRate: rate, STFT: stft.Config{NFFT: 1024, HopSamples: 160}, Mel: mel, Unit: spectrogram.Power,
		})
		if err != nil {
			t.Fatal(err)
		}
		s, err := p.Compute([][]float32{x})
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []FreqAxis{AxisLinear, AxisLog, AxisMel} {
			r, err := NewRaster(s.Layout, 1, int64(s.Frames), Config{FreqAxis: kind})
			if err != nil {
				t.Fatal(err)
			}
			r.Add(0, s.Data)
			f, err := r.Figure()
			if err != nil {
				t.Fatal(err)
			}
			panel := r.page.panels[0]
			edges := cellEdges(&s.Layout)
			columns := levelsIn(t, decode(t, f), panel, Magma)
			for x := panel.Dx() / 20; x < panel.Dx()*19/20; x++ { // padding bends the ends
				at := (float64(x) + 0.5) / float64(panel.Dx()) * float64(s.Frames) * float64(s.HopSamples) / rate
				at -= 0.5 * float64(s.HopSamples) / rate
				up := func(f float64) float64 { return r.freq.at(f) * float64(panel.Dy()) }
				want := up(hz(at))
				tolerance := 1 + up(hz(at+0.01)) - want
				for k := range s.Bins {
					if edges[k] <= hz(at) && hz(at) < edges[k+1] {
						// The peak of a moving tone, or of filters whose triangles
						// take in few bins, can be a bin off.
						tolerance += 1.5 * (up(edges[k+1]) - up(max(edges[k], r.freq.lo)))
					}
				}
				if y := ridge(columns[x]); math.Abs(y-want) > tolerance {
					t.Fatalf("%d bins, %v axis: the ridge of column %d is at %.1f, formula %.1f ± %.1f", s.Bins, kind, x, y, want, tolerance)
				}
			}
		}
	}
}

func TestColourBar(t *testing.T) {
	for _, colours := range []Colormap{Magma, Viridis, Inferno, Grey} {
		r := chirpRaster(t, fftLayout(8000, 256), 50, Config{Colormap: colours}, func(s float64) float64 { return 1000 })
		f, err := r.Figure()
		if err != nil {
			t.Fatal(err)
		}
		bar, panel := r.page.bar, r.page.panels[0]
		if bar.Min.Y != panel.Min.Y || bar.Max.Y != panel.Max.Y {
			t.Errorf("the colour bar %v is not aligned with the plot %v", bar, panel)
		}
		for _, column := range levelsIn(t, decode(t, f), bar, colours) {
			for y, level := range column {
				want := int((float64(y) + 0.5) / float64(bar.Dy()) * levels)
				// Neighbours can have the same colour; levelsIn gives the lower one.
				if level > want || colours.palette()[level] != colours.palette()[want] {
					t.Fatalf("%v: the bar has level %d at %d of %d, want %d", colours, level, y, bar.Dy(), want)
				}
			}
		}
	}
	// A stack of channels has one bar beside all of them.
	r, err := NewRaster(fftLayout(8000, 256), 3, 10, Config{})
	if err != nil {
		t.Fatal(err)
	}
	if p := r.page; p.bar.Min.Y != p.panels[0].Min.Y || p.bar.Max.Y != p.panels[2].Max.Y {
		t.Errorf("the colour bar %v does not span the panels %v", p.bar, p.panels)
	}
}

// TestColourTables compares some entries with matplotlib's documentation of the
// maps, and lightness with its claim that it rises evenly.
func TestColourTables(t *testing.T) {
	for _, test := range []struct {
		colours Colormap
		i       int
		want    color.RGBA
	}{
		{Viridis, 0, color.RGBA{68, 1, 84, 255}}, {Viridis, levels - 1, color.RGBA{253, 231, 36, 255}},
		{Magma, 0, color.RGBA{0, 0, 3, 255}}, {Magma, levels - 1, color.RGBA{251, 252, 191, 255}},
		{Inferno, 0, color.RGBA{0, 0, 3, 255}}, {Inferno, levels - 1, color.RGBA{252, 254, 164, 255}},
		{Grey, 0, color.RGBA{0, 0, 0, 255}}, {Grey, levels - 1, color.RGBA{255, 255, 255, 255}},
	} {
		if got := test.colours.palette()[test.i]; got != test.want {
			t.Errorf("%v[%d] = %v, want %v", test.colours, test.i, got, test.want)
		}
	}
	for c := range Grey + 1 {
		last := -1.0
		for i, entry := range c.palette()[:levels] {
			rgb := entry.(color.RGBA)
			y := 0.2126*float64(rgb.R) + 0.7152*float64(rgb.G) + 0.0722*float64(rgb.B)
			if y < last-0.6 {
				t.Errorf("%v gets darker at level %d", c, i)
			}
			last = y
		}
	}
}

// ticksOn collects the tick strokes left of or below a panel.
func ticksOn(f *Figure, panel image.Rectangle) (left, below []float64) {
	for _, s := range f.strokes {
		if len(s.points) != 2 {
			continue
		}
		a, b := s.points[0], s.points[1]
		switch {
		case a.y == b.y && b.x == float64(panel.Min.X-1) && a.y > float64(panel.Min.Y) && a.y < float64(panel.Max.Y):
			left = append(left, a.y)
		case a.x == b.x && a.y == float64(panel.Max.Y+1):
			below = append(below, a.x)
		}
	}
	return left, below
}

// TestTickPositions compares where ticks are drawn with the formulas of axes.
func TestTickPositions(t *testing.T) {
	l := fftLayout(16000, 1024) // hop 256
	const frames = 1000
	mel := func(f float64) float64 {
		if f < 1000 {
			return f * 3 / 200
		}
		return 15 + 27*math.Log(f/1000)/math.Log(6.4)
	}
	for _, test := range []struct {
		kind  FreqAxis
		ticks []float64
		at    func(f float64) float64
	}{
		{AxisLinear, []float64{0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000}, func(f float64) float64 { return f / 8000 }},
		{AxisLog, []float64{20, 50, 100, 200, 500, 1000, 2000, 5000}, func(f float64) float64 { return math.Log(f/15.625) / math.Log(8000/15.625) }},
		{AxisMel, []float64{0, 200, 500, 1000, 2000, 3000, 5000}, func(f float64) float64 { return mel(f) / mel(8000) }},
	} {
		r := chirpRaster(t, l, frames, Config{FreqAxis: test.kind}, func(s float64) float64 { return 1000 })
		f, err := r.Figure()
		if err != nil {
			t.Fatal(err)
		}
		panel := r.page.panels[0]
		left, below := ticksOn(f, panel)
		for _, hz := range test.ticks {
			want := float64(panel.Max.Y) - test.at(hz)*float64(panel.Dy())
			found := false
			for _, y := range left {
				found = found || math.Abs(y-want) <= 0.5+1e-6
			}
			if !found {
				t.Errorf("%v axis: no tick within half a pixel of %.2f for %g Hz; there are %v", test.kind, want, hz, left)
			}
		}
		for i := 0; i < 16; i += 2 {
			at := (float64(i)*16000/256 + 0.5) / frames // seconds to frames, half a frame in
			want := float64(panel.Min.X) + at*float64(panel.Dx())
			found := false
			for _, x := range below {
				found = found || math.Abs(x-want) <= 0.5+1e-6
			}
			if !found {
				t.Errorf("no tick within half a pixel of %.2f for %d s; there are %v", want, i, below)
			}
		}
	}
}

// box is what a label covers.
func (l *label) box() (x0, y0, x1, y1 float64) {
	w, h := textWidth(l.text, l.size), l.size*digitHeight
	if l.upright {
		return l.x - h/2, l.y - w*(1-l.align), l.x + h/2, l.y + w*l.align
	}
	return l.x - w*l.align, l.y - h/2, l.x + w*(1-l.align), l.y + h/2
}

// checkLabels fails if labels overlap one another, a panel or the edge of the
// picture.
func checkLabels(t *testing.T, what string, f *Figure, panels []image.Rectangle) {
	t.Helper()
	for i := range f.labels {
		a := &f.labels[i]
		ax0, ay0, ax1, ay1 := a.box()
		if ax0 < 0 || ay0 < 0 || ax1 > float64(f.width) || ay1 > float64(f.height) {
			t.Errorf("%s: %q is cut by the edge: %.1f,%.1f … %.1f,%.1f of %d×%d", what, a.text, ax0, ay0, ax1, ay1, f.width, f.height)
		}
		for j := range i {
			b := &f.labels[j]
			bx0, by0, bx1, by1 := b.box()
			if ax0 < bx1+1 && bx0 < ax1+1 && ay0 < by1+1 && by0 < ay1+1 {
				t.Errorf("%s: %q and %q overlap", what, a.text, b.text)
			}
		}
		for _, p := range panels {
			if ax0 < float64(p.Max.X) && float64(p.Min.X) < ax1 && ay0 < float64(p.Max.Y) && float64(p.Min.Y) < ay1 {
				t.Errorf("%s: %q lies over the panel %v", what, a.text, p)
			}
		}
	}
}

func TestLabelsDoNotOverlap(t *testing.T) {
	i := 0
	for _, size := range [][2]int{{0, 0}, {220, 130}, {300, 200}, {600, 400}, {1200, 600}, {3000, 1500}, {1000, 200}, {300, 1500}} {
		for _, channels := range []int{1, 2, 5} {
			for _, frames := range []int64{1, 90, 10_000, 3_000_000} {
				rate := []int{8000, 44100, 96000}[i%3]
				kind := []FreqAxis{AxisLinear, AxisLog, AxisMel, AxisLog}[i%4]
				cfg := Config{
					FreqAxis: kind, Width: size[0], Height: size[1], Waveform: i%5 < 2,
					Title: strings.Repeat("a long title ", 30) + "\nsecond line",
				}
				i++
				if size[0] == 220 {
					cfg.Title = ""
					cfg.Waveform = false
				}
				l := fftLayout(rate, 2048)
				r, err := NewRaster(l, channels, frames, cfg)
				if err != nil {
					if channels == 1 || size[1] > 400 {
						t.Errorf("%v, %d channels: %v", size, channels, err)
					}
					continue
				}
				for c := range channels {
					r.channels[c].spec.frames = frames - 1
					r.Add(c, make([]float32, l.Bins))
					r.AddSamples(c, []float32{0.3, -0.7})
				}
				f, err := r.Figure()
				if err != nil {
					t.Fatal(err)
				}
				what := fmt.Sprintf("%v, %d channels of %d frames at %d Hz, %v axis", size, channels, frames, rate, kind)
				checkLabels(t, what, f, append(append(r.page.panels, r.page.waves...), r.page.bar))
			}
		}
	}
}

func TestSmallestSize(t *testing.T) {
	l := fftLayout(44100, 2048)
	if _, err := NewRaster(l, 1, 10, Config{Width: 220, Height: 130}); err != nil {
		t.Errorf("220×130: %v", err)
	}
	for _, size := range [][2]int{{150, 600}, {600, 60}, {1, 1}} {
		_, err := NewRaster(l, 1, 10, Config{Width: size[0], Height: size[1]})
		if err == nil || !strings.Contains(err.Error(), "needs about") {
			t.Errorf("%v: error %v", size, err)
		}
	}
	if _, err := NewRaster(l, 1, 10, Config{Width: 1, Height: 1, Raw: true}); err != nil {
		t.Errorf("raw 1×1: %v", err)
	}
	if _, err := NewRaster(l, 2, 10, Config{Width: 1, Height: 1, Raw: true}); err == nil {
		t.Error("raw 1×1 has room for two channels")
	}
}

// TestRaw compares every pixel with its value.
func TestRaw(t *testing.T) {
	l := fftLayout(8000, 6) // bins at 0, 1333, 2667 and 4000 Hz
	l.Unit = spectrogram.Decibel
	s := &spectrogram.Spectrogram{Layout: l, Channels: 2, Frames: 3}
	for i := range 2 * 3 * 4 {
		s.Data = append(s.Data, -float32(i))
	}
	f, err := Spectrogram(s, Config{Raw: true, Width: 3, Height: 12, RangeDB: 24})
	if err != nil {
		t.Fatal(err)
	}
	// Bins at the ends are half as tall as the others: 6 rows are 1, 2, 2 and 1.
	bins := []int{0, 1, 1, 2, 2, 3}
	img := decode(t, f)
	if img.Rect != image.Rect(0, 0, 3, 12) {
		t.Fatalf("the picture is %v", img.Rect)
	}
	for c := range 2 {
		for x, column := range levelsIn(t, img, image.Rect(0, 6*c, 3, 6*c+6), Magma) {
			for y, got := range column {
				v := float64(s.Frame(c, x)[bins[y]])
				if want := min(int((v+24)*10), levels-1); got != want {
					t.Errorf("channel %d, frame %d, row %d: level %d, want %d", c, x, y, got, want)
				}
			}
		}
	}
}

// TestBlocks checks that frames and samples can come in any pieces.
func TestBlocks(t *testing.T) {
	l := fftLayout(8000, 64)
	rng := rand.New(rand.NewPCG(3, 4))
	frames := make([]float32, 3000*l.Bins)
	for i := range frames {
		frames[i] = float32(rng.ExpFloat64())
	}
	samples := randomValues(3000 * l.HopSamples)
	for _, known := range []int64{3000, -1} {
		draw := func(frameBlock, sampleBlock int) *Figure {
			r, err := NewRaster(l, 2, known, Config{Waveform: true})
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < 3000; i += frameBlock {
				for c := range 2 {
					r.Add(c, frames[i*l.Bins:min(i+frameBlock, 3000)*l.Bins])
				}
			}
			for i := 0; i < len(samples); i += sampleBlock {
				for c := range 2 {
					r.AddSamples(c, samples[i:min(i+sampleBlock, len(samples))])
				}
			}
			f, err := r.Figure()
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		want := draw(3000, len(samples))
		for _, blocks := range [][2]int{{1, 1}, {7, 100}, {1000, 4321}} {
			if got := draw(blocks[0], blocks[1]); !bytes.Equal(got.pixels.Pix, want.pixels.Pix) {
				t.Errorf("known %d: blocks of %v give another picture", known, blocks)
			}
		}
	}
}

// TestWaveformIsAligned puts a click into a recording and looks for it in the
// waveform and in the spectrogram below.
func TestWaveformIsAligned(t *testing.T) {
	const rate, click = 8000, 11111
	for _, noCenter := range []bool{false, true} {
		p, err := spectrogram.New(spectrogram.Config{
			SampleRate: rate, Unit: spectrogram.Power, STFT: stft.Config{NFFT: 256, HopSamples: 16, NoCenter: noCenter},
		})
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float32, 4*rate)
		x[click] = 1
		s, err := p.Compute([][]float32{x})
		if err != nil {
			t.Fatal(err)
		}
		layout := s.Layout
		layout.FirstSample += 5 * rate // a piece from the middle of something
		r, err := NewRaster(layout, 1, int64(s.Frames), Config{Waveform: true})
		if err != nil {
			t.Fatal(err)
		}
		r.Add(0, s.Data)
		r.AddSamples(0, x)
		f, err := r.Figure()
		if err != nil {
			t.Fatal(err)
		}
		wave, panel := r.page.waves[0], r.page.panels[0]
		start := float64(layout.FirstSample) - 8 // half a hop
		want := (5*rate + click + 0.5 - start) / float64(16*s.Frames) * float64(panel.Dx())
		for x := range wave.Dx() {
			dark := f.pixels.ColorIndexAt(wave.Min.X+x, wave.Min.Y) != paletteWhite
			if near := math.Abs(float64(x)+0.5-want) <= 1; dark && !near {
				t.Errorf("NoCenter %v: the click is drawn at %d, want %.1f", noCenter, x, want)
			} else if near && math.Abs(float64(x)+0.5-want) < 0.4 && !dark {
				t.Errorf("NoCenter %v: no click at %d", noCenter, x)
			}
		}
		// The click is in all frames that it falls into, brightest in their middle.
		columns := levelsIn(t, decode(t, f), panel, Magma)
		first, last := -1, -1
		for x, c := range columns {
			if c[panel.Dy()/2] == levels-1 {
				if first < 0 {
					first = x
				}
				last = x
			}
		}
		if middle := float64(first+last+1) / 2; math.Abs(middle-want) > 1 {
			t.Errorf("NoCenter %v: the click is brightest at %.1f, want %.1f", noCenter, middle, want)
		}
	}
}

// TestChannelsConcurrently is for the race detector.
func TestChannelsConcurrently(t *testing.T) {
	l := fftLayout(8000, 64)
	r, err := NewRaster(l, 4, -1, Config{Waveform: true})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for c := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 100 {
				r.Add(c, make([]float32, 3*l.Bins))
				r.AddSamples(c, make([]float32, 48))
			}
		}()
	}
	wg.Wait()
	if _, err := r.Figure(); err != nil {
		t.Error(err)
	}
}

// TestHardValues draws what measurements can bring forth.
func TestHardValues(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, values := range [][]float32{{0}, {1}, {nan}, {inf}, {-inf}, {nan, inf, -inf, 0, 1}, {1e38, 1e-45}, {-1}} {
		for unit := range spectrogram.Log1p + 1 {
			for _, frames := range []int{1, 2, 5} {
				for _, nfft := range []int{1, 2, 3, 16} {
					l := fftLayout(8000, nfft)
					l.Unit = unit
					s := &spectrogram.Spectrogram{Layout: l, Channels: 1, Frames: frames}
					for i := range frames * l.Bins {
						s.Data = append(s.Data, values[i%len(values)])
					}
					f, err := Spectrogram(s, Config{Width: 300, Height: 200})
					if err != nil {
						t.Fatalf("%v in unit %d: %v", values, unit, err)
					}
					decode(t, f)
				}
			}
		}
	}
}

// TestSilenceIsDark and everything that is no number with it.
func TestSilenceIsDark(t *testing.T) {
	l := fftLayout(8000, 64)
	for _, v := range []float32{0, float32(math.NaN()), float32(math.Inf(-1))} {
		r, err := NewRaster(l, 1, 4, Config{})
		if err != nil {
			t.Fatal(err)
		}
		row := make([]float32, 4*l.Bins)
		for i := range row {
			row[i] = v
		}
		r.Add(0, row)
		f, err := r.Figure()
		if err != nil {
			t.Fatal(err)
		}
		for _, column := range levelsIn(t, decode(t, f), r.page.panels[0], Magma) {
			for _, level := range column {
				if level != 0 {
					t.Fatalf("%v is drawn in level %d", v, level)
				}
			}
		}
	}
}

func TestErrors(t *testing.T) {
	good := fftLayout(8000, 64)
	change := func(f func(*spectrogram.Layout)) spectrogram.Layout {
		l := good
		f(&l)
		return l
	}
	for _, test := range []struct {
		l        spectrogram.Layout
		channels int
		frames   int64
		cfg      Config
		want     string
	}{
		{good, 0, 1, Config{}, "0 channels"},
		{good, 1, -2, Config{}, "-2 frames"},
		{good, 1, 1 << 41, Config{}, "frames"},
		{good, 1, 1, Config{RangeDB: -1}, "RangeDB is -1"},
		{good, 1, 1, Config{RangeDB: math.NaN()}, "RangeDB is NaN"},
		{good, 1, 1, Config{Ref: -1}, "Ref is -1"},
		{good, 1, 1, Config{Ref: math.Inf(1)}, "Ref is +Inf"},
		{good, 1, 1, Config{Colormap: 9}, "Colormap 9"},
		{good, 1, 1, Config{Width: -5}, "-5×"},
		{good, 1, 1, Config{Width: 1 << 20}, "1048576×"},
		{good, 1, 1, Config{Width: 30000, Height: 30000}, "30000×30000"},
		{change(func(l *spectrogram.Layout) { l.SampleRate = 0 }), 1, 1, Config{}, "SampleRate is 0"},
		{change(func(l *spectrogram.Layout) { l.HopSamples = -1 }), 1, 1, Config{}, "HopSamples is -1"},
		{change(func(l *spectrogram.Layout) { l.Bins = 0 }), 1, 1, Config{}, "Bins is 0"},
		{change(func(l *spectrogram.Layout) { l.Bins = 5 }), 1, 1, Config{}, "33 frequencies for 5 bins"},
		{change(func(l *spectrogram.Layout) { l.FirstSample = math.MinInt64 }), 1, 1, Config{}, "FirstSample"},
		{change(func(l *spectrogram.Layout) { l.Unit = 99 }), 1, 1, Config{}, "Unit 99"},
		{change(func(l *spectrogram.Layout) { l.Frequencies = make([]float64, 33) }), 1, 1, Config{}, "Frequencies[1] is 0"},
	} {
		_, err := NewRaster(test.l, test.channels, test.frames, test.cfg)
		if err == nil || !strings.HasPrefix(err.Error(), "plot: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}

	r, err := NewRaster(good, 2, -1, Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Figure(); err == nil || !strings.Contains(err.Error(), "without frames") {
		t.Errorf("no frames: error %v", err)
	}
	r.Add(1, make([]float32, good.Bins))
	if _, err := r.Figure(); err == nil || !strings.Contains(err.Error(), "channel 2 has 1") {
		t.Errorf("unequal channels: error %v", err)
	}
	s := &spectrogram.Spectrogram{Layout: good, Channels: 1, Frames: 2, Data: make([]float32, 2*good.Bins)}
	if _, err := Spectrogram(s, Config{Waveform: true}); err == nil || !strings.Contains(err.Error(), "Waveform") {
		t.Errorf("a waveform without samples: error %v", err)
	}
	s.Data = s.Data[:7]
	if _, err := Spectrogram(s, Config{}); err == nil || !strings.Contains(err.Error(), "7 values") {
		t.Errorf("short data: error %v", err)
	}
	defer func() {
		if r := recover(); r == nil || !strings.HasPrefix(fmt.Sprint(r), "plot: ") {
			t.Errorf("panic %v", r)
		}
	}()
	r.Add(0, make([]float32, good.Bins+1))
}

// FuzzConfig draws whatever a configuration asks for.
func FuzzConfig(f *testing.F) {
	f.Add(uint8(0), 0.0, 0.0, 0.0, 0.0, uint8(0), int16(0), int16(0), "title", uint8(0), uint8(1), uint16(10), int32(44100), int32(512), int64(0), uint8(1))
	f.Add(uint8(2), 1.0, 10.0, 1000.0, 1e-300, uint8(3), int16(300), int16(200), "\x00\xff\n\n日本\u202e<&\"]]>", uint8(1), uint8(3), uint16(1), int32(1), int32(1<<30), int64(1<<50), uint8(2))
	f.Add(uint8(3), 1e-300, 1e300, 1.0, 1e300, uint8(1), int16(1), int16(2), "", uint8(2), uint8(2), uint16(999), int32(math.MaxInt32), int32(1), int64(-1<<50), uint8(5))
	f.Fuzz(func(t *testing.T, axis uint8, fmin, fmax, rangeDB, ref float64, colours uint8, width, height int16, title string,
		flags, channels uint8, frames uint16, rate, hop int32, first int64, unit uint8) {
		cfg := Config{
			FreqAxis: FreqAxis(axis % 5), FMinHz: fmin, FMaxHz: fmax, RangeDB: rangeDB, Ref: ref, RefName: title, Colormap: Colormap(colours % 5),
			Width: int(width % 1000), Height: int(height % 1000), Title: title, Waveform: flags&1 != 0, Raw: flags&2 != 0,
		}
		l := fftLayout(int(max(rate, 1)), 1+int(hop&63))
		l.HopSamples, l.FirstSample, l.Unit = int(hop), first, spectrogram.Unit(unit%7)
		if flags&4 != 0 {
			l.Mel = &spectrogram.MelConfig{}
		}
		known := int64(frames) - int64(flags>>3)
		r, err := NewRaster(l, int(channels%5), known, cfg)
		if err != nil {
			return
		}
		rng := rand.New(rand.NewPCG(uint64(frames), 0))
		row := make([]float32, l.Bins)
		for range frames % 2000 {
			for k := range row {
				row[k] = math.Float32frombits(rng.Uint32())
			}
			for c := range r.channels {
				r.Add(c, row)
				r.AddSamples(c, row)
			}
		}
		figure, err := r.Figure()
		if err != nil {
			return
		}
		decode(t, figure)
		if err := figure.WriteSVG(&bytes.Buffer{}); err != nil {
			t.Error(err)
		}
		if curves, err := Spectrum(l, []Curve{{title, row}, {"", row}}, cfg); err == nil {
			if err := curves.WritePNG(&bytes.Buffer{}); err != nil {
				t.Error(err)
			}
		}
	})
}
