//go:build !noasm

#include "textflag.h"

// func dot4AVX2(x, a *float32, n, stride int) (s0, s1, s2, s3 float32)
//
// Two accumulators of eight lanes for each of the four sums: s0 in Y0 and Y4,
// s1 in Y1 and Y5 and so on. That is enough of them to cover the latency of the
// fused multiply-add. 16 values of x make a turn; what is left goes eight at a
// time into Y0 to Y3, and at last one at a time.
TEXT ·dot4AVX2(SB), NOSPLIT, $0-48
	MOVQ x+0(FP), SI
	MOVQ a+8(FP), DI
	MOVQ n+16(FP), CX
	MOVQ stride+24(FP), DX
	LEAQ (DI)(DX*4), R8
	LEAQ (R8)(DX*4), R9
	LEAQ (R9)(DX*4), R10

	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7

	SUBQ $16, CX
	JLT  by8

by16:
	VMOVUPS (SI), Y8
	VMOVUPS 32(SI), Y9
	VFMADD231PS (DI), Y8, Y0
	VFMADD231PS (R8), Y8, Y1
	VFMADD231PS (R9), Y8, Y2
	VFMADD231PS (R10), Y8, Y3
	VFMADD231PS 32(DI), Y9, Y4
	VFMADD231PS 32(R8), Y9, Y5
	VFMADD231PS 32(R9), Y9, Y6
	VFMADD231PS 32(R10), Y9, Y7
	ADDQ $64, SI
	ADDQ $64, DI
	ADDQ $64, R8
	ADDQ $64, R9
	ADDQ $64, R10
	SUBQ $16, CX
	JGE  by16

by8:
	ADDQ $8, CX // n left, less 8
	JLT  reduce
	VMOVUPS (SI), Y8
	VFMADD231PS (DI), Y8, Y0
	VFMADD231PS (R8), Y8, Y1
	VFMADD231PS (R9), Y8, Y2
	VFMADD231PS (R10), Y8, Y3
	ADDQ $32, SI
	ADDQ $32, DI
	ADDQ $32, R8
	ADDQ $32, R9
	ADDQ $32, R10
	SUBQ $8, CX

reduce:
	VADDPS Y4, Y0, Y0
	VADDPS Y5, Y1, Y1
	VADDPS Y6, Y2, Y2
	VADDPS Y7, Y3, Y3
	VHADDPS Y1, Y0, Y0
	VHADDPS Y3, Y2, Y2
	VHADDPS Y2, Y0, Y0 // each half holds half of s0, s1, s2, s3
	VEXTRACTF128 $1, Y0, X1
	VADDPS X1, X0, X0

	ADDQ $8, CX
	JEQ  done

by1:
	VMOVSS (DI), X1
	VINSERTPS $0x10, (R8), X1, X1
	VINSERTPS $0x20, (R9), X1, X1
	VINSERTPS $0x30, (R10), X1, X1
	VBROADCASTSS (SI), X2
	VFMADD231PS X2, X1, X0
	ADDQ $4, SI
	ADDQ $4, DI
	ADDQ $4, R8
	ADDQ $4, R9
	ADDQ $4, R10
	DECQ CX
	JNE  by1

done:
	VZEROUPPER
	VMOVUPS X0, s0+32(FP)
	RET
