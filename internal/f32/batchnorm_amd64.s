//go:build !noasm

#include "textflag.h"

// All take n values, a multiple of 16 that is not 0.

// func momentsAVX2(sum, squares, x, shift *float32, n int)
TEXT ·momentsAVX2(SB), NOSPLIT, $0-40
	MOVQ sum+0(FP), DI
	MOVQ squares+8(FP), SI
	MOVQ x+16(FP), DX
	MOVQ shift+24(FP), BX
	MOVQ n+32(FP), CX
	XORQ AX, AX
	SHLQ $2, CX

loop:
	VMOVUPS (DX)(AX*1), Y0
	VSUBPS (BX)(AX*1), Y0, Y0
	VADDPS (DI)(AX*1), Y0, Y1
	VMOVUPS (SI)(AX*1), Y2
	VFMADD231PS Y0, Y0, Y2
	VMOVUPS Y1, (DI)(AX*1)
	VMOVUPS Y2, (SI)(AX*1)
	ADDQ $32, AX
	CMPQ AX, CX
	JLT loop
	VZEROUPPER
	RET

// func momentsAVX512(sum, squares, x, shift *float32, n int)
TEXT ·momentsAVX512(SB), NOSPLIT, $0-40
	MOVQ sum+0(FP), DI
	MOVQ squares+8(FP), SI
	MOVQ x+16(FP), DX
	MOVQ shift+24(FP), BX
	MOVQ n+32(FP), CX
	XORQ AX, AX
	SHLQ $2, CX

loop:
	VMOVUPS (DX)(AX*1), Z0
	VSUBPS (BX)(AX*1), Z0, Z0
	VADDPS (DI)(AX*1), Z0, Z1
	VMOVUPS (SI)(AX*1), Z2
	VFMADD231PS Z0, Z0, Z2
	VMOVUPS Z1, (DI)(AX*1)
	VMOVUPS Z2, (SI)(AX*1)
	ADDQ $64, AX
	CMPQ AX, CX
	JLT loop
	VZEROUPPER
	RET

// func normalizeAVX2(dst, x, scale, shift *float32, n int, floor float32)
TEXT ·normalizeAVX2(SB), NOSPLIT, $0-44
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ scale+16(FP), DX
	MOVQ shift+24(FP), BX
	MOVQ n+32(FP), CX
	VBROADCASTSS floor+40(FP), Y7
	XORQ AX, AX
	SHLQ $2, CX

loop:
	VMOVUPS (SI)(AX*1), Y0
	VMOVUPS (DX)(AX*1), Y1
	VFMADD213PS (BX)(AX*1), Y1, Y0
	// The value comes last: it is taken if it is NaN.
	VMAXPS Y0, Y7, Y0
	VMOVUPS Y0, (DI)(AX*1)
	ADDQ $32, AX
	CMPQ AX, CX
	JLT loop
	VZEROUPPER
	RET

// func normalizeAVX512(dst, x, scale, shift *float32, n int, floor float32)
TEXT ·normalizeAVX512(SB), NOSPLIT, $0-44
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ scale+16(FP), DX
	MOVQ shift+24(FP), BX
	MOVQ n+32(FP), CX
	VBROADCASTSS floor+40(FP), Z7
	XORQ AX, AX
	SHLQ $2, CX

loop:
	VMOVUPS (SI)(AX*1), Z0
	VMOVUPS (DX)(AX*1), Z1
	VFMADD213PS (BX)(AX*1), Z1, Z0
	// The value comes last: it is taken if it is NaN.
	VMAXPS Z0, Z7, Z0
	VMOVUPS Z0, (DI)(AX*1)
	ADDQ $64, AX
	CMPQ AX, CX
	JLT loop
	VZEROUPPER
	RET

// func normalizeAddAVX2(dst, x, scale, shift, term *float32, n int, floor float32)
TEXT ·normalizeAddAVX2(SB), NOSPLIT, $0-52
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ scale+16(FP), DX
	MOVQ shift+24(FP), BX
	MOVQ term+32(FP), R8
	MOVQ n+40(FP), CX
	VBROADCASTSS floor+48(FP), Y7
	XORQ AX, AX
	SHLQ $2, CX

