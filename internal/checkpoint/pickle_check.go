package checkpoint

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
)

const (
	// maxPickle limits the size of a pickle. Those of models of 10,000 tensors
	// have 2 MB.
	maxPickle = 32 << 20
	// The memory that its objects may take, by estimate: some for any pickle, some
	// for each of its bytes (those of models take 20 to 40), and in all.
	pickleMemory        = 16 << 20
	pickleMemoryPerByte = 64
	maxPickleMemory     = 256 << 20

	maxMarks = 1000
	maxLine  = 512
	maxLong  = 256
)

// argument is the kind of argument that follows an opcode.
type argument uint8

const (
	none     argument = iota
	fixed             // bytes without meaning for the check: width
	line              // up to a newline
	longLine          // likewise, of any length
	twoLines
	counted   // a length of width bytes, and so many bytes
	long      // an integer, likewise
	frame     // a length: the bytes that follow are in a frame
	place     // of a memo: width bytes
	placeLine // decimal
)

// opcode says what an opcode does to the stack: take everything above the last
// mark if it takes marked, then pop, then push. memory is an estimate of
// what its result takes beyond its argument.
type opcode struct {
	name      string
	arg       argument
	width     int
	marked    bool
	pop, push int
	memory    int
}

// The opcodes of pickle protocols 0 to 5 without those that torch.save has no use
// for: instances of old classes (i, o), the extension registry and out-of-band buffers.
// Source: Lib/pickletools.py of Python 3.12.
var opcodes = [256]opcode{
	'(':  {"MARK", none, 0, false, 0, 0, 256},
	'.':  {"STOP", none, 0, false, 1, 0, 0},
	'0':  {"POP", none, 0, false, 1, 0, 0},
	'1':  {"POP_MARK", none, 0, true, 0, 0, 0},
	'2':  {"DUP", none, 0, false, 1, 2, 16},
	'F':  {"FLOAT", line, 0, false, 0, 1, 32},
	'I':  {"INT", line, 0, false, 0, 1, 32},
	'J':  {"BININT", fixed, 4, false, 0, 1, 32},
	'K':  {"BININT1", fixed, 1, false, 0, 1, 32},
	'L':  {"LONG", line, 0, false, 0, 1, 64},
	'M':  {"BININT2", fixed, 2, false, 0, 1, 32},
	'N':  {"NONE", none, 0, false, 0, 1, 32},
	'Q':  {"BINPERSID", none, 0, false, 1, 1, 128},
	'R':  {"REDUCE", none, 0, false, 2, 1, 384},
	'S':  {"STRING", longLine, 0, false, 0, 1, 48},
	'T':  {"BINSTRING", counted, 4, false, 0, 1, 48},
	'U':  {"SHORT_BINSTRING", counted, 1, false, 0, 1, 48},
	'V':  {"UNICODE", longLine, 0, false, 0, 1, 48},
	'X':  {"BINUNICODE", counted, 4, false, 0, 1, 48},
	'a':  {"APPEND", none, 0, false, 2, 1, 32},
	'b':  {"BUILD", none, 0, false, 2, 1, 64},
	'c':  {"GLOBAL", twoLines, 0, false, 0, 1, 128},
	'd':  {"DICT", none, 0, true, 0, 1, 128},
	'}':  {"EMPTY_DICT", none, 0, false, 0, 1, 192},
	'e':  {"APPENDS", none, 0, true, 1, 1, 32},
	'g':  {"GET", placeLine, 0, false, 0, 1, 16},
	'h':  {"BINGET", place, 1, false, 0, 1, 16},
	'j':  {"LONG_BINGET", place, 4, false, 0, 1, 16},
	'l':  {"LIST", none, 0, true, 0, 1, 64},
	']':  {"EMPTY_LIST", none, 0, false, 0, 1, 128},
	'p':  {"PUT", placeLine, 0, false, 1, 1, 96},
	'q':  {"BINPUT", place, 1, false, 1, 1, 96},
	'r':  {"LONG_BINPUT", place, 4, false, 1, 1, 96},
	's':  {"SETITEM", none, 0, false, 3, 1, 128},
	't':  {"TUPLE", none, 0, true, 0, 1, 32},
	')':  {"EMPTY_TUPLE", none, 0, false, 0, 1, 48},
	'u':  {"SETITEMS", none, 0, true, 1, 1, 64},
	'G':  {"BINFLOAT", fixed, 8, false, 0, 1, 32},
	0x80: {"PROTO", fixed, 1, false, 0, 0, 0},
	0x81: {"NEWOBJ", none, 0, false, 2, 1, 384},
	0x85: {"TUPLE1", none, 0, false, 1, 1, 64},
	0x86: {"TUPLE2", none, 0, false, 2, 1, 80},
	0x87: {"TUPLE3", none, 0, false, 3, 1, 96},
	0x88: {"NEWTRUE", none, 0, false, 0, 1, 16},
	0x89: {"NEWFALSE", none, 0, false, 0, 1, 16},
	0x8a: {"LONG1", long, 1, false, 0, 1, 64},
	0x8b: {"LONG4", long, 4, false, 0, 1, 64},
	'B':  {"BINBYTES", counted, 4, false, 0, 1, 48},
	'C':  {"SHORT_BINBYTES", counted, 1, false, 0, 1, 48},
	0x8c: {"SHORT_BINUNICODE", counted, 1, false, 0, 1, 48},
	0x8d: {"BINUNICODE8", counted, 8, false, 0, 1, 48},
	0x8e: {"BINBYTES8", counted, 8, false, 0, 1, 48},
	0x8f: {"EMPTY_SET", none, 0, false, 0, 1, 256},
	0x90: {"ADDITEMS", none, 0, true, 1, 1, 64},
	0x91: {"FROZENSET", none, 0, true, 0, 1, 256},
	0x92: {"NEWOBJ_EX", none, 0, false, 3, 1, 384},
	0x93: {"STACK_GLOBAL", none, 0, false, 2, 1, 128},
	0x94: {"MEMOIZE", none, 0, false, 1, 1, 96},
	0x95: {"FRAME", frame, 8, false, 0, 0, 64},
	0x96: {"BYTEARRAY8", counted, 8, false, 0, 1, 64},
}

