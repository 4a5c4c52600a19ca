package audio

import "testing"

func TestResampleReader(t *testing.T) {
	src := noiseClip(2, 5000, 44100)
	for _, rate := range []int{16000, 48000, 44101} {
		want, err := Resample(src, rate, QualityFast)
		if err != nil {
			t.Fatal(err)
		}
		checkReader(t, src, want, func(r Reader) Reader {
			rr, err := NewResampleReader(r, rate, QualityFast)
			if err != nil {
				t.Fatal(err)
			}
			return rr
		})
	}
}

func TestResampleReaderSameRate(t *testing.T) {
	src := &clipReader{clip: noiseClip(1, 10, 8000), most: 10}
	if r, err := NewResampleReader(src, 8000, 0); err != nil || r != Reader(src) {
		t.Errorf("%v, %v; want the reader itself", r, err)
	}
	for _, rate := range []int{0, -8000, 1 << 30} {
		if _, err := NewResampleReader(src, rate, 0); err == nil {
			t.Errorf("no error for rate %d", rate)
		}
	}
}

func TestResampleReaderExtremes(t *testing.T) {
	for _, rates := range [][2]int{{1, 1024}, {1024, 1}} {
		src := noiseClip(1, 3000, rates[0])
		want, err := Resample(src, rates[1], QualityFast)
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewResampleReader(&clipReader{clip: src, most: 700}, rates[1], QualityFast)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		sameClip(t, got, want)
	}
}

func TestResampleReaderAllocatesNothing(t *testing.T) {
	src := &clipReader{clip: noiseClip(2, 1<<20, 44100), most: 1 << 20}
	r, err := NewResampleReader(src, 16000, QualityFast)
	if err != nil {
		t.Fatal(err)
	}
	dst := newBlock(2, 1000)
	r.Read(dst) // makes the buffers
	if n := testing.AllocsPerRun(50, func() { r.Read(dst) }); n != 0 {
		t.Errorf("%v allocations a block", n)
	}
}
