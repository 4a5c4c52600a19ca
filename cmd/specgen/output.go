package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// stdio is the name of standard input as an input and of standard output as
// an output.
const stdio = "-"

// outputPath says where the picture of in goes. out is the value of --output:
// empty (beside the input), "-" (standard output), a folder, a file, or a
// template with {dir}, {name}, {ext} and {format} in it.
func outputPath(out string, in input, format string) string {
	dir, base := filepath.Split(in.path)
	ext := filepath.Ext(base)
	name := strings.TrimSuffix(base, ext)
	if name == "" { // a file such as ".wav"
		name, ext = base, ""
	}
	if in.path == stdio {
		dir, name, ext = "", "stdin", ""
	}
	switch {
	case out == "":
		return dir + name + "." + format
	case out == stdio:
		return stdio
	case strings.Contains(out, "{"):
		if dir == "" {
			dir = "."
		}
		return filepath.Clean(strings.NewReplacer(
			"{dir}", strings.TrimSuffix(dir, string(filepath.Separator)),
			"{name}", name, "{ext}", strings.TrimPrefix(ext, "."), "{format}", format,
		).Replace(out))
	case isFolder(out):
		return filepath.Join(out, in.below, name+"."+format)
	}
	return out
}

// isFolder reports whether an --output value stands for a folder: it is one,
// or it ends like one.
func isFolder(out string) bool {
	if strings.HasSuffix(out, "/") || strings.HasSuffix(out, string(filepath.Separator)) {
		return true
	}
	st, err := os.Stat(out)
	return err == nil && st.IsDir()
}

// oneFile reports whether an --output value can hold a single output only.
func oneFile(out string) bool {
	return out == stdio || out != "" && !strings.Contains(out, "{") && !isFolder(out)
}

// folderForMany makes a folder of an --output value for several inputs that
// names nothing yet and has no ending: "-r recordings -o pictures".
func folderForMany(out string) string {
	if out == stdio || !oneFile(out) || filepath.Ext(out) != "" {
		return out
	}
	if _, err := os.Stat(out); err == nil {
		return out
	}
	return out + "/"
}

// assignOutputs gives each input its output path. Where two inputs of one folder
// differ in their ending only (a.wav, a.mp3), their outputs keep it (a.wav.png,
// a.mp3.png), so that neither is lost.
func assignOutputs(inputs []input, out, format string) error {
	count := map[string]int{}
	for i := range inputs {
		inputs[i].output = outputPath(out, inputs[i], format)
		count[inputs[i].output]++
	}
	seen := map[string]string{}
	for i := range inputs {
		in := &inputs[i]
		if in.err != nil || in.output == stdio {
			continue
		}
		if count[in.output] > 1 && !strings.Contains(out, "{") {
			if ext := filepath.Ext(in.path); ext != "" {
				in.output = strings.TrimSuffix(in.output, "."+format) + ext + "." + format
			}
		}
		key := in.output
		if abs, err := filepath.Abs(key); err == nil {
			key = abs
		}
		if other, ok := seen[key]; ok {
			return fmt.Errorf("%s and %s would both be written to %s (use --output with {dir}, {name} and {ext})", other, in.path, in.output)
		}
		seen[key] = in.path
	}
	for _, in := range inputs {
		if abs, err := filepath.Abs(in.path); err == nil && in.path != stdio {
			if other, ok := seen[abs]; ok {
				return fmt.Errorf("the output for %s would overwrite the input %s", other, in.path)
			}
		}
	}
	return nil
}

// writeAside calls write with a new file beside path and renames it to path
// when all went well; otherwise path stays as it was and nothing is left
// behind. The path "-" is stdout.
func writeAside(path string, stdout io.Writer, write func(io.Writer) error) (err error) {
	if path == stdio {
		w := bufio.NewWriterSize(stdout, 1<<16)
		if err := write(w); err != nil {
			return err
		}
		return w.Flush()
	}
	if isDevice(path) {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		return write(f)
	}
	f, err := createAside(path)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// isDevice reports whether path is a device or a pipe, which is written to, not
// replaced.
func isDevice(path string) bool {
	st, err := os.Stat(path)
	return err == nil && !st.Mode().IsRegular() && !st.IsDir()
}

// createAside makes a new file in the folder of path, and that if need be, with
// the permissions that a file made by os.Create has.
func createAside(path string) (*os.File, error) {
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		return nil, fmt.Errorf("the output %s is a folder", path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	for i := 0; ; i++ {
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d-%d.part", filepath.Base(path), os.Getpid(), i))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if os.IsExist(err) && i < 1000 {
			continue
		}
		return f, err
	}
}