// pickleChecker follows a pickle without building anything. The unpickler
// believes what a pickle says about lengths and memos, and takes from the stack
// what may not be there; after this check it can.
type pickleChecker struct {
	data   []byte
	at     int
	depth  int   // of the stack above the last mark
	marks  []int // depths below the marks
	memo   map[int]bool
	memory int
}

// checkPickle checks the pickle at the beginning of data and returns its length.
// The error is io.ErrUnexpectedEOF if data ends before it.
func checkPickle(data []byte) (int, error) {
	c := &pickleChecker{data: data[:min(len(data), maxPickle)], memo: map[int]bool{}}
	for {
		start := c.at
		b, err := c.take(1)
		if err == nil {
			op := &opcodes[b[0]]
			if op.name == "" {
				return 0, fmt.Errorf("opcode %#02x at byte %d is unknown or not allowed", b[0], start)
			}
			if err = c.step(op, b[0]); err != nil && err != io.ErrUnexpectedEOF {
				return 0, fmt.Errorf("%s at byte %d: %w", op.name, start, err)
			}
		}
		switch {
		case err != nil && len(c.data) == maxPickle:
			return 0, fmt.Errorf("it is longer than %d MiB", maxPickle>>20)
		case err != nil:
			return 0, err
		case b[0] == '.':
			return c.at, nil
		}
	}
}

