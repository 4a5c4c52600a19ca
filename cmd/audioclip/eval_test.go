package main

import (
	"context"
	"encoding/json"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/audioclip/eval"
	"github.com/soundspace/soundspace/internal/command"
)

// generated is a second of sound that differs from number to number.
func generated(number, rate int) []float32 {
	x := make([]float32, rate)
	for i := range x {
		s := float64(i) / float64(rate)
		x[i] = float32(0.3 * math.Sin(2*math.Pi*(150+400*float64(number)+float64(number%3)*900*s)*s))
	}
	return x
}

// testManifest writes recordings and a manifest of them: three files of which two
// hold several clips, out of order. It returns the manifest and the sound of each
// clip.
func testManifest(t *testing.T, extraRows ...string) (manifest string, sounds []*audio.Clip) {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, rate, channels int, numbers ...int) {
		clip := audio.NewClip(channels, 0, rate)
		for _, n := range numbers {
			for c := range channels {
				clip.Samples[c] = append(clip.Samples[c], generated(n, rate)...)
			}
		}
		if err := audio.WriteWAVFile(filepath.Join(dir, name), clip, 24); err != nil {
			t.Fatal(err)
		}
	}
	write("a.wav", 32000, 1, 1, 2, 3, 4)
	write("b.wav", 44100, 2, 5, 6)
	write("c.wav", 48000, 1, 7)
	rows := []string{
		"file\tstart\tseconds\tcaption\tconcept\tsource\tsplit",
		"a.wav\t2\t1\ta hum\thum\tone\ttest",
		"a.wav\t0\t1\ta low hum\thum\tone\ttest",
		"b.wav\t1\t\tsomething else\tnoise\ttwo\ttest",
		"a.wav\t0.5\t2\ta hum\tbeep\tone\ttest",
		"c.wav\t\t\ta beep\tbeep\tthree\ttest",
		"b.wav\t0\t1\ta beep\t\ttwo\ttest",
		"c.wav\t0\t0.5\tnot for tests\tbeep\tfour\ttrain",
	}
	manifest = writeText(t, filepath.Join(dir, "list.tsv"), strings.Join(append(rows, extraRows...), "\n")+"\n")
	for _, s := range []struct {
		name       string
		start, end float64
	}{{"a.wav", 2, 3}, {"a.wav", 0, 1}, {"b.wav", 1, 2}, {"a.wav", 0.5, 2.5}, {"c.wav", 0, 1}, {"b.wav", 0, 1}} {
		clip, err := audio.ReadFile(filepath.Join(dir, s.name), audio.Config{})
		if err != nil {
			t.Fatal(err)
		}
		rate := float64(clip.SampleRate)
		sounds = append(sounds, clip.Section(int(s.start*rate), int(s.end*rate)))
	}
	return manifest, sounds
}

// evalResult is the JSON that eval writes, as far as tests look at it.
type evalResult struct {
	Clips, Recordings, Sources int
	UnknownTexts               int
	Failed                     []evalFailure
	ZeroShot                   *struct {
		eval.Classification
		Top1Interval eval.Interval
		Unlabelled   int
	}
	Retrieval *struct{ TextToAudio, AudioToText eval.Retrieval }
	Synonyms  *synonymReport
}

func evalJSON(t *testing.T, path string) *evalResult {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := new(evalResult)
	if err := json.Unmarshal(data, r); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return r
}

