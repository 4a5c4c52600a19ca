//go:build !noasm

#include "textflag.h"
#include "each_amd64.h"
#include "exp_amd64.h"

// The first operand of VMAXPS and VMINPS wins if one is NaN: it is the value.

#define EXP2 \
	VMAXPS Y0, Y14, Y4 \
	VMINPS Y4, Y15, Y4 \
	LOG2E2(Y4)         \
	POW2

#define EXP5 \
	VMAXPS Z0, Z25, Z4 \
	VMINPS Z4, Z26, Z4 \
	LOG2E5(Z4)         \
	POW5

// func expAVX2(x *float32, n int, c *expTable)
TEXT ·expAVX2(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS2
	VMOVUPS EXP_LOWEST, Y14
	VMOVUPS EXP_HIGHEST, Y15
	EACH2(EXP2)
	RET

// func expAVX512(x *float32, n int, c *expTable)
TEXT ·expAVX512(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS5
	VBROADCASTSS EXP_LOWEST, Z25
	VBROADCASTSS EXP_HIGHEST, Z26
	EACH5(EXP5)
	RET
