package checkpoint

import "strconv"

// DType is the type of a tensor's elements.
type DType uint8

// The types of elements. The two of eight bits are those of the OCP 8-bit
// floating point specification, revision 1.0.
const (
	Float32 DType = iota
	Float64
	Float16  // IEEE 754 binary16
	BFloat16 // the upper half of a float32
	Int64
	Int32
	Int16
	Int8
	Uint8
	Bool
	Uint64
	Uint32
	Uint16
	Float8E4M3 // torch's float8_e4m3fn: no infinities
	Float8E5M2
	dtypes int = iota
)

// dtypeTable has for each type its size, its name in safetensors files and its
// names in PyTorch: that of the dtype and that of the class of its storages.
var dtypeTable = [dtypes]struct {
	size                      int
	safetensors, torch, class string
}{
	Float32:    {4, "F32", "float32", "FloatStorage"},
	Float64:    {8, "F64", "float64", "DoubleStorage"},
	Float16:    {2, "F16", "float16", "HalfStorage"},
	BFloat16:   {2, "BF16", "bfloat16", "BFloat16Storage"},
	Int64:      {8, "I64", "int64", "LongStorage"},
	Int32:      {4, "I32", "int32", "IntStorage"},
	Int16:      {2, "I16", "int16", "ShortStorage"},
	Int8:       {1, "I8", "int8", "CharStorage"},
	Uint8:      {1, "U8", "uint8", "ByteStorage"},
	Bool:       {1, "BOOL", "bool", "BoolStorage"},
	Uint64:     {8, "U64", "uint64", ""},
	Uint32:     {4, "U32", "uint32", ""},
	Uint16:     {2, "U16", "uint16", ""},
	Float8E4M3: {1, "F8_E4M3", "float8_e4m3fn", ""},
	Float8E5M2: {1, "F8_E5M2", "float8_e5m2", ""},
}

// Size returns the size of an element in bytes.
func (d DType) Size() int { return dtypeTable[d].size }

// String returns PyTorch's name of the type, such as "float16".
func (d DType) String() string {
	if int(d) >= dtypes {
		return "DType(" + strconv.Itoa(int(d)) + ")"
	}
	return dtypeTable[d].torch
}

func dtypeOf(same func(d DType) bool) (DType, bool) {
	for d := DType(0); int(d) < dtypes; d++ {
		if same(d) {
			return d, true
		}
	}
	return 0, false
}
