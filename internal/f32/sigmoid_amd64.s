//go:build !noasm

#include "textflag.h"
#include "each_amd64.h"
#include "exp_amd64.h"

// 1/(1 + exp(-x)), as exp(-|x|)/(1 + exp(-|x|)) if x is negative: nothing
// overflows.
#define SIGMOID2 \
	VORPS     Y13, Y0, Y4     \
	VMAXPS    Y4, Y14, Y4     \
	LOG2E2(Y4)                \
	POW2                      \
	VADDPS    Y11, Y3, Y4     \
	VBLENDVPS Y0, Y3, Y11, Y3 \
	VDIVPS    Y4, Y3, Y3

#define SIGMOID5 \
	VPORD     Z15, Z0, Z4     \
	VMAXPS    Z4, Z25, Z4     \
	LOG2E5(Z4)                \
	POW5                      \
	VADDPS    Z16, Z3, Z4     \
	VPTESTMD  Z15, Z0, K2     \
	VBLENDMPS Z3, Z16, K2, Z3 \
	VDIVPS    Z4, Z3, Z3

// func sigmoidAVX2(x *float32, n int, c *expTable)
TEXT ·sigmoidAVX2(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS2
	VMOVUPS EXP_LOWEST, Y14
	EACH2(SIGMOID2)
	RET

// func sigmoidAVX512(x *float32, n int, c *expTable)
TEXT ·sigmoidAVX512(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS5
	VBROADCASTSS EXP_LOWEST, Z25
	EACH5(SIGMOID5)
	RET

// m/(m + 2) with m = exp(2|x|) - 1 = 2^n·(2^r - 1) + (2^n - 1), and the sign of x.
// So it is precise near 0 too.
#define TANH2 \
	VANDNPS     Y0, Y13, Y4  \
	VMINPS      Y4, Y14, Y4  \
	VADDPS      Y4, Y4, Y4   \
	LOG2E2(Y4)               \
	Q2                       \
	VMULPS      Y2, Y3, Y3   \
	VCVTPS2DQ   Y1, Y1       \
	VPSLLD      $23, Y1, Y1  \
	VPADDD      Y11, Y1, Y1  \
	VSUBPS      Y11, Y1, Y4  \
	VFMADD213PS Y4, Y1, Y3   \
	VADDPS      Y15, Y3, Y4  \
	VDIVPS      Y4, Y3, Y3   \
	VANDPS      Y0, Y13, Y4  \
	VORPS       Y4, Y3, Y3

#define TANH5 \
	VPANDND     Z0, Z15, Z4  \
	VMINPS      Z4, Z25, Z4  \
	VADDPS      Z4, Z4, Z4   \
	LOG2E5(Z4)               \
	Q5                       \
	VMULPS      Z2, Z3, Z3   \
	VSCALEFPS   Z1, Z16, Z1  \
	VSUBPS      Z16, Z1, Z4  \
	VFMADD213PS Z4, Z1, Z3   \
	VADDPS      Z26, Z3, Z4  \
	VDIVPS      Z4, Z3, Z3   \
	VPANDD      Z0, Z15, Z4  \
	VPORD       Z4, Z3, Z3

// func tanhAVX2(x *float32, n int, c *expTable)
TEXT ·tanhAVX2(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS2
	VMOVUPS TANH_ONE, Y14
	VMOVUPS TWO, Y15
	EACH2(TANH2)
	RET

// func tanhAVX512(x *float32, n int, c *expTable)
TEXT ·tanhAVX512(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS5
	VBROADCASTSS TANH_ONE, Z25
	VBROADCASTSS TWO, Z26
	EACH5(TANH5)
	RET
