package spectrogram

import (
	"bytes"
	"encoding/csv"
	"errors"
	"math"
	"reflect"
	"strconv"
	"testing"

	"github.com/soundspace/soundspace/internal/npy"
)

// small returns 2 frames of 3 bins for each channel, with values hard to print.
func small(channels int) *Spectrogram {
	s := &Spectrogram{
		Layout:   Layout{SampleRate: 44100, HopSamples: 441, FirstSample: 147, Bins: 3, Frequencies: []float64{0, 1000.0 / 3, 22050}},
		Channels: channels, Frames: 2,
	}
	for i := range 6 * channels {
		s.Data = append(s.Data, -100/float32(i+3))
	}
	s.Data[1] = float32(math.Inf(-1))
	s.Data[2] = math.SmallestNonzeroFloat32
	return s
}

func TestWriteNPY(t *testing.T) {
	for channels, shape := range map[int][]int{1: {2, 3}, 2: {2, 2, 3}} {
		s := small(channels)
		var b bytes.Buffer
		if err := s.WriteNPY(&b); err != nil {
			t.Fatal(err)
		}
		a, err := npy.Read(&b)
		if err != nil {
			t.Fatal(err)
		}
		if a.Dtype != "<f4" || !reflect.DeepEqual(a.Shape, shape) {
			t.Errorf("%d channels: %s %v", channels, a.Dtype, a.Shape)
		}
		for i, v := range a.Real {
			if float32(v) != s.Data[i] {
				t.Errorf("%d channels: value %d is %g", channels, i, v)
			}
		}
	}
}

func TestWriteCSV(t *testing.T) {
	for _, channels := range []int{1, 2} {
		s := small(channels)
		var b bytes.Buffer
		if err := s.WriteCSV(&b); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		header := []string{"time", "0", "333.3333333333333", "22050"}
		if channels > 1 {
			header = append([]string{"channel"}, header...)
		}
		if !reflect.DeepEqual(rows[0], header) || len(rows) != 1+2*channels {
			t.Fatalf("%d rows, first %q", len(rows), rows[0])
		}
		for i, row := range rows[1:] {
			if channels > 1 {
				if want := strconv.Itoa(1 + i/2); row[0] != want {
					t.Errorf("row %d is of channel %s, want %s", i, row[0], want)
				}
				row = row[1:]
			}
			if at, _ := strconv.ParseFloat(row[0], 64); at != s.Time(i%2) {
				t.Errorf("row %d is at %s, want %g", i, row[0], s.Time(i%2))
			}
			for k, text := range row[1:] {
				if v, err := strconv.ParseFloat(text, 32); err != nil || float32(v) != s.Frame(i/2, i%2)[k] {
					t.Errorf("row %d, bin %d is %s, want %g", i, k, text, s.Frame(i/2, i%2)[k])
				}
			}
		}
	}
}

func TestWriteErrors(t *testing.T) {
	s := small(1)
	if err := s.WriteNPY(full{}); !errors.Is(err, errFull) {
		t.Errorf("WriteNPY: %v", err)
	}
	if err := s.WriteCSV(full{}); !errors.Is(err, errFull) {
		t.Errorf("WriteCSV: %v", err)
	}
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