// step does what an opcode, which has been read, does.
func (c *pickleChecker) step(op *opcode, code byte) error {
	start := c.at
	if err := c.argument(op, code == 'g' || code == 'h' || code == 'j'); err != nil {
		return err
	}
	if err := c.stack(op, code); err != nil {
		return err
	}
	c.memory += op.memory + 2*(c.at-start)
	if most := min(pickleMemory+pickleMemoryPerByte*c.at, maxPickleMemory); c.memory > most {
		return fmt.Errorf("its objects would take more than %d MiB", most>>20)
	}
	return nil
}

// argument reads the argument of an opcode; get tells that it gets a memo.
func (c *pickleChecker) argument(op *opcode, get bool) error {
	switch op.arg {
	case fixed:
		_, err := c.take(op.width)
		return err
	case line, longLine, twoLines:
		text, err := c.line()
		if err == nil && op.arg == twoLines {
			var second string
			second, err = c.line()
			text += second
		}
		if err == nil && op.arg != longLine && len(text) > maxLine {
			err = fmt.Errorf("an argument of %d bytes", len(text))
		}
		return err
	case counted, long:
		n, err := c.number(op.width)
		if err == nil && op.arg == long && (n < 1 || n > maxLong) { // of 0 the unpickler fails; nobody writes it
			err = fmt.Errorf("an integer of %d bytes", n)
		}
		if err == nil {
			_, err = c.take(n)
		}
		return err
	case frame:
		n, err := c.number(op.width)
		if err == nil && n > len(c.data)-c.at {
			err = io.ErrUnexpectedEOF
		}
		c.memory += n
		return err
	case place:
		n, err := c.number(op.width)
		if err == nil {
			err = c.useMemo(n, get)
		}
		return err
	case placeLine:
		text, err := c.line()
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return fmt.Errorf("memo %.20q", text)
		}
		return c.useMemo(n, get)
	}
	return nil
}

// take returns the next n bytes.
func (c *pickleChecker) take(n int) ([]byte, error) {
	if n > len(c.data)-c.at {
		return nil, io.ErrUnexpectedEOF
	}
	b := c.data[c.at : c.at+n]
	c.at += n
	return b, nil
}

// number returns a little-endian number of n bytes; those that are no int are
// larger than anything here.
func (c *pickleChecker) number(n int) (int, error) {
	b, err := c.take(n)
	v := 0
	for i := len(b) - 1; i >= 0; i-- {
		if v > math.MaxInt>>8 {
			return math.MaxInt, nil
		}
		v = v<<8 | int(b[i])
	}
	return v, err
}

func (c *pickleChecker) line() (string, error) {
	i := bytes.IndexByte(c.data[c.at:], '\n')
	if i < 0 {
		return "", io.ErrUnexpectedEOF
	}
	b, err := c.take(i + 1)
	return string(b[:i]), err
}

// useMemo notes or looks up a place of the memo.
func (c *pickleChecker) useMemo(i int, get bool) error {
	if get && !c.memo[i] {
		return fmt.Errorf("there is no memo %d", i)
	}
	c.memo[i] = true
	return nil
}

// stack does what an opcode does to the stack.
func (c *pickleChecker) stack(op *opcode, code byte) error {
	if code == '0' && c.depth == 0 { // POP takes a mark if nothing is above it
		op = &opcodes['1']
	}
	items := 0
	if op.marked {
		if len(c.marks) == 0 {
			return fmt.Errorf("there is no mark")
		}
		items = c.depth
		c.depth = c.marks[len(c.marks)-1]
		c.marks = c.marks[:len(c.marks)-1]
		c.memory += 16 * items
	}
	switch code {
	case '(':
		if len(c.marks) == maxMarks {
			return fmt.Errorf("more than %d marks", maxMarks)
		}
		c.marks = append(c.marks, c.depth)
		c.depth = 0
	case 'd', 'u':
		if items%2 != 0 {
			return fmt.Errorf("a key without a value")
		}
		c.memory += 80 * items
	case 0x94:
		c.memo[len(c.memo)] = true
	}
	if c.depth < op.pop {
		return fmt.Errorf("the stack is empty")
	}
	c.depth += op.push - op.pop
	return nil
}
