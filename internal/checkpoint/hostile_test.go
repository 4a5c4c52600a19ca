package checkpoint

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// The following put pickles together.

func str(s string) string {
	return "X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s
}
func num(n int64) string {
	return "\x8a\x08" + string(binary.LittleEndian.AppendUint64(nil, uint64(n)))
}
func global(module, name string) string { return "c" + module + "\n" + name + "\n" }
func tuple(items ...string) string      { return "(" + strings.Join(items, "") + "t" }
func dict(items ...string) string       { return "}(" + strings.Join(items, "") + "u" }
func call(f string, args ...string) string {
	return f + tuple(args...) + "R"
}
func ints(values ...int64) string {
	s := "("
	for _, v := range values {
		s += num(v)
	}
	return s + "t"
}
func storageOf(class, key string, count int64) string {
	return tuple(str("storage"), global("torch", class), str(key), str("cpu"), num(count)) + "Q"
}
func tensorOf(storage string, offset int64, shape, strides string) string {
	return call(global("torch._utils", "_rebuild_tensor_v2"), storage, num(offset), shape, strides, "\x89", "N")
}

// torchFile returns a file with a pickle and a storage of 64 bytes, "0".
func torchFile(pickle []byte) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	store(w, "a/data.pkl", pickle)
	store(w, "a/constants.pkl", []byte("\x80\x02)."))
	store(w, "a/data/0", make([]byte, 64))
	w.Close()
	return b.Bytes()
}

func store(w *zip.Writer, name string, data []byte) {
	f, _ := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	f.Write(data)
}

