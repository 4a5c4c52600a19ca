package main

import (
	"bytes"
	"fmt"
)

// kernel is the function for strips of one height with one storage of weights, or
// of depthwise strips, or of strips whose left factor is read across.
//
// General registers:
//
//	DX  the strip                     AX  columns left
//	SI  b at the first k              BX  b at this k
//	R8  a, row 0; R9 row 4, R10 row 8 CX  values of k left
//	R11 stride of a                   R12 three times that
//	R13 from 16 columns of b to the next 16
//	R15 from one k of b to the next   DI  run of values of k
//	R14 offset of the columns in c, scale, bias and add
//
// all strides and offsets in bytes. Vector registers: the sums of row i are in 2i and 2i+1,
// or in i where one vector of columns is computed at a time; the rest of them
// come after.
type kernel struct {
	isa
	storage   storage
	depthwise bool
	across    bool
	rows      int
	body      bytes.Buffer
}

func (k *kernel) name() string {
	if k.depthwise {
		return fmt.Sprintf("depthwise%d%s", k.rows, k.isa.name)
	}
	if k.across {
		return fmt.Sprintf("across%d%s", k.rows, k.isa.name)
	}
	return fmt.Sprintf("strip%d%s%s", k.rows, k.storage.name, k.isa.name)
}

func (k *kernel) ins(format string, args ...any) { fmt.Fprintf(&k.body, "\t"+format+"\n", args...) }
func (k *kernel) label(name string)              { fmt.Fprintf(&k.body, "%s:\n", name) }
func (k *kernel) reg(r int) string               { return fmt.Sprintf("%s%d", k.letter, r) }

// strip returns the function: two vectors of columns at a time, then one at a
// time, masked.
func (k *kernel) strip() string {
	k.ins("MOVQ s+0(FP), DX")
	k.ins("MOVQ strip_n(DX), AX")
	k.ins("MOVQ strip_%s(DX), SI", k.storage.field)
	k.ins("XORQ R14, R14")
	k.ins("MOVQ strip_bPanel(DX), R13")
	k.ins("MOVQ strip_bStep(DX), R15")
	if shift := map[int]int{4: 2, 2: 1, 1: 0}[k.storage.bytes]; shift > 0 {
		k.ins("SHLQ $%d, R13", shift)
		k.ins("SHLQ $%d, R15", shift)
	}
	if k.rows > 1 || k.across {
		k.ins("MOVQ strip_aStride(DX), R11")
		k.ins("SHLQ $2, R11")
	}
	if k.rows > 3 && !k.across {
		k.ins("LEAQ (R11)(R11*2), R12")
	}
	k.ins("SUBQ $%d, AX", 2*k.lanes)
	k.ins("JLT narrow")
	k.label("wide")
	k.columns("Wide", 2)
	k.ins("SUBQ $%d, AX", 2*k.lanes)
	k.ins("JGE wide")
	k.label("narrow")
	k.ins("ADDQ $%d, AX", 2*k.lanes)
	k.ins("JLE done")
	k.label("one")
	k.columns("Narrow", 1)
	k.ins("SUBQ $%d, AX", k.lanes)
	k.ins("JGT one")
	k.label("done")
	k.ins("VZEROUPPER")
	k.ins("RET")
	return fmt.Sprintf("// func %s(s *strip)\nTEXT ·%s(SB), NOSPLIT, $0-8\n%s\n", k.name(), k.name(), k.body.String())
}

