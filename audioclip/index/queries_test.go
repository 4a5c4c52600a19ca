package index_test

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"math"
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

// TestJudge tells best hits that are right from those of texts that nothing fits, which
// come from a list. The texts of the others are the names of all concepts, and those of
// TestQueries. It prints for several thresholds how many are said to fit.
func TestJudge(t *testing.T) {
	m, s := built(t)
	ctx := context.Background()
	j, err := index.NewJudge(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	fit := func(text string) (float64, string) {
		v, hits := find(t, m, s, text, 1)
		sound, err := index.HitVector(ctx, s, hits[0])
		if err != nil {
			t.Fatal(err)
		}
		return j.Fit(v, sound), conceptOf(hits[0].Path)
	}
	concepts := map[string][]string{} // that are right, by query
	for f := range s.Files(ctx) {
		concepts[conceptOf(f.Path)] = []string{conceptOf(f.Path)}
	}
	for _, line := range lines(t, "testdata/queries.tsv")[1:] {
		query, list, _ := strings.Cut(line, "\t")
		concepts[query] = strings.Split(list, ", ")
	}
	var right, unfit []float64
	for _, query := range slices.Sorted(maps.Keys(concepts)) {
		f, concept := fit(query)
		if !slices.Contains(concepts[query], concept) {
			continue
		}
		right = append(right, f)
		if f < index.GoodFit {
			t.Logf("%q is said not to fit %s: %.1f", query, concept, f)
		}
	}
	for _, text := range lines(t, "testdata/unfit.txt") {
		f, concept := fit(text)
		unfit = append(unfit, f)
		if f >= index.GoodFit {
			t.Logf("%q is said to fit %s: %.1f", text, concept, f)
		}
	}
	share := func(list []float64, least float64) float64 {
		n := 0
		for _, f := range list {
			if f >= least {
				n++
			}
		}
		return 100 * float64(n) / float64(len(list))
	}
	t.Logf("the best hits of %d of %d texts are right; %d texts fit nothing", len(right), len(concepts), len(unfit))
	for least := 2.0; least < 4.1; least += 0.2 {
		t.Logf("a fit of %.1f: %.1f %% of those that are right reach it, %.1f %% of those that fit nothing", least, share(right, least), share(unfit, least))
	}
	if praised, mistaken := share(right, index.GoodFit), share(unfit, index.GoodFit); praised < 95 || mistaken > 50 {
		t.Errorf("%.1f %% of the right hits are said to fit, and %.1f %% of those that are not", praised, mistaken)
	}
}

// TestCounts prints what Compose lets parts of a query count for.
func TestCounts(t *testing.T) {
	m, s := built(t)
	ctx := context.Background()
	var kinds []string
	var sounds audioclip.Matrix // the first window of each recording
	for e, err := range s.Entries(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, conceptOf(e.Path))
		v := e.Windows[0].Vector
		sounds.Data, sounds.Rows, sounds.Cols = append(sounds.Data, v...), sounds.Rows+1, len(v)
	}
	slices.Sort(kinds)
	kinds = slices.Compact(kinds)
	texts, err := m.EncodeText(ctx, kinds, audioclip.TextConfig{})
	if err != nil {
		t.Fatal(err)
	}
	deviation := func(a, b audioclip.Matrix) float64 {
		n, sum, squares := 0.0, 0.0, 0.0
		for i := range a.Rows {
			for j := range b.Rows {
				if &a.Data[0] == &b.Data[0] && i == j {
					continue
				}
				c := 0.0
				for d, x := range a.Row(i) {
					c += float64(x) * float64(b.Row(j)[d])
				}
				n, sum, squares = n+1, sum+c, squares+c*c
			}
		}
		return math.Sqrt(squares/n - sum/n*sum/n)
	}
	ofTexts, ofSounds := deviation(texts, sounds), deviation(sounds, sounds)
	t.Logf("the standard deviation of cosines of %d recordings: with sounds %.3f, with %d texts %.3f, %.2f of it", sounds.Rows, ofSounds, texts.Rows, ofTexts, ofTexts/ofSounds)
	if ratio := ofTexts / ofSounds; ratio < 0.15 || ratio > 0.45 {
		t.Error("Compose counts sounds as 0.3")
	}

	// best counts the kinds of the best twenty.
	best := func(terms ...index.Term) map[string]int {
		v, err := index.Compose(ctx, m, terms...)
		if err != nil {
			t.Fatal(err)
		}
		hits, err := s.Search(ctx, index.Query{Vector: v, K: 20, MinScore: -1})
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, h := range hits {
			count[conceptOf(h.Path)]++
		}
		return count
	}
	weights := []float32{-1, -2} // which count 0.5 and 1
	pairs, wanted, unwanted := 0, 0, 0
	var wantedLeft, unwantedLeft [2]int
	for i, kind := range kinds {
		term := index.Term{Text: kind, Vector: texts.Row(i)}
		plain := best(term)
		for j, other := range kinds {
			if i == j || plain[kind] < 2 || plain[other] < 2 {
				continue
			}
			pairs++
			wanted, unwanted = wanted+plain[kind], unwanted+plain[other]
			for k, w := range weights {
				count := best(term, index.Term{Text: other, Vector: texts.Row(j), Weight: w})
				wantedLeft[k] += count[kind]
				unwantedLeft[k] += count[other]
			}
		}
	}
	for k, w := range weights {
		t.Logf("of %d pairs, one that is not wanted and counts %.1f leaves %.0f %% of its recordings among the best twenty, and %.0f %% of those that are wanted",
			pairs, -w/2, 100*float64(unwantedLeft[k])/float64(unwanted), 100*float64(wantedLeft[k])/float64(wanted))
	}
	if float64(wantedLeft[0]) < 0.8*float64(wanted) || float64(unwantedLeft[0]) > 0.4*float64(unwanted) {
		t.Error("Compose counts what is not wanted as 0.5")
	}
}
