package web

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
	"github.com/mewkiz/flac/meta"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
)

func TestSearch(t *testing.T) {
	store := testStore(t, recordings)
	_, hs := newTestServer(t, store)
	wolf, baby := named(t, store, "wolf-howl.wav"), named(t, store, "baby-cry.mp3")
	for _, test := range []struct {
		query, first string
		n            int // hits, -1: some
	}{
		{"q=a+wolf+howling", "wolf-howl.wav", -1},
		{"q=a+baby+crying", "baby-cry.mp3", -1},
		{"q=a+crow", "crow.flac", -1},
		{"q=a+choir+singing&k=1", "choir.flac", 1},
		{"q=+a+wolf+howling+&q=", "wolf-howl.wav", -1},
		{"q=a+wolf&q=a+baby+crying&not=a+wolf+howling&min_score=-1", "baby-cry.mp3", 8},
		{"like=" + wolf.ID() + "&min_score=-1", "wolf-howl.wav", 8},
		{"like=" + wolf.ID() + ",0,2.5", "wolf-howl.wav", -1},
		{"like=" + wolf.ID() + ",99,100", "wolf-howl.wav", -1},
		{"like=" + wolf.ID() + "&min_score=0.99", "wolf-howl.wav", 1},
		{"q=a+wolf+howling&path=.mp3&min_score=-1", "", 2},
		{"q=a+baby+crying&path=*.mp3&min_score=-1", "baby-cry.mp3", 2},
		{"q=a+wolf+howling&min_duration=3&min_score=-1", "wolf-howl.wav", -1},
		{"q=a+wolf+howling&max_duration=1&min_score=-1", "", -1},
		{"q=a+wolf+howling&windows=1&min_score=-1", "wolf-howl.wav", 8},
		{"q=a+wolf+howling&offset=10000", "", 0},
		{"q=a+wolf+howling&path=nowhere", "", 0},
		{"q=a+wolf+howling&path=%3Cscript%3E", "", 0},
	} {
		a := get[searchAnswer](t, hs, "/api/v1/search?"+test.query)
		if test.n >= 0 && len(a.Hits) != test.n || test.first != "" && (len(a.Hits) == 0 || a.Hits[0].Name != test.first) {
			t.Errorf("%s: %+v", test.query, a.Hits)
		}
		for i, h := range a.Hits {
			if i > 0 && h.Score > a.Hits[i-1].Score {
				t.Errorf("%s: hit %d is better than the one before", test.query, i)
			}
			if h.ID != index.ID(h.Path) || h.Name != filepath.Base(h.Path) || h.End <= h.Start || h.Duration <= 0 {
				t.Errorf("%s: %+v", test.query, h)
			}
		}
	}

	// Page by page, all comes once.
	all := get[searchAnswer](t, hs, "/api/v1/search?q=an+animal&min_score=-1").Hits
	var pages []hit
	for offset := "0"; ; {
		a := get[searchAnswer](t, hs, "/api/v1/search?q=an+animal&min_score=-1&k=3&offset="+offset)
		pages = append(pages, a.Hits...)
		if !a.More {
			break
		}
		offset = string('0' + rune(len(pages)))
	}
	if len(all) != 8 || len(pages) != 8 {
		t.Errorf("%d hits, %d page by page", len(all), len(pages))
	}
	for i := range all {
		if all[i] != pages[i] {
			t.Errorf("hit %d is %+v, page by page %+v", i, all[i], pages[i])
		}
	}

	// A mixture lies between its parts.
	score := func(query string) float32 {
		for _, h := range get[searchAnswer](t, hs, "/api/v1/search?min_score=-1&"+query).Hits {
			if h.ID == baby.ID() {
				return h.Score
			}
		}
		t.Fatalf("%s: no hit", query)
		return 0
	}
	if plain, without := score("q=a+sad+voice"), score("q=a+sad+voice&not=a+baby+crying"); without >= plain {
		t.Errorf("a baby: %g, without one %g", plain, without)
	}
	if plain, with := score("q=a+wolf"), score("q=a+wolf&like="+baby.ID()); with <= plain {
		t.Errorf("a baby: %g, with one %g", plain, with)
	}
}

