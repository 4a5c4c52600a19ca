//go:build !noasm

#include "textflag.h"
#include "each_amd64.h"
#include "exp_amd64.h"

// The derivative at -a, a = |x|, is exp(-a²/2)·(N(a)/D(a) - a·φ(0)), and that at a
// is 1 less it.
#define GELUGRAD2 \
	VMOVAPS      Y1, Y7            \
	VANDNPS      Y7, Y13, Y4       \
	VMINPS       Y4, Y14, Y4       \
	VMULPS       Y4, Y4, Y2        \
	VMULPS       Y15, Y2, Y2       \
	SPLIT2                         \
	POW2                           \
	VMOVAPS      Y10, Y5           \
	VFMADD213PS  GELU_N(2), Y4, Y5 \
	VFMADD213PS  GELU_N(1), Y4, Y5 \
	VFMADD213PS  GELU_N(0), Y4, Y5 \
	VMOVAPS      Y9, Y6            \
	VFMADD213PS  GELU_D(3), Y4, Y6 \
	VFMADD213PS  GELU_D(2), Y4, Y6 \
	VFMADD213PS  GELU_D(1), Y4, Y6 \
	VFMADD213PS  Y11, Y4, Y6       \
	VDIVPS       Y6, Y5, Y5        \
	VFNMADD231PS Y8, Y4, Y5        \
	VMULPS       Y3, Y5, Y5        \
	VSUBPS       Y5, Y11, Y6       \
	VBLENDVPS    Y7, Y5, Y6, Y5    \
	VMULPS       Y5, Y0, Y3

#define GELUGRAD5 \
	VMOVAPS      Z1, Z7         \
	VPANDND      Z7, Z15, Z4    \
	VMINPS       Z4, Z14, Z4    \
	VMULPS       Z4, Z4, Z2     \
	VMULPS       Z13, Z2, Z2    \
	SPLIT5                      \
	POW5                        \
	VMOVAPS      Z28, Z5        \
	VFMADD213PS  Z27, Z4, Z5    \
	VFMADD213PS  Z26, Z4, Z5    \
	VFMADD213PS  Z25, Z4, Z5    \
	VMOVAPS      Z12, Z6        \
	VFMADD213PS  Z31, Z4, Z6    \
	VFMADD213PS  Z30, Z4, Z6    \
	VFMADD213PS  Z29, Z4, Z6    \
	VFMADD213PS  Z16, Z4, Z6    \
	VDIVPS       Z6, Z5, Z5     \
	VFNMADD231PS Z8, Z4, Z5     \
	VMULPS       Z3, Z5, Z5     \
	VSUBPS       Z5, Z16, Z6    \
	VPTESTMD     Z15, Z7, K2    \
	VBLENDMPS    Z5, Z6, K2, Z5 \
	VMULPS       Z5, Z0, Z3

// func geluGradAVX2(dy, x *float32, n int, c *expTable)
TEXT ·geluGradAVX2(SB), NOSPLIT, $0-32
	MOVQ dy+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ c+24(FP), DX
	CONSTANTS2
	VMOVUPS DENSITY, Y8
	VMOVUPS GELU_D(4), Y9
	VMOVUPS GELU_N(3), Y10
	VMOVUPS GELU_ZERO, Y14
	VMOVUPS GELU_POWER, Y15
	BOTH2(GELUGRAD2)
	RET

// func geluGradAVX512(dy, x *float32, n int, c *expTable)
TEXT ·geluGradAVX512(SB), NOSPLIT, $0-32
	MOVQ dy+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ c+24(FP), DX
	CONSTANTS5
	VBROADCASTSS DENSITY, Z8
	VBROADCASTSS GELU_D(4), Z12
	VBROADCASTSS GELU_POWER, Z13
	VBROADCASTSS GELU_ZERO, Z14
	VBROADCASTSS GELU_N(0), Z25
	VBROADCASTSS GELU_N(1), Z26
	VBROADCASTSS GELU_N(2), Z27
	VBROADCASTSS GELU_N(3), Z28
	VBROADCASTSS GELU_D(1), Z29
	VBROADCASTSS GELU_D(2), Z30
	VBROADCASTSS GELU_D(3), Z31
	BOTH5(GELUGRAD5)
	RET
