package main

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/soundspace/soundspace/internal/aside"
	"github.com/soundspace/soundspace/internal/npy"
	"github.com/soundspace/soundspace/spectrogram"
)

// matrix is the sink of --format npy and csv. What 0 dB is may be known only at
// the end, and channels come interleaved but are written one after the other:
// so powers are kept in a temporary file for each channel, beside the output,
// and become decibels when all are there. Memory stays small whatever the
// length of the recording.
type matrix struct {
	opts   *options
	layout spectrogram.Layout
	spools []*spool
}

type spool struct {
	file   *os.File
	w      *bufio.Writer
	frames int
	peak   float32 // the largest finite power
	buf    []byte
}

func newMatrix(opts *options, l spectrogram.Layout, channels int, output string) (*matrix, error) {
	m := &matrix{opts: opts, layout: l}
	if output == stdio || aside.IsDevice(output) {
		output = filepath.Join(os.TempDir(), "specgen")
	}
	for range channels {
		f, err := aside.Create(output)
		if err != nil {
			m.close()
			return nil, err
		}
		m.spools = append(m.spools, &spool{file: f, w: bufio.NewWriterSize(f, 1<<18)})
	}
	return m, nil
}

func (m *matrix) add(channel int, rows []float32) error {
	s := m.spools[channel]
	for _, v := range rows {
		if v > s.peak && v <= math.MaxFloat32 {
			s.peak = v
		}
	}
	s.frames += len(rows) / m.layout.Bins
	s.buf = npy.AppendFloat32(s.buf[:0], rows)
	_, err := s.w.Write(s.buf)
	return err
}

func (m *matrix) finish(w io.Writer) (*result, error) {
	ref := m.reference()
	frames := m.spools[0].frames
	r := &result{Format: m.opts.format, Channels: len(m.spools), Frames: int64(frames), Bins: m.layout.Bins, RefPower: ref}
	var writeRows func(channel, frame int, rows []float32) error
	flush := func() error { return nil }
	if m.opts.format == "csv" {
		table := spectrogram.NewCSVWriter(w, m.layout, len(m.spools))
		writeRows, flush = table.Write, table.Flush
	} else {
		shape := []int{frames, m.layout.Bins}
		if len(m.spools) > 1 {
			shape = append([]int{len(m.spools)}, shape...)
		}
		if _, err := w.Write(npy.Header("<f4", shape...)); err != nil {
			return nil, err
		}
		var buf []byte
		writeRows = func(_, _ int, rows []float32) error {
			buf = npy.AppendFloat32(buf[:0], rows)
			_, err := w.Write(buf)
			return err
		}
	}
	for c, s := range m.spools {
		if err := s.each(m.layout.Bins, func(frame int, rows []float32) error {
			if err := m.toDecibel(rows, ref); err != nil {
				return err
			}
			return writeRows(c, frame, rows)
		}); err != nil {
			return nil, err
		}
	}
	return r, flush()
}

// reference returns the power that reads 0 dB.
func (m *matrix) reference() float64 {
	var peak float32
	for _, s := range m.spools {
		peak = max(peak, s.peak)
	}
	return m.opts.ref.of(m.layout, float64(peak))
}

// toDecibel turns power into what is drawn: decibels, no lower than the
// darkest colour.
func (m *matrix) toDecibel(rows []float32, ref float64) error {
	if !(ref > 0) {
		ref = 1 // silence: all is darkest
	}
	s := spectrogram.Spectrogram{Layout: m.layout, Channels: 1, Frames: len(rows) / m.layout.Bins, Data: rows}
	if err := s.ToDecibel(spectrogram.DBConfig{ReferencePower: ref, AMin: math.SmallestNonzeroFloat32}); err != nil {
		return err
	}
	floor := float32(-m.opts.plot.RangeDB)
	for i, v := range rows {
		if !(v >= floor) { // NaN too is drawn in the darkest colour
			rows[i] = floor
		}
	}
	return nil
}

// each hands all rows to visit, some at a time.
func (s *spool) each(bins int, visit func(frame int, rows []float32) error) error {
	if err := s.w.Flush(); err != nil {
		return err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r := bufio.NewReaderSize(s.file, 1<<18)
	const atOnce = 64
	buf := make([]byte, atOnce*bins*4)
	rows := make([]float32, atOnce*bins)
	for frame := 0; frame < s.frames; frame += atOnce {
		n := min(atOnce, s.frames-frame) * bins
		if _, err := io.ReadFull(r, buf[:n*4]); err != nil {
			return err
		}
		for i := range n {
			rows[i] = math.Float32frombits(binary.LittleEndian.Uint32(buf[4*i:]))
		}
		if err := visit(frame, rows[:n]); err != nil {
			return err
		}
	}
	return nil
}

func (m *matrix) close() {
	for _, s := range m.spools {
		s.file.Close()
		os.Remove(s.file.Name())
	}
}
