package plot

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/stft"
)

var regen = flag.Bool("regen", false, "write the golden pictures anew")

// sound is a chirp, a steady tone, clicks and a little noise, as powers.
func sound(l spectrogram.Layout, frames int, shift float64) []float32 {
	x := make([]float32, 0, frames*l.Bins)
	seed := uint32(1)
	for i := range frames {
		at := float64(i) / float64(frames)
		chirp := float64(l.SampleRate) / 2 * (0.05 + 0.8*at*at + shift)
		for _, hz := range l.Frequencies {
			seed = seed*1664525 + 1013904223
			v := 1e-7 * float64(seed>>8) / (1 << 24)
			if d := math.Abs(hz-chirp) / 200; d < 3 {
				v += math.Pow(10, -d*d)
			}
			if math.Abs(hz-1000) < 50 {
				v += 1e-3
			}
			if i%40 == 20 {
				v += 1e-5
			}
			x = append(x, float32(v))
		}
	}
	return x
}

// goldenFigures are the pictures under testdata, as small as shows what they
// are for.
func goldenFigures(t *testing.T) map[string]*Figure {
	t.Helper()
	out := map[string]*Figure{}
	add := func(name string, f *Figure, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = f
	}
	draw := func(name string, l spectrogram.Layout, channels, frames int, cfg Config) {
		r, err := NewRaster(l, channels, int64(frames), cfg)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wave := make([]float32, frames*l.HopSamples)
		for c := range channels {
			r.Add(c, sound(l, frames, 0.1*float64(c)))
			for i := range wave {
				wave[i] = float32(0.4 * math.Sin(float64(i)*1e-3*float64(c+1)) * float64(i%50-25) / 25)
			}
			r.AddSamples(c, wave)
		}
		f, err := r.Figure()
		add(name, f, err)
	}
	fft := fftLayout(44100, 512)
	draw("linear", fft, 1, 300, Config{Width: 420, Height: 260, Title: "chirp.wav · 44100 Hz · NFFT 512, hop 128"})
	draw("log_stereo_wave", fft, 2, 50_000/128, Config{Width: 420, Height: 400, FreqAxis: AxisLog, Colormap: Viridis, Waveform: true})
	draw("mel_minutes", melLayout(22050, 64, 0, 11025, spectrogram.SlaneyMel), 1, 8000, Config{Width: 420, Height: 260, Colormap: Inferno, Title: "Ωμέγα 日本 <&>"})
	draw("raw_grey", fftLayout(8000, 64), 2, 90, Config{Width: 90, Height: 66, Raw: true, Colormap: Grey})
	x := sound(fft, 300, 0)
	f, err := Spectrum(fft, []Curve{{"start", x[:fft.Bins]}, {"end", x[299*fft.Bins:]}}, Config{Width: 420, Height: 260, FreqAxis: AxisLog, Title: "Slices"})
	add("spectrum", f, err)
	f, err = WindowLeakage([]stft.Window{stft.Hann(), stft.BlackmanHarris()}, 256, Config{Width: 640, Height: 260})
	add("leakage", f, err)
	return out
}

// TestGolden compares with pictures that were looked at, pixel by pixel.
func TestGolden(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("elsewhere the compiler may fuse multiplications and additions, which moves some edges of text by a grey")
	}
	for name, f := range goldenFigures(t) {
		file := filepath.Join("testdata", name+".png")
		if *regen {
			var b bytes.Buffer
			if err := f.WritePNG(&b); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		samePixels(t, name, f.Image(), want, 0)
	}
}

// samePixels fails if any channel of any pixel differs by more than tolerance
// of 255.
func samePixels(t *testing.T, name string, got, want image.Image, tolerance int) {
	t.Helper()
	if got.Bounds() != want.Bounds() {
		t.Errorf("%s: the picture is %v, want %v", name, got.Bounds(), want.Bounds())
		return
	}
	differ := 0
	for y := got.Bounds().Min.Y; y < got.Bounds().Max.Y; y++ {
		for x := got.Bounds().Min.X; x < got.Bounds().Max.X; x++ {
			a, b := color.RGBAModel.Convert(got.At(x, y)).(color.RGBA), color.RGBAModel.Convert(want.At(x, y)).(color.RGBA)
			if max(apart(a.R, b.R), apart(a.G, b.G), apart(a.B, b.B)) > tolerance {
				if differ == 0 {
					t.Errorf("%s: pixel %d,%d is %v, want %v", name, x, y, a, b)
				}
				differ++
			}
		}
	}
	if differ > 0 {
		t.Errorf("%s: %d pixels differ", name, differ)
	}
}

func apart(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }

func TestFilesAreDeterministic(t *testing.T) {
	first, second := goldenFigures(t), goldenFigures(t)
	for name := range first {
		for format, write := range map[string]func(*Figure, io.Writer) error{
			"PNG": (*Figure).WritePNG, "SVG": (*Figure).WriteSVG, "PDF": (*Figure).WritePDF,
		} {
			if format == "PDF" && name != "linear" && name != "spectrum" {
				continue // half a MB each
			}
			var a, b bytes.Buffer
			if err := write(first[name], &a); err != nil {
				t.Fatalf("%s as %s: %v", name, format, err)
			}
			if err := write(second[name], &b); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Errorf("%s as %s differs from one time to the next", name, format)
			}
		}
	}
}

