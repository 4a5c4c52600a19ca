package audio_test

import (
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/soundspace/soundspace/audio"
)

func ExampleReadFile() {
	clip, err := audio.ReadFile("testdata/formats/s16.flac", audio.Config{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(clip.Channels(), "channels,", clip.Frames(), "frames,", clip.SampleRate, "Hz,", clip.Duration())
	fmt.Println(clip.Samples[1][:3])
	// Output:
	// 2 channels, 1201 frames, 8000 Hz, 150.125ms
	// [0.4550476 0.33843994 0.2218628]
}

func ExampleStat() {
	info, err := audio.Stat("testdata/formats/ima.wav", audio.Config{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, %s, %d Hz, %d channels, %v\n", info.Format, info.Codec, info.SampleRate, info.Channels, info.Duration())
	// Output:
	// WAV, adpcm_ima_wav, 8000 Hz, 2 channels, 150.125ms
}

// A stream is read block by block, in memory that does not grow with it.
func ExampleNewDecoder() {
	stream, err := os.Open("testdata/formats/vorbis.ogg") // or a network connection
	if err != nil {
		log.Fatal(err)
	}
	defer stream.Close()

	d, err := audio.NewDecoder(stream, audio.Config{NoFFmpeg: true})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()

	block := audio.NewClip(d.Channels(), 1024, d.SampleRate()).Samples
	var loudest float32
	frames := 0
	for {
		n, err := d.Read(block)
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		for _, x := range block {
			for _, v := range x[:n] {
				loudest = max(loudest, v, -v)
			}
		}
		frames += n
	}
	fmt.Printf("%d frames of %s, the loudest sample is %.2f\n", frames, d.Info().Format, loudest)
	// Output:
	// 1201 frames of Ogg Vorbis, the loudest sample is 0.99
}

func ExampleWriteWAVFile() {
	clip := audio.NewClip(1, 4, 8000)
	copy(clip.Samples[0], []float32{0, 0.5, 1, -1})

	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "x.wav")
	if err := audio.WriteWAVFile(path, clip, 16); err != nil {
		log.Fatal(err)
	}
	again, err := audio.ReadFile(path, audio.Config{})
	fmt.Println(again.Samples[0], err)
	// Output:
	// [0 0.5 0.9999695 -1] <nil>
}
