package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/internal/command"
	"github.com/soundspace/soundspace/internal/npy"
	"github.com/soundspace/soundspace/spectrogram"
)

const recordings = "../../testdata"

// specgen runs the command in this process.
func specgen(t *testing.T, stdin io.Reader, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), args, stdin, &out, &errs)
	return status, out.String(), errs.String()
}

// mustRun runs the command and fails the test unless it succeeds.
func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	status, stdout, stderr := specgen(t, strings.NewReader(""), args...)
	if status != command.OK || stderr != "" {
		t.Fatalf("specgen %s: status %d, stderr:\n%s", strings.Join(args, " "), status, stderr)
	}
	return stdout
}

// copyRecording puts a recording into dir under a new name.
func copyRecording(t *testing.T, name, dir, as string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(recordings, name))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, as)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func readPNG(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return img
}

func readNPY(t *testing.T, path string) *npy.Array {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a, err := npy.Read(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return a
}

// files lists what is below dir, without folders.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestEveryRecordingBecomesAPicture(t *testing.T) {
	dir := t.TempDir()
	out := mustRun(t, "-r", recordings, "-o", dir+"/", "--size", "700x400")
	drawn := 0
	for _, path := range strings.Fields(out) {
		img := readPNG(t, path)
		if got := img.Bounds().Size(); got != image.Pt(700, 400) {
			t.Errorf("%s is %v", path, got)
		}
		colours := map[any]bool{}
		for y := range 400 {
			for x := range 700 {
				colours[img.At(x, y)] = true
			}
		}
		if len(colours) < 50 {
			t.Errorf("%s has only %d colours", path, len(colours))
		}
		drawn++
	}
	if drawn < 8 {
		t.Errorf("%d recordings drawn, want the 8 of testdata at least", drawn)
	}
}

// TestMatrixGoldens compares --format npy with librosa; see
// testdata/goldens/specgen.py for the calls, versions and the tolerance.
func TestMatrixGoldens(t *testing.T) {
	golden, err := npy.ReadZip("../../testdata/goldens/specgen.npz")
	if err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"stft":  {"wolf-howl.wav"},
		"mel":   {"hello-world.wav", "--kind", "mel", "--n-fft", "400", "--hop", "160", "--mels", "40", "--fmin", "50", "--fmax", "3800", "--mel-scale", "htk", "--mel-norm", "none", "--pad", "reflect", "--range", "60"},
		"split": {"choir.flac", "--channels", "split", "--n-fft", "1024", "--hop", "300", "--win-length", "1000", "--window", "blackman", "--center=false"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "m.npy")
			args[0] = filepath.Join(recordings, args[0])
			mustRun(t, append(args, "-o", path)...)
			got, want, shape := readNPY(t, path), golden[name], golden[name+"_shape"].Real
			if len(got.Shape) != len(shape) {
				t.Fatalf("shape %v, want %v", got.Shape, shape)
			}
			for i, n := range shape {
				if got.Shape[i] != int(n) {
					t.Fatalf("shape %v, want %v", got.Shape, shape)
				}
			}
			channels := 1
			if len(shape) == 3 {
				channels = got.Shape[0]
			}
			frames, bins := got.Shape[len(shape)-2], got.Shape[len(shape)-1]
			kept := (frames + 15) / 16
			if len(want.Real) != channels*kept*bins {
				t.Fatalf("golden has %d values, want %d", len(want.Real), channels*kept*bins)
			}
			worst := 0.0
			for c := range channels {
				for i := range kept {
					for k := range bins {
						g := got.Real[(c*frames+16*i)*bins+k]
						w := want.Real[(c*kept+i)*bins+k]
						if w < -79 && g < -78.9 {
							continue
						}
						worst = max(worst, math.Abs(g-w))
					}
				}
			}
			if !(worst <= 2e-3) {
				t.Errorf("off by up to %.2g dB", worst)
			}
		})
	}
}

