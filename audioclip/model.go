package audioclip

import (
	"errors"
	"image"
	"io"
	"sync"

	"github.com/soundspace/soundspace/internal/nn"
)

var (
	// ErrNoAudio, ErrNoText and ErrNoImage are the errors of asking a model for what
	// it has no encoder for, or none that was loaded (Config.Towers).
	ErrNoAudio = errors.New("audioclip: the model has no audio encoder")
	ErrNoText  = errors.New("audioclip: the model has no text encoder")
	ErrNoImage = errors.New("audioclip: the model has no image encoder")
	// ErrClosed is the error of a model that was closed.
	ErrClosed = errors.New("audioclip: the model is closed")
)

// Model is a set of encoders into one space. It is safe for concurrent use.
type Model struct {
	info     Info
	audio    audioEncoder
	text     textEncoder
	image    imageEncoder
	contexts sync.Pool // of *nn.Context

	open  sync.RWMutex // held while the memory of files is used
	files io.Closer    // nil once closed
}

// Info describes a model.
type Info struct {
	// Family is the name of the kind of model, such as "LAION-CLAP".
	Family string
	// Dim is the number of values of an embedding.
	Dim int
	// Scale is what cosines are multiplied by before a softmax: exp of the learnt
	// logit scale. It is 0 if the model has none.
	Scale float64
	// Template makes a text of a label, which goes in the place of "{}".
	Template string
	// Audio, Text and Image tell which encoders there are (and were loaded).
	Audio, Text, Image bool
	// SampleRate is the rate in Hz that the audio encoder works at.
	SampleRate int
	// WindowSamples is the length of its windows, at that rate, and LongestSamples
	// the most that it takes at once: longer clips are cut into windows.
	WindowSamples, LongestSamples int
	// ContextLength is the largest number of tokens of a text (0: there is none).
	ContextLength int
	// Settings are the architecture and the front end, in words.
	Settings []Setting
	// Files are the names of the files of weights.
	Files []string
	// Tensors are the tensors of those files, sorted by name, without what training
	// may have saved beside the model.
	Tensors []TensorInfo
}

// Setting is a number or a choice that the model was made with.
type Setting struct{ Name, Value string }

// TensorInfo describes a tensor of a checkpoint.
type TensorInfo struct {
	Name  string
	DType string
	Shape []int
}

// Info returns the description of the model. Its slices must not be changed.
func (m *Model) Info() Info { return m.info }

// Close waits for what is being encoded, and gives the memory of the checkpoint's
// files back. Encoding is an error (ErrClosed) after it; closing again is none.
func (m *Model) Close() error {
	m.open.Lock()
	defer m.open.Unlock()
	if m.files == nil {
		return nil
	}
	err := m.files.Close()
	m.files = nil
	return err
}

// audioEncoder turns mono clips at its sample rate, of 1 to longest samples, into
// vectors of any length.
type audioEncoder interface {
	sampleRate() int
	window() int
	longest() int
	encode(c *nn.Context, dst nn.Matrix, clips [][]float32) error
}

// textEncoder turns texts into vectors of any length.
type textEncoder interface {
	contextLength() int // 0: without limit
	tokenize(text string) (ids []int, cut bool)
	// check tells whether encode takes a text.
	check(ids []int) error
	encode(c *nn.Context, dst nn.Matrix, ids [][]int)
}

// imageEncoder turns pictures into vectors of any length.
type imageEncoder interface {
	encode(c *nn.Context, dst nn.Matrix, images []image.Image) error
}

// with runs f in a context of the model's.
func (m *Model) with(f func(c *nn.Context) error) error {
	m.open.RLock()
	defer m.open.RUnlock()
	if m.files == nil {
		return ErrClosed
	}
	c := m.contexts.Get().(*nn.Context)
	err := f(c)
	m.contexts.Put(c)
	return err
}

// newModel completes a model of encoders, which use the memory of files.
func newModel(info Info, audio audioEncoder, text textEncoder, image imageEncoder, files io.Closer, workers int) *Model {
	m := &Model{info: info, audio: audio, text: text, image: image, files: files}
	m.info.Audio, m.info.Text, m.info.Image = audio != nil, text != nil, image != nil
	if audio != nil {
		m.info.SampleRate = audio.sampleRate()
		m.info.WindowSamples, m.info.LongestSamples = audio.window(), audio.longest()
	}
	if text != nil {
		m.info.ContextLength = text.contextLength()
	}
	m.contexts.New = func() any { return nn.NewContext(workers) }
	return m
}