loop:
	VMOVUPS (SI)(AX*1), Y0
	VMOVUPS (DX)(AX*1), Y1
	VFMADD213PS (BX)(AX*1), Y1, Y0
	VADDPS (R8)(AX*1), Y0, Y0
	VMAXPS Y0, Y7, Y0
	VMOVUPS Y0, (DI)(AX*1)
	ADDQ $32, AX
	CMPQ AX, CX
	JLT loop
	VZEROUPPER
	RET

// func normalizeAddAVX512(dst, x, scale, shift, term *float32, n int, floor float32)
TEXT ·normalizeAddAVX512(SB), NOSPLIT, $0-52
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ scale+16(FP), DX
	MOVQ shift+24(FP), BX
	MOVQ term+32(FP), R8
	MOVQ n+40(FP), CX
	VBROADCASTSS floor+48(FP), Z7
	XORQ AX, AX
	SHLQ $2, CX

loop:
	VMOVUPS (SI)(AX*1), Z0
	VMOVUPS (DX)(AX*1), Z1
	VFMADD213PS (BX)(AX*1), Z1, Z0
	VADDPS (R8)(AX*1), Z0, Z0
	VMAXPS Z0, Z7, Z0
	VMOVUPS Z0, (DI)(AX*1)
	ADDQ $64, AX
	CMPQ AX, CX
	JLT loop
	VZEROUPPER
	RET

// func gradientMomentsAVX2(sum, product, dy, x, mean *float32, n int)
TEXT ·gradientMomentsAVX2(SB), NOSPLIT, $0-48
	MOVQ sum+0(FP), DI
	MOVQ product+8(FP), SI
	MOVQ dy+16(FP), DX
	MOVQ x+24(FP), BX
	MOVQ mean+32(FP), R8
	MOVQ n+40(FP), CX
	XORQ AX, AX
	SHLQ $2, CX

loop:
	VMOVUPS (DX)(AX*1), Y0
	VMOVUPS (BX)(AX*1), Y1
	VSUBPS (R8)(AX*1), Y1, Y1
	VADDPS (DI)(AX*1), Y0, Y2
	VMOVUPS (SI)(AX*1), Y3
	VFMADD231PS Y0, Y1, Y3
	VMOVUPS Y2, (DI)(AX*1)
	VMOVUPS Y3, (SI)(AX*1)
	ADDQ $32, AX
	CMPQ AX, CX
	JLT loop
	VZEROUPPER
	RET

// func gradientMomentsAVX512(sum, product, dy, x, mean *float32, n int)
TEXT ·gradientMomentsAVX512(SB), NOSPLIT, $0-48
	MOVQ sum+0(FP), DI
	MOVQ product+8(FP), SI
	MOVQ dy+16(FP), DX
	MOVQ x+24(FP), BX
	MOVQ mean+32(FP), R8
	MOVQ n+40(FP), CX
	XORQ AX, AX
	SHLQ $2, CX

loop:
	VMOVUPS (DX)(AX*1), Z0
	VMOVUPS (BX)(AX*1), Z1
	VSUBPS (R8)(AX*1), Z1, Z1
	VADDPS (DI)(AX*1), Z0, Z2
	VMOVUPS (SI)(AX*1), Z3
	VFMADD231PS Z0, Z1, Z3
	VMOVUPS Z2, (DI)(AX*1)
	VMOVUPS Z3, (SI)(AX*1)
	ADDQ $64, AX
	CMPQ AX, CX
	JLT loop
	VZEROUPPER
	RET

// func gradientMomentsReLUAVX2(sum, product, dy, x, mean, y *float32, n int)
TEXT ·gradientMomentsReLUAVX2(SB), NOSPLIT, $0-56
	MOVQ sum+0(FP), DI
	MOVQ product+8(FP), SI
	MOVQ dy+16(FP), DX
	MOVQ x+24(FP), BX
	MOVQ mean+32(FP), R8
	MOVQ y+40(FP), R9
	MOVQ n+48(FP), CX
	VXORPS Y7, Y7, Y7
	XORQ AX, AX
	SHLQ $2, CX

