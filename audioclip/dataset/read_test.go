package dataset

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audio"
)

// folderOf makes a folder of files. Those that end in .wav become recordings of a
// tenth of a second.
func folderOf(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".wav") && text == "" {
			writeWAV(t, path, make([]float32, 800), 8000)
		} else if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func writeWAV(t testing.TB, path string, x []float32, rate int) {
	t.Helper()
	if err := audio.WriteWAVFile(path, &audio.Clip{Samples: [][]float32{x}, SampleRate: rate}, 16); err != nil {
		t.Fatal(err)
	}
}

func TestReadTables(t *testing.T) {
	dir := folderOf(t, map[string]string{
		"a.wav": "", "sub/b.wav": "", "all/c.wav": "",
		"all.tsv": "\ufeffcaption_2\tlicence\tfile\tseconds\tstart\tcaption\tconcept\tsource\r\n" +
			"\tCC0\ta.wav\t0.25\t1.5\ta voice saying \"two\"\tspeech\tlab\r\n" +
			"\r\n" +
			"a puppy\t\tsub/b.wav\t\t\t\"a \"\"small\"\" dog\"\tdog\t\r\n" +
			"\t\tc.wav\t\t\t\tsea_waves\t",
		"clotho.csv": "file_name,caption_1,caption_2\na.wav,\"Rain, heavy\",Water\n",
		"json.jsonl": "{\"file\":\"a.wav\",\"start\":1.5,\"captions\":[\"x\",\"y\"],\"tier\":\"t\",\"n\":3}\n\n" +
			`{"file_name":"sub/b.wav","caption":"z","source":"s","concept":null}`,
	})
	a, b, c := filepath.Join(dir, "a.wav"), filepath.Join(dir, "sub", "b.wav"), filepath.Join(dir, "all", "c.wav")
	for name, want := range map[string][]Clip{
		"all.tsv": {
			{File: a, Start: 1.5, Seconds: 0.25, Captions: []string{`a voice saying "two"`}, Concept: "speech", Source: "lab", Fields: map[string]string{"licence": "CC0"}},
			{File: b, Captions: []string{"a puppy", `a "small" dog`}, Concept: "dog", Source: "sub/b.wav"},
			{File: c, Captions: []string{"sea waves"}, Concept: "sea_waves", Source: "c.wav"},
		},
		"clotho.csv": {{File: a, Captions: []string{"Rain, heavy", "Water"}, Source: "a.wav"}},
		"json.jsonl": {
			{File: a, Start: 1.5, Captions: []string{"x", "y"}, Source: "a.wav", Fields: map[string]string{"tier": "t", "n": "3"}},
			{File: b, Captions: []string{"z"}, Source: "s"},
		},
	} {
		got, err := Read(filepath.Join(dir, name), ReadConfig{})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
}

func TestReadAudioCaps(t *testing.T) {
	dir := folderOf(t, map[string]string{
		"audiocaps.csv": "audiocap_id,youtube_id,start_time,caption\n1,-0123456789,30,A dog barks\n2,abcdefghijk,0,\"Rain, then wind\"\n" +
			"3,-0123456789,30,Barking\n4,YYYYYYYYYYY,7,Gone\n5,-0123456789,90,A cat\n6,lmnopqrstuv,20,A bell\n",
		"sounds/-0123456789_30.wav":        "",
		"sounds/-0123456789_90000_100.wav": "",
		"sounds/abcdefghijk.wav":           "",
		"sounds/Ylmnopqrstuv.wav":          "",
		"sounds/YYYYYYYYYYY_8.wav":         "",
	})
	clips, err := Read(filepath.Join(dir, "audiocaps.csv"), ReadConfig{Audio: filepath.Join(dir, "sounds")})
	var left *LeftOutError
	if !errors.As(err, &left) || !errors.Is(err, ErrMissing) || left.Total != 5 || len(left.Recordings) != 1 ||
		!strings.Contains(err.Error(), "1 of 5 recordings left out, the first: line 5") {
		t.Errorf("error %v", err)
	}
	var got []string
	for _, c := range clips {
		got = append(got, filepath.Base(c.File)+" "+c.Source+" "+strings.Join(c.Captions, "; "))
	}
	want := []string{
		"-0123456789_30.wav -0123456789 A dog barks; Barking",
		"abcdefghijk.wav abcdefghijk Rain, then wind",
		"-0123456789_90000_100.wav -0123456789 A cat",
		"Ylmnopqrstuv.wav lmnopqrstuv A bell",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Two lines of each of the tables that come with ESC-50 and with UrbanSound8K, in
// folders as they are there.
func TestReadBenchmarks(t *testing.T) {
	dir := folderOf(t, map[string]string{
		"meta/esc50.csv": "filename,fold,target,category,esc10,src_file,take\n1-100032-A-0.wav,1,0,dog,True,100032,A\n" +
			"1-104089-B-22.wav,1,22,crackling_fire,False,104089,B\n",
		"metadata/UrbanSound8K.csv": "slice_file_name,fsID,start,end,salience,fold,classID,class\n" +
			"100032-3-0-0.wav,100032,0.0,0.317551,1,5,3,dog_bark\n100263-2-0-117.wav,100263,58.5,62.5,1,10,2,children_playing\n",
		"audio/1-100032-A-0.wav": "", "audio/1-104089-B-22.wav": "", "audio/fold5/100032-3-0-0.wav": "", "audio/fold10/100263-2-0-117.wav": "",
	})
	audio := func(name string) string { return filepath.Join(dir, "audio", filepath.FromSlash(name)) }
	for name, want := range map[string][]Clip{
		"meta/esc50.csv": {
			{File: audio("1-100032-A-0.wav"), Concept: "dog", Source: "100032"},
			{File: audio("1-104089-B-22.wav"), Concept: "crackling_fire", Source: "104089"},
		},
		"metadata/UrbanSound8K.csv": {
			{File: audio("fold5/100032-3-0-0.wav"), Concept: "dog_bark", Source: "100032"},
			{File: audio("fold10/100263-2-0-117.wav"), Concept: "children_playing", Source: "100263"},
		},
	} {
		got, err := Read(filepath.Join(dir, filepath.FromSlash(name)), ReadConfig{})
		if err != nil || len(got) != len(want) {
			t.Errorf("%s: %+v, %v", name, got, err)
			continue
		}
		for i, c := range got {
			w := want[i]
			if c.File != w.File || c.Concept != w.Concept || c.Source != w.Source || c.Start != 0 || c.Seconds != 0 {
				t.Errorf("%s: %+v, want %+v", name, c, w)
			}
			if caption := strings.ReplaceAll(w.Concept, "_", " "); !reflect.DeepEqual(c.Captions, []string{caption}) {
				t.Errorf("%s: captions %q, want %q", name, c.Captions, caption)
			}
		}
	}
	esc, _ := Read(filepath.Join(dir, "meta", "esc50.csv"), ReadConfig{})
	if f := esc[0].Fields; f["fold"] != "1" || f["esc10"] != "True" || f["filename"] != "" {
		t.Errorf("fields %q", f)
	}
}

func TestReadFolder(t *testing.T) {
	dir := folderOf(t, map[string]string{
		"dog_bark/1.wav": "", "x/sea-waves/a.wav": "", "door_knock_02.wav": "", "README.md": "# hello", "dog_bark/bad.wav": "not a recording",
	})
	clips, err := Read(dir, ReadConfig{})
	var left *LeftOutError
	if !errors.As(err, &left) || left.Total != 4 || len(left.Recordings) != 1 {
		t.Fatalf("error %v", err)
	}
	want := []Clip{
		{File: filepath.Join(dir, "dog_bark", "1.wav"), Concept: "dog_bark", Captions: []string{"dog bark"}, Source: "dog_bark/1.wav"},
		{File: filepath.Join(dir, "door_knock_02.wav"), Captions: []string{"door knock"}, Source: "door_knock_02.wav"},
		{File: filepath.Join(dir, "x", "sea-waves", "a.wav"), Concept: "sea-waves", Captions: []string{"sea waves"}, Source: "x/sea-waves/a.wav"},
	}
	if !reflect.DeepEqual(clips, want) {
		t.Errorf("got %+v", clips)
	}
}

func TestReadErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                                "it is empty",
		"file\tcaption\n":                                 "no clips in it",
		"name\tcaption\nx\ty\n":                           `m.tsv:1: no column "file"`,
		"file\tstart\nx\t1\n":                             `m.tsv:1: neither a column "caption" nor "concept"`,
		"file\tcaption\tfile\nx\t1\t1\n":                  `m.tsv:1: two columns "file"`,
		"file\tcaption\n\na.wav\ta\tb\n":                  "m.tsv:3: 3 fields, the header has 2",
		"file\tcaption\na.wav\t\n":                        "m.tsv:2: neither a caption nor a concept",
		"file\tcaption\n\tx\n":                            "m.tsv:2: no file name",
		"file\tcaption\nb.wav\tx\n":                       "none of its 1 recordings is there, the first: line 2: dataset: no such recording: b.wav",
		"file\tcaption\tstart\na.wav\tx\tz":               `m.tsv:2: start "z" is not a number`,
		"file\tcaption\tstart\na.wav\tx\t1\na.wav\tx\t-1": "m.tsv:3: start is -1",
		"file\tcaption\tseconds\na.wav\tx\tNaN":           "m.tsv:2: seconds is NaN",
		"file\tcaption\tseconds\na.wav\tx\tInf":           "m.tsv:2: seconds is +Inf",
		"file\tcaption\tseconds\na.wav\tx\t1e300":         "m.tsv:2: seconds is 1e+300",
		"file,caption\na.wav,x\na.wav,\"x\ny\" z\n":       "m.tsv:3:",
		"file\tcaption\na.wav\t\xff":                      "not UTF-8",
		"youtube_id\tcaption\n\tx":                        "m.tsv:2: an empty youtube_id",
		`{"file":"a.wav","caption":"x","start":-1}`:       "m.tsv:1: start is -1",
		"{\"file\":\"a.wav\",\"caption\":\"x\"}\n{":       "m.tsv:2: unexpected end",
		"{\"file\":\"a.wav\",\"caption\":\"x\"}\nnull":    "m.tsv:2: not an object",
		`{"file":"a.wav","captions":"x"}`:                 `m.tsv:1: "captions"`,
		`{"file":"a.wav","caption":"x","start":"1"}`:      `m.tsv:1: "start"`,
		`{"file":"a.wav","caption_1":7}`:                  `m.tsv:1: "caption_1": it must be a string`,
		`{"file":"a.wav"}`:                                "m.tsv:1: neither a caption nor a concept",
		"file\tfile_name\tcaption\na.wav\ta.wav\tx\n":     `m.tsv:1: columns "file" and "file_name" mean the same`,
		"file\tcaption\na\x00.wav\tx\n":                   "m.tsv:2: a file name with a zero byte",
	} {
		dir := folderOf(t, map[string]string{"m.tsv": text, "a.wav": ""})
		clips, err := Read(filepath.Join(dir, "m.tsv"), ReadConfig{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
		if clips != nil {
			t.Errorf("%q: clips together with a fatal error", text)
		}
	}
	if _, err := Read(t.TempDir(), ReadConfig{}); err == nil || !strings.Contains(err.Error(), "no recordings") {
		t.Errorf("an empty folder: %v", err)
	}
}

func FuzzTable(f *testing.F) {
	f.Add([]byte("file\tstart\tseconds\tcaption\na.ogg\t0.5\t1\tx \"y\"\n"), true)
	f.Add([]byte("file_name,caption_1,caption_2\r\n\"a\",\"b, \"\"c\"\"\nd\",e\r\n"), false)
	f.Add([]byte("audiocap_id,youtube_id,start_time,caption\n1,abcdefghijk,10,A dog\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, tabs bool) {
		comma := byte(',')
		if tabs {
			comma = '\t'
		}
		rows, err := parseTable(data, comma)
		checkRows(t, data, rows, err)
	})
}

func FuzzJSONLines(f *testing.F) {
	f.Add([]byte("{\"file\":\"a\",\"captions\":[\"x\",\"y\"],\"start\":1}\n{\"file\":\"a\",\"concept\":\"x\",\"n\":{}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := parseJSONLines(data)
		checkRows(t, data, rows, err)
	})
}

// checkRows checks what holds of all rows that are returned.
func checkRows(t *testing.T, data []byte, rows []row, err error) {
	if err != nil && rows != nil {
		t.Fatal("rows and an error")
	}
	line := 0
	for _, r := range rows {
		c := r.clip
		if r.line <= line || r.line > strings.Count(string(data), "\n")+1 {
			t.Fatalf("line %d after %d", r.line, line)
		}
		line = r.line
		if c.File == "" && r.youtube == "" || !(c.Start >= 0 && c.Start <= maxSeconds) || !(c.Seconds >= 0 && c.Seconds <= maxSeconds) || c.Source == "" || len(c.Captions) == 0 {
			t.Fatalf("row %+v", r)
		}
		for _, s := range c.Captions {
			if s == "" || s != strings.TrimSpace(s) {
				t.Fatalf("caption %q", s)
			}
		}
	}
}
