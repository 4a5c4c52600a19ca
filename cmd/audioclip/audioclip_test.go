package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/pretrained"
	"github.com/soundspace/soundspace/internal/command"
)

const (
	sounds   = "../../audioclip/testdata/clap" // encodes sounds and texts, 16 values
	pictures = "../../audioclip/testdata/clip" // pictures and texts, 12 values
	wolf     = "../../testdata/wolf-howl.wav"
	hello    = "../../testdata/hello-world.wav"
	crow     = "../../testdata/crow.flac"
	choir    = "../../testdata/choir.flac"
)

// audioclipIn runs the command.
func audioclipIn(t *testing.T, stdin io.Reader, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(context.Background(), args, stdin, &out, &errs)
	return status, out.String(), errs.String()
}

// ok runs a command that is to do all, in silence, and returns its output.
func ok(t *testing.T, args ...string) string {
	t.Helper()
	status, stdout, stderr := audioclipIn(t, nil, args...)
	if status != command.OK || stderr != "" {
		t.Fatalf("%q: status %d, %s", args, status, stderr)
	}
	return stdout
}

type vectorLine struct {
	Input      string
	Start, End *float64
	Vector     []float32
}

func vectorLines(t *testing.T, out string) (lines []vectorLine) {
	t.Helper()
	for d := json.NewDecoder(strings.NewReader(out)); ; {
		var line vectorLine
		if err := d.Decode(&line); err == io.EOF {
			return lines
		} else if err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		lines = append(lines, line)
	}
}

