//go:build !noasm

#include "textflag.h"

// Both take n values, a multiple of 16 that is not 0. Comparison 8 is "equal or
// unordered": y is NaN where x is.

// func addWhereEqualAVX2(dst, rest, x, y *float32, n int)
TEXT ·addWhereEqualAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ rest+8(FP), SI
	MOVQ x+16(FP), DX
	MOVQ y+24(FP), BX
	MOVQ n+32(FP), CX
	XORQ AX, AX
	SHLQ $2, CX

loop:
	VMOVUPS (DX)(AX*1), Y0
	VCMPPS $8, (BX)(AX*1), Y0, Y0
	VMOVUPS (SI)(AX*1), Y1
	VANDPS Y0, Y1, Y2
	VANDNPS Y1, Y0, Y1
	VADDPS (DI)(AX*1), Y2, Y2
	VMOVUPS Y2, (DI)(AX*1)
	VMOVUPS Y1, (SI)(AX*1)
	ADDQ $32, AX
	CMPQ AX, CX
	JLT loop
	VZEROUPPER
	RET

// func addWhereEqualAVX512(dst, rest, x, y *float32, n int)
TEXT ·addWhereEqualAVX512(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ rest+8(FP), SI
	MOVQ x+16(FP), DX
	MOVQ y+24(FP), BX
	MOVQ n+32(FP), CX
	XORQ AX, AX
	SHLQ $2, CX

loop:
	VMOVUPS (DX)(AX*1), Z0
	VCMPPS $8, (BX)(AX*1), Z0, K1
	VMOVUPS (SI)(AX*1), Z1
	VMOVUPS (DI)(AX*1), Z2
	VADDPS Z1, Z2, K1, Z2
	VMOVUPS Z2, (DI)(AX*1)
	VPXORD Z1, Z1, K1, Z1
	VMOVUPS Z1, (SI)(AX*1)
	ADDQ $64, AX
	CMPQ AX, CX
	JLT loop
	VZEROUPPER
	RET
