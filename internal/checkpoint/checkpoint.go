// Package checkpoint reads and writes the weights of neural networks.
//
// Open reads, and tells apart by their content,
//
//   - safetensors files: a JSON header, then the elements [1];
//   - what torch.save writes, since PyTorch 1.6 a zip archive of a pickle and one
//     entry per storage, before it several pickles and the storages in a row [2];
//   - TorchScript archives of torch.jit.save, such as OpenAI's CLIP models;
//   - the JSON index of a model kept in several files ("shards") of these kinds;
//   - the index of a checkpoint of TensorFlow, such as variables/variables.index of a
//     SavedModel, with the files of data beside it [3]. Tensors of strings are left out.
//
// # Pickles
//
// A pickle is a program. It is run here, by github.com/nlpodyssey/gopickle, with a
// small set of classes and functions that build dictionaries and describe tensors;
// a few more, of NumPy and Python, become values that nobody can look into. Any
// other is refused by name, and so are programs that are damaged, do not end, or
// would need much memory. Nothing of what a file says is ever executed otherwise.
//
// # Names
//
// The names in a safetensors file are its own. In a PyTorch file dictionaries,
// lists, tuples and the attributes of TorchScript modules may be nested; names are
// the keys, indices and attributes from the outermost in, joined by dots, as in
// "state_dict.module.text_branch.positional_embedding" or
// "visual.transformer.resblocks.0.ln_1.weight". What stands under keys that are
// neither strings nor integers has no name and is left out. A tensor that is the
// whole file has the name "".
//
// # Memory
//
// Opening reads headers only. Files of the system are mapped into memory on Unix, and
// others are read piece by piece if that can be done, in both cases when elements are
// asked for, so that what is not used, such as the state of an optimiser, costs
// nothing. A mapped file must not be changed while it is open: if it is made shorter,
// the system ends the program where it touches what is gone. Replacing it by another
// is no problem.
//
// The checksums of what is read at opening are compared, and so are, where they are asked
// for as a whole, those of TensorFlow's elements.
//
// # References
//
//  1. https://github.com/huggingface/safetensors, format and rules of version 0.8.
//  2. torch/serialization.py and caffe2/serialize of PyTorch 2.11.
//  3. tensorflow/core/util/tensor_bundle of TensorFlow 2.21; the table is LevelDB's.
package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strings"

	"github.com/soundspace/soundspace/internal/disk"
)

// ErrFormat is in the chain of every error that says that a file is damaged,
// hostile, or of a kind that cannot be read.
var ErrFormat = errors.New("damaged or unsupported checkpoint")

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrFormat}, args...)...)
}

// Format is a file format.
type Format uint8

const (
	Safetensors Format = iota
	Torch              // torch.save of PyTorch 1.6 and later
	TorchLegacy        // torch.save before
	TorchScript        // torch.jit.save
	TensorFlow         // tf.train.Checkpoint, the variables of a SavedModel
)

func (f Format) String() string {
	return [...]string{"safetensors", "PyTorch", "PyTorch (legacy)", "TorchScript", "TensorFlow"}[f]
}

// File is an open checkpoint. Its methods, Close excepted, may be called by
// several goroutines at a time.
type File struct {
	Format Format // of a model in shards: that of the first
	// Metadata is what the file says about itself: the strings in the header of a
	// safetensors file, and the numbers, truth values and strings of up to 4096
	// bytes in the dictionaries of a PyTorch file, under names such as tensors have.
	Metadata map[string]string

	tensors map[string]*Tensor
	names   []string
	sources []*source
}

// Open opens a checkpoint: a file of tensors, or the index of several.
// Errors about what is in the file wrap ErrFormat.
func Open(path string) (*File, error) { return OpenFS(disk.At(path)) }

// OpenFS opens a checkpoint as [Open] does, in a file system such as that of files
// embedded in a program, of which no copy is made in memory.
func OpenFS(fsys fs.FS, name string) (*File, error) {
	src, err := openSource(fsys, name)
	var f *File
	if err == nil {
		switch {
		case isJSON(src):
			f, err = openIndex(src, fsys, name)
			src.close()
		case isTable(src):
			f, err = openBundle(src, fsys, name)
			src.close()
		default:
			if f, err = parse(src); err != nil {
				src.close()
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %s: %w", name, err)
	}
	return f, nil
}

// parse reads a file of tensors.
func parse(src *source) (*File, error) {
	start := make([]byte, 64)
	n, err := src.ReadAt(start, 0)
	if n == 0 {
		return nil, bad("the file is empty (%v)", err)
	}
	start = start[:n]
	// A header length that begins as a zip archive or a pickle does is possible.
	safetensors := n >= 8 && binary.LittleEndian.Uint64(start) <= maxHeader
	var f *File
	switch {
	case safetensors && n > 8 && start[8] == '{':
		f, err = parseSafetensors(src)
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		f, err = parseTorch(src)
	case isPickle(start):
		f, err = parseLegacy(src)
	case safetensors:
		f, err = parseSafetensors(src) // which says what is wrong with it
	case bytes.HasPrefix(start, []byte("version https://git-lfs")):
		return nil, bad("a pointer of Git LFS, in place of the file itself")
	default:
		return nil, bad("neither safetensors nor PyTorch: it begins with %q", start[:min(n, 16)])
	}
	if err != nil {
		return nil, err
	}
	f.sources = []*source{src}
	f.sortNames()
	return f, nil
}

func (f *File) sortNames() {
	f.names = make([]string, 0, len(f.tensors))
	for name := range f.tensors {
		f.names = append(f.names, name)
	}
	sort.Strings(f.names)
}

// Names returns the names of all tensors, sorted. It must not be changed.
func (f *File) Names() []string { return f.names }

// Tensor returns the tensor of a name, nil if there is none.
func (f *File) Tensor(name string) *Tensor { return f.tensors[name] }

// Err returns the first error in reading elements since Open, nil if there was
// none. A mapped file gives none before it is closed.
func (f *File) Err() error {
	for _, s := range f.sources {
		if err := s.failure(); err != nil {
			return err
		}
	}
	return nil
}

// Close gives back the file. Memory got from Floats and Bytes must not be touched
// any more; asking for elements is an error then.
func (f *File) Close() error {
	var err error
	for _, s := range f.sources {
		err = errors.Join(err, s.close())
	}
	return err
}

// isJSON tells whether a file begins as an object of JSON does. (That of a header
// length that begins so has zeros after it.)
func isJSON(src *source) bool {
	start := make([]byte, 64)
	n, _ := src.ReadAt(start, 0)
	text := strings.TrimLeft(string(start[:n]), " \t\r\n")
	return strings.HasPrefix(text, "{") && !strings.Contains(text[:min(8, len(text))], "\x00")
}