// TestPictureIsTheMatrix draws one pixel per value and compares the colours
// with the matrix.
func TestPictureIsTheMatrix(t *testing.T) {
	dir := t.TempDir()
	common := []string{filepath.Join(recordings, "hello-world.wav"), "--n-fft", "256", "--range", "60"}
	matrix := filepath.Join(dir, "m.npy")
	mustRun(t, append(common, "-o", matrix)...)
	m := readNPY(t, matrix)
	frames, bins := m.Shape[0], m.Shape[1]
	// Bins lie in the middle of their cells, so that the first and the last show
	// half of theirs: two pixels for a bin, one for these.
	height := 2*bins - 2
	picture := filepath.Join(dir, "p.png")
	mustRun(t, append(common, "-o", picture, "--raw", "--colormap", "grey", "--size", strconv.Itoa(frames)+"x"+strconv.Itoa(height))...)
	img := readPNG(t, picture)
	if got := img.Bounds().Size(); got != image.Pt(frames, height) {
		t.Fatalf("picture of %v for %d frames × %d bins", got, frames, bins)
	}
	// Grey rises evenly from black at the bottom of the range to white at 0 dB.
	lowest, highest := math.Inf(1), math.Inf(-1)
	for tt := range frames {
		for y := range height {
			g, _, _, _ := img.At(tt, height-1-y).RGBA()
			fromPicture := (float64(g)/0xffff - 1) * 60
			diff := fromPicture - m.Real[tt*bins+(y+1)/2]
			lowest, highest = min(lowest, diff), max(highest, diff)
		}
	}
	// One of the 240 levels of a picture is 0.25 dB, the rounding of its grey to
	// 8 bits 0.12 dB.
	if lowest < -0.38 || highest > 0.38 {
		t.Errorf("picture and matrix differ by %.2f to %.2f dB", lowest, highest)
	}
}