// columns computes as many vectors of columns. One vector is masked: its columns
// from AX on are not there.
func (k *kernel) columns(suffix string, vectors int) {
	masked := vectors == 1
	sum := func(row, v int) string { return k.reg(row*vectors + v) }
	b := func(v int) string { return k.reg(k.rows*vectors + v) }
	value, mask := k.reg(k.rows*vectors+vectors), k.reg(k.rows*vectors+vectors+1)

	if masked {
		k.ins("MOVQ $%d, CX", k.lanes)
		k.ins("CMPQ AX, CX")
		k.ins("CMOVQLT AX, CX")
		if k.isa.name == "AVX512" {
			k.ins("MOVL $-1, BX")
			k.ins("BZHIL CX, BX, BX")
			k.ins("KMOVW BX, K1")
		} else {
			k.ins("LEAQ masks<>+32(SB), BX")
			k.ins("NEGQ CX")
			k.ins("VMOVDQU (BX)(CX*4), %s", mask)
		}
	}
	for r := range k.rows {
		for v := range vectors {
			k.zero(sum(r, v))
		}
	}
	k.ins("CMPQ strip_k(DX), $0")
	k.ins("JEQ epilogue%s", suffix)
	k.ins("MOVQ SI, BX")
	k.ins("XORQ DI, DI")
	k.label("run" + suffix)
	k.ins("MOVQ strip_offsets(DX), R8")
	k.ins("MOVQ (R8)(DI*8), R8")
	k.ins("MOVQ strip_a(DX), R9")
	k.ins("LEAQ (R9)(R8*4), R8")
	if k.depthwise {
		k.ins("ADDQ R14, R8")
	} else {
		k.ins("MOVQ strip_k(DX), CX")
	}
	if k.rows > 4 && !k.across {
		k.ins("LEAQ (R8)(R11*4), R9")
	}
	if k.rows > 8 && !k.across {
		k.ins("LEAQ (R8)(R11*8), R10")
	}
	if !k.depthwise {
		k.ins("PCALIGN $32")
		k.label("loop" + suffix)
	}
	for v := range vectors {
		k.load(b(v), v, masked, mask)
	}
	for r := range k.rows {
		base := []string{"(R8)", "(R9)", "(R10)"}[r/4]
		a := base + []string{"", "(R11*1)", "(R11*2)", "(R12*1)"}[r%4]
		if k.across {
			a = fmt.Sprintf("%d(R8)", 4*r)
		}
		if !k.depthwise && k.isa.name == "AVX2" {
			k.ins("VBROADCASTSS %s, %s", a, value)
		}
		for v := range vectors {
			switch {
			case !k.depthwise && k.isa.name == "AVX2":
				k.ins("VFMADD231PS %s, %s, %s", value, b(v), sum(r, v))
			case !k.depthwise:
				k.ins("VFMADD231PS.BCST %s, %s, %s", a, b(v), sum(r, v))
			case !masked:
				k.ins("VFMADD231PS %s, %s, %s", k.at(a, v), b(v), sum(r, v))
			default:
				k.move(a, value, masked, mask)
				k.ins("VFMADD231PS %s, %s, %s", value, b(v), sum(r, v))
			}
		}
	}
	k.ins("ADDQ R15, BX")
	if k.across {
		k.ins("ADDQ R11, R8")
	}
	if !k.depthwise && !k.across {
		k.ins("ADDQ $4, R8")
		if k.rows > 4 {
			k.ins("ADDQ $4, R9")
		}
		if k.rows > 8 {
			k.ins("ADDQ $4, R10")
		}
	}
	if !k.depthwise {
		k.ins("DECQ CX")
		k.ins("JNE loop%s", suffix)
	}
	k.ins("INCQ DI")
	k.ins("CMPQ DI, (strip_offsets+8)(DX)")
	k.ins("JLT run%s", suffix)

	// Scale, add what is to be added, and write.
	k.label("epilogue" + suffix)
	k.ins("MOVQ strip_scale(DX), BX")
	k.ins("TESTQ BX, BX")
	k.ins("JEQ alpha%s", suffix)
	for v := range vectors {
		k.move(k.at("(BX)(R14*1)", v), b(v), masked, mask)
	}
	k.ins("JMP scaled%s", suffix)
	k.label("alpha" + suffix)
	for v := range vectors {
		k.ins("VBROADCASTSS strip_alpha(DX), %s", b(v))
	}
	k.label("scaled" + suffix)
	k.ins("MOVQ strip_add(DX), BX")
	k.ins("TESTQ BX, BX")
	k.ins("JEQ times%s", suffix)
	k.ins("ADDQ R14, BX")
	k.ins("MOVQ strip_addStride(DX), R9")
	k.ins("SHLQ $2, R9")
	for r := range k.rows {
		for v := range vectors {
			switch address := k.at("(BX)", v); {
			case !masked:
				k.ins("VFMADD213PS %s, %s, %s", address, b(v), sum(r, v))
			case k.isa.name == "AVX512":
				k.ins("VFMADD213PS %s, %s, K1, %s", address, b(v), sum(r, v))
			default:
				k.move(address, value, masked, mask)
				k.ins("VFMADD213PS %s, %s, %s", value, b(v), sum(r, v))
			}
		}
		if r < k.rows-1 {
			k.ins("ADDQ R9, BX")
		}
	}
	k.ins("JMP biased%s", suffix)
	k.label("times" + suffix)
	for r := range k.rows {
		for v := range vectors {
			k.ins("VMULPS %s, %s, %s", b(v), sum(r, v), sum(r, v))
		}
	}
	k.label("biased" + suffix)
	k.ins("MOVQ strip_bias(DX), BX")
	k.ins("TESTQ BX, BX")
	k.ins("JEQ store%s", suffix)
	for v := range vectors {
		k.move(k.at("(BX)(R14*1)", v), b(v), masked, mask)
	}
	for r := range k.rows {
		for v := range vectors {
			k.ins("VADDPS %s, %s, %s", b(v), sum(r, v), sum(r, v))
		}
	}
	k.label("store" + suffix)
	k.ins("MOVQ strip_c(DX), BX")
	k.ins("ADDQ R14, BX")
	k.ins("MOVQ strip_cStride(DX), R9")
	k.ins("SHLQ $2, R9")
	for r := range k.rows {
		for v := range vectors {
			k.move(sum(r, v), k.at("(BX)", v), masked, mask)
		}
		if r < k.rows-1 {
			k.ins("ADDQ R9, BX")
		}
	}
	k.ins("ADDQ $%d, R14", 4*k.lanes*vectors)
	// A panel is two vectors of AVX2 or one of AVX-512.
	switch columns := k.lanes * vectors; columns {
	case 8:
		k.ins("ADDQ $%d, SI", 8*k.storage.bytes)
	case 16:
		k.ins("ADDQ R13, SI")
	case 32:
		k.ins("LEAQ (SI)(R13*2), SI")
	}
}

