//go:build unix

// Command specgen (in bench) times specgen, sox and ffmpeg side by side: whole
// processes that turn a WAV file of 60 s (44.1 kHz, stereo, 16 bit) into a PNG
// of the same size, in turn, so that a noisy machine is noisy for all of them. It
// prints medians, ratios and peak memory as a Markdown table.
//
//	go run ./bench/specgen [-n 15] [-seconds 60] [-channels 2] [-ffmpeg=false]
//
// sox and ffmpeg are left out where they are not installed. Ten hours take a file
// of 3.2 GB in the temporary folder:
//
//	go run ./bench/specgen -n 1 -seconds 36000 -channels 1 -ffmpeg=false
package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/soundspace/soundspace/bench/internal/recording"
	"github.com/soundspace/soundspace/bench/internal/statistics"
)

type contender struct {
	name string
	args []string
	wall []float64 // ms
	cpu  []float64 // ms
	rss  int64     // KiB, as Linux reports it
}

func main() {
	log.SetFlags(0)
	rounds := flag.Int("n", 15, "rounds")
	seconds := flag.Int("seconds", 60, "length of the recording")
	channels := flag.Int("channels", 2, "channels of the recording, 1 or 2")
	withFFmpeg := flag.Bool("ffmpeg", true, "run ffmpeg too, which takes half a minute for a minute of sound")
	write := flag.String("write", "", "only write the recording to this file")
	flag.Parse()
	if *rounds < 1 || *seconds < 1 || *channels < 1 || *channels > 2 {
		log.Fatal("-n, -seconds and -channels must be positive, and no more than 2 channels")
	}
	if size := int64(*seconds) * recording.Rate * int64(*channels) * 2; size > math.MaxUint32-44 {
		log.Fatalf("%d s of %d channels are more than the 4 GiB of a WAV file", *seconds, *channels)
	}
	if *write != "" {
		if err := recording.Write(*write, *seconds, *channels); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := compare(*rounds, *seconds, *channels, *withFFmpeg); err != nil {
		log.Fatal(err)
	}
}

func compare(rounds, seconds, channels int, withFFmpeg bool) error {
	dir, err := os.MkdirTemp("", "bench-specgen-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	wav := filepath.Join(dir, "in.wav")
	// Linux counts the memory of the parent, as large as it ever was, to that of
	// a child: so another process makes the recording.
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if out, err := exec.Command(self, "-seconds", fmt.Sprint(seconds), "-channels", fmt.Sprint(channels), "-write", wav).CombinedOutput(); err != nil {
		return fmt.Errorf("making the recording: %w\n%s", err, out)
	}
	ours := filepath.Join(dir, "specgen")
	if out, err := exec.Command("go", "build", "-o", ours, "./cmd/specgen").CombinedOutput(); err != nil {
		return fmt.Errorf("building specgen: %w\n%s", err, out)
	}
	png := func(name string) string { return filepath.Join(dir, name+".png") }
	// All pictures have about 1200×600 pixels. sox and ffmpeg are told the size
	// without the axes; channels stand one over the other.
	const size, width, height = "1200x600", 1056, 514
	contenders := []*contender{
		{name: "specgen", args: []string{ours, "--quiet", "--channels", "split", "--size", size, "-o", png("specgen"), wav}},
	}
	if channels > 1 {
		contenders = append(contenders, &contender{name: "specgen mix", args: []string{ours, "--quiet", "--size", size, "-o", png("specgen-mix"), wav}})
	}
	if _, err := exec.LookPath("sox"); err == nil {
		// For sox the height is that of a channel, and quick if it is 2^n+1.
		y := fmt.Sprint(height/channels/256*256 + 1)
		contenders = append(contenders, &contender{name: "sox", args: []string{"sox", wav, "-n", "spectrogram", "-x", fmt.Sprint(width), "-y", y, "-o", png("sox")}})
	}
	if _, err := exec.LookPath("ffmpeg"); err == nil && withFFmpeg {
		filter := fmt.Sprintf("showspectrumpic=s=%dx%d:mode=separate", width, height)
		contenders = append(contenders, &contender{name: "ffmpeg", args: []string{"ffmpeg", "-nostdin", "-v", "error", "-y", "-i", wav, "-lavfi", filter, png("ffmpeg")}})
	}
	for i := range rounds + 1 {
		for _, c := range contenders {
			// The first round only warms up. What takes ten seconds is sat through
			// twice.
			if len(c.wall) > 0 && c.wall[0] > 10_000 {
				continue
			}
			if err := c.run(i > 0); err != nil {
				return err
			}
		}
	}
	const row = "| %-16s | %9s | %10s | %9s | %9s | %8s |\n"
	fmt.Printf(row, "whole process", "wall ms", "× specgen", "CPU ms", "peak MiB", "PNG KiB")
	fmt.Print("|------------------|----------:|-----------:|----------:|----------:|---------:|\n")
	base := statistics.Median(contenders[0].wall)
	one := func(v float64) string { return fmt.Sprintf("%.1f", v) }
	for _, c := range contenders {
		st, err := os.Stat(png(strings.ReplaceAll(c.name, " ", "-")))
		if err != nil {
			return err
		}
		wall := statistics.Median(c.wall)
		fmt.Printf(row, c.name, one(wall), fmt.Sprintf("%.2f", wall/base), one(statistics.Median(c.cpu)), one(float64(c.rss)/1024), fmt.Sprint(st.Size()/1024))
	}
	fmt.Printf("\nA WAV file of %d s, 44.1 kHz, %d channels, 16 bit, to a PNG of %s pixels; medians of %d rounds in turn; %s/%s, %d CPUs, %s. ",
		seconds, channels, size, rounds, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), time.Now().Format(time.DateOnly))
	for _, c := range contenders[1:] {
		if c.name == "sox" || c.name == "ffmpeg" {
			fmt.Printf("specgen takes %.4f of the time of %s. ", base/statistics.Median(c.wall), c.name)
		}
	}
	fmt.Println("Command: `go run ./bench/specgen`")
	return nil
}

func (c *contender) run(count bool) error {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	begin := time.Now()
	out, err := cmd.CombinedOutput()
	wall := time.Since(begin)
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", c.name, err, out)
	}
	if count {
		c.wall = append(c.wall, float64(wall.Microseconds())/1e3)
		c.cpu = append(c.cpu, float64((cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()).Microseconds())/1e3)
		if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			c.rss = max(c.rss, int64(u.Maxrss))
		}
	}
	return nil
}
