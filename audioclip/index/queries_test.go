package index_test

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/audioclip/index"
)

// sounds is a manifest of clips that are not part of the repository. The tests of this
// file are skipped where they are missing.
const sounds = "../../../shared/data/sounds.tsv"

// collection has, beside the recordings of the repository, three clips of each concept
// of which there are sixteen, as WAV files in folders that are named for their concepts.
// Which three is decided by lot.
var collection = sync.OnceValues(func() (dir string, err error) {
	clips, err := dataset.Read(sounds, dataset.ReadConfig{})
	if err != nil {
		return "", err
	}
	byConcept := map[string][]dataset.Clip{}
	for _, c := range clips {
		if c.Concept != "" {
			byConcept[c.Concept] = append(byConcept[c.Concept], c)
		}
	}
	r := rand.New(rand.NewPCG(2026, 11))
	var use []dataset.Clip
	for _, concept := range slices.Sorted(maps.Keys(byConcept)) {
		if list := byConcept[concept]; len(list) >= 16 {
			for _, i := range r.Perm(len(list))[:3] {
				use = append(use, list[i])
			}
		}
	}
	slices.SortFunc(use, func(a, b dataset.Clip) int { return strings.Compare(a.File, b.File) }) // each is decoded once
	if dir, err = os.MkdirTemp("", "collection"); err != nil {
		return "", err
	}
	collectionDir = dir
	if err := os.CopyFS(filepath.Join(dir, "recordings"), os.DirFS(recordings)); err != nil {
		return dir, err
	}
	for s := range dataset.Sounds(context.Background(), use, dataset.SoundConfig{MaxSeconds: 60}) {
		if s.Err != nil {
			return dir, s.Err
		}
		path := filepath.Join(dir, strings.ReplaceAll(use[s.Clip].Concept, "/", "-"), fmt.Sprintf("%d.wav", s.Clip))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return dir, err
		}
		if err := audio.WriteWAVFile(path, s.Audio, 16); err != nil {
			return dir, err
		}
	}
	return dir, nil
})

// collectionDir is what TestMain removes, if it was made.
var collectionDir string

func TestMain(m *testing.M) {
	status := m.Run()
	if collectionDir != "" {
		os.RemoveAll(collectionDir)
	}
	os.Exit(status)
}

// concepts of the recordings in the repository.
var concepts = map[string]string{
	"baby-cry.mp3": "baby cry", "camera-shutter.ogg": "camera", "choir.flac": "choir", "complete.ogg": "complete", "crow.flac": "crow",
	"hello-world.wav": "speech", "sea-lion.mp3": "sea lion", "wolf-howl.wav": "wolf",
}

func conceptOf(path string) string {
	if c, ok := concepts[filepath.Base(path)]; ok {
		return c
	}
	return filepath.Base(filepath.Dir(path))
}

// built returns an index of the collection with the model that ships.
func built(t *testing.T) (*audioclip.Model, index.Store) {
	t.Helper()
	if _, err := os.Stat(sounds); err != nil || testing.Short() {
		t.Skip("without the clips, or in short: ", err)
	}
	dir, err := collection()
	if err != nil {
		t.Fatal(err)
	}
	m, s := shipped(t, audioclip.Config{}), index.NewMemory()
	r := build(t, s, m, index.BuildConfig{Workers: 2}, dir)
	for _, f := range r.Failures {
		t.Errorf("%s: %v", f.Path, f.Err)
	}
	t.Logf("%d recordings", r.Added+r.Moved)
	return m, s
}

func lines(t *testing.T, path string) (list []string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		list = append(list, s.Text())
	}
	return list
}

func find(t *testing.T, m *audioclip.Model, s index.Store, text string, k int) (vector []float32, hits []index.Hit) {
	t.Helper()
	vector, err := index.Compose(context.Background(), m, index.Term{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	if hits, err = s.Search(context.Background(), index.Query{Vector: vector, K: k, Workers: 2}); err != nil {
		t.Fatal(err)
	}
	return vector, hits
}

// TestQueries looks for everyday sounds: a right one must be among the first five.
func TestQueries(t *testing.T) {
	m, s := built(t)
	right := 0
	queries := lines(t, "testdata/queries.tsv")[1:]
	for _, line := range queries {
		query, list, ok := strings.Cut(line, "\t")
		if !ok {
			t.Fatalf("%q has no tab", line)
		}
		_, hits := find(t, m, s, query, 5)
		wanted := strings.Split(list, ", ")
		at := slices.IndexFunc(hits, func(h index.Hit) bool { return slices.Contains(wanted, conceptOf(h.Path)) })
		var got []string
		for _, h := range hits {
			got = append(got, fmt.Sprintf("%s %.2f", conceptOf(h.Path), h.Score))
		}
		t.Logf("%-30s %2d  %s", query, at+1, strings.Join(got, ", "))
		if at < 0 {
			t.Errorf("%q: the first five are %s", query, strings.Join(got, ", "))
			continue
		}
		right++
	}
	t.Logf("%d of %d queries have a right recording among the first five", right, len(queries))
}

// TestJudge tells best hits that are right from those of texts that nothing fits.
func TestJudge(t *testing.T) {
	m, s := built(t)
	ctx := context.Background()
	j, err := index.NewJudge(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	fit := func(text string) (float64, index.Hit) {
		v, hits := find(t, m, s, text, 1)
		sound, err := index.HitVector(ctx, s, hits[0])
		if err != nil {
			t.Fatal(err)
		}
		return j.Fit(v, sound), hits[0]
	}
	right, praised := 0, 0
	for _, line := range lines(t, "testdata/queries.tsv")[1:] {
		query, list, _ := strings.Cut(line, "\t")
		if f, hit := fit(query); slices.Contains(strings.Split(list, ", "), conceptOf(hit.Path)) {
			right++
			if f >= index.GoodFit {
				praised++
			} else {
				t.Logf("%q fits %s: %.1f", query, conceptOf(hit.Path), f)
			}
		}
	}
	mistaken, unfit := 0, lines(t, "testdata/unfit.txt")
	for _, text := range unfit {
		if f, hit := fit(text); f >= index.GoodFit {
			mistaken++
			t.Logf("%q fits %s: %.1f", text, conceptOf(hit.Path), f)
		}
	}
	t.Logf("%d of %d right hits are said to fit, and %d of %d that are not", praised, right, mistaken, len(unfit))
	if praised < right*8/10 || mistaken > len(unfit)*4/10 {
		t.Error("that is too many mistakes")
	}
}