func TestHostilePickles(t *testing.T) {
	ok := storageOf("FloatStorage", "0", 16)
	// A dictionary of ten times the one before, and so on: 10²⁰ leaves.
	laughs := "}q\x00"
	for i := range 20 {
		laughs += "}q" + string(rune(i+1)) + "("
		for j := range 10 {
			laughs += str(fmt.Sprint(j)) + "h" + string(rune(i))
		}
		laughs += "u"
	}
	for name, c := range map[string]struct{ pickle, want string }{
		"system":         {call(global("os", "system"), str("true")), "os.system is not allowed"},
		"eval":           {call(global("builtins", "eval"), str("1")), "builtins.eval is not allowed"},
		"old eval":       {call(global("__builtin__", "eval"), str("1")), "builtins.eval is not allowed"},
		"stack global":   {str("posix") + str("system") + "\x93" + tuple(str("true")) + "R", "posix.system is not allowed"},
		"load":           {call(global("torch", "load"), str("x")), "torch.load is not allowed"},
		"load bytes":     {call(global("torch.storage", "_load_from_bytes"), str("x")), "not allowed"},
		"torch code":     {global("__torch__.os", "system") + "(tR", "REDUCE requires"},
		"instance":       {"(ios\nsystem\n", "opcode 0x69"},
		"extension":      {"\x82\x01", "opcode 0x82"},
		"old persistent": {"P0\n", "opcode 0x50"},
		"opcode 255":     {"\xff", "opcode 0xff"},
		"buffer":         {"\x97", "opcode 0x97"},

		"long bytes":       {"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f", "unexpected EOF"},
		"longer bytes":     {"\x8e\xff\xff\xff\xff\xff\xff\xff\xff", "unexpected EOF"},
		"long string":      {"X\xff\xff\xff\xff", "unexpected EOF"},
		"long old string":  {"T\xff\xff\xff\x7f", "unexpected EOF"},
		"long frame":       {"\x95\xff\xff\xff\xff\xff\xff\xff\x7f", "unexpected EOF"},
		"long integer":     {"\x8b\xff\xff\xff\x7f", "integer of"},
		"integer of none":  {"\x8a\x00", "integer of 0"},
		"long decimal":     {"L" + strings.Repeat("9", 1000) + "L\n", "argument of"},
		"long name":        {"c" + strings.Repeat("m", 1000) + "\nn\n", "argument of"},
		"no such memo":     {"h\x07", "no memo 7"},
		"no such old memo": {"g7\n", "no memo 7"},
		"negative memo":    {"Np-1\n", "memo"},
		"empty stack":      {"0", "no mark"},
		"reduce nothing":   {"R", "stack is empty"},
		"across a mark":    {"N(a", "stack is empty"},
		"no mark":          {"t", "no mark"},
		"half a pair":      {"}(Nu", "key without"},
		"half an old pair": {"(Nd", "key without"},
		"marks":            {strings.Repeat("(", 1001), "more than 1000 marks"},
		"lists":            {strings.Repeat("]", 2<<20), "would take more than"},
		"tuples":           {strings.Repeat("(t", 2<<20), "would take more than"},
		"memos":            {"N" + strings.Repeat("\x94", 4<<20), "would take more than"},

		"bytes as key":   {call(global("collections", "OrderedDict")) + "(C\x01aNu", "not possible"},
		"bytes in set":   {"\x8f(C\x01a\x90", "not possible"},
		"array":          {call(global("array", "_array_reconstructor"), "N", str("h"), num(4), "C\x03abc"), "not possible"},
		"array's type":   {call(global("array", "_array_reconstructor"), "N", str("h"), num(-1), "C\x03abc"), "not possible"},
		"call a string":  {call(str("x")), "REDUCE requires"},
		"print a lot":    {"(" + strings.Repeat("N", 100000) + "t)R", "REDUCE requires"},
		"laughs":         {laughs, "unfolds to too much"},
		"self":           {"}q\x00" + str("x") + "h\x00s", "nested too deeply"},
		"self in list":   {"]q\x00h\x00a", "nested too deeply"},
		"module in self": {global("__torch__", "M") + ")\x81q\x00}" + str("x") + "h\x00sb", "nested too deeply"},
		"deep":           {strings.Repeat("}"+str("x"), 100) + "N" + strings.Repeat("s", 100), "nested too deeply"},

		"storage missing":      {storageOf("FloatStorage", "1", 16), "not in the archive"},
		"storage outside":      {storageOf("FloatStorage", "../data.pkl", 1), "not in the archive"},
		"storage too long":     {storageOf("FloatStorage", "0", 17), "64 bytes for 17"},
		"storage overflow":     {storageOf("DoubleStorage", "0", 1<<61+1), "wrong persistent id"},
		"storage negative":     {storageOf("FloatStorage", "0", -1), "wrong persistent id"},
		"storage class":        {storageOf("ComplexFloatStorage", "0", 1), "torch.ComplexFloatStorage is not allowed"},
		"storage of dtype":     {storageOf("float32", "0", 1), "wrong persistent id"},
		"persistent id":        {"NQ", "not that of a storage"},
		"persistent module":    {tuple(str("module"), "N", "N", "N", "N") + "Q", "not that of a storage"},
		"view outside":         {tuple(str("storage"), global("torch", "FloatStorage"), str("0"), "N", num(16), tuple("N", num(1), num(16))) + "Q", "view outside"},
		"view overflow":        {tuple(str("storage"), global("torch", "FloatStorage"), str("0"), "N", num(16), tuple("N", num(16), num(1<<62))) + "Q", "view outside"},
		"shape":                {tensorOf(ok, 0, ints(17), ints(1)), "out of its storage"},
		"offset":               {tensorOf(ok, 1, ints(16), ints(1)), "out of its storage"},
		"large offset":         {tensorOf(ok, 1<<62, ints(1), ints(1)), "out of its storage"},
		"negative offset":      {tensorOf(ok, -1, ints(1), ints(1)), "wrong arguments"},
		"negative shape":       {tensorOf(ok, 0, ints(-1), ints(1)), "shape [-1]"},
		"two negatives":        {tensorOf(ok, 0, ints(-2, -2), ints(1, 1)), "shape [-2 -2]"},
		"large shape":          {tensorOf(ok, 0, ints(1<<32, 1<<32), ints(0, 0)), "shape"},
		"negative stride":      {tensorOf(ok, 8, ints(4), ints(-1)), "out of its storage"},
		"stride":               {tensorOf(ok, 0, ints(2, 4), ints(13, 1)), "out of its storage"},
		"stride overflow":      {tensorOf(ok, 0, ints(3), ints(1<<62+1<<61)), "out of its storage"},
		"sum of strides":       {tensorOf(ok, 0, ints(2, 2), ints(1<<62, 1<<62)), "out of its storage"},
		"repeated too often":   {tensorOf(ok, 0, ints(1<<22+1), ints(0)), "shape"},
		"fewer strides":        {tensorOf(ok, 0, ints(2, 2), ints(1)), "wrong arguments"},
		"dimensions":           {tensorOf(ok, 0, ints(make([]int64, 65)...), ints(make([]int64, 65)...)), "wrong arguments"},
		"no storage":           {tensorOf("N", 0, ints(1), ints(1)), "no storage"},
		"no arguments":         {call(global("torch._utils", "_rebuild_tensor_v2")), "no storage"},
		"no parameter":         {call(global("torch._utils", "_rebuild_parameter")), "no argument"},
		"no type":              {call(global("torch._utils", "_rebuild_tensor_v3"), ok, num(0), ints(1), ints(1), "N", "N", "N"), "no type"},
		"calls itself":         {call(global("torch._tensor", "_rebuild_from_type_v2"), global("torch._tensor", "_rebuild_from_type_v2"), "N", ")", "N"), "0 arguments"},
		"negative view":        {call(global("torch._utils", "_rebuild_tensor_v2"), ok, num(0), ints(1), ints(1), "\x89", "N", dict(str("neg"), "\x88")), "negative"},
		"metadata in itself":   {call(global("torch._utils", "_rebuild_tensor_v2"), ok, num(0), ints(1), ints(1), "\x89", "N", "}q\x00"+str("x")+"h\x00s"), "negative"},
		"count in itself":      {tuple(str("storage"), global("torch", "FloatStorage"), str("0"), "N", "]q\x00h\x00a") + "Q", "wrong persistent id"},
		"call what has itself": {call(global("collections", "OrderedDict")) + "q\x00" + str("x") + "h\x00s)R", "REDUCE requires"},
		"same names": {dict(str("a.b"), tensorOf(ok, 0, ints(1), ints(1)), str("a"), dict(str("b"), tensorOf(ok, 0, ints(1), ints(1)))),
			`two tensors "a.b"`},
	} {
		err := tryParse(t, torchFile([]byte("\x80\x02"+c.pickle+".")))
		if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 1000 {
			t.Errorf("%s: %.1000v, expected %q", name, err, c.want)
		}
	}
}

