//go:build !noasm

#include "textflag.h"
#include "each_amd64.h"

// The mean is in vector 9, what it misses of the true mean in 10, and
// 1/√(variance + eps) in 11. The values after the last whole vector, of which
// there may be none, stay in vector 5.

// func layerNormAVX2(dst, x, weight, bias *float32, n int, inverse, eps float32)
TEXT ·layerNormAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ weight+16(FP), R8
	MOVQ bias+24(FP), DX
	MOVQ n+32(FP), R10
	VBROADCASTSS inverse+40(FP), Y8
	LEAQ tail<>+32(SB), R9
	MOVQ R10, CX
	ANDQ $7, CX
	NEGQ CX
	VMOVUPS (R9)(CX*4), Y7
	ANDQ $~7, R10
	SHLQ $2, R10 // bytes of whole vectors; what follows them goes by a mask
	ADDQ R10, SI
	ADDQ R10, DI
	ADDQ R10, R8
	ADDQ R10, DX
	NEGQ R10

	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	LEAQ 64(R10), BX
	TESTQ BX, BX
	JGT  sumOdd

sum:
	VADDPS -64(SI)(BX*1), Y0, Y0
	VADDPS -32(SI)(BX*1), Y1, Y1
	ADDQ   $64, BX
	JLE    sum

sumOdd:
	SUBQ   $64, BX
	JEQ    sumRest
	VADDPS (SI)(BX*1), Y0, Y0

sumRest:
	VMASKMOVPS (SI), Y7, Y4
	VADDPS Y4, Y1, Y1
	VADDPS Y1, Y0, Y0
	FOLD2(VADDPS, Y0, Y4)
	VMULPS Y8, Y0, Y9

	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	LEAQ 64(R10), BX
	TESTQ BX, BX
	JGT squaresOdd

squares:
	VMOVUPS     -64(SI)(BX*1), Y4
	VMOVUPS     -32(SI)(BX*1), Y5
	VSUBPS      Y9, Y4, Y4
	VSUBPS      Y9, Y5, Y5
	VADDPS      Y4, Y0, Y0
	VADDPS      Y5, Y1, Y1
	VFMADD231PS Y4, Y4, Y2
	VFMADD231PS Y5, Y5, Y3
	ADDQ        $64, BX
	JLE         squares

squaresOdd:
	SUBQ        $64, BX
	JEQ         squaresRest
	VMOVUPS     (SI)(BX*1), Y4
	VSUBPS      Y9, Y4, Y4
	VADDPS      Y4, Y0, Y0
	VFMADD231PS Y4, Y4, Y2

squaresRest:
	VMASKMOVPS (SI), Y7, Y5
	VSUBPS      Y9, Y5, Y4
	VANDPS      Y7, Y4, Y4
	VADDPS      Y4, Y1, Y1
	VFMADD231PS Y4, Y4, Y3
	VADDPS      Y1, Y0, Y0
	VADDPS      Y3, Y2, Y2
	FOLD2(VADDPS, Y0, Y4)
	FOLD2(VADDPS, Y2, Y4)

	VMULSS       X8, X0, X0
	VMULSS       X8, X2, X2
	VFNMADD231SS X0, X0, X2 // the variance
	VXORPS       X4, X4, X4
	VMAXSS       X2, X4, X2
	VADDSS       eps+44(FP), X2, X2
	VSQRTSS      X2, X2, X2
	MOVL         $0x3f800000, AX // 1
	VMOVD        AX, X4
	VDIVSS       X2, X4, X2
	VBROADCASTSS X0, Y10
	VBROADCASTSS X2, Y11

	MOVQ  R10, BX
	TESTQ BX, BX
	JEQ   scaleRest

scale:
	VMOVUPS     (SI)(BX*1), Y0
	VMOVUPS     (R8)(BX*1), Y1
	VSUBPS      Y9, Y0, Y0
	VSUBPS      Y10, Y0, Y0
	VMULPS      Y11, Y0, Y0
	VFMADD213PS (DX)(BX*1), Y1, Y0
	VMOVUPS     Y0, (DI)(BX*1)
	ADDQ        $32, BX
	JNE         scale

scaleRest:
	TESTQ       CX, CX
	JEQ         done
	VMASKMOVPS (R8), Y7, Y1
	VMASKMOVPS (DX), Y7, Y2
	VSUBPS      Y9, Y5, Y0
	VSUBPS      Y10, Y0, Y0
	VMULPS      Y11, Y0, Y0
	VFMADD213PS Y2, Y1, Y0
	VMASKMOVPS  Y0, Y7, (DI)

