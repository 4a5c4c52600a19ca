//go:build unix

// Command stream transforms a recording of any length block by block, and shows
// that memory stays flat and that nothing is slower than its parts: it prints the
// time of decoding alone, of transforming a minute that is in memory, and of both
// together, and the largest amount of memory so far.
//
//	go run ./bench/stream [-hours 10] [-nfft 2048] [-hop 512]
//
// The recording, 44.1 kHz, 16 bit, one channel, is made in the temporary folder:
// 318 MB an hour.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/bench/internal/recording"
	"github.com/soundspace/soundspace/stft"
)

func main() {
	log.SetFlags(0)
	hours := flag.Float64("hours", 10, "length of the recording")
	nfft := flag.Int("nfft", 2048, "length of the transform")
	hop := flag.Int("hop", 512, "distance of frames")
	flag.Parse()
	if err := run(int(*hours*3600), *nfft, *hop); err != nil {
		log.Fatal(err)
	}
}

func run(seconds, nfft, hop int) error {
	plan, err := stft.New(stft.Config{NFFT: nfft, HopSamples: hop, SampleRate: recording.Rate})
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-stream-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "in.wav")
	if err := recording.Write(path, seconds, 1); err != nil {
		return err
	}
	fmt.Printf("%.1f hours, STFT magnitude %d/%d\n", float64(seconds)/3600, nfft, hop)

	frames := 0
	none := func([]float32) {}
	decoding, err := through(path, none)
	if err != nil {
		return err
	}
	fmt.Printf("decoding      %8.2f s  %s\n", decoding.Seconds(), memory())
	stream, rows := plan.StreamMagnitude(), []float32(nil)
	both, err := through(path, func(block []float32) {
		rows = stream.Append(rows[:0], block)
		frames += len(rows) / plan.Bins()
	})
	if err != nil {
		return err
	}
	rows = stream.Finish(rows[:0])
	frames += len(rows) / plan.Bins()
	if want := plan.Frames(seconds * recording.Rate); frames != want {
		return fmt.Errorf("%d frames, want %d", frames, want)
	}
	fmt.Printf("both          %8.2f s  %s\n", both.Seconds(), memory())

	minute := make([]float32, 60*recording.Rate)
	for i := range minute {
		minute[i] = rand.Float32() - 0.5
	}
	dst := plan.Magnitude(nil, minute)
	var times []time.Duration
	for range 15 {
		start := time.Now()
		plan.Magnitude(dst, minute)
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	perFrame := times[len(times)/2] / time.Duration(plan.Frames(len(minute)))
	transform := perFrame * time.Duration(frames)
	fmt.Printf("transform     %8.2f s  at %v per frame, the median of a minute in memory\n", transform.Seconds(), perFrame)
	fmt.Printf("both / parts  %8.2f\n", both.Seconds()/(decoding+transform).Seconds())
	return nil
}

// through hands the blocks of the recording to f.
func through(path string, f func(block []float32)) (time.Duration, error) {
	start := time.Now()
	d, err := audio.Open(path, audio.Config{})
	if err != nil {
		return 0, err
	}
	defer d.Close()
	block := [][]float32{make([]float32, 1<<15)}
	for {
		n, err := d.Read(block)
		f(block[0][:n])
		if errors.Is(err, io.EOF) {
			return time.Since(start), nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// memory returns the largest resident set so far.
func memory() string {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%.1f MiB at most so far", float64(u.Maxrss)/1024)
}
