package main

import (
	"bytes"
	"fmt"
)

// transpose returns the function that turns eight rows of n values, a multiple of
// eight, into n rows of eight values.
func transpose() string {
	var s bytes.Buffer
	ins := func(format string, args ...any) { fmt.Fprintf(&s, "\t"+format+"\n", args...) }
	s.WriteString(`// func transposeAVX2(dst, src unsafe.Pointer, n, dstStride, srcStride int)
TEXT ·transposeAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ dstStride+24(FP), R8
	MOVQ srcStride+32(FP), R9
	SHLQ $2, R8
	SHLQ $2, R9
	LEAQ (R8)(R8*2), R10
	LEAQ (R9)(R9*2), R11
	SHRQ $3, CX
	JEQ done
loop:
	LEAQ (SI)(R9*4), BX
	LEAQ (DI)(R8*4), DX
`)
	rows := func(first, second, stride, triple string) []string {
		var list []string
		for _, base := range []string{first, second} {
			for _, index := range []string{"", "(" + stride + "*1)", "(" + stride + "*2)", "(" + triple + "*1)"} {
				list = append(list, "("+base+")"+index)
			}
		}
		return list
	}
	for i, address := range rows("SI", "BX", "R9", "R11") {
		ins("VMOVUPS %s, Y%d", address, i)
	}
	// Pairs of rows, then fours, then all eight.
	for i := 0; i < 8; i += 2 {
		ins("VUNPCKLPS Y%d, Y%d, Y%d", i+1, i, i+8)
		ins("VUNPCKHPS Y%d, Y%d, Y%d", i+1, i, i+9)
	}
	for i := 0; i < 8; i += 4 {
		ins("VUNPCKLPD Y%d, Y%d, Y%d", i+10, i+8, i)
		ins("VUNPCKHPD Y%d, Y%d, Y%d", i+10, i+8, i+1)
		ins("VUNPCKLPD Y%d, Y%d, Y%d", i+11, i+9, i+2)
		ins("VUNPCKHPD Y%d, Y%d, Y%d", i+11, i+9, i+3)
	}
	for i := range 4 {
		ins("VPERM2F128 $0x20, Y%d, Y%d, Y%d", i+4, i, i+8)
		ins("VPERM2F128 $0x31, Y%d, Y%d, Y%d", i+4, i, i+12)
	}
	for i, address := range rows("DI", "DX", "R8", "R10") {
		ins("VMOVUPS Y%d, %s", i+8, address)
	}
	s.WriteString(`	ADDQ $32, SI
	LEAQ (DI)(R8*8), DI
	DECQ CX
	JNE loop
done:
	VZEROUPPER
	RET

`)
	return s.String()
}

// gather returns the function that lays n rows of 16 values one after the other.
func gather() string {
	return `// func gatherAVX2(dst, src unsafe.Pointer, n, srcStride int)
TEXT ·gatherAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ srcStride+24(FP), R9
	SHLQ $2, R9
	TESTQ CX, CX
	JEQ done
loop:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	ADDQ R9, SI
	ADDQ $64, DI
	DECQ CX
	JNE loop
done:
	VZEROUPPER
	RET

`
}