func model(t *testing.T, path string) *audioclip.Model {
	t.Helper()
	m, err := audioclip.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// soundVector is what the library makes of a file.
func soundVector(t *testing.T, path string) []float32 {
	t.Helper()
	clip, err := audio.ReadFile(path, audio.Config{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := model(t, sounds).EncodeAudio(context.Background(), []*audio.Clip{clip}, audioclip.AudioConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return v.Data
}

func textVectors(t *testing.T, path string, texts ...string) audioclip.Matrix {
	t.Helper()
	v, err := model(t, path).EncodeText(context.Background(), texts, audioclip.TextConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func writePicture(t *testing.T, path string) {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range 40 * 30 {
		img.Set(i%40, i/40, color.RGBA{uint8(i), uint8(i / 3), 99, 255})
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}

func writeText(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEmbed(t *testing.T) {
	list := writeText(t, filepath.Join(t.TempDir(), "texts.txt"), "\ufeffa dog\r\n\r\n  rain \n")
	lines := vectorLines(t, ok(t, "embed", "-m", sounds, wolf, crow, "--text", "thunder", "--text-file", list))
	texts := textVectors(t, sounds, "thunder", "a dog", "rain")
	want := [][]float32{soundVector(t, wolf), soundVector(t, crow), texts.Row(0), texts.Row(1), texts.Row(2)}
	names := []string{wolf, crow, "thunder", "a dog", "rain"}
	if len(lines) != len(want) {
		t.Fatalf("%d lines", len(lines))
	}
	for i, line := range lines {
		if line.Input != names[i] || line.Start != nil || !slices.Equal(line.Vector, want[i]) {
			t.Errorf("line %d: %+v, want %s %v", i, line, names[i], want[i])
		}
	}

	status, stdout, stderr := audioclipIn(t, strings.NewReader("one\ntwo\n"), "embed", "-m", sounds, "--text-file", "-")
	if lines := vectorLines(t, stdout); status != command.OK || len(lines) != 2 || lines[1].Input != "two" {
		t.Errorf("texts of standard input: %d, %s, %s", status, stdout, stderr)
	}
	f, err := os.Open(wolf)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	status, stdout, stderr = audioclipIn(t, f, "embed", "-m", sounds, "-")
	if lines := vectorLines(t, stdout); status != command.OK || len(lines) != 1 || lines[0].Input != "-" || !slices.Equal(lines[0].Vector, want[0]) {
		t.Errorf("a sound of standard input: %d, %s, %s", status, stdout, stderr)
	}
}

func TestEmbedNumPy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "vectors.npy")
	if out := ok(t, "embed", "-m", sounds, wolf, "--text", "rain", "-o", path); out != "" {
		t.Errorf("output: %s", out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(data, []byte("\x93NUMPY")) || !bytes.Contains(data, []byte("'shape': (2, 16)")) || len(data)%64 != 0 {
		t.Errorf("%d bytes, %.128q", len(data), data)
	}
	tail := data[len(data)-2*16*4:]
	for i, v := range append(soundVector(t, wolf), textVectors(t, sounds, "rain").Data...) {
		b := tail[4*i:]
		if got := math.Float32frombits(uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24); got != v {
			t.Fatalf("value %d is %v, want %v", i, got, v)
		}
	}
	if out := ok(t, "embed", "-m", sounds, wolf, "--text", "rain", "--format", "npy"); out != string(data) {
		t.Error("standard output differs from the file")
	}
	if out := ok(t, "embed", "-m", sounds, "--text", "rain", "--format", "json", "-o", path); out != "" {
		t.Errorf("output: %s", out)
	}
	if data, _ := os.ReadFile(path); data[0] != '{' {
		t.Errorf("not JSON: %.40q", data)
	}
}

func TestEmbedWindows(t *testing.T) {
	clip := audio.NewClip(2, 13*22050, 22050)
	for i := range clip.Samples[0] {
		clip.Samples[0][i] = float32(math.Sin(float64(i*i) / 1e6))
	}
	path := filepath.Join(t.TempDir(), "long.wav")
	if err := audio.WriteWAVFile(path, clip, 16); err != nil {
		t.Fatal(err)
	}
	lines := vectorLines(t, ok(t, "embed", "-m", sounds, "--windows", "--hop", "2s", path, wolf))
	var times []float64
	for _, line := range lines {
		times = append(times, *line.Start, *line.End)
	}
	if len(times) != 8 || !slices.Equal(times[:6], []float64{0, 10, 2, 12, 3, 13}) || times[6] != 0 {
		t.Errorf("windows %v", times)
	}
}

func TestEmbedFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"sub/deep", ".hidden"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for from, to := range map[string]string{wolf: "b.wav", crow: "sub/deep/a.flac", hello: ".hidden/c.wav"} {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		writeText(t, filepath.Join(dir, to), string(data))
	}
	writePicture(t, filepath.Join(dir, "picture.PNG"))
	writeText(t, filepath.Join(dir, "notes.txt"), "nothing to hear")
	names := func(m string) (names []string) {
		for _, line := range vectorLines(t, ok(t, "embed", "-m", m, "-r", dir)) {
			names = append(names, strings.TrimPrefix(filepath.ToSlash(line.Input), filepath.ToSlash(dir)+"/"))
		}
		return names
	}
	if got := names(sounds); !slices.Equal(got, []string{"b.wav", "sub/deep/a.flac"}) {
		t.Errorf("sounds: %v", got)
	}
	if got := names(pictures); !slices.Equal(got, []string{"picture.PNG"}) {
		t.Errorf("pictures: %v", got)
	}
	status, _, stderr := audioclipIn(t, nil, "embed", "-m", sounds, "-r", filepath.Join(dir, ".hidden"))
	if status != command.OK {
		t.Errorf("a hidden folder that is named: %d, %s", status, stderr)
	}
	os.Remove(filepath.Join(dir, "picture.PNG"))
	if status, _, stderr := audioclipIn(t, nil, "embed", "-m", pictures, "-r", dir); status != command.Failed || !strings.Contains(stderr, "nothing that the model knows") {
		t.Errorf("nothing to do: %d, %s", status, stderr)
	}
	if status, _, stderr := audioclipIn(t, nil, "embed", "-m", sounds, dir); status != command.Failed || !strings.Contains(stderr, "--recursive") {
		t.Errorf("a folder: %d, %s", status, stderr)
	}
}

// One bad input does not keep the others from being done.
func TestBadInputs(t *testing.T) {
	dir := t.TempDir()
	whole, err := os.ReadFile(crow)
	if err != nil {
		t.Fatal(err)
	}
	broken := writeText(t, filepath.Join(dir, "broken.flac"), string(whole[:len(whole)*2/3]))
	text := writeText(t, filepath.Join(dir, "text.wav"), "this is no sound")
	empty := writeText(t, filepath.Join(dir, "empty.wav"), "")
	noPicture := writeText(t, filepath.Join(dir, "no.png"), "this is no picture")
	missing := filepath.Join(dir, "missing.wav")
	for _, args := range [][]string{
		{"embed", "-m", sounds, missing, wolf, text, empty, crow, noPicture},
		{"tag", "-m", sounds, missing, wolf, text, empty, crow, noPicture, "-l", "a,b"},
		{"similarity", "-m", sounds, "--format", "json", missing, wolf, text, empty, crow, noPicture},
	} {
		status, stdout, stderr := audioclipIn(t, nil, args...)
		if status != command.Failed {
			t.Errorf("%s: status %d", args[0], status)
		}
		lines := strings.Split(strings.TrimSpace(stderr), "\n")
		if len(lines) != 4 {
			t.Errorf("%s: %s", args[0], stderr)
		}
		for i, name := range []string{missing, text, empty, noPicture}[:len(lines)] {
			if !strings.HasPrefix(lines[i], "audioclip: "+name+": ") || strings.Count(lines[i], name) != 1 || strings.Count(lines[i], "audioclip:") != 1 {
				t.Errorf("%s: %s", args[0], lines[i])
			}
		}
		if !strings.Contains(stdout, wolf) || !strings.Contains(stdout, crow) {
			t.Errorf("%s: %s", args[0], stdout)
		}
	}
	// What breaks off counts as far as it goes.
	status, stdout, stderr := audioclipIn(t, nil, "embed", "-m", sounds, broken)
	if lines := vectorLines(t, stdout); status != command.Failed || len(lines) != 1 || !strings.HasPrefix(stderr, "audioclip: "+broken+": ") {
		t.Errorf("broken: %d, %d lines, %s", status, len(lines), stderr)
	}
	// If nothing is left, nothing is compared.
	if status, stdout, _ := audioclipIn(t, nil, "similarity", "-m", sounds, text, "--text", "rain"); status != command.Failed || stdout != "" {
		t.Errorf("no rows: %d, %s", status, stdout)
	}
	// A model without ears.
	if status, _, stderr := audioclipIn(t, nil, "embed", "-m", pictures, wolf); status != command.Failed || !strings.Contains(stderr, "no audio encoder") {
		t.Errorf("no audio: %d, %s", status, stderr)
	}
}

func TestUsage(t *testing.T) {
	empty := writeText(t, filepath.Join(t.TempDir(), "empty.txt"), "\n \n")
	t.Setenv("AUDIOCLIP_MODEL", "")
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"embed"}, command.Usage, "no file and no --text"},
		{[]string{"embed", wolf, "--tokenizer", sounds}, command.Usage, "the model that ships has its own"},
		{[]string{"embed", "-m", sounds, "--text", "x", "--format", "csv"}, command.Usage, "allowed are json and npy"},
		{[]string{"embed", "-m", sounds, "--text", "x", "--weights", "int4"}, command.Usage, "allowed are stored, float32"},
		{[]string{"embed", "-m", sounds, "--text", "x", "--threads", "0"}, command.Usage, "allowed are 1 to 4096"},
		{[]string{"embed", "-m", sounds, wolf, "--hop", "-1s"}, command.Usage, "must not be negative"},
		{[]string{"embed", "-m", sounds, wolf, "--hop", "11s"}, command.Usage, "windows are 10s long"},
		{[]string{"embed", "-m", sounds, "-", "--text-file", "-"}, command.Usage, "only once"},
		{[]string{"embed", "-m", sounds, "--text-file", empty}, command.Failed, "there is no text in it"},
		{[]string{"embed", "-m", sounds, "--text-file", "none.txt"}, command.Failed, "none.txt"},
		{[]string{"embed", "-m", "none", "--text", "x"}, command.Failed, "'audioclip pull none'"},
		{[]string{"embed", "-m", "no/such/model", "--text", "x"}, command.Failed, "no/such/model: there is no such file or folder"},
		{[]string{"embed", "-m", wolf, "--text", "x"}, command.Failed, "wolf-howl.wav"},
		{[]string{"embed", "--nonsense"}, command.Usage, "unknown flag: --nonsense"},
		{[]string{"nonsense"}, command.Usage, `unknown command "nonsense"`},
		{[]string{"tag", "-m", sounds}, command.Usage, "no file"},
		{[]string{"tag", "-m", sounds, wolf}, command.Usage, "no labels"},
		{[]string{"tag", "-m", sounds, wolf, "-l", "a,a"}, command.Usage, "twice"},
		{[]string{"tag", "-m", sounds, wolf, "-l", "a", "--template", "b"}, command.Usage, `no "{}"`},
		{[]string{"tag", "-m", sounds, wolf, "-l", "a", "--top", "-1"}, command.Usage, "must not be negative"},
		{[]string{"similarity", "-m", sounds}, command.Usage, "no file and no --text"},
		{[]string{"similarity", "-m", sounds, wolf, "--format", "x"}, command.Usage, "allowed are table, csv and json"},
		{[]string{"inspect", sounds, pictures}, command.Usage, "one at a time"},
		{[]string{"pull"}, command.Usage, "no model"},
		{[]string{"pull", "../x"}, command.Usage, "expected OWNER/NAME"},
	} {
		status, stdout, stderr := audioclipIn(t, strings.NewReader(""), test.args...)
		if status != test.status || stdout != "" || !strings.HasPrefix(stderr, "audioclip: ") || !strings.Contains(stderr, test.want) {
			t.Errorf("%q: status %d, output %q, %s", test.args, status, stdout, stderr)
		}
		if lines := strings.Count(stderr, "\n"); lines != 1 && test.status == command.Failed || test.status == command.Usage && !strings.HasSuffix(stderr, "\nTry 'audioclip --help'.\n") {
			t.Errorf("%q: %s", test.args, stderr)
		}
	}
	for _, args := range [][]string{{"--help"}, {"embed", "--help"}, {"tag", "--help"}, {"similarity", "--help"}, {"inspect", "--help"}, {"pull", "--help"}, {}} {
		if out := ok(t, args...); !strings.Contains(out, "Usage:") {
			t.Errorf("%q: %s", args, out)
		}
	}
}

// Checkpoints of original implementations have no tokenizer with them.
func TestTokenizer(t *testing.T) {
	const bare, tokens = "../../audioclip/internal/clap/testdata/laion/model.pt", "../../audioclip/testdata/laion"
	status, _, stderr := audioclipIn(t, nil, "embed", "-m", bare, "--text", "rain")
	if status != command.Failed || !strings.Contains(stderr, "the tokenizer of its text encoder is missing") || !strings.Contains(stderr, "--tokenizer") {
		t.Errorf("%d, %s", status, stderr)
	}
	if lines := vectorLines(t, ok(t, "embed", "-m", bare, "--tokenizer", tokens, "--text", "rain")); len(lines) != 1 || len(lines[0].Vector) != 12 {
		t.Errorf("%+v", lines)
	}
	if lines := vectorLines(t, ok(t, "embed", "-m", bare, wolf)); len(lines) != 1 {
		t.Errorf("%+v", lines)
	}
}

func TestModelOfTheEnvironment(t *testing.T) {
	t.Setenv("AUDIOCLIP_MODEL", sounds)
	if lines := vectorLines(t, ok(t, "embed", "--text", "rain", "--weights", "float32", "--threads", "2")); len(lines) != 1 || len(lines[0].Vector) != 16 {
		t.Errorf("%+v", lines)
	}
}

// Without a name it is the model that ships, if there is one in this build.
func TestShippedModel(t *testing.T) {
	t.Setenv("AUDIOCLIP_MODEL", "")
	m, err := pretrained.Open(audioclip.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	want, err := m.EncodeText(context.Background(), []string{"a dog"}, audioclip.TextConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if lines := vectorLines(t, ok(t, "embed", "--text", "a dog")); len(lines) != 1 || !slices.Equal(lines[0].Vector, want.Data) {
		t.Errorf("%+v", lines)
	}
	if out := ok(t, "tag", wolf, "-l", "a wolf howling,rain"); strings.Count(out, " %") != 2 {
		t.Error(out)
	}
	if out := ok(t, "similarity", wolf, crow, "-t", "a wolf"); strings.Count(out, "\n") != 3 {
		t.Error(out)
	}
	if out := ok(t, "inspect"); !strings.Contains(out, "shipped model") {
		t.Error(out)
	}
	manifest, _ := testManifest(t)
	if out := ok(t, "eval", "--manifest", manifest, "--split", "test"); !strings.Contains(out, "top-1") {
		t.Error(out)
	}
}

// What cannot be written fails, and leaves nothing behind.
func TestOutputs(t *testing.T) {
	dir := t.TempDir()
	file := writeText(t, filepath.Join(dir, "file"), "old")
	for _, path := range []string{filepath.Join(file, "x.npy"), dir} {
		if status, _, stderr := audioclipIn(t, nil, "embed", "-m", sounds, "--text", "x", "-o", path); status != command.Failed || strings.Count(stderr, "\n") != 1 {
			t.Errorf("to %s: %d, %s", path, status, stderr)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	status := run(ctx, []string{"embed", "-m", sounds, wolf, "-o", file}, nil, &out, &errs)
	if status != command.Failed || errs.String() != "audioclip: interrupted\n" {
		t.Errorf("interrupted: %d, %s", status, errs.String())
	}
	entries, err := os.ReadDir(dir)
	if data, _ := os.ReadFile(file); err != nil || string(data) != "old" || len(entries) != 1 {
		t.Errorf("%q, %v, %v", data, entries, err)
	}
	if status := run(context.Background(), []string{"embed", "-m", sounds, "--text", "x"}, nil, failingWriter{}, &errs); status != command.Failed {
		t.Errorf("a full disk: status %d", status)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestTag(t *testing.T) {
	labels := writeText(t, filepath.Join(t.TempDir(), "labels.txt"), "rain\nthunder\n")
	args := []string{"tag", "-m", sounds, wolf, "-l", "a wolf, a dog", "--labels-file", labels, "--template", "{}", "--template", "the sound of {}"}
	var line struct {
		Input string
		Start *float64
		Tags  []struct {
			Label               string
			Probability, Cosine float64
		}
	}
	out := ok(t, append(args, "--json", "--top", "0")...)
	if err := json.Unmarshal([]byte(out), &line); err != nil || strings.Count(out, "\n") != 1 {
		t.Fatalf("%v, %s", err, out)
	}
	m := model(t, sounds)
	want := []string{"a wolf", "a dog", "rain", "thunder"}
	c, err := m.NewClassifier(context.Background(), want, audioclip.ClassifyConfig{Templates: []string{"{}", "the sound of {}"}})
	if err != nil {
		t.Fatal(err)
	}
	v := audioclip.Matrix{Data: soundVector(t, wolf), Rows: 1, Cols: 16}
	p, s := c.Probabilities(v), c.Similarity(v)
	if len(line.Tags) != 4 || line.Input != wolf || line.Start != nil {
		t.Fatalf("%+v", line)
	}
	for i, tag := range line.Tags {
		j := slices.Index(want, tag.Label)
		if float32(tag.Probability) != p.Data[j] || float32(tag.Cosine) != s.Data[j] || i > 0 && tag.Cosine > line.Tags[i-1].Cosine {
			t.Errorf("%+v, want %v, %v", tag, p.Data[j], s.Data[j])
		}
	}
	lines := strings.Split(strings.TrimSpace(ok(t, append(args, "--top", "2", crow)...)), "\n")
	if len(lines) != 6 || lines[0] != wolf || lines[3] != crow || !strings.HasSuffix(lines[1], line.Tags[0].Label) || !strings.Contains(lines[1], " %  ") {
		t.Errorf("%q", lines)
	}
	if out := ok(t, append(args, "--windows", "--top", "1")...); !strings.Contains(out, wolf+" 0.00–") {
		t.Errorf("%s", out)
	}
	picture := filepath.Join(t.TempDir(), "p.png")
	writePicture(t, picture)
	if out := ok(t, "tag", "-m", pictures, picture, "-l", "a,b"); !strings.HasPrefix(out, picture+"\n") {
		t.Errorf("%s", out)
	}
}

func TestSimilarity(t *testing.T) {
	texts := textVectors(t, sounds, "rain", "a, b")
	a, b := soundVector(t, wolf), soundVector(t, crow)
	want := audioclip.Similarity(audioclip.Matrix{Data: append(a, b...), Rows: 2, Cols: 16}, texts)
	args := []string{"similarity", "-m", sounds, wolf, crow, "--text", "rain", "--text", "a, b", "--format"}

	var table struct {
		Rows, Columns []string
		Cosines       [][]float32
	}
	if err := json.Unmarshal([]byte(ok(t, append(args, "json")...)), &table); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(table.Rows, []string{wolf, crow}) || !slices.Equal(table.Columns, []string{"rain", "a, b"}) || !slices.Equal(slices.Concat(table.Cosines...), want.Data) {
		t.Errorf("%+v, want %v", table, want)
	}
	records, err := csv.NewReader(strings.NewReader(ok(t, append(args, "csv")...))).ReadAll()
	if err != nil || len(records) != 3 || !slices.Equal(records[0], []string{"", "rain", "a, b"}) || records[2][0] != crow {
		t.Fatalf("%v, %q", err, records)
	}
	if v, err := strconv.ParseFloat(records[2][1], 32); err != nil || float32(v) != want.Row(1)[0] {
		t.Errorf("%q, want %v", records, want)
	}
	if lines := strings.Split(ok(t, append(args, "table")...), "\n"); len(lines) != 4 || !strings.HasPrefix(lines[1], wolf+"  ") {
		t.Errorf("%q", lines)
	}
	// Each with each.
	if err := json.Unmarshal([]byte(ok(t, "similarity", "-m", sounds, "--text", "rain", "--text", "sun", "--format", "json")), &table); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(table.Rows, table.Columns) || len(table.Rows) != 2 || math.Abs(float64(table.Cosines[1][1])-1) > 1e-6 {
		t.Errorf("%+v", table)
	}
}

// A text that is too long is encoded, and said to be cut.
func TestLongText(t *testing.T) {
	status, stdout, stderr := audioclipIn(t, nil, "embed", "-m", sounds, "--text", strings.Repeat("long ", 100))
	if status != command.OK || len(vectorLines(t, stdout)) != 1 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "the model takes 40 tokens") {
		t.Errorf("%d, %s", status, stderr)
	}
}

func TestInspect(t *testing.T) {
	out := ok(t, "inspect", sounds)
	for _, want := range []string{"LAION-CLAP", "audio, text", "16 values", "48000 Hz, windows of 10 s", "up to 40 tokens", "model.safetensors", "HTSAT", "RoBERTa", "FFT 1024, hop 480, 64 bands of 50 to 14000 Hz"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "logit_scale_a") {
		t.Errorf("tensors without --tensors:\n%s", out)
	}
	if out := ok(t, "inspect", "--tensors", sounds); !strings.Contains(out, "tensor logit_scale_a") || !strings.Contains(out, "float16 [605 16]") {
		t.Errorf("%s", out)
	}
	var info struct {
		Family, Template string
		Dim, Parameters  int
		Encoders         []string
		Scale            float64
		Tensors          []struct {
			Name, DType string
			Shape       []int
		}
	}
	if err := json.Unmarshal([]byte(ok(t, "inspect", "--tensors", "--json", pictures)), &info); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, tensor := range info.Tensors {
		size := 1
		for _, d := range tensor.Shape {
			size *= d
		}
		n += size
	}
	if info.Family != "CLIP" || info.Dim != 12 || !slices.Equal(info.Encoders, []string{"text", "image"}) || n != info.Parameters || info.Scale < 40 || info.Scale > 41 {
		t.Errorf("%+v", info)
	}
	// Without a tokenizer there is still something to see.
	status, stdout, stderr := audioclipIn(t, nil, "inspect", "../../audioclip/internal/clap/testdata/laion/model.pt")
	if status != command.OK || !strings.Contains(stdout, "LAION-CLAP") || !strings.Contains(stderr, "without the text encoder") {
		t.Errorf("no tokenizer: %d, %s, %s", status, stdout, stderr)
	}
}
