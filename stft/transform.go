package stft

import (
	"math"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/soundspace/soundspace/internal/fft"
)

// transformer computes values V of the frames of samples S.
type transformer[S Sample, V Value] interface {
	transform(dst []V, x []S) []V
	stream() *Stream[S, V]
}

// transform is a transformer that computes in T.
type transform[T fft.Float, S Sample, V Value] struct {
	e     *engine[T]
	form  fft.Form
	bands *fft.Bands[T]
	width int // values V of a frame
	// convert turns values of frames into those of the result; nil if they are
	// the same in memory.
	convert func(dst []V, values []T)
	then    func(values []V) // what is done to values in the end, if not nil
	tasks   sync.Pool        // of *task[T, S, V]
}

func newTransform[S Sample, T fft.Float, V Value](e *engine[T], form fft.Form, convert func(dst []V, values []T)) *transform[T, S, V] {
	return newBandTransform[S](e, form, nil, convert, nil)
}

func newBandTransform[S Sample, T fft.Float, V Value](e *engine[T], form fft.Form, bands *fft.Bands[T], convert func([]V, []T), then func([]V)) *transform[T, S, V] {
	f := &transform[T, S, V]{e: e, form: form, bands: bands, width: e.frames.Bins(), convert: convert, then: then}
	if bands != nil {
		f.width = bands.Len()
	}
	f.tasks.New = func() any {
		t := &task[T, S, V]{transform: f}
		t.run = t.work
		return t
	}
	return f
}

// block computes the count ≤ Block() frames of s from frame t on.
func (f *transform[T, S, V]) block(dst []V, s *segment[S], t, count int, ws *workspace[T]) {
	x, hop := gather(f.e, ws, s, t, count)
	if f.convert == nil {
		f.e.frames.Forward(asValues[T](dst), f.form, f.bands, x, hop, count, ws.fft)
	} else {
		w := f.e.frames.Width(f.form, f.bands)
		if n := f.e.frames.Block() * w; cap(ws.values) < n {
			ws.values = make([]T, n)
		}
		values := ws.values[:count*w]
		f.e.frames.Forward(values, f.form, f.bands, x, hop, count, ws.fft)
		f.convert(dst, values)
	}
	if f.then != nil {
		f.then(dst)
	}
}

// asValues views real or complex values as real ones.
func asValues[T fft.Float, V Value](v []V) []T {
	var t T
	var one V
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*int(unsafe.Sizeof(one)/unsafe.Sizeof(t)))
}

func (f *transform[T, S, V]) transform(dst []V, x []S) []V {
	p := f.e.plan
	frames := p.Frames(len(x))
	if n := frames * f.width; cap(dst) < n {
		dst = make([]V, n)
	} else {
		dst = dst[:n]
	}
	if frames == 0 {
		return dst
	}
	t := f.tasks.Get().(*task[T, S, V])
	t.dst = dst
	t.signal = segment[S]{x: x, total: len(x), pad: p.cfg.Pad, value: S(p.cfg.PadValue)}
	turns := (frames-1)/framesPerTurn + 1
	t.turns.Add(turns)
	t.frames.Store(int64(frames))
	t.next.Store(0) // from now on frames may be taken
	for range min(p.cfg.Workers, turns) - 1 {
		go t.run()
	}
	t.work()
	t.turns.Wait()
	t.next.Store(noFrame)
	t.dst, t.signal.x = nil, nil
	f.tasks.Put(t)
	return dst
}

// framesPerTurn is how many frames a worker takes at a time, a multiple of any
// block.
const framesPerTurn = 64

// cacheSize is the size in bytes from which on results are not expected to stay
// in a processor's caches, a third to a half of the last-level cache of many.
const cacheSize = 16 << 20

// task is one call of transform, worked on by any number of goroutines. One that
// comes when all frames are taken is not waited for: it finds none, or helps with
// the call after.
type task[T fft.Float, S Sample, V Value] struct {
	*transform[T, S, V]
	dst    []V
	signal segment[S]
	frames atomic.Int64
	next   atomic.Int64   // the next frame to take
	turns  sync.WaitGroup // those that are not done
	run    func()         // work
}

// noFrame is the next frame where there is no call.
const noFrame = 1 << 62

func (t *task[T, S, V]) work() {
	var ws *workspace[T]
	for {
		first := t.next.Add(framesPerTurn) - framesPerTurn
		end := min(first+framesPerTurn, t.frames.Load())
		if first >= end {
			break
		}
		if ws == nil {
			ws = t.e.workspaces.Get().(*workspace[T])
		}
		var v V
		ws.fft.Past = len(t.dst)*int(unsafe.Sizeof(v)) >= cacheSize
		for from, to, block := int(first), int(end), t.e.frames.Block(); from < to; from += block {
			count := min(block, to-from)
			t.block(t.dst[from*t.width:][:count*t.width], &t.signal, from, count, ws)
		}
		t.turns.Done()
	}
	if ws != nil {
		t.e.workspaces.Put(ws)
	}
}

func (f *transform[T, S, V]) stream() *Stream[S, V] {
	p, ws := f.e.plan, f.e.newWorkspace()
	block := f.e.frames.Block()
	return &Stream[S, V]{
		plan:  p,
		width: f.width,
		block: block,
		rows: func(dst []V, s *segment[S], t, count int) {
			f.block(dst, s, t, count, ws)
		},
		buf: segment[S]{
			x:     make([]S, 0, 4*p.cfg.NFFT+4+block*min(p.cfg.HopSamples, p.cfg.NFFT)),
			pad:   p.cfg.Pad,
			value: S(p.cfg.PadValue),
		},
	}
}

// narrow rounds values.
func narrow(dst []float32, values []float64) {
	dst = dst[:len(values)]
	for i, v := range values {
		dst[i] = float32(v)
	}
}

func narrowComplex(dst []complex64, values []float64) { narrow(asValues[float32](dst), values) }

// phase turns real and imaginary parts into angles.
func phase[V, T fft.Float](dst []V, values []T) {
	for k := range dst {
		dst[k] = V(math.Atan2(float64(values[2*k+1]), float64(values[2*k])))
	}
}