// TestSVG reads the file back: its text, and its image, which must hold the
// exact pixels.
func TestSVG(t *testing.T) {
	for name, f := range goldenFigures(t) {
		var b bytes.Buffer
		if err := f.WriteSVG(&b); err != nil {
			t.Fatal(err)
		}
		var texts []string
		var img image.Image
		for d := xml.NewDecoder(&b); ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: not well-formed: %v", name, err)
			}
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			attr := map[string]string{}
			for _, a := range start.Attr {
				attr[a.Name.Local] = a.Value
			}
			switch start.Name.Local {
			case "text":
				var s string
				if err := d.DecodeElement(&s, &start); err != nil {
					t.Fatal(err)
				}
				texts = append(texts, s)
				if !strings.Contains(attr["style"], "Arial,Helvetica,sans-serif") {
					t.Errorf("%s: %q has the style %q", name, s, attr["style"])
				}
			case "image":
				if attr["style"] != "image-rendering:pixelated" || attr["width"] != fmt.Sprint(f.width) || attr["height"] != fmt.Sprint(f.height) {
					t.Errorf("%s: image %q of %s×%s", name, attr["style"], attr["width"], attr["height"])
				}
				data, ok := strings.CutPrefix(attr["href"], "data:image/png;base64,")
				raw, err := base64.StdEncoding.DecodeString(data)
				if !ok || err != nil {
					t.Fatalf("%s: image data begin with %.40q (%v)", name, attr["href"], err)
				}
				if img, err = png.Decode(bytes.NewReader(raw)); err != nil {
					t.Fatal(err)
				}
			}
		}
		var want []string
		for _, l := range f.labels {
			want = append(want, l.text)
		}
		if got := strings.Join(texts, "|"); got != strings.Join(want, "|") {
			t.Errorf("%s: texts are %q, want %q", name, got, want)
		}
		if f.pixels != nil {
			samePixels(t, name, img, f.pixels, 0)
		}
	}
}

// TestPDF has another program draw the file and compares it with the PNG.
func TestPDF(t *testing.T) {
	program, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Skip("needs pdftoppm")
	}
	f := goldenFigures(t)["linear"]
	dir := t.TempDir()
	file := filepath.Join(dir, "a.pdf")
	var b bytes.Buffer
	if err := f.WritePDF(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, "-r", "72", "-png", "-singlefile", file, filepath.Join(dir, "a")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	drawn, err := os.ReadFile(filepath.Join(dir, "a.png"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(drawn))
	if err != nil {
		t.Fatal(err)
	}
	want := f.Image()
	if got.Bounds() != want.Bounds() {
		t.Fatalf("the page is %v, want %v", got.Bounds(), want.Bounds())
	}
	// Lines and text are smoothed in other ways, and an image can be half a
	// pixel off, so compare what is left of both at an eighth of their size.
	sum, n := 0.0, 0.0
	for y := 0; y+8 <= want.Bounds().Dy(); y += 8 {
		for x := 0; x+8 <= want.Bounds().Dx(); x += 8 {
			sum += math.Abs(brightness(got, x, y) - brightness(want, x, y))
			n++
		}
	}
	if sum/n > 0.01 {
		t.Errorf("the page differs from the PNG by %.3f on average", sum/n)
	}
}

// brightness returns the mean of 8×8 pixels, 0 … 1.
func brightness(img image.Image, x0, y0 int) float64 {
	sum := 0.0
	for y := y0; y < y0+8; y++ {
		for x := x0; x < x0+8; x++ {
			sum += float64(color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y)
		}
	}
	return sum / 64 / 255
}

// TestPNGKeepsThePanel checks that axes leave every pixel of the spectrogram
// alone, and that nothing but greys is added.
func TestPNGKeepsThePanel(t *testing.T) {
	r := chirpRaster(t, fftLayout(8000, 256), 500, Config{Waveform: true, Title: "title"}, func(s float64) float64 { return 100 * s })
	f, err := r.Figure()
	if err != nil {
		t.Fatal(err)
	}
	img := decode(t, f)
	if len(img.Palette) != 256 {
		t.Errorf("the palette has %d colours", len(img.Palette))
	}
	for y := range f.height {
		for x := range f.width {
			at := image.Pt(x, y)
			got, drawn := img.ColorIndexAt(x, y), f.pixels.ColorIndexAt(x, y)
			if inside := at.In(r.page.panels[0]) || at.In(r.page.bar) || at.In(r.page.waves[0]); inside && got != drawn {
				t.Fatalf("pixel %v of a panel is %d, want %d", at, got, drawn)
			} else if !inside && (got < levels || drawn != paletteWhite) {
				t.Fatalf("pixel %v outside of panels is %d over %d", at, got, drawn)
			}
		}
	}
}

func TestFailingWriter(t *testing.T) {
	f := goldenFigures(t)["raw_grey"]
	for format, write := range map[string]func(io.Writer) error{"PNG": f.WritePNG, "SVG": f.WriteSVG, "PDF": f.WritePDF} {
		if err := write(failing{}); err == nil {
			t.Errorf("%s: no error", format)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
