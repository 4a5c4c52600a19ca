package main

import (
	"context"
	"io"
	"sync"
	"sync/atomic"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/spectrogram"
)

// sink takes the rows of each channel as they come and makes the output of
// them.
type sink interface {
	// add takes whole frames of power. Channels may come side by side.
	add(channel int, rows []float32) error
	// finish writes the output to w.
	finish(w io.Writer) (*result, error)
	// close gives back what the sink holds; it may follow finish.
	close()
}

// sinkError is a failure to store rows, as opposed to one to read samples.
type sinkError struct{ error }

func (e sinkError) Unwrap() error { return e.error }

// ahead is how many blocks, and rows made of blocks, are on their way.
const ahead = 3

// blockLength returns how many samples of each channel are read at a time: no
// more than become 1 MiB of rows, or one frame, whatever the hop.
func blockLength(l spectrogram.Layout) int {
	const most, values = 1 << 15, 1 << 18
	return min(l.HopSamples*max(1, values/l.Bins), most)
}

// block is a piece of the recording on its way from the decoder to the
// transforms.
type block struct {
	samples [][]float32
	n       int
	pending atomic.Int32 // transforms that have yet to read it
}

// transform reads src to its end and hands the rows of each channel to out.
// Decoding, and for each channel transforming and storing, run side by side,
// with a few blocks between them. It returns the number of samples read per
// channel, and the error that ended the reading, or a sinkError.
func transform(ctx context.Context, src audio.Reader, plan *spectrogram.Plan, out sink) (samples int64, err error) {
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)

	length := blockLength(plan.Layout())
	free := make(chan *block, ahead)
	for range ahead {
		b := &block{samples: make([][]float32, src.Channels())}
		for c := range b.samples {
			b.samples[c] = make([]float32, length)
		}
		free <- b
	}
	var work sync.WaitGroup
	blocks := make([]chan *block, src.Channels())
	for c := range blocks {
		blocks[c] = make(chan *block, ahead)
		rows, spare := make(chan []float32, ahead), make(chan []float32, ahead)
		for range ahead {
			spare <- nil
		}
		work.Add(2)
		go func() {
			defer work.Done()
			defer close(rows)
			stream := plan.NewStream()
			for b := range blocks[c] {
				rows <- stream.Append((<-spare)[:0], b.samples[c][:b.n])
				if b.pending.Add(-1) == 0 {
					free <- b
				}
			}
			rows <- stream.Finish((<-spare)[:0])
		}()
		go func() {
			defer work.Done()
			for r := range rows {
				if running.Err() == nil {
					if err := out.add(c, r); err != nil {
						stop(sinkError{err})
					}
				}
				spare <- r
			}
		}()
	}

	var readErr error
	done := make(chan struct{})
	go func() {
		defer close(done)
		samples, readErr = deal(running, src, free, blocks)
		work.Wait()
	}()
	select {
	case <-done:
	case <-ctx.Done(): // reading may wait for a pipe: it is left behind
		return 0, ctx.Err()
	}
	if err := context.Cause(running); err != nil {
		return samples, err
	}
	return samples, readErr
}

// deal hands blocks of src to all channels until src ends, which is no error,
// fails, or ctx is cancelled.
func deal(ctx context.Context, src audio.Reader, free <-chan *block, blocks []chan *block) (samples int64, err error) {
	defer func() {
		for _, c := range blocks {
			close(c)
		}
	}()
	for ctx.Err() == nil {
		b := <-free
		if b.n, err = src.Read(b.samples); err != nil {
			break
		}
		samples += int64(b.n)
		b.pending.Store(int32(len(blocks)))
		for _, c := range blocks {
			c <- b
		}
	}
	if err == io.EOF {
		err = nil
	}
	return samples, err
}
