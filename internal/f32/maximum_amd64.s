//go:build !noasm

#include "textflag.h"
#include "each_amd64.h"

// VMAXPS takes the operand written first where one is NaN: x here. So a NaN of
// dst must be put back.
#define LARGER2 \
	VMAXPS    Y1, Y0, Y3     \
	VCMPPS    $3, Y0, Y0, Y4 \
	VBLENDVPS Y4, Y0, Y3, Y3

#define LARGER5 \
	VMAXPS  Z1, Z0, Z3     \
	VCMPPS  $3, Z0, Z0, K2 \
	VMOVAPS Z0, K2, Z3

// func maximumAVX2(dst, x *float32, n int)
TEXT ·maximumAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	BOTH2(LARGER2)
	RET

// func maximumAVX512(dst, x *float32, n int)
TEXT ·maximumAVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	BOTH5(LARGER5)
	RET

#define POSITIVE2 VMAXPS Y0, Y4, Y3
#define POSITIVE5 VMAXPS Z0, Z4, Z3

// func reluAVX2(x *float32, n int)
TEXT ·reluAVX2(SB), NOSPLIT, $0-16
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	VXORPS Y4, Y4, Y4
	EACH2(POSITIVE2)
	RET

// func reluAVX512(x *float32, n int)
TEXT ·reluAVX512(SB), NOSPLIT, $0-16
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	VPXORD Z4, Z4, Z4
	EACH5(POSITIVE5)
	RET
