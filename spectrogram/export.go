package spectrogram

import (
	"bufio"
	"io"
	"strconv"

	"github.com/soundspace/soundspace/internal/npy"
)

// WriteNPY writes the values as a .npy file for numpy.load: a float32 array of
// frames × bins, or channels × frames × bins when there are several channels.
func (s *Spectrogram) WriteNPY(w io.Writer) error {
	shape := []int{s.Channels, s.Frames, s.Bins}
	if s.Channels == 1 {
		shape = shape[1:]
	}
	return npy.Write(w, s.Data, shape...)
}

// WriteCSV writes a table with a row for each frame, as [CSVWriter] does.
func (s *Spectrogram) WriteCSV(w io.Writer) error {
	table := NewCSVWriter(w, s.Layout, s.Channels)
	for c := range s.Channels {
		if err := table.Write(c, 0, s.Channel(c).Data); err != nil {
			return err
		}
	}
	return table.Flush()
}

// CSVWriter writes spectrograms of any length as a table with a row for each
// frame: its time in seconds, then its values. The first row names the columns:
// "time", then the frequencies in Hz. When there are several channels, a first
// column "channel" numbers them from 1. Every number is the shortest that reads
// back to the same float.
type CSVWriter struct {
	w       *bufio.Writer
	layout  Layout
	several bool
	line    []byte
}

// NewCSVWriter returns a writer that has written the first row.
func NewCSVWriter(w io.Writer, l Layout, channels int) *CSVWriter {
	t := &CSVWriter{w: bufio.NewWriter(w), layout: l, several: channels > 1}
	if t.several {
		t.line = append(t.line, "channel,"...)
	}
	t.line = append(t.line, "time"...)
	for _, f := range l.Frequencies {
		t.line = strconv.AppendFloat(append(t.line, ','), f, 'g', -1, 64)
	}
	t.w.Write(append(t.line, '\n')) // its error is that of the next write too
	return t
}

// Write writes whole frames of a channel, the first of them frame t.
func (w *CSVWriter) Write(channel, t int, frames []float32) error {
	for ; len(frames) > 0; frames = frames[w.layout.Bins:] {
		line := w.line[:0]
		if w.several {
			line = append(strconv.AppendInt(line, int64(channel+1), 10), ',')
		}
		line = strconv.AppendFloat(line, w.layout.Time(t), 'g', -1, 64)
		for _, v := range frames[:w.layout.Bins] {
			line = strconv.AppendFloat(append(line, ','), float64(v), 'g', -1, 32)
		}
		w.line = append(line, '\n')
		if _, err := w.w.Write(w.line); err != nil {
			return err
		}
		t++
	}
	return nil
}

// Flush writes what is still buffered.
func (w *CSVWriter) Flush() error { return w.w.Flush() }
