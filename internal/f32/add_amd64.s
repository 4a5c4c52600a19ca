//go:build !noasm

#include "textflag.h"
#include "each_amd64.h"

#define SUM2 VADDPS Y1, Y0, Y3
#define SUM5 VADDPS Z1, Z0, Z3

// func addAVX2(dst, x *float32, n int)
TEXT ·addAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	BOTH2(SUM2)
	RET

// func addAVX512(dst, x *float32, n int)
TEXT ·addAVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	BOTH5(SUM5)
	RET

#define SCALED2 \
	VMOVAPS     Y0, Y3     \
	VFMADD231PS Y1, Y4, Y3

#define SCALED5 \
	VMOVAPS     Z0, Z3     \
	VFMADD231PS Z1, Z4, Z3

// func addScaledAVX2(dst *float32, factor float32, x *float32, n int)
TEXT ·addScaledAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	VBROADCASTSS factor+8(FP), Y4
	MOVQ x+16(FP), SI
	MOVQ n+24(FP), CX
	BOTH2(SCALED2)
	RET

// func addScaledAVX512(dst *float32, factor float32, x *float32, n int)
TEXT ·addScaledAVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	VBROADCASTSS factor+8(FP), Z4
	MOVQ x+16(FP), SI
	MOVQ n+24(FP), CX
	BOTH5(SCALED5)
	RET

#define PRODUCT2 VMULPS Y4, Y0, Y3
#define PRODUCT5 VMULPS Z4, Z0, Z3

// func scaleAVX2(x *float32, factor float32, n int)
TEXT ·scaleAVX2(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	VBROADCASTSS factor+8(FP), Y4
	MOVQ n+16(FP), CX
	EACH2(PRODUCT2)
	RET

// func scaleAVX512(x *float32, factor float32, n int)
TEXT ·scaleAVX512(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	VBROADCASTSS factor+8(FP), Z4
	MOVQ n+16(FP), CX
	EACH5(PRODUCT5)
	RET

// func mulAddAVX2(x, factor, term *float32, n int)
TEXT ·mulAddAVX2(SB), NOSPLIT, $0-32
	MOVQ x+0(FP), DI
	MOVQ factor+8(FP), SI
	MOVQ term+16(FP), DX
	MOVQ n+24(FP), CX
	SUBQ $8, CX
	JLT rest

loop:
	VMOVUPS (DI), Y0
	VMOVUPS (SI), Y1
	VFMADD213PS (DX), Y1, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, DI
	ADDQ $32, SI
	ADDQ $32, DX
	SUBQ $8, CX
	JGE loop

rest:
	CMPQ CX, $-8
	JEQ done
	TAIL2(Y7)
	VMASKMOVPS (DI), Y7, Y0
	VMASKMOVPS (SI), Y7, Y1
	VMASKMOVPS (DX), Y7, Y2
	VFMADD213PS Y2, Y1, Y0
	VMASKMOVPS Y0, Y7, (DI)

done:
	VZEROUPPER
	RET

// func mulAddAVX512(x, factor, term *float32, n int)
TEXT ·mulAddAVX512(SB), NOSPLIT, $0-32
	MOVQ x+0(FP), DI
	MOVQ factor+8(FP), SI
	MOVQ term+16(FP), DX
	MOVQ n+24(FP), CX
	SUBQ $16, CX
	JLT rest

loop:
	VMOVUPS (DI), Z0
	VMOVUPS (SI), Z1
	VFMADD213PS (DX), Z1, Z0
	VMOVUPS Z0, (DI)
	ADDQ $64, DI
	ADDQ $64, SI
	ADDQ $64, DX
	SUBQ $16, CX
	JGE loop

rest:
	ADDQ $16, CX
	JEQ done
	TAIL5
	VMOVUPS.Z (DI), K1, Z0
	VMOVUPS.Z (SI), K1, Z1
	VMOVUPS.Z (DX), K1, Z2
	VFMADD213PS Z2, Z1, Z0
	VMOVUPS Z0, K1, (DI)

done:
	VZEROUPPER
	RET
