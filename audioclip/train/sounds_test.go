package train

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/soundspace/soundspace/audioclip/dataset"
)

func TestLabels(t *testing.T) {
	dir := t.TempDir()
	table := func(name, text string) string {
		path := filepath.Join(dir, name)
		mustWrite(t, path, text)
		return path
	}
	l, err := readLabels(
		table("concepts.tsv", "concept\tcaption\ndog\ta dog barking\ndog\ta puppy yapping\n"),
		table("relabel.tsv", "from\tpattern\tconcept\nanimal\tbark|woof\tdog\nnone\train\train\nanimal\tjunk\t-\n"),
		table("merge.tsv", "\ufeffconcept\tinto\nhound\tdog\nspeech\t-\n"))
	if err != nil {
		t.Fatal(err)
	}
	s := &sounds{clips: []dataset.Clip{
		{File: "0", Concept: "dog", Captions: []string{"dog"}},
		{File: "1", Concept: "hound", Captions: []string{"a hound"}},                // merged
		{File: "2", Concept: "animal", Captions: []string{"Woof!"}},                 // relabelled
		{File: "3", Concept: "animal", Captions: []string{"purring [a.wav]"}},       // itself
		{File: "4", Captions: []string{"heavy rain"}},                               // relabelled
		{File: "5", Captions: []string{"something [b.wav]", "a thing"}},             // without a concept
		{File: "6", Concept: "speech", Captions: []string{"somebody speaks"}},       // left out
		{File: "7", Concept: "animal", Captions: []string{"junk"}},                  // left out
		{File: "8", Captions: []string{"[c.wav]"}},                                  // has nothing but a note
		{File: "9", Concept: "animal", Captions: []string{"purring [another.wav]"}}, // the same text
	}}
	all := slices.Clone(s.clips)
	if err := s.label(l, true, false); err != nil {
		t.Fatal(err)
	}
	texts := func(clip string) (list []string) {
		for i, c := range s.clips {
			if c.File == clip {
				for _, k := range s.ofGroup[s.group[i]] {
					list = append(list, s.texts[k])
				}
			}
		}
		return list
	}
	for clip, want := range map[string][]string{
		"0": {"a dog barking", "a puppy yapping"}, "1": {"a dog barking", "a puppy yapping"}, "2": {"a dog barking", "a puppy yapping"},
		"3": {"purring"}, "9": {"purring"}, "4": {"heavy rain"}, "5": {"something", "a thing"}, "6": nil, "7": nil, "8": {"[c.wav]"},
	} {
		if got := texts(clip); !slices.Equal(got, want) {
			t.Errorf("clip %s: texts %q, want %q", clip, got, want)
		}
	}
	if want := []string{"animal", "dog", "rain"}; !slices.Equal(s.concepts, want) {
		t.Errorf("concepts %q", s.concepts)
	}
	s.clips = all
	s.texts = nil
	if err := s.label(l, false, false); err != nil || len(s.clips) != 6 {
		t.Errorf("%d clips with concepts, %v", len(s.clips), err)
	}
}

func TestReadLabelsRefuses(t *testing.T) {
	for _, text := range []string{"", "concept\n", "concept\tcaption\ndog\n", "concept\tcaption\n\ta dog\n"} {
		path := filepath.Join(t.TempDir(), "concepts.tsv")
		mustWrite(t, path, text)
		if _, err := readLabels(path, "", ""); err == nil {
			t.Errorf("%q was read", text)
		}
	}
	path := filepath.Join(t.TempDir(), "relabel.tsv")
	mustWrite(t, path, "from\tpattern\tconcept\na\t(\tb\n")
	if _, err := readLabels("", path, ""); err == nil {
		t.Error("a pattern that is none was read")
	}
}

// What is written of clips is read back.
func TestWriteManifest(t *testing.T) {
	dir := newToys(t)
	clips, err := dataset.Read(filepath.Join(dir, "toys.tsv"), dataset.ReadConfig{})
	if err != nil {
		t.Fatal(err)
	}
	clips[4].Source = "one\tsource"
	clips[5].File, clips[6].File = "a\tb.wav", "\xff.wav"
	clips[1].Captions[0] = "in two\nlines\tand \"quoted\""
	s := &sounds{clips: clips}
	if err := s.label(&labels{}, false, false); err != nil {
		t.Fatal(err)
	}
	var log []string
	path := filepath.Join(t.TempDir(), "held_out.tsv")
	if err := s.writeManifest(path, []int{3, 4, 5, 6}, func(format string, args ...any) { log = append(log, fmt.Sprintf(format, args...)) }); err != nil {
		t.Fatal(err)
	}
	again, err := dataset.Read(path, dataset.ReadConfig{})
	if err != nil || len(again) != 2 || again[0].File != clips[3].File || again[0].Concept != clips[3].Concept || again[0].Source != clips[3].Source || again[1].Source != "one source" || len(log) != 2 {
		t.Errorf("read %+v, %v", again, err)
	}
}
