package train

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/dataset"
)

// Clips of one recording are cut out of it; what cannot be decoded is zeros.
func TestClipRows(t *testing.T) {
	dir := t.TempDir()
	both := audio.NewClip(1, 2*toyRate, toyRate)
	copy(both.Samples[0], toyClip(0, 0).Samples[0])
	copy(both.Samples[0][toyRate:], toyClip(9, 0).Samples[0])
	file := filepath.Join(dir, "both.wav")
	if err := audio.WriteWAVFile(file, both, 16); err != nil {
		t.Fatal(err)
	}
	both, err := audio.ReadFile(file, audio.Config{})
	if err != nil {
		t.Fatal(err)
	}
	a, b := both.Section(0, toyRate), both.Section(toyRate, 2*toyRate)
	damaged := filepath.Join(dir, "damaged.wav")
	mustWrite(t, damaged, "RIFF")
	model, err := audioclip.Open("../testdata/clap")
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	want, err := model.EncodeAudio(t.Context(), []*audio.Clip{a, b}, audioclip.AudioConfig{})
	if err != nil {
		t.Fatal(err)
	}
	var log []string
	cfg := Config{Cache: t.TempDir(), Workers: 2, Log: func(line string) { log = append(log, line) }}
	clips := []dataset.Clip{{File: file, Start: 1, Seconds: 1}, {File: damaged}, {File: file, Seconds: 1}, {File: file, Start: 1}, {File: file, Start: 2}}
	for range 2 { // made, and read
		rows, err := clipRows(t.Context(), model, clips, &cfg)
		if err != nil {
			t.Fatal(err)
		}
		none := make([]float32, want.Cols)
		for i, want := range [][]float32{want.Row(1), none, want.Row(0), want.Row(1), none} {
			if !slices.Equal(rows.Row(i), want) {
				t.Errorf("clip %d: %v, want %v", i, rows.Row(i), want)
			}
		}
	}
	if len(log) != 2 || !strings.Contains(strings.Join(log, " "), "damaged.wav") || !strings.Contains(strings.Join(log, " "), "the clip at 2 s") {
		t.Errorf("log %q", log)
	}
}