// The figures of the command are those of the library on the same sounds and texts.
func TestEval(t *testing.T) {
	manifest, clips := testManifest(t)
	dir := t.TempDir()
	out := ok(t, "eval", "-m", sounds, "--manifest", manifest, "--split", "test", "--template", "{}", "--template", "the sound of {}",
		"--json", filepath.Join(dir, "r.json"), "--plots", filepath.Join(dir, "new"))
	got := evalJSON(t, filepath.Join(dir, "r.json"))

	m := model(t, sounds)
	vectors, err := m.EncodeAudio(context.Background(), clips, audioclip.AudioConfig{})
	if err != nil {
		t.Fatal(err)
	}
	labels := []string{"beep", "hum", "noise"}
	texts := textVectors(t, sounds, "beep", "hum", "noise", "the sound of beep", "the sound of hum", "the sound of noise")
	labelled := audioclip.Matrix{Data: vectors.Data[:5*vectors.Cols], Rows: 5, Cols: vectors.Cols}
	c, err := eval.Classify(labelled, eval.LabelEmbeddings(texts, 2), labels, []int{1, 1, 2, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	z := got.ZeroShot
	if z == nil || z.Top1 != c.Top1 || z.Top5 != 1 || z.Macro != c.Macro || z.MAP != c.MAP || fmt.Sprint(z.Classes, z.Confusion) != fmt.Sprint(c.Classes, c.Confusion) {
		t.Errorf("zero-shot %+v, want %+v", z, c)
	}
	want, err := eval.BootstrapMean(eval.Hits(c.Ranks, 1), []string{"one", "one", "two", "one", "three"}, 0)
	if err != nil || z.Top1Interval != want || z.Unlabelled != 1 {
		t.Errorf("%+v, want %v", z, want)
	}
	captions := textVectors(t, sounds, "a hum", "a low hum", "something else", "a beep")
	a, err := eval.Retrieve(captions, vectors, [][]int{{0, 3}, {1}, {2}, {4, 5}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := eval.Retrieve(vectors, captions, [][]int{{0}, {1}, {2}, {0}, {3}, {3}})
	if err != nil {
		t.Fatal(err)
	}
	a.Ranks, b.Ranks = nil, nil
	if r := got.Retrieval; r == nil || fmt.Sprint(r.TextToAudio) != fmt.Sprint(*a) || fmt.Sprint(r.AudioToText) != fmt.Sprint(*b) {
		t.Errorf("retrieval %+v, want %v %v", got.Retrieval, a, b)
	}
	if got.Clips != 6 || got.Recordings != 3 || got.Sources != 3 || got.Failed == nil || len(got.Failed) != 0 || got.Synonyms != nil {
		t.Errorf("%+v", got)
	}
	for _, want := range []string{
		"6 clips of 3 recordings from 3 sources", "zero-shot: 5 clips, 3 labels", "1 more clips have none",
		fmt.Sprintf("%.1f %%  (95 %%: ", 100*c.Top1), "text → audio", fmt.Sprintf("%.3f", a.MAP10), "hum ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for _, name := range []string{"confusion.png", "classes.png", "labels.png"} {
		f, err := os.Open(filepath.Join(dir, "new", name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		f.Close()
	}
}

func TestEvalTasks(t *testing.T) {
	manifest, _ := testManifest(t)
	dir := t.TempDir()
	result := filepath.Join(dir, "r.json")
	run := func(args ...string) *evalResult {
		t.Helper()
		ok(t, append([]string{"eval", "-m", sounds, "--json", result}, args...)...)
		return evalJSON(t, result)
	}
	labels := writeText(t, filepath.Join(dir, "labels.txt"), "hum\ta low hum\nnoise\nrain\n")
	r := run("--manifest", manifest, "--split", "test,train", "--labels", labels, "--task", "zero-shot")
	if r.Retrieval != nil || r.ZeroShot == nil || len(r.ZeroShot.Classes) != 3 || r.ZeroShot.Items != 3 || r.ZeroShot.Unlabelled != 4 || r.Clips != 7 {
		t.Errorf("labels: %+v", r)
	}
	if r := run("--manifest", manifest, "--limit", "3", "--task", "retrieval"); r.Clips != 3 || r.ZeroShot != nil || r.Retrieval.AudioToText.Queries != 3 {
		t.Errorf("a limit: %+v", r)
	}

	// The label of a concept is the nearest to itself.
	synonyms := writeText(t, filepath.Join(dir, "synonyms.tsv"), "words\tphrase\tconcept\nx\train\train\nx\tnoise\tnoise\nx\ta tin drum\tdrum\n")
	r = run("--synonyms", synonyms, "--labels", labels, "--template", "{}")
	if s := r.Synonyms; s == nil || s.Phrases != 2 || s.Top1 != 1 || s.Top5 != 1 || s.Unlabelled != 1 || r.ZeroShot != nil || r.Clips != 0 {
		t.Errorf("synonyms: %+v", r)
	}
	if r := run("--synonyms", synonyms, "--manifest", manifest, "--split", "test"); r.ZeroShot == nil || r.Retrieval == nil || r.Synonyms.Phrases != 1 {
		t.Errorf("all tasks: %+v", r)
	}
}

// A label without a text of its own is asked for by its name, with blanks: the phrase is
// as near as can be, nearer than a label whose text is the name as it is.
func TestEvalNames(t *testing.T) {
	dir := t.TempDir()
	result := filepath.Join(dir, "r.json")
	synonyms := writeText(t, filepath.Join(dir, "synonyms.tsv"), "phrase\tconcept\na low hum\ta_low_hum\n")
	labels := writeText(t, filepath.Join(dir, "labels.txt"), "a_low_hum\nother\ta_low_hum\n")
	ok(t, "eval", "-m", sounds, "--synonyms", synonyms, "--labels", labels, "--template", "{}", "--json", result)
	if s := evalJSON(t, result).Synonyms; s == nil || s.Top1 != 1 {
		t.Errorf("%+v", s)
	}
}

// What cannot be decoded is named and counted, and the rest is evaluated.
func TestEvalFailures(t *testing.T) {
	manifest, _ := testManifest(t,
		"text.wav\t\t\tno sound\thum\tfive\ttest",
		"missing.wav\t\t\tno file\thum\tsix\ttest",
		"a.wav\t77\t1\tafter the end\thum\tone\ttest",
		"nan.wav\t\t\tnot a number\thum\tseven\ttest",
		"broken.flac\t0\t0.05\tthe whole part\thum\teight\ttest",
		"broken.flac\t0.01\t60\tthe lost part\thum\teight\ttest")
	dir := filepath.Dir(manifest)
	writeText(t, filepath.Join(dir, "text.wav"), "this is no sound")
	header := "RIFF\x2c\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x03\x00\x01\x00\x80\xbb\x00\x00\x00\xee\x02\x00\x04\x00\x20\x00data\x08\x00\x00\x00"
	writeText(t, filepath.Join(dir, "nan.wav"), header+"\x00\x00\xc0\x7f\x00\x00\x00\x00")
	whole, err := os.ReadFile(crow)
	if err != nil {
		t.Fatal(err)
	}
	writeText(t, filepath.Join(dir, "broken.flac"), string(whole[:len(whole)*2/3]))

	status, stdout, stderr := audioclipIn(t, nil, "eval", "-m", sounds, "--manifest", manifest, "--split", "test", "--json", filepath.Join(dir, "r.json"))
	if status != command.Failed || !strings.Contains(stdout, "5 clips or recordings failed") {
		t.Errorf("status %d\n%s", status, stdout)
	}
	r := evalJSON(t, filepath.Join(dir, "r.json"))
	if r.Clips != 7 || len(r.Failed) != 5 {
		t.Errorf("%d clips, failed: %+v", r.Clips, r.Failed)
	}
	for _, want := range []string{"missing.wav", "text.wav: ", "a.wav: the clip at 77 s: the recording ends before", "nan.wav: sample 0", "broken.flac: the clip at 0.01 s: "} {
		if strings.Count(stderr, want) != 1 {
			t.Errorf("no %q in\n%s", want, stderr)
		}
	}
	for _, f := range r.Failed {
		if f.Error == "" || strings.Contains(f.Error, dir) {
			t.Errorf("%+v", f)
		}
	}
}

func TestEvalErrors(t *testing.T) {
	manifest, _ := testManifest(t)
	dir := t.TempDir()
	plain := writeText(t, filepath.Join(dir, "plain.tsv"), "file\tcaption\n"+filepath.Join(filepath.Dir(manifest), "c.wav")+"\ta sound\n")
	noPhrase := writeText(t, filepath.Join(dir, "synonyms.tsv"), "phrase\tconcept\nrain\n")
	noHeader := writeText(t, filepath.Join(dir, "headless.tsv"), "rain\train\n")
	twice := writeText(t, filepath.Join(dir, "labels.txt"), "rain\nrain\n")
	nothing := writeText(t, filepath.Join(dir, "nothing.tsv"), "file\tcaption\nnone.wav\ta sound\n")
	for _, test := range []struct {
		status int
		want   string
		args   []string
	}{
		{command.Usage, "no --manifest", nil},
		{command.Usage, "--task sing", []string{"--manifest", manifest, "--task", "sing"}},
		{command.Usage, "--synonyms names no file", []string{"--manifest", manifest, "--task", "synonyms"}},
		{command.Usage, "--limit -1", []string{"--manifest", manifest, "--limit", "-1"}},
		{command.Usage, `has no "{}"`, []string{"--manifest", manifest, "--template", "sound"}},
		{command.Failed, "no clip of the split dev", []string{"--manifest", manifest, "--split", "dev"}},
		{command.Failed, "no clip has a concept", []string{"--manifest", plain, "--task", "zero-shot"}},
		{command.Failed, "has no phrase or no concept", []string{"--synonyms", noPhrase}},
		{command.Failed, "does not name the columns", []string{"--synonyms", noHeader}},
		{command.Failed, `label "rain" is given twice`, []string{"--manifest", manifest, "--labels", twice}},
		{command.Failed, "none of its 1 recordings", []string{"--manifest", nothing}},
		{command.Failed, "missing.tsv", []string{"--manifest", filepath.Join(dir, "missing.tsv")}},
	} {
		status, _, stderr := audioclipIn(t, nil, append([]string{"eval", "-m", sounds}, test.args...)...)
		if status != test.status || !strings.Contains(stderr, test.want) {
			t.Errorf("%v: status %d, %s; want %d, %q", test.args, status, stderr, test.status, test.want)
		}
	}
	if status, _, stderr := audioclipIn(t, nil, "eval", "-m", pictures, "--manifest", manifest); status != command.Failed || !strings.Contains(stderr, "no audio encoder") {
		t.Errorf("a model without audio: %d, %s", status, stderr)
	}
	// Without concepts there is still something to find.
	ok(t, "eval", "-m", sounds, "--manifest", plain)
}

func TestEncodeClipsInterrupted(t *testing.T) {
	manifest, _ := testManifest(t)
	clips, err := dataset.Read(manifest, dataset.ReadConfig{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := encodeClips(ctx, model(t, sounds), clips, audio.Config{}, func(int) {}); err == nil {
		t.Error("no error after an interrupt")
	}
}
