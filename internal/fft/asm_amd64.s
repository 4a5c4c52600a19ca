//go:build !noasm

#include "textflag.h"

// TIMES multiplies the four complex numbers in A by those at W, into A:
//
//	re: A.re·W.re - A.im·W.im
//	im: A.im·W.re + A.re·W.im
//
// T and U are scratch.
#define TIMES(W, A, T, U) \
	VMOVSHDUP W, T       \
	VPERMILPS $0xB1, A, U \
	VMULPS T, U, U       \
	VMOVSLDUP W, T       \
	VFMADDSUB213PS U, T, A

// func pass4AVX2(dst, src, tw unsafe.Pointer, l, q int)
//
// The columns k = 0 … l-1 of a block, four at a time: runs of src in SI at
// multiples of 8q bytes, runs of dst in DI at multiples of 8l bytes, runs of tw
// in BX at multiples of 8l bytes. AX counts the bytes of a run done.
TEXT ·pass4AVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ tw+16(FP), BX
	MOVQ l+24(FP), R8
	MOVQ q+32(FP), R9
	SHLQ $3, R8
	SHLQ $3, R9

	LEAQ (BX)(R8*1), R10 // the second and the third twiddle factors
	LEAQ (BX)(R8*2), R11
	LEAQ (SI)(R9*1), R12 // runs 1, 2 and 3 of src
	LEAQ (SI)(R9*2), R13
	LEAQ (R12)(R9*2), R15
	VPCMPEQD Y15, Y15, Y15
	VPSLLD $31, Y15, Y15 // the sign bits

block:
	LEAQ (DI)(R8*1), CX  // runs 1 and 2 of dst; 3 is as far from 1 as 2 from 0
	LEAQ (DI)(R8*2), DX
	XORQ AX, AX

column:
	VMOVUPS (SI)(AX*1), Y0
	VMOVUPS (R12)(AX*1), Y1
	VMOVUPS (R13)(AX*1), Y2
	VMOVUPS (R15)(AX*1), Y3
	TIMES((BX)(AX*1), Y1, Y8, Y9)
	TIMES((R10)(AX*1), Y2, Y10, Y11)
	TIMES((R11)(AX*1), Y3, Y12, Y13)
	VADDPS Y2, Y0, Y4 // s = a0 + a2
	VSUBPS Y2, Y0, Y5 // d = a0 - a2
	VADDPS Y3, Y1, Y6 // u = a1 + a3
	VSUBPS Y3, Y1, Y7 // v = a1 - a3
	VPERMILPS $0xB1, Y7, Y7
	VADDPS Y6, Y4, Y8    // s + u
	VSUBPS Y6, Y4, Y9    // s - u
	VADDSUBPS Y7, Y5, Y10 // d + i·v = (d.re - v.im, d.im + v.re)
	VXORPS Y15, Y7, Y7
	VADDSUBPS Y7, Y5, Y11 // d - i·v
	VMOVUPS Y8, (DI)(AX*1)
	VMOVUPS Y11, (CX)(AX*1)
	VMOVUPS Y9, (DX)(AX*1)
	LEAQ (CX)(R8*2), R14
	VMOVUPS Y10, (R14)(AX*1)
	ADDQ $32, AX
	CMPQ AX, R8
	JLT  column

	LEAQ (DI)(R8*4), DI
	ADDQ R8, SI
	ADDQ R8, R12
	ADDQ R8, R13
	ADDQ R8, R15
	SUBQ R8, R9
	JGT  block

	VZEROUPPER
	RET