func TestCSVEqualsNPY(t *testing.T) {
	dir := t.TempDir()
	args := []string{filepath.Join(recordings, "choir.flac"), "--kind", "mel", "--mels", "20", "--channels", "split", "--duration", "0.2", "--start", "0.5"}
	mustRun(t, append(args, "-o", filepath.Join(dir, "m.npy"))...)
	mustRun(t, append(args, "-o", filepath.Join(dir, "m.csv"))...)
	m := readNPY(t, filepath.Join(dir, "m.npy"))
	f, err := os.Open(filepath.Join(dir, "m.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	bins := m.Shape[2]
	if len(rows) != 1+m.Shape[0]*m.Shape[1] || len(rows[0]) != 2+bins {
		t.Fatalf("%d rows of %d for shape %v", len(rows), len(rows[0]), m.Shape)
	}
	if rows[0][0] != "channel" || rows[0][1] != "time" {
		t.Errorf("header %q", rows[0][:2])
	}
	if rows[1][0] != "1" || rows[1][1] != "0.5" {
		t.Errorf("the first row is of channel %s at %s s, want 1 at 0.5", rows[1][0], rows[1][1])
	}
	for i, row := range rows[1:] {
		for k, s := range row[2:] {
			v, err := strconv.ParseFloat(s, 32)
			if err != nil || v != m.Real[i*bins+k] {
				t.Fatalf("row %d, column %d: %s, want %v", i, k, s, m.Real[i*bins+k])
			}
		}
	}
}

func TestOutputNames(t *testing.T) {
	dir := t.TempDir()
	a := copyRecording(t, "crow.flac", dir, "in/a.flac")
	copyRecording(t, "crow.flac", dir, "in/below/b.oddly-named")
	copyRecording(t, "hello-world.wav", dir, "in/below/c.wav")
	copyRecording(t, "crow.flac", dir, "in/below/c.flac")
	copyRecording(t, "crow.flac", dir, "in/.hidden/d.flac")
	if err := os.WriteFile(filepath.Join(dir, "in/notes.txt"), []byte("not a sound"), 0o666); err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(dir, "in")
	for _, test := range []struct {
		name string
		args []string
		want []string
	}{
		{"file", []string{a, "-o", filepath.Join(dir, "file/x.png")}, []string{"file/x.png"}},
		{"new folder", []string{a, "-o", filepath.Join(dir, "new") + "/"}, []string{"new/a.png"}},
		{"matrix in a new folder", []string{a, "-o", filepath.Join(dir, "matrix/deep/x.npy")}, []string{"matrix/deep/x.npy"}},
		{"folder", []string{a, "-o", dir}, []string{"a.png"}},
		{"template", []string{a, "-o", filepath.Join(dir, "t/{name}-{ext}.{format}"), "--format", "svg"}, []string{"t/a-flac.svg"}},
		{"tree", []string{"-r", in, "-o", filepath.Join(dir, "tree") + "/"}, []string{"tree/a.png", "tree/below/b.png", "tree/below/c.flac.png", "tree/below/c.wav.png"}},
		{"tree into a new folder", []string{"-r", in, "-o", filepath.Join(dir, "tree2")}, []string{"tree2/a.png", "tree2/below/b.png", "tree2/below/c.flac.png", "tree2/below/c.wav.png"}},
		{"beside", []string{a}, []string{"in/a.png"}},
		{"ending", []string{a, "-o", filepath.Join(dir, "e/x.pdf")}, []string{"e/x.pdf"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := map[string]bool{}
			for _, f := range files(t, dir) {
				before[f] = true
			}
			mustRun(t, append(test.args, "--size", "500x300")...)
			var made []string
			for _, f := range files(t, dir) {
				if !before[f] {
					made = append(made, f)
				}
			}
			if strings.Join(made, " ") != strings.Join(test.want, " ") {
				t.Errorf("made %q, want %q", made, test.want)
			}
		})
	}
}

func TestStdinToStdout(t *testing.T) {
	for _, name := range []string{"hello-world.wav", "sea-lion.mp3", "crow.flac", "complete.ogg"} {
		f, err := os.Open(filepath.Join(recordings, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		// Only Read is offered: nothing may seek.
		status, stdout, stderr := specgen(t, struct{ io.Reader }{f}, "-", "-o", "-", "--json")
		if status != command.OK {
			t.Fatalf("%s: status %d, %s", name, status, stderr)
		}
		if _, err := png.Decode(strings.NewReader(stdout)); err != nil {
			t.Errorf("%s: stdout is no PNG: %v", name, err)
		}
		var r report
		if err := json.Unmarshal([]byte(stderr), &r); err != nil || r.Result == nil {
			t.Errorf("%s: stderr has no report: %q", name, stderr)
		}
	}
}

// From a file the length of a recording is known before it is read, from a pipe
// it is not. As long as there are no more frames than an unknown length is drawn
// exactly for, pictures must be the same.
func TestPictureOfKnownLength(t *testing.T) {
	path := filepath.Join(recordings, "wolf-howl.wav")
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{
		"", "--channels split", "--kind mel", "--center=false", "--rate 16000", "--rate 48000 --start 0.3",
		"--start 0.5 --duration 0.7", "--duration 0.1", "--duration 1000",
	} {
		list := append(strings.Fields(args), "-o", "-", "--hop", "64", "--size", "600x300")
		_, known, stderr := specgen(t, nil, append(list, path)...)
		if stderr == "" || known == "" {
			t.Fatalf("%s: %q", args, stderr)
		}
		_, unknown, _ := specgen(t, struct{ io.Reader }{bytes.NewReader(file)}, append(list, "-")...)
		a, err := png.Decode(strings.NewReader(known))
		if err != nil {
			t.Fatal(err)
		}
		b, err := png.Decode(strings.NewReader(unknown))
		if err != nil {
			t.Fatal(err)
		}
		// The titles differ.
		for y := 40; y < 300; y++ {
			for x := range 600 {
				if a.At(x, y) != b.At(x, y) {
					t.Fatalf("%q: pixel %d, %d is %v of a file, %v of a pipe", args, x, y, a.At(x, y), b.At(x, y))
				}
			}
		}
	}
}

// TestBlocksAreSmall: whatever the transform, a block and its rows take little
// memory, unless a single frame takes much.
func TestBlocksAreSmall(t *testing.T) {
	for _, bins := range []int{1, 128, 1025, 32769, 1 << 20} {
		for _, hop := range []int{1, 16, 160, 512, 1 << 20} {
			n := blockLength(spectrogram.Layout{Bins: bins, HopSamples: hop})
			rows := (n/hop + 1) * bins
			if n < 1 || n > 1<<15 || rows > max(1<<19, 2*bins) {
				t.Errorf("%d bins, hop %d: blocks of %d samples become %d values", bins, hop, n, rows)
			}
		}
	}
}

func TestJSONReport(t *testing.T) {
	out := mustRun(t, filepath.Join(recordings, "wolf-howl.wav"), "--json", "--kind", "mel", "--rate", "8000", "--start", "1", "--duration", "2s", "-o", filepath.Join(t.TempDir(), "x.npy"))
	var r report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if r.Audio == nil || r.Audio.Format != "WAV" || r.Audio.Codec != "pcm_s16le" || r.Audio.SampleRate != 11025 || r.Audio.Channels != 1 || r.Audio.BitDepth != 16 || *r.Audio.Frames != 43008 {
		t.Errorf("audio: %+v", r.Audio)
	}
	if r.Audio.SecondsRead != 2 {
		t.Errorf("%v seconds read, want 2", r.Audio.SecondsRead)
	}
	s := r.Settings
	if s == nil || s.Kind != "mel" || s.SampleRate != 8000 || s.NFFT != 2048 || s.Hop != 512 || s.WinLength != 2048 || s.Mels != 128 || s.FMax != 4000 || s.Ref != "max" || s.RangeDB != 80 {
		t.Errorf("settings: %+v", s)
	}
	if r.Result == nil || r.Result.Format != "npy" || r.Result.Frames != 1+16000/512 || r.Result.Bins != 128 || r.Result.Channels != 1 || !(r.Result.RefPower > 0) {
		t.Errorf("result: %+v", r.Result)
	}
	if !(r.Seconds > 0) {
		t.Errorf("took %v s", r.Seconds)
	}
}

// TestFullScale: a full-scale sine on a bin reads 0 dB with --ref fs.
func TestFullScale(t *testing.T) {
	c := audio.NewClip(1, 32000, 16000)
	for i := range c.Samples[0] {
		c.Samples[0][i] = float32(math.Sin(2 * math.Pi * 1000 * float64(i) / 16000))
	}
	dir := t.TempDir()
	wav := filepath.Join(dir, "sine.wav")
	if err := audio.WriteWAVFile(wav, c, 24); err != nil {
		t.Fatal(err)
	}
	for _, window := range []string{"hann", "flattop", "kaiser:12"} {
		path := filepath.Join(dir, "m.npy")
		mustRun(t, wav, "--n-fft", "512", "--window", window, "--ref", "fs", "--center=false", "-o", path)
		m := readNPY(t, path)
		loudest := math.Inf(-1)
		for _, v := range m.Real {
			loudest = max(loudest, v)
		}
		if math.Abs(loudest) > 0.01 {
			t.Errorf("%s: a full-scale sine reads %.3f dB", window, loudest)
		}
	}
}

func TestFailures(t *testing.T) {
	dir := t.TempDir()
	good := copyRecording(t, "crow.flac", dir, "good.flac")
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := write("text.wav", "this is no sound, whatever its name says\n")
	empty := write("empty.mp3", "")
	missing := filepath.Join(dir, "missing.wav")
	status, stdout, stderr := specgen(t, nil, text, good, empty, missing, dir)
	if status != command.Failed {
		t.Errorf("status %d", status)
	}
	if want := filepath.Join(dir, "good.png") + "\n"; stdout != want {
		t.Errorf("stdout %q, want %q", stdout, want)
	}
	lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines on stderr, want one for each failure:\n%s", len(lines), stderr)
	}
	for i, path := range []string{text, empty, missing, dir} {
		if n := strings.Count(lines[i], path); n != 1 || !strings.HasPrefix(lines[i], "specgen: "+path+": ") {
			t.Errorf("line %d should name %s once: %s", i, path, lines[i])
		}
	}
	if got := strings.Join(files(t, dir), " "); got != "empty.mp3 good.flac good.png text.wav" {
		t.Errorf("files left: %s", got)
	}
}

func TestTruncatedRecordingIsDrawnAndReported(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"wolf-howl.wav", "choir.flac"} {
		path := copyRecording(t, name, dir, name)
		st, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, st.Size()/2); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(dir, name+".npy")
		status, _, stderr := specgen(t, nil, path, "-o", out)
		if status != command.Failed || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, path) {
			t.Errorf("%s: status %d, stderr %q", name, status, stderr)
		}
		if m := readNPY(t, out); m.Shape[0] < 30 {
			t.Errorf("%s: only %d frames drawn", name, m.Shape[0])
		}
	}
}

