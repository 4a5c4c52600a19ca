//go:build !noasm

#include "textflag.h"

// func int16AVX2(dst *float32, src *byte, n int)
TEXT ·int16AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL $0x38000000, AX // 1/32768
	VMOVD AX, X1
	VBROADCASTSS X1, Y1

by8:
	VPMOVSXWD (SI), Y0
	VCVTDQ2PS Y0, Y0
	VMULPS Y1, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $16, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNE  by8
	VZEROUPPER
	RET

// func int16PairsAVX2(dst *float32, src *byte, n int)
//
// A pair is an integer of 32 bits, whose lower half, where the wanted value is,
// becomes the upper one.
TEXT ·int16PairsAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL $0x30000000, AX // 1/2^31
	VMOVD AX, X1
	VBROADCASTSS X1, Y1

by8:
	VMOVDQU (SI), Y0
	VPSLLD $16, Y0, Y0
	VCVTDQ2PS Y0, Y0
	VMULPS Y1, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNE  by8
	VZEROUPPER
	RET
