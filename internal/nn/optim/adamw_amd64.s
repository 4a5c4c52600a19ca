//go:build !noasm

#include "textflag.h"

// func applyAVX2(u *update, x, dx, m, v *float32, n int)
TEXT ·applyAVX2(SB), NOSPLIT, $0-48
	MOVQ         u+0(FP), AX
	MOVQ         x+8(FP), DI
	MOVQ         dx+16(FP), SI
	MOVQ         m+24(FP), R8
	MOVQ         v+32(FP), R9
	MOVQ         n+40(FP), CX
	VBROADCASTSS 0(AX), Y8   // keep
	VBROADCASTSS 4(AX), Y9   // rate1
	VBROADCASTSS 8(AX), Y10  // beta2
	VBROADCASTSS 12(AX), Y11 // rate2
	VBROADCASTSS 16(AX), Y12 // unbias
	VBROADCASTSS 20(AX), Y13 // eps
	VBROADCASTSS 24(AX), Y14 // size
	XORQ         BX, BX

loop:
	CMPQ    BX, CX
	JGE     done
	VMOVUPS (SI)(BX*4), Y0
	VMOVUPS (R8)(BX*4), Y1
	VMOVUPS (R9)(BX*4), Y2
	VMOVUPS (DI)(BX*4), Y3
	VSUBPS  Y1, Y0, Y4  // m + rate1·(g-m)
	VMULPS  Y9, Y4, Y4
	VADDPS  Y4, Y1, Y1
	VMOVUPS Y1, (R8)(BX*4)
	VMULPS  Y0, Y11, Y5 // beta2·v + rate2·g·g
	VMULPS  Y0, Y5, Y5
	VMULPS  Y10, Y2, Y2
	VADDPS  Y5, Y2, Y2
	VMOVUPS Y2, (R9)(BX*4)
	VSQRTPS Y2, Y6      // keep·x - size·m/(√v·unbias + eps)
	VMULPS  Y12, Y6, Y6
	VADDPS  Y13, Y6, Y6
	VMULPS  Y14, Y1, Y7
	VDIVPS  Y6, Y7, Y7
	VMULPS  Y8, Y3, Y3
	VSUBPS  Y7, Y3, Y3
	VMOVUPS Y3, (DI)(BX*4)
	ADDQ    $8, BX
	JMP     loop

done:
	VZEROUPPER
	RET