func TestUsageErrors(t *testing.T) {
	dir := t.TempDir()
	a := copyRecording(t, "crow.flac", dir, "a.flac")
	b := copyRecording(t, "crow.flac", dir, "b.flac")
	for _, args := range [][]string{
		{},
		{"--no-such-flag", a},
		{"--kind", "cqt", a}, {"--n-fft", "0", a}, {"--n-fft", "x", a}, {"--hop", "-1", a}, {"--win-length", "4096", a},
		{"--window", "hamster", a}, {"--pad", "mirror", a}, {"--pad", "constant:nan", a}, {"--mels", "0", "--kind", "mel", a}, {"--mels", "40", a},
		{"--fmin", "-1", a}, {"--fmin", "500", "--fmax", "400", a}, {"--fmin", "nan", a}, {"--mel-scale", "bark", "--kind", "mel", a}, {"--freq-axis", "bark", a},
		{"--range", "0", a}, {"--range", "inf", a}, {"--ref", "loud", a}, {"--ref", "-3", a}, {"--colormap", "jet", a}, {"--size", "100", a}, {"--size", "0x0", a}, {"--size", "", a}, {"--size", "99999999x9", a},
		{"--channels", "0", a}, {"--channels", "left", a}, {"--rate", "0", a}, {"--start", "x", a}, {"--duration", "0", a}, {"--start", "-1", a},
		{"--format", "gif", a}, {"-o", filepath.Join(dir, "x.gif"), a}, {"--raw", "--format", "svg", a}, {"-j", "0", a},
		{"-o", filepath.Join(dir, "one.png"), a, b}, {"-o", filepath.Join(dir, "{format}.png"), a, b}, {"-", "-"},
		{"-o", filepath.Join(dir, "{name}.{ext}"), "--format", "png", a},
		{"info"},
	} {
		status, stdout, stderr := specgen(t, strings.NewReader(""), args...)
		if status != command.Usage || stderr == "" || stdout != "" {
			t.Errorf("specgen %s: status %d, stdout %q, stderr %q", strings.Join(args, " "), status, stdout, stderr)
		}
	}
	if got := strings.Join(files(t, dir), " "); got != "a.flac b.flac" {
		t.Errorf("files left: %s", got)
	}
	if st, err := os.Stat(a); err != nil || st.Size() != 16520 {
		t.Errorf("the input was changed: %v %v", st, err)
	}
}

