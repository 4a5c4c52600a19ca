//go:build !noasm

#include "textflag.h"

// The kernels read memory from end to end, one row after the other, which is what the
// processor fetches ahead best, but not past the end of a page: so each row asks for
// a line of the next page, which saves a fifth of the time of float32 values and a
// tenth of that of codes. Reading four rows side by side takes longer, and so does
// asking for every line. The sums of four rows, in vectors 0 to 3, are then folded
// together.

#define ARGUMENTS \
	MOVQ dst+0(FP), DI              \
	MOVQ q+8(FP), SI                \
	MOVQ codes+16(FP), R8           \
	MOVQ scale+24(FP), R9           \
	MOVQ err+32(FP), R10            \
	MOVQ norm+40(FP), R11           \
	MOVQ n+48(FP), DX               \
	VBROADCASTSS qScale+56(FP), X13 \
	VBROADCASTSS qNorm+60(FP), X14  \
	VBROADCASTSS qErr+64(FP), X15   \
	MOVQ $64, CX // times four rows

// FINISH makes bounds of the sums of the lanes of Y0 to Y3.
#define FINISH \
	VPHADDD      Y1, Y0, Y0     \
	VPHADDD      Y3, Y2, Y2     \
	VPHADDD      Y2, Y0, Y0     \
	VEXTRACTI128 $1, Y0, X1     \
	VPADDD       X1, X0, X0     \
	VCVTDQ2PS    X0, X0         \
	VMULPS       X13, X0, X0    \
	VMULPS       (R9), X0, X0   \
	VFMADD231PS  (R10), X14, X0 \
	VFMADD231PS  (R11), X15, X0 \
	VMOVUPS      X0, (DI)       \
	ADDQ         $16, R9        \
	ADDQ         $16, R10       \
	ADDQ         $16, R11       \
	ADDQ         $16, DI

// ROW2 adds the products of a row to the lanes of sum, 64 at a turn.
#define ROW2(turn, sum) \
	PREFETCHT0 4096(R8)            \
	XORQ      BX, BX               \
	VPXOR     sum, sum, sum        \
	VPXOR     Y8, Y8, Y8           \
turn:                              \
	VPMOVSXBW (R8)(BX*1), Y4       \
	VPMOVSXBW 16(R8)(BX*1), Y5     \
	VPMOVSXBW 32(R8)(BX*1), Y6     \
	VPMOVSXBW 48(R8)(BX*1), Y7     \
	VPMADDWD  (SI)(BX*2), Y4, Y4   \
	VPMADDWD  32(SI)(BX*2), Y5, Y5 \
	VPMADDWD  64(SI)(BX*2), Y6, Y6 \
	VPMADDWD  96(SI)(BX*2), Y7, Y7 \
	VPADDD    Y4, sum, sum         \
	VPADDD    Y5, Y8, Y8           \
	VPADDD    Y6, sum, sum         \
	VPADDD    Y7, Y8, Y8           \
	ADDQ      $64, BX              \
	CMPQ      BX, DX               \
	JLT       turn                 \
	VPADDD    Y8, sum, sum         \
	ADDQ      DX, R8

// func upperBoundsAVX2(dst *float32, q *int16, codes *int8, scale, err, norm *float32, n int, qScale, qNorm, qErr float32)
TEXT ·upperBoundsAVX2(SB), NOSPLIT, $0-68
	ARGUMENTS

rows:
	ROW2(row0, Y0)
	ROW2(row1, Y1)
	ROW2(row2, Y2)
	ROW2(row3, Y3)
	FINISH
	DECQ CX
	JNE  rows
	VZEROUPPER
	RET

#define ROW5(turn, sum, half) \
	PREFETCHT0    4096(R8)             \
	XORQ          BX, BX               \
	VPXORD        sum, sum, sum        \
	VPXORD        Z8, Z8, Z8           \
turn:                                  \
	VPMOVSXBW     (R8)(BX*1), Z4       \
	VPMOVSXBW     32(R8)(BX*1), Z5     \
	VPMADDWD      (SI)(BX*2), Z4, Z4   \
	VPMADDWD      64(SI)(BX*2), Z5, Z5 \
	VPADDD        Z4, sum, sum         \
	VPADDD        Z5, Z8, Z8           \
	ADDQ          $64, BX              \
	CMPQ          BX, DX               \
	JLT           turn                 \
	VPADDD        Z8, sum, sum         \
	VEXTRACTI64X4 $1, sum, Y4          \
	VPADDD        Y4, half, half       \
	ADDQ          DX, R8

// func upperBoundsAVX512(dst *float32, q *int16, codes *int8, scale, err, norm *float32, n int, qScale, qNorm, qErr float32)
TEXT ·upperBoundsAVX512(SB), NOSPLIT, $0-68
	ARGUMENTS

rows:
	ROW5(row0, Z0, Y0)
	ROW5(row1, Z1, Y1)
	ROW5(row2, Z2, Y2)
	ROW5(row3, Z3, Y3)
	FINISH
	DECQ CX
	JNE  rows
	VZEROUPPER
	RET

// DOT2 adds the products of a row to the lanes of sum, 32 at a turn.
#define DOT2(turn, sum) \
	PREFETCHT0  4096(R8)             \
	XORQ        BX, BX               \
	VXORPS      sum, sum, sum        \
	VXORPS      Y8, Y8, Y8           \
	VXORPS      Y9, Y9, Y9           \
	VXORPS      Y10, Y10, Y10        \
turn:                                \
	VMOVUPS     (SI)(BX*1), Y4       \
	VMOVUPS     32(SI)(BX*1), Y5     \
	VMOVUPS     64(SI)(BX*1), Y6     \
	VMOVUPS     96(SI)(BX*1), Y7     \
	VFMADD231PS (R8)(BX*1), Y4, sum  \
	VFMADD231PS 32(R8)(BX*1), Y5, Y8 \
	VFMADD231PS 64(R8)(BX*1), Y6, Y9 \
	VFMADD231PS 96(R8)(BX*1), Y7, Y10 \
	ADDQ        $128, BX             \
	CMPQ        BX, DX               \
	JLT         turn                 \
	VADDPS      Y8, sum, sum         \
	VADDPS      Y10, Y9, Y9          \
	VADDPS      Y9, sum, sum         \
	ADDQ        DX, R8

// func dotsAVX2(dst, q, rows *float32, n int)
TEXT ·dotsAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ q+8(FP), SI
	MOVQ rows+16(FP), R8
	MOVQ n+24(FP), DX
	SHLQ $2, DX  // bytes of a row
	MOVQ $64, CX // times four rows

rows:
	DOT2(row0, Y0)
	DOT2(row1, Y1)
	DOT2(row2, Y2)
	DOT2(row3, Y3)
	VHADDPS      Y1, Y0, Y0
	VHADDPS      Y3, Y2, Y2
	VHADDPS      Y2, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS       X1, X0, X0
	VMOVUPS      X0, (DI)
	ADDQ         $16, DI
	DECQ         CX
	JNE          rows
	VZEROUPPER
	RET