func TestBadSearches(t *testing.T) {
	store := testStore(t, recordings)
	_, hs := newTestServer(t, store)
	id := someFile(t, store).ID()
	long := strings.Repeat("a", maxCharacters+1)
	for _, test := range []struct {
		query  string
		status int
	}{
		{"", 400},
		{"q=", 400},
		{"q=+++", 400},
		{"not=rain", 400},
		{"q=rain&k=0", 400},
		{"q=rain&k=-1", 400},
		{"q=rain&k=201", 400},
		{"q=rain&k=1e1", 400},
		{"q=rain&k=9999999999999999999999", 400},
		{"q=rain&k=1&k=2", 400},
		{"q=rain&offset=-1", 400},
		{"q=rain&offset=1e9", 400},
		{"q=rain&min_score=NaN", 400},
		{"q=rain&min_score=-Inf", 400},
		{"q=rain&min_score=2", 400},
		{"q=rain&min_score=1e400", 400},
		{"q=rain&min_score=0x1p-2", 400},
		{"q=rain&min_score=" + strings.Repeat("0", 100), 400},
		{"q=rain&min_duration=-1", 400},
		{"q=rain&max_duration=inf", 400},
		{"q=rain&min_duration=5&max_duration=1", 400},
		{"q=rain&windows=2", 400},
		{"q=rain&windows=true", 400},
		{"q=rain&path=[", 400},
		{"q=%ff", 400},
		{"q=%00", 400},
		{"q=rain&path=%01", 400},
		{"q=%zz", 400},
		{"q=a;b=c", 400},
		{"q=" + long, 400},
		{strings.Repeat("q=rain&", maxTexts+1), 400},
		{"query=rain", 400},
		{"q=rain&like=x", 400},
		{"like=" + id + ",1", 400},
		{"like=" + id + ",2,1", 400},
		{"like=" + id + ",NaN,1", 400},
		{"like=" + id + ",-1,1", 400},
		{"like=" + id + ",0,1,2", 400},
		{"like=" + id + ",0,1e99", 400},
		{"like=" + strings.Repeat("0", 32), 404},
		{"like=sound:" + strings.Repeat("0", 32), 404},
		{"like=sound:x", 400},
		{"like=../../etc/passwd", 400},
		{"q=rain&not=rain&not=rain&not=rain", 200},
		{"q=rain&not=rain&not=rain", 400}, // nothing is left
	} {
		if status, _, body := request(t, hs, "GET", "/api/v1/search?"+test.query, nil); status != test.status {
			t.Errorf("%.60s: %d %.200s", test.query, status, body)
		}
	}
}