done:
	VZEROUPPER
	RET

// func layerNormAVX512(dst, x, weight, bias *float32, n int, inverse, eps float32)
TEXT ·layerNormAVX512(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ weight+16(FP), R8
	MOVQ bias+24(FP), DX
	MOVQ n+32(FP), R10
	VBROADCASTSS inverse+40(FP), Z8
	MOVQ R10, CX
	ANDQ $15, CX
	TAIL5
	ANDQ $~15, R10
	SHLQ $2, R10 // bytes of whole vectors; what follows them goes by a mask
	ADDQ R10, SI
	ADDQ R10, DI
	ADDQ R10, R8
	ADDQ R10, DX
	NEGQ R10

	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	LEAQ 128(R10), BX
	TESTQ BX, BX
	JGT  sumOdd

sum:
	VADDPS -128(SI)(BX*1), Z0, Z0
	VADDPS -64(SI)(BX*1), Z1, Z1
	ADDQ   $128, BX
	JLE    sum

sumOdd:
	SUBQ   $128, BX
	JEQ    sumRest
	VADDPS (SI)(BX*1), Z0, Z0

sumRest:
	VMOVUPS.Z (SI), K1, Z4
	VADDPS Z4, Z1, Z1
	VADDPS Z1, Z0, Z0
	FOLD5(VADDPS, Z0, Z4)
	VMULPS Z8, Z0, Z9

	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	LEAQ 128(R10), BX
	TESTQ BX, BX
	JGT squaresOdd

squares:
	VMOVUPS     -128(SI)(BX*1), Z4
	VMOVUPS     -64(SI)(BX*1), Z5
	VSUBPS      Z9, Z4, Z4
	VSUBPS      Z9, Z5, Z5
	VADDPS      Z4, Z0, Z0
	VADDPS      Z5, Z1, Z1
	VFMADD231PS Z4, Z4, Z2
	VFMADD231PS Z5, Z5, Z3
	ADDQ        $128, BX
	JLE         squares

squaresOdd:
	SUBQ        $128, BX
	JEQ         squaresRest
	VMOVUPS     (SI)(BX*1), Z4
	VSUBPS      Z9, Z4, Z4
	VADDPS      Z4, Z0, Z0
	VFMADD231PS Z4, Z4, Z2

squaresRest:
	VMOVUPS.Z (SI), K1, Z5
	VSUBPS.Z    Z9, Z5, K1, Z4
	VADDPS      Z4, Z1, Z1
	VFMADD231PS Z4, Z4, Z3
	VADDPS      Z1, Z0, Z0
	VADDPS      Z3, Z2, Z2
	FOLD5(VADDPS, Z0, Z4)
	FOLD5(VADDPS, Z2, Z4)

	VMULSS       X8, X0, X0
	VMULSS       X8, X2, X2
	VFNMADD231SS X0, X0, X2 // the variance
	VXORPS       X4, X4, X4
	VMAXSS       X2, X4, X2
	VADDSS       eps+44(FP), X2, X2
	VSQRTSS      X2, X2, X2
	MOVL         $0x3f800000, AX // 1
	VMOVD        AX, X4
	VDIVSS       X2, X4, X2
	VBROADCASTSS X0, Z10
	VBROADCASTSS X2, Z11

	MOVQ  R10, BX
	TESTQ BX, BX
	JEQ   scaleRest

scale:
	VMOVUPS     (SI)(BX*1), Z0
	VMOVUPS     (R8)(BX*1), Z1
	VSUBPS      Z9, Z0, Z0
	VSUBPS      Z10, Z0, Z0
	VMULPS      Z11, Z0, Z0
	VFMADD213PS (DX)(BX*1), Z1, Z0
	VMOVUPS     Z0, (DI)(BX*1)
	ADDQ        $64, BX
	JNE         scale

scaleRest:
	TESTQ       CX, CX
	JEQ         done
	VMOVUPS.Z (R8), K1, Z1
	VMOVUPS.Z (DX), K1, Z2
	VSUBPS      Z9, Z5, Z0
	VSUBPS      Z10, Z0, Z0
	VMULPS      Z11, Z0, Z0
	VFMADD213PS Z2, Z1, Z0
	VMOVUPS     Z0, K1, (DI)

done:
	VZEROUPPER
	RET