loop:
	VMOVUPS (R9)(AX*1), Y4
	VCMPPS $0x1e, Y7, Y4, Y4
	VANDPS (DX)(AX*1), Y4, Y0
	VMOVUPS Y0, (DX)(AX*1)
	VMOVUPS (BX)(AX*1), Y1
	VSUBPS (R8)(AX*1), Y1, Y1
	VADDPS (DI)(AX*1), Y0, Y2
	VMOVUPS (SI)(AX*1), Y3
	VFMADD231PS Y0, Y1, Y3
	VMOVUPS Y2, (DI)(AX*1)
	VMOVUPS Y3, (SI)(AX*1)
	ADDQ $32, AX
	CMPQ AX, CX
	JLT loop
	VZEROUPPER
	RET

// func gradientMomentsReLUAVX512(sum, product, dy, x, mean, y *float32, n int)
TEXT ·gradientMomentsReLUAVX512(SB), NOSPLIT, $0-56
	MOVQ sum+0(FP), DI
	MOVQ product+8(FP), SI
	MOVQ dy+16(FP), DX
	MOVQ x+24(FP), BX
	MOVQ mean+32(FP), R8
	MOVQ y+40(FP), R9
	MOVQ n+48(FP), CX
	VPXORD Z7, Z7, Z7
	XORQ AX, AX
	SHLQ $2, CX

loop:
	VMOVUPS (R9)(AX*1), Z4
	VCMPPS $0x1e, Z7, Z4, K1
	VMOVUPS.Z (DX)(AX*1), K1, Z0
	VMOVUPS Z0, (DX)(AX*1)
	VMOVUPS (BX)(AX*1), Z1
	VSUBPS (R8)(AX*1), Z1, Z1
	VADDPS (DI)(AX*1), Z0, Z2
	VMOVUPS (SI)(AX*1), Z3
	VFMADD231PS Z0, Z1, Z3
	VMOVUPS Z2, (DI)(AX*1)
	VMOVUPS Z3, (SI)(AX*1)
	ADDQ $64, AX
	CMPQ AX, CX
	JLT loop
	VZEROUPPER
	RET

// func combineAVX2(dst, x, a, y, b, c *float32, n int)
TEXT ·combineAVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ a+16(FP), DX
	MOVQ y+24(FP), BX
	MOVQ b+32(FP), R8
	MOVQ c+40(FP), R9
	MOVQ n+48(FP), CX
	XORQ AX, AX
	SHLQ $2, CX

loop:
	VMOVUPS (BX)(AX*1), Y0
	VMOVUPS (R8)(AX*1), Y1
	VFMADD213PS (R9)(AX*1), Y1, Y0
	VMOVUPS (SI)(AX*1), Y2
	VFMADD231PS (DX)(AX*1), Y2, Y0
	VMOVUPS Y0, (DI)(AX*1)
	ADDQ $32, AX
	CMPQ AX, CX
	JLT loop
	VZEROUPPER
	RET

// func combineAVX512(dst, x, a, y, b, c *float32, n int)
TEXT ·combineAVX512(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ a+16(FP), DX
	MOVQ y+24(FP), BX
	MOVQ b+32(FP), R8
	MOVQ c+40(FP), R9
	MOVQ n+48(FP), CX
	XORQ AX, AX
	SHLQ $2, CX

loop:
	VMOVUPS (BX)(AX*1), Z0
	VMOVUPS (R8)(AX*1), Z1
	VFMADD213PS (R9)(AX*1), Z1, Z0
	VMOVUPS (SI)(AX*1), Z2
	VFMADD231PS (DX)(AX*1), Z2, Z0
	VMOVUPS Z0, (DI)(AX*1)
	ADDQ $64, AX
	CMPQ AX, CX
	JLT loop
	VZEROUPPER
	RET