// TestSearchSound sends recordings.
func TestSearchSound(t *testing.T) {
	store := testStore(t, recordings)
	s, hs := newTestServer(t, store)
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(recordings, name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for _, test := range []struct {
		name, query string
		body        io.Reader
		status      int
		first       string
	}{
		{"WAV", "", bytes.NewReader(read("wolf-howl.wav")), 200, "wolf-howl.wav"},
		{"MP3", "", bytes.NewReader(read("sea-lion.mp3")), 200, "sea-lion.mp3"},
		{"FLAC", "", bytes.NewReader(read("choir.flac")), 200, "choir.flac"},
		{"Ogg", "", bytes.NewReader(read("complete.ogg")), 200, "complete.ogg"},
		{"of unknown length", "", io.MultiReader(bytes.NewReader(read("crow.flac"))), 200, "crow.flac"},
		{"with words", "?q=a+crow&k=3", bytes.NewReader(read("crow.flac")), 200, "crow.flac"},
		{"nothing", "", nil, 400, ""},
		{"text", "", strings.NewReader("These are no sounds."), 422, ""},
		{"HTML", "", strings.NewReader("<script>alert(1)</script>"), 422, ""},
		{"a playlist", "", strings.NewReader("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"), 422, ""},
		{"a list for ffmpeg", "", strings.NewReader("ffconcat version 1.0\nfile '/etc/passwd'\n"), 422, ""},
		{"half an MP3 header", "", bytes.NewReader(read("sea-lion.mp3")[:3]), 422, ""},
		{"a FLAC that is cut", "", bytes.NewReader(read("choir.flac")[:9000]), 422, ""},
		{"zeros", "", bytes.NewReader(make([]byte, 1<<20)), 422, ""},
		{"too large", "", bytes.NewReader(make([]byte, maxUpload+1)), 413, ""},
		{"too large, of unknown length", "", io.MultiReader(bytes.NewReader(make([]byte, maxUpload+1))), 413, ""},
		{"a quarter of an hour of silence in FLAC", "", bytes.NewReader(silentFLAC(t, 15*time.Minute)), 413, ""},
		{"1000 channels", "", bytes.NewReader(manyChannels(t)), 422, ""},
		{"bad parameters", "?k=0", bytes.NewReader(read("crow.flac")), 400, ""},
	} {
		begin := time.Now()
		status, _, body := request(t, hs, "POST", "/api/v1/search"+test.query, test.body)
		if status != test.status {
			t.Errorf("%s: %d %s", test.name, status, body)
			continue
		}
		t.Logf("%s: %d in %v: %.80s", test.name, status, time.Since(begin).Round(time.Millisecond), body)
		if status != 200 {
			continue
		}
		var a searchAnswer
		if err := json.Unmarshal(body, &a); err != nil {
			t.Fatal(err)
		}
		if a.Hits[0].Name != test.first {
			t.Errorf("%s: %+v", test.name, a)
		}
		if again := get[searchAnswer](t, hs, "/api/v1/search?like=sound:"+a.Sound+strings.Replace(test.query, "?", "&", 1)); again.Hits[0] != a.Hits[0] {
			t.Errorf("%s, by its token: %+v, not %+v", test.name, again.Hits[0], a.Hits[0])
		}
	}
	if files, err := filepath.Glob(filepath.Join(s.cache.dir, "*")); err != nil || len(files) != 0 {
		t.Errorf("left in the cache: %v %v", files, err)
	}
}

// manyChannels returns a WAV file of 1000 channels: blocks of some thousand frames would
// take tens of megabytes.
func manyChannels(t testing.TB) []byte {
	t.Helper()
	const channels = 1000
	h := wavHeader(1, 8000, 4*channels)
	binary.LittleEndian.PutUint16(h[22:], channels)      // channels
	binary.LittleEndian.PutUint32(h[28:], 8000*channels) // bytes a second
	binary.LittleEndian.PutUint16(h[32:], channels)      // bytes a frame
	binary.LittleEndian.PutUint16(h[34:], 8)             // bits
	return append(h, make([]byte, 4*channels)...)
}

// silentFLAC returns a FLAC file of silence at 8 kHz: some kilobytes an hour.
func silentFLAC(t testing.TB, length time.Duration) []byte {
	t.Helper()
	const block = 65535
	var b bytes.Buffer
	e, err := flac.NewEncoder(&b, &meta.StreamInfo{BlockSizeMin: block, BlockSizeMax: block, SampleRate: 8000, NChannels: 1, BitsPerSample: 16})
	if err != nil {
		t.Fatal(err)
	}
	for i := range int(length.Seconds()) * 8000 / block {
		f := &frame.Frame{
			Header:    frame.Header{HasFixedBlockSize: true, BlockSize: block, SampleRate: 8000, Channels: frame.ChannelsMono, BitsPerSample: 16, Num: uint64(i)},
			Subframes: []*frame.Subframe{{SubHeader: frame.SubHeader{Pred: frame.PredConstant}, Samples: make([]int32, block), NSamples: block}},
		}
		if err := e.WriteFrame(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestWeak asks for what is there, and for what is not.
func TestWeak(t *testing.T) {
	_, hs := newTestServer(t, testStore(t, recordings))
	for query, weak := range map[string]bool{
		"q=a+wolf+howling":              false,
		"q=a+baby+crying":               false,
		"q=a+helicopter":                true,
		"q=a+wolf+howling&path=nowhere": true,
	} {
		if a := get[searchAnswer](t, hs, "/api/v1/search?"+query); a.Weak != weak {
			t.Errorf("%s: weak is %v: %+v", query, a.Weak, a.Hits)
		}
	}
}

// TestTextsKept searches for a mixture: its texts are encoded once.
func TestTextsKept(t *testing.T) {
	ctx := t.Context()
	store := testStore(t, recordings)
	s, hs := newTestServer(t, store)
	crow, err := store.Get(ctx, named(t, store, "crow.flac").ID())
	if err != nil {
		t.Fatal(err)
	}
	query := question{texts: []string{"a wolf", "a dog"}, not: []string{"rain"}, like: []example{{id: crow.ID()}}}
	want, err := index.Compose(ctx, s.model, index.Term{Text: "a wolf"}, index.Term{Text: "a dog"},
		index.Term{Vector: spanVector(crow.Windows, 0, 0)}, index.Term{Text: "rain", Weight: -1})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, _, err := s.vector(ctx, query, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if d := got[i] - want[i]; d > 1e-6 || d < -1e-6 {
				t.Fatalf("value %d is %g, want %g", i, got[i], want[i])
			}
		}
	}
	for _, text := range []string{"a wolf", "a dog", "rain"} {
		if _, ok := s.texts.get(text); !ok {
			t.Errorf("the vector of %q is not kept", text)
		}
	}
	// What the server has made wrong is no fault of the client.
	s.sounds.put(strings.Repeat("0", 32), []float32{1})
	if status, _, body := request(t, hs, "GET", "/api/v1/search?q=rain&like=sound:"+strings.Repeat("0", 32), nil); status != 500 {
		t.Errorf("a vector of one value: %d %s", status, body)
	}
}

func TestSpanVector(t *testing.T) {
	s := time.Second
	windows := []audioclip.Window{
		{Start: 0, End: 4 * s, Vector: []float32{1, 0, 0}},
		{Start: 2 * s, End: 6 * s, Vector: []float32{0, 1, 0}},
		{Start: 4 * s, End: 8 * s, Vector: []float32{0, 0, 1}},
	}
	const half, third = 0.70710678, 0.57735027 // 1/√2, 1/√3
	for _, test := range []struct {
		start, end time.Duration
		want       [3]float32
	}{
		{0, 0, [3]float32{third, third, third}},
		{0, 8 * s, [3]float32{third, third, third}},
		{0, 4 * s, [3]float32{1, 0, 0}},
		{2*s + time.Millisecond, 6*s - time.Millisecond, [3]float32{0, 1, 0}},
		{0, 6 * s, [3]float32{half, half, 0}},
		{2 * s, 0, [3]float32{0, half, half}},
		{4500 * time.Millisecond, 7 * s, [3]float32{0, 0, 1}},
		{100 * s, 200 * s, [3]float32{0, 0, 1}},
		{0, 1, [3]float32{1, 0, 0}},
	} {
		got := spanVector(windows, test.start, test.end)
		for i, want := range test.want {
			if d := got[i] - want; d > 1e-6 || d < -1e-6 {
				t.Errorf("%v to %v: %v, not %v", test.start, test.end, got, test.want)
				break
			}
		}
	}
	if windows[0].Vector[0] != 1 || windows[1].Vector[0] != 0 {
		t.Error("the windows have been changed")
	}
}

// FuzzQuestion parses any query: what comes out is within its limits.
func FuzzQuestion(f *testing.F) {
	for _, seed := range []string{"", "q=rain&not=wind&k=5", "like=" + strings.Repeat("a", 32) + ",1,2", "like=sound:" + strings.Repeat("0", 32), "min_score=NaN", "q=%zz", "max_duration=1e8&windows=1", "a;b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := parseQuestion(raw)
		if err != nil {
			if f, ok := err.(failure); !ok || f.status != http.StatusBadRequest {
				t.Fatal(err)
			}
			return
		}
		if q.k < 1 || q.k > 200 || q.offset < 0 || q.offset > 10000 || q.minScore < -1 || q.minScore > 1 || q.minDuration < 0 || q.maxDuration < 0 {
			t.Fatalf("%+v", q)
		}
		if len(q.texts)+len(q.not)+len(q.like) > 3*maxTexts {
			t.Fatalf("%+v", q)
		}
		for _, ex := range q.like {
			if ex.id == "" && ex.sound == "" || ex.start < 0 || ex.end != 0 && ex.end <= ex.start {
				t.Fatalf("%+v", ex)
			}
		}
		if _, err := url.ParseQuery(raw); err != nil {
			t.Fatal("accepted what is no query")
		}
	})
}