func TestInputsThatCannotBeDrawnSaySo(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"crow.flac", "--channels", "2"}, "no channel 2"},
		{[]string{"crow.flac", "--start", "10"}, "--start"},
		{[]string{"hello-world.wav", "--fmin", "5000"}, "half the sample rate"},
		{[]string{"hello-world.wav", "--center=false", "--n-fft", "16384"}, "less than a frame"},
		{[]string{"hello-world.wav", "--center=false", "--n-fft", "16384", "--format", "csv"}, "less than a frame"},
		{[]string{"hello-world.wav", "--fmin", "1001", "--fmax", "1002"}, "no frequency"},
	} {
		out := filepath.Join(t.TempDir(), "x.png")
		test.args[0] = filepath.Join(recordings, test.args[0])
		status, _, stderr := specgen(t, nil, append(test.args, "-o", out)...)
		if status != command.Failed || !strings.Contains(stderr, test.want) || !strings.Contains(stderr, test.args[0]) {
			t.Errorf("%q: status %d, stderr %q", test.args, status, stderr)
		}
		if _, err := os.Stat(out); !os.IsNotExist(err) {
			t.Errorf("%q left an output: %v", test.args, err)
		}
	}
}

func TestFailedRunKeepsTheOldPicture(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "x.png")
	if err := os.WriteFile(out, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := specgen(t, nil, filepath.Join(recordings, "LICENCES.md"), "-o", out); status != command.Failed {
		t.Errorf("status %d", status)
	}
	if b, _ := os.ReadFile(out); string(b) != "old" {
		t.Errorf("the old output is gone: %q", b)
	}
	if got := strings.Join(files(t, dir), " "); got != "x.png" {
		t.Errorf("files left: %s", got)
	}
}