// What is odd but right is read.
func TestOddPickles(t *testing.T) {
	ok := storageOf("FloatStorage", "0", 16)
	one := tensorOf(ok, 3, ints(1), ints(1))
	for name, c := range map[string]struct{ pickle, names string }{
		"nothing":             {"N", ""},
		"number":              {num(5), ""},
		"list":                {"](" + one + one + "e", "0 1"},
		"many numbers":        {dict(str("x"), "]("+strings.Repeat("K\x05", 2<<20)+one+"e"), "x.2097152"},
		"no elements":         {dict(str("x"), tensorOf(ok, 99, ints(0, 5), ints(1, 1))), "x"},
		"same storage":        {dict(str("x"), one, str("y"), tensorOf(storageOf("HalfStorage", "0", 32), 0, ints(32), ints(1))), "x y"},
		"key of other kind":   {dict("N", one, str("y"), one), "y"},
		"integer key":         {dict(num(-3), one), "-3"},
		"part of a storage":   {dict(str("x"), tensorOf(storageOf("FloatStorage", "0", 1), 0, ints(1), ints(1))), "x"},
		"without PROTO":       {"0" + one, ""},
		"module":              {global("__torch__.a", "M") + ")\x81" + dict(str("w"), one) + "b", "w"},
		"module in a list":    {"](" + global("__torch__.a", "M") + ")\x81" + dict(str("w"), one) + "be", "0.w"},
		"parameter":           {dict(str("p"), call(global("torch._utils", "_rebuild_parameter"), one, "\x88", "N")), "p"},
		"old tensor":          {dict(str("p"), call(global("torch._utils", "_rebuild_tensor"), ok, num(0), ints(2), ints(1))), "p"},
		"tensor of a type":    {dict(str("p"), call(global("torch._tensor", "_rebuild_from_type_v2"), global("torch._utils", "_rebuild_parameter"), global("torch.nn.parameter", "Parameter"), tuple(one, "\x88", "N"), "}")), "p"},
		"view of the storage": {dict(str("p"), tensorOf(tuple(str("storage"), global("torch", "FloatStorage"), str("0"), "N", num(16), tuple("N", num(4), num(12)))+"Q", 8, ints(4), ints(1))), "p"},
	} {
		pickle := "\x80\x02" + c.pickle + "."
		if name == "without PROTO" {
			pickle = "N" + c.pickle + "."
		}
		f, err := parse(memorySource(torchFile([]byte(pickle))))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := strings.Join(f.Names(), " "); got != c.names {
			t.Errorf("%s: names %q, expected %q", name, got, c.names)
		}
	}
}

