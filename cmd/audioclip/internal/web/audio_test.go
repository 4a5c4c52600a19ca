package web

import (
	"bytes"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-audio/wav"

	"github.com/soundspace/soundspace/audio"
)

// TestAudioAsItIs asks for recordings that browsers play: all of the file must come, or the
// part that is asked for.
func TestAudioAsItIs(t *testing.T) {
	store := testStore(t, recordings)
	_, hs := newTestServer(t, store)
	for name, mediaType := range map[string]string{
		"wolf-howl.wav": "audio/wav", "crow.flac": "audio/flac", "camera-shutter.ogg": "audio/ogg", "baby-cry.mp3": "audio/mpeg",
	} {
		f := named(t, store, name)
		data, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		url := "/api/v1/recordings/" + f.ID() + "/audio"
		status, h, body := request(t, hs, "GET", url, nil)
		if status != 200 || h.Get("Content-Type") != mediaType || h.Get("Accept-Ranges") != "bytes" || !bytes.Equal(body, data) {
			t.Errorf("%s: %d %v", name, status, h)
		}
		if _, p, err := mime.ParseMediaType(h.Get("Content-Disposition")); err != nil || p["filename"] != name {
			t.Errorf("%s: Content-Disposition %q: %v %v", name, h.Get("Content-Disposition"), p, err)
		}
		etag := h.Get("ETag")
		if status, _, body := request(t, hs, "GET", url, nil, "If-None-Match", etag); status != 304 || len(body) != 0 {
			t.Errorf("%s, which the client has: %d", name, status)
		}
		n := len(data)
		for _, test := range []struct {
			ranges string
			status int
			want   []byte
		}{
			{"bytes=0-0", 206, data[:1]},
			{"bytes=10-19", 206, data[10:20]},
			{"bytes=100-", 206, data[100:]},
			{"bytes=-7", 206, data[n-7:]},
			{"bytes=0-999999999999", 206, data},
			{"bytes=999999999-", 416, nil},
			{"bytes=5-2", 416, nil},
			{"bytes=x", 416, nil},
			{"seconds=1-2", 416, nil},
		} {
			status, _, body := request(t, hs, "GET", url, nil, "Range", test.ranges)
			if status != test.status || test.want != nil && !bytes.Equal(body, test.want) {
				t.Errorf("%s, %s: %d, %d bytes", name, test.ranges, status, len(body))
			}
		}
		if status, _, body := request(t, hs, "GET", url, nil, "Range", "bytes=1-2", "If-Range", `"other"`); status != 200 || len(body) != n {
			t.Errorf("%s, a range of another version: %d", name, status)
		}
		if status, _, _ := request(t, hs, "GET", url, nil, "If-Range", etag, "Range", "bytes=1-2"); status != 206 {
			t.Errorf("%s, a range of this version: %d", name, status)
		}
	}
}

// TestAudioConverted asks for a recording of a kind that browsers do not play. What comes is
// read with go-audio/wav and compared with the samples of the recording.
func TestAudioConverted(t *testing.T) {
	store := testStore(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "twelve channels.wav")
	clip := audio.NewClip(12, 5000, 16000)
	for c, samples := range clip.Samples {
		for i := range samples {
			samples[i] = float32(math.Sin(float64(i*(c+1)) / 100))
		}
	}
	if err := audio.WriteWAVFile(path, clip, 16); err != nil {
		t.Fatal(err)
	}
	f := put(t, store, path)
	s, hs := newTestServer(t, store)
	url := "/api/v1/recordings/" + f.ID() + "/audio"
	status, h, body := request(t, hs, "GET", url, nil)
	if status != 200 || h.Get("Content-Type") != "audio/wav" {
		t.Fatalf("%d %v", status, h)
	}
	d := wav.NewDecoder(bytes.NewReader(body))
	b, err := d.FullPCMBuffer()
	if err != nil {
		t.Fatal(err)
	}
	if b.Format.NumChannels != 1 || b.Format.SampleRate != 16000 || b.SourceBitDepth != 16 || len(b.Data) != 5000 || len(body) != 44+2*5000 {
		t.Fatalf("%+v, %d samples, %d bytes", b.Format, len(b.Data), len(body))
	}
	if size := int(d.PCMChunk.Size); size != 10000 {
		t.Errorf("the chunk has %d bytes", size)
	}
	mean := make([]float64, 5000)
	for _, samples := range clip.Samples {
		for i, x := range samples {
			mean[i] += float64(x) / 12
		}
	}
	for i, want := range mean {
		if got := float64(b.Data[i]) / 32768; math.Abs(got-want) > 2.0/32768 {
			t.Fatalf("sample %d is %g, not %g", i, got, want)
		}
	}
	if status, _, part := request(t, hs, "GET", url, nil, "Range", "bytes=44-47"); status != 206 || !bytes.Equal(part, body[44:48]) {
		t.Errorf("a range: %d %x", status, part)
	}
	if files, err := filepath.Glob(filepath.Join(s.cache.dir, "*")); err != nil || len(files) != 1 {
		t.Errorf("in the cache: %v %v", files, err)
	}

	// It is kept: the file may go, but then nothing is sent any more.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := request(t, hs, "GET", url, nil); status != http.StatusGone {
		t.Errorf("the recording is gone: %d", status)
	}
}

// TestWAVIsBounded converts an endless recording.
func TestWAVIsBounded(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "x.wav"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var f failure
	if err := writeWAV(file, endless{}, 1<<20); !errors.As(err, &f) || f.status != http.StatusRequestEntityTooLarge {
		t.Errorf("the error is %v", err)
	}
	if st, err := file.Stat(); err != nil || st.Size() > 1<<20+44 {
		t.Errorf("%d bytes %v", st.Size(), err)
	}
}

// endless is a recording without an end, of one channel.
type endless struct{}

func (endless) SampleRate() int                       { return 44100 }
func (endless) Channels() int                         { return 1 }
func (endless) Read(dst [][]float32) (n int, _ error) { return len(dst[0]), nil }

// broken is one that breaks off after a second.
type broken struct{ audio.Reader }

func (b broken) Read(dst [][]float32) (int, error) {
	n, err := b.Reader.Read(dst)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestBrokenRecordings(t *testing.T) {
	src := func() audio.Reader { return broken{audio.NewClipReader(audio.NewClip(1, 44100, 44100))} }
	file, err := os.Create(filepath.Join(t.TempDir(), "x.wav"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := writeWAV(file, src(), 1<<20); err != nil {
		t.Error(err)
	}
	if clip, err := audio.ReadFile(file.Name(), audio.Config{NoFFmpeg: true}); err != nil || clip.Frames() != 44100 {
		t.Errorf("the WAV of what there is: %v %v", clip, err)
	}
	if err := (picture{width: 32, height: 16}).draw(io.Discard, src(), 0); err != nil {
		t.Errorf("the picture of what there is: %v", err)
	}
}

func TestDisposition(t *testing.T) {
	for name, want := range map[string]string{
		"dog.wav":      `inline; filename="dog.wav"; filename*=UTF-8''dog.wav`,
		`a"b\c;d%.wav`: `inline; filename="a_b_c_d_.wav"; filename*=UTF-8''a%22b%5Cc%3Bd%25.wav`,
		"é\r\n.wav":    `inline; filename="___.wav"; filename*=UTF-8''%C3%A9%0D%0A.wav`,
		"\xff.wav":     `inline; filename="_.wav"; filename*=UTF-8''%EF%BF%BD.wav`,
	} {
		if got := disposition(name); got != want {
			t.Errorf("%q: %s", name, got)
		}
	}
}