func TestInfo(t *testing.T) {
	out := mustRun(t, "info", filepath.Join(recordings, "camera-shutter.ogg"))
	for _, want := range []string{"Ogg Vorbis", "96000 Hz", "channels     2"} {
		if !strings.Contains(out, want) {
			t.Errorf("info lacks %q:\n%s", want, out)
		}
	}
	var i struct {
		Input string
		audioInfo
	}
	if err := json.Unmarshal([]byte(mustRun(t, "info", "--json", filepath.Join(recordings, "choir.flac"))), &i); err != nil {
		t.Fatal(err)
	}
	if i.Format != "FLAC" || i.SampleRate != 44100 || i.Channels != 2 || i.BitDepth != 16 || i.Frames == nil || *i.Frames != 69305 {
		t.Errorf("info: %+v", i)
	}
	if status, _, stderr := specgen(t, nil, "info", filepath.Join(recordings, "LICENCES.md")); status != command.Failed || !strings.Contains(stderr, "LICENCES.md") {
		t.Errorf("status %d, %q", status, stderr)
	}
}

func TestHelp(t *testing.T) {
	out := mustRun(t, "--help")
	for _, want := range []string{"Usage:", "Output:", "Transform:", "Picture:", "Exit status"} {
		if !strings.Contains(out, want) {
			t.Errorf("--help lacks %q", want)
		}
	}
}

// TestBandOfEveryChannel: what --fmin and --fmax leave of each channel is what
// the whole matrix has there, though channels are worked on side by side.
func TestBandOfEveryChannel(t *testing.T) {
	c := audio.NewClip(8, 200000, 8000)
	for ch, x := range c.Samples {
		for i := range x {
			x[i] = float32(0.1 * float64(ch+1) * math.Sin(2*math.Pi*1500*float64(i)/8000))
		}
	}
	dir := t.TempDir()
	wav := filepath.Join(dir, "eight.wav")
	if err := audio.WriteWAVFile(wav, c, 16); err != nil {
		t.Fatal(err)
	}
	args := []string{wav, "--channels", "split", "--n-fft", "256", "--ref", "1"}
	mustRun(t, append(args, "-o", filepath.Join(dir, "all.npy"))...)
	mustRun(t, append(args, "-o", filepath.Join(dir, "band.npy"), "--fmin", "1000", "--fmax", "2000")...)
	all, band := readNPY(t, filepath.Join(dir, "all.npy")), readNPY(t, filepath.Join(dir, "band.npy"))
	const lo, bins, cut = 32, 129, 33 // bins are 31.25 Hz apart
	if band.Shape[2] != cut || band.Shape[1] != all.Shape[1] {
		t.Fatalf("shape %v of %v", band.Shape, all.Shape)
	}
	for i, v := range band.Real {
		if want := all.Real[i/cut*bins+lo+i%cut]; v != want {
			t.Fatalf("value %d is %v, want %v", i, v, want)
		}
	}
}