func TestHostileArchives(t *testing.T) {
	pickle := []byte("\x80\x02" + dict(str("x"), tensorOf(storageOf("FloatStorage", "0", 16), 0, ints(16), ints(1))) + ".")
	data := make([]byte, 64)
	deflated := func(w *zip.Writer, name string, data []byte) {
		f, _ := w.Create(name)
		f.Write(data)
	}
	for _, c := range []struct {
		want  string
		write func(w *zip.Writer)
	}{
		{"", func(w *zip.Writer) { store(w, "a/data.pkl", pickle); store(w, "a/data/0", data) }},
		{"", func(w *zip.Writer) { store(w, "data.pkl", pickle); store(w, "data/0", data) }},
		{"", func(w *zip.Writer) {
			store(w, "a/byteorder", []byte("little"))
			store(w, "a/data.pkl", pickle)
			store(w, "a/data/0", data)
		}},
		{"byte order", func(w *zip.Writer) {
			store(w, "a/byteorder", []byte("big"))
			store(w, "a/data.pkl", pickle)
			store(w, "a/data/0", data)
		}},
		{"without data.pkl", func(w *zip.Writer) { store(w, "a/data/0", data) }},
		{"without data.pkl", func(w *zip.Writer) { store(w, "a/b/data.pkl", pickle) }},
		{"beside", func(w *zip.Writer) { store(w, "a/data.pkl", pickle); store(w, "b/data.pkl", pickle) }},
		{"twice", func(w *zip.Writer) {
			store(w, "a/data.pkl", pickle)
			store(w, "a/data/0", data)
			store(w, "a/data/0", data)
		}},
		{"not in the archive", func(w *zip.Writer) { store(w, "a/data.pkl", pickle); store(w, "b/data/0", data) }},
		{"compressed", func(w *zip.Writer) { deflated(w, "a/data.pkl", pickle); store(w, "a/data/0", data) }},
		{"compressed", func(w *zip.Writer) { store(w, "a/data.pkl", pickle); deflated(w, "a/data/0", data) }},
		{"63 bytes for 16", func(w *zip.Writer) { store(w, "a/data.pkl", pickle); store(w, "a/data/0", data[1:]) }},
		{"__torch__.M is not allowed", func(w *zip.Writer) { store(w, "a/data.pkl", []byte("\x80\x02"+global("__torch__", "M")+".")) }},
		{"more than", func(w *zip.Writer) { store(w, "a/data.pkl", make([]byte, maxPickle+1)) }},
		{"checksum", func(w *zip.Writer) {
			f, _ := w.CreateRaw(&zip.FileHeader{Name: "a/data.pkl", CRC32: 1, CompressedSize64: uint64(len(pickle)), UncompressedSize64: uint64(len(pickle))})
			f.Write(pickle)
		}},
		{"goes beyond", func(w *zip.Writer) {
			f, _ := w.CreateRaw(&zip.FileHeader{Name: "a/data.pkl", CompressedSize64: 1 << 40, UncompressedSize64: 1 << 40})
			f.Write(pickle)
		}},
		{"compressed or encrypted", func(w *zip.Writer) {
			f, _ := w.CreateRaw(&zip.FileHeader{Name: "a/data.pkl", CompressedSize64: 1, UncompressedSize64: 1 << 40})
			f.Write(pickle)
		}},
		{"compressed or encrypted", func(w *zip.Writer) {
			f, _ := w.CreateRaw(&zip.FileHeader{Name: "a/data.pkl", Flags: 1, CompressedSize64: uint64(len(pickle)), UncompressedSize64: uint64(len(pickle))})
			f.Write(pickle)
		}},
	} {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		c.write(w)
		w.Close()
		f, err := parse(memorySource(b.Bytes()))
		if c.want == "" {
			if err != nil || len(f.Names()) != 1 {
				t.Error(err)
			}
		} else if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, expected %q", err, c.want)
		}
	}
}

