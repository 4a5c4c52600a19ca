//go:build !noasm

#include "textflag.h"
#include "each_amd64.h"
#include "exp_amd64.h"

// max(x, 0) - a·exp(-a²/2)·N(a)/D(a), a = |x|.
#define GELU2 \
	VANDNPS     Y0, Y13, Y4       \
	VMINPS      Y4, Y14, Y4       \
	VMULPS      Y4, Y4, Y2        \
	VMULPS      Y15, Y2, Y2       \
	SPLIT2                        \
	POW2                          \
	VMOVAPS     Y10, Y5           \
	VFMADD213PS GELU_N(2), Y4, Y5 \
	VFMADD213PS GELU_N(1), Y4, Y5 \
	VFMADD213PS GELU_N(0), Y4, Y5 \
	VMOVAPS     Y9, Y6            \
	VFMADD213PS GELU_D(3), Y4, Y6 \
	VFMADD213PS GELU_D(2), Y4, Y6 \
	VFMADD213PS GELU_D(1), Y4, Y6 \
	VFMADD213PS Y11, Y4, Y6       \
	VMULPS      Y4, Y3, Y3        \
	VMULPS      Y5, Y3, Y3        \
	VDIVPS      Y6, Y3, Y3        \
	VMAXPS      Y8, Y0, Y5        \
	VSUBPS      Y3, Y5, Y3

#define GELU5 \
	VPANDND     Z0, Z15, Z4 \
	VMINPS      Z4, Z14, Z4 \
	VMULPS      Z4, Z4, Z2  \
	VMULPS      Z13, Z2, Z2 \
	SPLIT5                  \
	POW5                    \
	VMOVAPS     Z28, Z5     \
	VFMADD213PS Z27, Z4, Z5 \
	VFMADD213PS Z26, Z4, Z5 \
	VFMADD213PS Z25, Z4, Z5 \
	VMOVAPS     Z12, Z6     \
	VFMADD213PS Z31, Z4, Z6 \
	VFMADD213PS Z30, Z4, Z6 \
	VFMADD213PS Z29, Z4, Z6 \
	VFMADD213PS Z16, Z4, Z6 \
	VMULPS      Z4, Z3, Z3  \
	VMULPS      Z5, Z3, Z3  \
	VDIVPS      Z6, Z3, Z3  \
	VMAXPS      Z8, Z0, Z5  \
	VSUBPS      Z3, Z5, Z3

// func geluAVX2(x *float32, n int, c *expTable)
TEXT ·geluAVX2(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS2
	VXORPS  Y8, Y8, Y8
	VMOVUPS GELU_D(4), Y9
	VMOVUPS GELU_N(3), Y10
	VMOVUPS GELU_ZERO, Y14
	VMOVUPS GELU_POWER, Y15
	EACH2(GELU2)
	RET

// func geluAVX512(x *float32, n int, c *expTable)
TEXT ·geluAVX512(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS5
	VPXORD       Z8, Z8, Z8
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
	EACH5(GELU5)
	RET

// SWISH2 and SWISH5 set vector 3 to x/(1 + 2^-y) from x in vector 0 and y, of its
// sign, in vector 2. It is x·2^-|y|/(1 + 2^-|y|) if x is negative.
#define SWISH2 \
	VORPS     Y13, Y2, Y2     \
	VMAXPS    Y2, Y10, Y2     \
	SPLIT2                    \
	POW2                      \
	VADDPS    Y11, Y3, Y4     \
	VBLENDVPS Y0, Y3, Y11, Y3 \
	VMULPS    Y0, Y3, Y3      \
	VDIVPS    Y4, Y3, Y3

#define SWISH5 \
	VPORD     Z15, Z2, Z2     \
	VMAXPS    Z2, Z14, Z2     \
	SPLIT5                    \
	POW5                      \
	VADDPS    Z16, Z3, Z4     \
	VPTESTMD  Z15, Z0, K2     \
	VBLENDMPS Z3, Z16, K2, Z3 \
	VMULPS    Z0, Z3, Z3      \
	VDIVPS    Z4, Z3, Z3

// -Inf becomes the lowest finite value, of which 0 times is 0.
#define GELUTANH2 \
	VMAXPS      Y0, Y9, Y0           \
	VMULPS      Y0, Y0, Y2           \
	VFMADD213PS TANH_LINEAR, Y8, Y2  \
	VMULPS      Y0, Y2, Y2           \
	SWISH2

#define GELUTANH5 \
	VMAXPS      Z0, Z13, Z0 \
	VMULPS      Z0, Z0, Z2  \
	VFMADD213PS Z26, Z25, Z2 \
	VMULPS      Z0, Z2, Z2  \
	SWISH5

// func geluTanhAVX2(x *float32, n int, c *expTable)
TEXT ·geluTanhAVX2(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS2
	VMOVUPS TANH_CUBIC, Y8
	VMOVUPS LOWEST, Y9
	VMOVUPS POW2_LOWEST, Y10
	EACH2(GELUTANH2)
	RET

// func geluTanhAVX512(x *float32, n int, c *expTable)
TEXT ·geluTanhAVX512(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS5
	VBROADCASTSS LOWEST, Z13
	VBROADCASTSS POW2_LOWEST, Z14
	VBROADCASTSS TANH_CUBIC, Z25
	VBROADCASTSS TANH_LINEAR, Z26
	EACH5(GELUTANH5)
	RET

#define QUICKGELU2 \
	VMAXPS Y0, Y9, Y0 \
	VMULPS Y8, Y0, Y2 \
	SWISH2

#define QUICKGELU5 \
	VMAXPS Z0, Z13, Z0 \
	VMULPS Z25, Z0, Z2 \
	SWISH5

// func quickGELUAVX2(x *float32, n int, c *expTable)
TEXT ·quickGELUAVX2(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS2
	VMOVUPS QUICK, Y8
	VMOVUPS LOWEST, Y9
	VMOVUPS POW2_LOWEST, Y10
	EACH2(QUICKGELU2)
	RET

// func quickGELUAVX512(x *float32, n int, c *expTable)
TEXT ·quickGELUAVX512(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS5
	VBROADCASTSS LOWEST, Z13
	VBROADCASTSS POW2_LOWEST, Z14
	VBROADCASTSS QUICK, Z25
	EACH5(QUICKGELU5)
	RET
