package checkpoint

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// maxAlloc is what opening and reading a damaged file of a few kilobytes may take.
const maxAlloc = 64 << 20

// tryParse opens a file of the given content and, if that works, reads all
// elements. It fails the test if that takes much memory, or if the error is of
// another kind than it should.
func tryParse(t testing.TB, data []byte) (err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err = parseAndRead(t, data)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > maxAlloc {
		t.Errorf("%d bytes allocated for a file of %d", n, len(data))
	}
	return err
}

func parseAndRead(t testing.TB, data []byte) error {
	f, err := parse(memorySource(data))
	if err == nil {
		for _, name := range f.Names() {
			tensor := f.Tensor(name)
			if got := len(tensor.Floats()); got != tensor.Len() {
				t.Errorf("%d values of %d", got, tensor.Len())
			}
		}
		if f.Err() != nil {
			t.Errorf("opened, but not read: %v", f.Err())
		}
	} else if !errors.Is(err, ErrFormat) {
		t.Errorf("error of another kind: %v", err)
	}
	return err
}

var extremes = []uint64{0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 1 << 24, 0x7fffffff, 0xffffffff, 1 << 40, 1<<63 - 1, 1<<64 - 1}

// Whatever happens to a file, it is refused or read.
func TestDamage(t *testing.T) {
	for _, name := range []string{"dtypes.safetensors", "dtypes.pt", "views.pt", "nested.pt", "nested_protocol5.pt",
		"script.pt", "views_legacy.pt", "nested_legacy.pt", "nested_protocol1_legacy.pt"} {
		t.Run(name, func(t *testing.T) {
			good, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			if err := tryParse(t, good); err != nil {
				t.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			cases, refused := 0, 0
			try := func(data []byte) error {
				err := tryParse(t, data)
				cases++
				if err != nil {
					refused++
				}
				return err
			}
			for i := range 300 {
				if try(good[:i*len(good)/300]) == nil {
					t.Errorf("cut to %d of %d bytes, and accepted", i*len(good)/300, len(good))
				}
			}
			for range 400 { // flipped bits, more of them in the first half
				bad := append([]byte(nil), good...)
				n := len(bad)
				if rng.IntN(2) == 0 {
					n /= 2
				}
				for range 1 + rng.IntN(3) {
					bad[rng.IntN(n)] ^= 1 << rng.IntN(8)
				}
				try(bad)
			}
			for range 300 { // fields of 1 to 8 bytes that lie
				bad := append([]byte(nil), good...)
				var field [8]byte
				binary.LittleEndian.PutUint64(field[:], extremes[rng.IntN(len(extremes))])
				copy(bad[rng.IntN(len(bad)):], field[:1<<rng.IntN(4)])
				try(bad)
			}
			for range 200 { // pieces left out, doubled or exchanged
				i, j := rng.IntN(len(good)), rng.IntN(len(good))
				i, j = min(i, j), max(i, j)
				bad := append([]byte(nil), good[:i]...)
				if rng.IntN(2) == 0 {
					bad = append(append(bad, good[i:j]...), good[i:]...)
				} else {
					bad = append(bad, good[j:]...)
				}
				try(bad)
			}
			t.Logf("%d of %d refused", refused, cases)
		})
	}
}

func FuzzSafetensors(f *testing.F) { fuzz(f, "*.safetensors") }
func FuzzTorch(f *testing.F)       { fuzz(f, "*.pt") }

func fuzz(f *testing.F, pattern string) {
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		f.Fatal("no files", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) { parseAndRead(t, data) })
}

// FuzzPickle tries pickles by themselves: a file's checksum protects them from the
// changes that a fuzzer makes.
func FuzzPickle(f *testing.F) {
	files, _ := filepath.Glob(filepath.Join("testdata", "*.pt"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for i := 0; i < len(data)-2; i++ {
			if data[i] == 0x80 && data[i+1] <= 5 {
				if n, err := checkPickle(data[i:]); err == nil && n > 20 {
					f.Add(data[i : i+n])
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) { parseAndRead(t, torchFile(data)) })
}

func FuzzIndex(f *testing.F) {
	data, err := os.ReadFile(filepath.Join("testdata", "sharded_safetensors", "model.safetensors.index.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	dir := os.DirFS(filepath.Join("testdata", "sharded_safetensors"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if file, err := openIndex(memorySource(data), dir, "index.json"); err == nil {
			file.Close()
		}
	})
}
