//go:build !noasm

#include "textflag.h"
#include "each_amd64.h"
#include "exp_amd64.h"

// exp(x - m), 0 from -104 down. NaN stays NaN.
#define DIFFERENCE2 \
	VSUBPS Y9, Y0, Y4  \
	VMAXPS Y4, Y14, Y4 \
	LOG2E2(Y4)         \
	POW2

#define DIFFERENCE5 \
	VSUBPS Z26, Z0, Z4 \
	VMAXPS Z4, Z25, Z4 \
	LOG2E5(Z4)         \
	POW5

// func softmaxAVX2(x *float32, n int, c *expTable)
//
// R8 whole vectors and CX values after them, of which Y10 is the mask and Y7 holds
// the exponentials. Y9 is the largest value, Y8 the sum and then its inverse.
TEXT ·softmaxAVX2(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS2
	VMOVUPS EXP_LOWEST, Y14
	MOVQ CX, R8
	SHRQ $3, R8
	ANDQ $7, CX
	LEAQ tail<>+32(SB), R9
	MOVQ CX, AX
	NEGQ AX
	VMOVUPS (R9)(AX*4), Y10

	MOVL $0xff800000, AX // -Inf
	VMOVD AX, X9
	VPBROADCASTD X9, Y9
	VMOVAPS Y9, Y0
	MOVQ DI, SI
	MOVQ R8, BX
	TESTQ BX, BX
	JEQ largest

compare:
	VMAXPS (SI), Y9, Y9
	ADDQ $32, SI
	DECQ BX
	JNE compare

largest:
	VMASKMOVPS (SI), Y10, Y1
	VBLENDVPS Y10, Y1, Y0, Y0
	VMAXPS Y0, Y9, Y9
	FOLD2(VMAXPS, Y9, Y0)

	VXORPS Y8, Y8, Y8
	MOVQ DI, SI
	MOVQ R8, BX
	TESTQ BX, BX
	JEQ rest

loop:
	VMOVUPS (SI), Y0
	DIFFERENCE2
	VADDPS Y3, Y8, Y8
	VMOVUPS Y3, (SI)
	ADDQ $32, SI
	DECQ BX
	JNE loop

rest:
	TESTQ CX, CX
	JEQ scale
	VMASKMOVPS (SI), Y10, Y0
	DIFFERENCE2
	VANDPS Y10, Y3, Y7
	VADDPS Y7, Y8, Y8

scale:
	FOLD2(VADDPS, Y8, Y0)
	VDIVPS Y8, Y11, Y8
	TESTQ R8, R8
	JEQ last

multiply:
	VMULPS (DI), Y8, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, DI
	DECQ R8
	JNE multiply

last:
	TESTQ CX, CX
	JEQ done
	VMULPS Y7, Y8, Y0
	VMASKMOVPS Y0, Y10, (DI)

done:
	VZEROUPPER
	RET

// func softmaxAVX512(x *float32, n int, c *expTable)
//
// R8 whole vectors and CX values after them, of which K1 is the mask and Z28 holds
// the exponentials. Z26 is the largest value, Z27 the sum and then its inverse.
TEXT ·softmaxAVX512(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS5
	VBROADCASTSS EXP_LOWEST, Z25
	MOVQ CX, R8
	SHRQ $4, R8
	ANDQ $15, CX
	TAIL5

	MOVL $0xff800000, AX // -Inf
	VPBROADCASTD AX, Z26
	VMOVAPS Z26, Z0
	MOVQ DI, SI
	MOVQ R8, BX
	TESTQ BX, BX
	JEQ largest

compare:
	VMAXPS (SI), Z26, Z26
	ADDQ $64, SI
	DECQ BX
	JNE compare

largest:
	VMOVUPS (SI), K1, Z0
	VMAXPS Z0, Z26, Z26
	FOLD5(VMAXPS, Z26, Z0)

	VPXORD Z27, Z27, Z27
	MOVQ DI, SI
	MOVQ R8, BX
	TESTQ BX, BX
	JEQ rest

loop:
	VMOVUPS (SI), Z0
	DIFFERENCE5
	VADDPS Z3, Z27, Z27
	VMOVUPS Z3, (SI)
	ADDQ $64, SI
	DECQ BX
	JNE loop

rest:
	TESTQ CX, CX
	JEQ scale
	VMOVUPS.Z (SI), K1, Z0
	DIFFERENCE5
	VMOVAPS Z3, Z28
	VADDPS Z28, Z27, K1, Z27

scale:
	FOLD5(VADDPS, Z27, Z0)
	VDIVPS Z27, Z16, Z27
	TESTQ R8, R8
	JEQ last

multiply:
	VMULPS (DI), Z27, Z0
	VMOVUPS Z0, (DI)
	ADDQ $64, DI
	DECQ R8
	JNE multiply

last:
	TESTQ CX, CX
	JEQ done
	VMULPS Z28, Z27, Z0
	VMOVUPS Z0, K1, (DI)

done:
	VZEROUPPER
	RET
