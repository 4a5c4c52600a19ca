//go:build unix

// Command specgen (in bench) times specgen, sox and ffmpeg side by side: whole
// processes that turn a WAV file of 60 s (44.1 kHz, stereo, 16 bit) into a PNG
// of about the same size, in turn, so that a noisy machine is noisy for all of
// them. It prints medians, ratios and peak memory.
//
//	go run ./bench/specgen [-n 15] [-seconds 60] [-ffmpeg=false]
//
// sox and ffmpeg are left out where they are not installed.
package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/soundspace/soundspace/audio"
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
	withFFmpeg := flag.Bool("ffmpeg", true, "run ffmpeg too, which takes half a minute for a minute of sound")
	write := flag.String("write", "", "only write the recording to this file")
	flag.Parse()
	if *write != "" {
		if err := audio.WriteWAVFile(*write, recording(*seconds), 16); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := compare(*rounds, *seconds, *withFFmpeg); err != nil {
		log.Fatal(err)
	}
}

func compare(rounds, seconds int, withFFmpeg bool) error {
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
	if out, err := exec.Command(self, "-seconds", fmt.Sprint(seconds), "-write", wav).CombinedOutput(); err != nil {
		return fmt.Errorf("making the recording: %w\n%s", err, out)
	}
	ours := filepath.Join(dir, "specgen")
	if out, err := exec.Command("go", "build", "-o", ours, "./cmd/specgen").CombinedOutput(); err != nil {
		return fmt.Errorf("building specgen: %w\n%s", err, out)
	}
	png := func(name string) string { return filepath.Join(dir, name+".png") }
	contenders := []*contender{
		{name: "specgen", args: []string{ours, "--quiet", "--channels", "split", "--size", "1200x600", "-o", png("specgen"), wav}},
		{name: "specgen mix", args: []string{ours, "--quiet", "--size", "1200x600", "-o", png("specgen-mix"), wav}},
	}
	if _, err := exec.LookPath("sox"); err == nil {
		// -x and -y are those of the spectrogram alone; two channels stand one
		// over the other.
		contenders = append(contenders, &contender{name: "sox", args: []string{"sox", wav, "-n", "spectrogram", "-x", "1056", "-y", "257", "-o", png("sox")}})
	}
	if _, err := exec.LookPath("ffmpeg"); err == nil && withFFmpeg {
		contenders = append(contenders, &contender{name: "ffmpeg", args: []string{"ffmpeg", "-nostdin", "-v", "error", "-y", "-i", wav, "-lavfi", "showspectrumpic=s=1056x514:mode=separate", png("ffmpeg")}})
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
	fmt.Printf("%s/%s, %d CPUs, %s; %d s of 44.1 kHz stereo, %d rounds, medians\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), time.Now().Format(time.DateOnly), seconds, rounds)
	fmt.Printf("%-12s %9s %9s %10s %12s %10s\n", "program", "wall ms", "CPU ms", "× specgen", "peak MiB", "PNG KiB")
	base := median(contenders[0].wall)
	for _, c := range contenders {
		st, err := os.Stat(png(strings.ReplaceAll(c.name, " ", "-")))
		if err != nil {
			return err
		}
		fmt.Printf("%-12s %9.1f %9.1f %10.2f %12.1f %10d\n", c.name, median(c.wall), median(c.cpu), median(c.wall)/base, float64(c.rss)/1024, st.Size()/1024)
	}
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

func median(v []float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	n := len(v)
	if n == 0 {
		return math.NaN()
	}
	return (v[(n-1)/2] + v[n/2]) / 2
}

// recording makes stereo sound with something at every frequency: a chirp in one
// channel, bursts of noise in the other.
func recording(seconds int) *audio.Clip {
	const rate = 44100
	c := audio.NewClip(2, seconds*rate, rate)
	rng := rand.New(rand.NewPCG(1, 2))
	phase := 0.0
	for i := range c.Frames() {
		t := float64(i) / rate
		phase += 2 * math.Pi * (50 + 20000*math.Mod(t, 10)/10) / rate
		c.Samples[0][i] = float32(0.5*math.Sin(phase) + 0.001*rng.NormFloat64())
		c.Samples[1][i] = float32(0.1 * rng.NormFloat64() * math.Exp(-5*math.Mod(t, 1)))
	}
	return c
}