func (k *kernel) zero(r string) {
	if k.isa.name == "AVX512" {
		k.ins("VPXORD %s, %s, %s", r, r, r)
	} else {
		k.ins("VXORPS %s, %s, %s", r, r, r)
	}
}

// at returns the address of vector v from another.
func (k *kernel) at(address string, v int) string {
	if v == 0 {
		return address
	}
	return fmt.Sprintf("%d%s", 4*k.lanes*v, address)
}

// move copies a vector from or to memory.
func (k *kernel) move(from, to string, masked bool, mask string) {
	switch {
	case !masked:
		k.ins("VMOVUPS %s, %s", from, to)
	case k.isa.name == "AVX2":
		k.ins("VMASKMOVPS %s, %s, %s", from, mask, to)
	case to[0] == 'Z':
		k.ins("VMOVUPS.Z %s, K1, %s", from, to)
	default:
		k.ins("VMOVUPS %s, K1, %s", from, to)
	}
}

// load expands vector v of b. Only float32 values may be masked: the others are
// always in whole panels.
func (k *kernel) load(to string, v int, masked bool, mask string) {
	address := "(BX)"
	if v == 1 {
		address = "(BX)(R13*1)"
		if k.lanes == 8 {
			address = fmt.Sprintf("%d(BX)", 8*k.storage.bytes)
		}
	}
	switch k.storage.name {
	case "Float32":
		k.move(address, to, masked, mask)
	case "Float16":
		k.ins("VCVTPH2PS %s, %s", address, to)
	case "BFloat16":
		k.ins("VPMOVZXWD %s, %s", address, to)
		k.ins("VPSLLD $16, %s, %s", to, to)
	case "Int8":
		k.ins("VPMOVSXBD %s, %s", address, to)
		k.ins("VCVTDQ2PS %s, %s", to, to)
	}
}

// masks returns eight lanes that are there and eight that are not.
func masks() string {
	var s bytes.Buffer
	for i := range 16 {
		value := "0xffffffff"
		if i >= 8 {
			value = "0"
		}
		fmt.Fprintf(&s, "DATA masks<>+%d(SB)/4, $%s\n", 4*i, value)
	}
	s.WriteString("GLOBL masks<>(SB), RODATA|NOPTR, $64\n\n")
	return s.String()
}