func TestHostileLegacy(t *testing.T) {
	const head = "\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."
	little := "\x80\x02" + dict(str("little_endian"), "\x88") + "."
	legacy := func(key string, count int64) string {
		return tuple(str("storage"), global("torch", "FloatStorage"), str(key), str("cpu"), num(count), "N") + "Q"
	}
	data := "\x80\x02" + dict(str("x"), tensorOf(legacy("a", 2), 0, ints(2), ints(1))) + "."
	keys := func(names ...string) string {
		s := "\x80\x02]("
		for _, name := range names {
			s += str(name)
		}
		return s + "e."
	}
	count := func(n uint64) string { return string(binary.LittleEndian.AppendUint64(nil, n)) }
	for _, c := range []struct{ want, file string }{
		{"", head + little + data + keys("a") + count(2) + "12345678"},
		{"", head + little + data + keys("a") + count(2) + "12345678 and more"},
		{"version", strings.Replace(head, "\xe9", "\xea", 1) + little + data + keys("a") + count(2) + "12345678"},
		{"version", strings.Replace(head, "M\xe9\x03", "]q\x00h\x00a", 1)},
		{"none that torch.save wrote", strings.Replace(head, "\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19", "\x88]q\x00h\x00a", 1)},
		{"none that torch.save wrote", strings.Replace(head, "P", "Q", 1) + little + data + keys("a") + count(2) + "12345678"},
		{"little-endian", head + "\x80\x02" + dict(str("little_endian"), "\x89") + "." + data + keys("a") + count(2) + "12345678"},
		{"has 3 elements", head + little + data + keys("a") + count(3) + "12345678abcd"},
		{"ends at byte", head + little + data + keys("a") + count(2) + "1234567"},
		{"8 bytes at offset", head + little + data + keys("a") + "1234567"},
		{"is missing", head + little + data + keys()},
		{"no tensor", head + little + data + keys("a", "b") + count(2) + "12345678" + count(2) + "12345678"},
		{"twice", head + little + data + keys("a", "a") + count(2) + "12345678" + count(2) + "12345678"},
		{"no list", head + little + data + "N."},
		{"unexpected EOF", head + little + data[:len(data)-1]},
		{"3 of 4 in another", head + little + "\x80\x02](" + legacy("a", 2) + legacy("a", 3) + "e." + keys("a")},
		{"os.system", head + "\x80\x02" + global("os", "system") + "."},
	} {
		f, err := parse(memorySource([]byte(c.file)))
		if c.want == "" {
			if err != nil || len(f.Names()) != 1 || f.Tensor("x").Len() != 2 {
				t.Error(err)
			}
		} else if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, expected %q", err, c.want)
		}
	}
}

// A legacy pickle longer than the first piece that is read of an unmapped file.
func TestLongLegacyPickle(t *testing.T) {
	const head = "\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.}."
	file := head + "\x80\x02" + dict(str("x"), str(strings.Repeat("y", 3<<20))) + "." + "]."
	f, err := parse(&source{size: int64(len(file)), file: io.ReaderAt(strings.NewReader(file))})
	if err != nil || len(f.Names()) != 0 || f.Format != TorchLegacy {
		t.Error(err)
	}
}
