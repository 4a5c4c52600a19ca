package main

import (
	"fmt"
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
	dir, base := filepath.Split(in.Path)
	ext := filepath.Ext(base)
	name := strings.TrimSuffix(base, ext)
	if name == "" { // a file such as ".wav"
		name, ext = base, ""
	}
	if in.Path == stdio {
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
		return filepath.Join(out, in.Below, name+"."+format)
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
		if in.Err != nil || in.output == stdio {
			continue
		}
		if count[in.output] > 1 && !strings.Contains(out, "{") {
			if ext := filepath.Ext(in.Path); ext != "" {
				in.output = strings.TrimSuffix(in.output, "."+format) + ext + "." + format
			}
		}
		key := in.output
		if abs, err := filepath.Abs(key); err == nil {
			key = abs
		}
		if other, ok := seen[key]; ok {
			return fmt.Errorf("%s and %s would both be written to %s (use --output with {dir}, {name} and {ext})", other, in.Path, in.output)
		}
		seen[key] = in.Path
	}
	for _, in := range inputs {
		if abs, err := filepath.Abs(in.Path); err == nil && in.Path != stdio {
			if other, ok := seen[abs]; ok {
				return fmt.Errorf("the output for %s would overwrite the input %s", other, in.Path)
			}
		}
	}
	return nil
}
