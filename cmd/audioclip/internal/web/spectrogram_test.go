package web

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/soundspace/soundspace/audio"
)

// tones is a recording of 4 s at 16 kHz: a tone of 1 kHz, and from 3 s on of 4 kHz.
func tones(t testing.TB) string {
	t.Helper()
	clip := audio.NewClip(2, 64000, 16000)
	for i := range 64000 {
		hz := 1000.0
		if i >= 48000 {
			hz = 4000
		}
		x := float32(0.5 * math.Sin(2*math.Pi*hz*float64(i)/16000))
		clip.Samples[0][i], clip.Samples[1][i] = x, x
	}
	path := filepath.Join(t.TempDir(), "tones.wav")
	if err := audio.WriteWAVFile(path, clip, 16); err != nil {
		t.Fatal(err)
	}
	return path
}

// lightest returns the row of a column that is lightest.
func lightest(img image.Image, x int) int {
	best, most := 0, -1
	for y := range img.Bounds().Dy() {
		if v := int(color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y); v > most {
			best, most = y, v
		}
	}
	return best
}

// TestSpectrogram looks for the tones of a recording where they must be: 1 kHz is 15 mel,
// and f Hz beyond it 15 + 27·log(f/1000)/log(6.4) mel.
func TestSpectrogram(t *testing.T) {
	store := testStore(t)
	f := put(t, store, tones(t))
	s, hs := newTestServer(t, store)
	url := "/api/v1/recordings/" + f.ID() + "/spectrogram"
	mel := func(hz float64) float64 { return 15 + 27*math.Log(hz/1000)/math.Log(6.4) }
	y := map[float64]float64{}
	axes := get[axesAnswer](t, hs, url+".json")
	for _, tick := range axes.Ticks {
		y[tick.Hz] = tick.Y
		if want := mel(tick.Hz) / mel(8000); tick.Hz >= 1000 && math.Abs(tick.Y-want) > 1e-9 {
			t.Errorf("%g Hz is at %g, not %g", tick.Hz, tick.Y, want)
		}
	}
	if axes.FMin != 0 || axes.FMax != 8000 || y[1000] == 0 || y[5000] == 0 {
		t.Errorf("axes %+v", axes)
	}
	for _, test := range []struct {
		query         string
		width, height int
		change        float64 // where 4 kHz begins, as a share of the width
	}{
		{"", 320, 96, 0.75},
		{"?width=640&height=200", 640, 200, 0.75},
		{"?width=2048&height=1024", 2048, 1024, 0.75},
		{"?width=16&height=16", 16, 16, 0.75},
		{"?start=2", 320, 96, 0.5},
		{"?start=2.5&end=3.5&height=300", 320, 300, 0.5},
		{"?end=3.2", 320, 96, 3.0 / 3.2},
		{"?start=1&end=100", 320, 96, 2.0 / 3},
		{"?end=0.5", 320, 96, 2},
		{"?start=3.5", 320, 96, -1},
		{"?start=3.99&width=200", 200, 96, -1},
	} {
		status, h, body := request(t, hs, "GET", url+".png"+test.query, nil)
		if status != 200 || h.Get("Content-Type") != "image/png" {
			t.Errorf("%s: %d %s", test.query, status, body)
			continue
		}
		img, err := png.Decode(bytes.NewReader(body))
		if err != nil || img.Bounds() != image.Rect(0, 0, test.width, test.height) {
			t.Errorf("%s: %v %v", test.query, img.Bounds(), err)
			continue
		}
		for x := range test.width {
			at := (float64(x) + 0.5) / float64(test.width)
			if math.Abs(at-test.change) < 0.07 {
				continue // where one tone goes over into the other
			}
			hz := 1000.0
			if at > test.change {
				hz = 4000
			}
			want := float64(test.height) * (1 - mel(hz)/mel(8000))
			if got := float64(lightest(img, x)) + 0.5; math.Abs(got-want) > 1.5+float64(test.height)/80 {
				t.Errorf("%s: column %d is lightest in row %g, not %g", test.query, x, got, want)
				break
			}
		}
	}
	if files, err := filepath.Glob(filepath.Join(s.cache.dir, "*.png")); err != nil || len(files) != 11 {
		t.Errorf("in the cache: %d files, %v", len(files), err)
	}
	for _, query := range []string{
		"?width=15", "?width=100000", "?height=-1", "?width=1e3", "?width=NaN", "?start=NaN", "?start=Inf", "?start=-1", "?start=1e300", "?end=0x10",
		"?start=4", "?start=2&end=1", "?start=2&end=2", "?start=0&end=0", "?start=1&start=2", "?%zz", "?width=1;height=2", "?color=red",
	} {
		if status, _, body := request(t, hs, "GET", url+".png"+query, nil); status != 400 {
			t.Errorf("%s: %d %.100q", query, status, body)
		}
	}
}

// TestSpectrogramKept asks again for a picture, with the recording and the cache gone.
func TestSpectrogramKept(t *testing.T) {
	store := testStore(t)
	f := put(t, store, tones(t))
	s, hs := newTestServer(t, store)
	url := "/api/v1/recordings/" + f.ID() + "/spectrogram.png"
	_, h, first := request(t, hs, "GET", url, nil)
	if status, _, body := request(t, hs, "GET", url, nil, "If-None-Match", h.Get("ETag")); status != 304 || len(body) != 0 {
		t.Errorf("the client has it: %d, %d bytes", status, len(body))
	}
	if err := os.Rename(f.Path, f.Path+".moved"); err != nil {
		t.Fatal(err)
	}
	if status, _, again := request(t, hs, "GET", url, nil); status != 200 || !bytes.Equal(first, again) {
		t.Errorf("from the cache: %d", status)
	}
	if err := os.RemoveAll(s.cache.dir); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := request(t, hs, "GET", url, nil); status != 410 {
		t.Errorf("without recording and cache: %d", status)
	}
	if err := os.Rename(f.Path+".moved", f.Path); err != nil {
		t.Fatal(err)
	}
	// A file where the folder of the cache should be: nothing can be kept, but all be shown.
	if err := os.WriteFile(s.cache.dir, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if status, _, again := request(t, hs, "GET", url, nil); status != 200 || !bytes.Equal(first, again) {
		t.Errorf("without a cache: %d", status)
	}
}

// TestOddRates draws recordings of rates from 1 Hz to 1 MHz, and of few samples.
func TestOddRates(t *testing.T) {
	for _, rate := range []int{1, 7, 100, 4000, 44100, 384000, 1 << 20} {
		for _, n := range []int{1, 2, 100, 10000} {
			clip := audio.NewClip(3, n, rate)
			var b bytes.Buffer
			err := picture{width: 33, height: 17}.draw(&b, audio.NewClipReader(clip), clip.Duration())
			if err != nil {
				t.Errorf("%d samples at %d Hz: %v", n, rate, err)
				continue
			}
			if img, err := png.Decode(&b); err != nil || img.Bounds() != image.Rect(0, 0, 33, 17) {
				t.Errorf("%d samples at %d Hz: %v %v", n, rate, img, err)
			}
		}
	}
}

func BenchmarkSpectrogram(b *testing.B) {
	clip := audio.NewClip(2, 10*44100, 44100)
	for i := range clip.Samples[0] {
		clip.Samples[0][i] = float32(math.Sin(float64(i*i) / 1e7))
	}
	for _, width := range []int{320, 1200} {
		b.Run(fmt.Sprint(width), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := (picture{width: width, height: width / 3}).draw(new(bytes.Buffer), audio.NewClipReader(clip), clip.Duration()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
