//go:build !noasm

#include "textflag.h"
#include "each_amd64.h"

// The parts of logConstants, each of 32 bytes, in its order.
#define FLOOR       0(DX)
#define FLOOR_VALUE 32(DX)
#define N           64(DX)
#define REST_LOW    96(DX)
#define SCALE_LOW   128(DX)
#define REST_HIGH   160(DX)
#define SCALE_HIGH  192(DX)
#define LN2_LOW     224(DX)
#define LN2_HIGH    256(DX)
#define Q(k)        (288+32*k)(DX)

// What ends in 2 is for AVX2, in 5 for AVX-512. Both keep the values in vector 0,
// e in 1, f in 2 and the result in 3.

#define BROADCAST2(bits, x, y) MOVL bits, AX; VMOVD AX, x; VPBROADCASTD x, y
#define BROADCAST5(bits, z) MOVL bits, AX; VPBROADCASTD AX, z

// Y10 = floor, Y11 = 1, Y12 = Q8, Y13 = +Inf, Y14 = the bits of an exponent and
// a sign, Y15 = 3/4.
#define CONSTANTS2 \
	BROADCAST2($0x3f400000, X15, Y15) \
	BROADCAST2($0xff800000, X14, Y14) \
	BROADCAST2($0x7f800000, X13, Y13) \
	BROADCAST2($0x3f800000, X11, Y11) \
	VMOVUPS Q(8), Y12                 \
	VMOVUPS FLOOR, Y10                \
	VMOVUPS SCALE_HIGH, Y9            \
	VMOVUPS LN2_HIGH, Y8

// SPLIT2 takes v = 2^e·m, m in [3/4, 3/2), apart: e to Y1, 2^23·e to Y2.
#define SPLIT2(v) \
	VPSUBD    Y15, v, Y1  \
	VPAND     Y14, Y1, Y2 \
	VPSRAD    $23, Y1, Y1 \
	VCVTDQ2PS Y1, Y1

// SUM2 computes the logarithm of 2^e·(1+f).
#define SUM2 \
	VADDPS      N, Y1, Y1         \
	VMULPS      Y2, Y2, Y4        \
	VMOVAPS     Y12, Y3           \
	VFMADD213PS Q(7), Y2, Y3      \
	VFMADD213PS Q(6), Y2, Y3      \
	VFMADD213PS Q(5), Y2, Y3      \
	VFMADD213PS Q(4), Y2, Y3      \
	VFMADD213PS Q(3), Y2, Y3      \
	VFMADD213PS Q(2), Y2, Y3      \
	VFMADD213PS Q(1), Y2, Y3      \
	VFMADD213PS Q(0), Y2, Y3      \
	VMOVUPS     REST_LOW, Y5      \
	VFMADD231PS LN2_LOW, Y1, Y5   \
	VFMADD231PS SCALE_LOW, Y2, Y5 \
	VFMADD213PS Y5, Y4, Y3        \
	VFMADD231PS Y9, Y2, Y3        \
	VADDPS      REST_HIGH, Y3, Y3 \
	VFMADD231PS Y8, Y1, Y3

// PASS2 puts back NaN and +Inf: what is not less than +Inf.
#define PASS2 \
	VCMPPS    $5, Y13, Y0, Y7 \
	VBLENDVPS Y7, Y0, Y3, Y3

#define LOG2 \
	SPLIT2(Y0)                          \
	VPSUBD    Y2, Y0, Y2                \
	VSUBPS    Y11, Y2, Y2               \
	SUM2                                \
	VCMPPS    $1, Y10, Y0, Y6           \
	VBLENDVPS Y6, FLOOR_VALUE, Y3, Y3   \
	PASS2

// func logAVX2(x *float32, n int, c *logConstants)
TEXT ·logAVX2(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS2
	EACH2(LOG2)
	RET

// LOG1P2: for p at least 0 and u = 1+p = 2^e·m, f = (p/4)·2^(2-e) + (2^-e - 1),
// which rounds once, from all bits of p, and does not underflow if e is 128. It
// is p itself where e is 0.
#define LOG1P2 \
	VXORPS      Y4, Y4, Y4       \
	VMAXPS      Y4, Y0, Y4       \
	VADDPS      Y11, Y4, Y5      \
	SPLIT2(Y5)                   \
	VPSUBD      Y2, Y10, Y5      \
	VMULPS      Y6, Y5, Y3       \
	VSUBPS      Y11, Y3, Y3      \
	VMULPS      Y6, Y4, Y7       \
	VFMADD231PS Y5, Y7, Y3       \
	VPXOR       Y7, Y7, Y7       \
	VPCMPEQD    Y7, Y2, Y7       \
	VBLENDVPS   Y7, Y4, Y3, Y2   \
	SUM2                         \
	PASS2

// func log1pAVX2(x *float32, n int, c *logConstants)
//
// Y6 = 1/4, Y10 = 4.
TEXT ·log1pAVX2(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS2
	BROADCAST2($0x3e800000, X6, Y6)
	BROADCAST2($0x40800000, X10, Y10)
	EACH2(LOG1P2)
	RET

// Z11 to Z15 as Y11 to Y15, the parts of logConstants in Z16 to Z31 and Z9, Z10.
#define CONSTANTS5 \
	BROADCAST5($0x3f400000, Z15) \
	BROADCAST5($0xff800000, Z14) \
	BROADCAST5($0x7f800000, Z13) \
	BROADCAST5($0x3f800000, Z11) \
	VBROADCASTSS Q(8), Z12       \
	VBROADCASTSS Q(7), Z31       \
	VBROADCASTSS Q(6), Z30       \
	VBROADCASTSS Q(5), Z29       \
	VBROADCASTSS Q(4), Z28       \
	VBROADCASTSS Q(3), Z27       \
	VBROADCASTSS Q(2), Z26       \
	VBROADCASTSS Q(1), Z25       \
	VBROADCASTSS Q(0), Z24       \
	VBROADCASTSS N, Z23          \
	VBROADCASTSS REST_LOW, Z22   \
	VBROADCASTSS REST_HIGH, Z21  \
	VBROADCASTSS SCALE_LOW, Z20  \
	VBROADCASTSS SCALE_HIGH, Z19 \
	VBROADCASTSS LN2_LOW, Z18    \
	VBROADCASTSS LN2_HIGH, Z17   \
	VBROADCASTSS FLOOR, Z10      \
	VBROADCASTSS FLOOR_VALUE, Z9

#define SPLIT5(v) \
	VPSUBD    Z15, v, Z1  \
	VPANDD    Z14, Z1, Z2 \
	VPSRAD    $23, Z1, Z1 \
	VCVTDQ2PS Z1, Z1

#define SUM5 \
	VADDPS      Z23, Z1, Z1 \
	VMULPS      Z2, Z2, Z4  \
	VMOVAPS     Z12, Z3     \
	VFMADD213PS Z31, Z2, Z3 \
	VFMADD213PS Z30, Z2, Z3 \
	VFMADD213PS Z29, Z2, Z3 \
	VFMADD213PS Z28, Z2, Z3 \
	VFMADD213PS Z27, Z2, Z3 \
	VFMADD213PS Z26, Z2, Z3 \
	VFMADD213PS Z25, Z2, Z3 \
	VFMADD213PS Z24, Z2, Z3 \
	VMOVAPS     Z22, Z5     \
	VFMADD231PS Z18, Z1, Z5 \
	VFMADD231PS Z20, Z2, Z5 \
	VFMADD213PS Z5, Z4, Z3  \
	VFMADD231PS Z19, Z2, Z3 \
	VADDPS      Z21, Z3, Z3 \
	VFMADD231PS Z17, Z1, Z3

#define PASS5 \
	VCMPPS  $5, Z13, Z0, K2 \
	VMOVAPS Z0, K2, Z3

#define LOG5 \
	SPLIT5(Z0)              \
	VPSUBD  Z2, Z0, Z2      \
	VSUBPS  Z11, Z2, Z2     \
	SUM5                    \
	VCMPPS  $1, Z10, Z0, K3 \
	VMOVAPS Z9, K3, Z3      \
	PASS5

// func logAVX512(x *float32, n int, c *logConstants)
TEXT ·logAVX512(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS5
	EACH5(LOG5)
	RET

#define LOG1P5 \
	VPXORD      Z4, Z4, Z4     \
	VMAXPS      Z4, Z0, Z4     \
	VADDPS      Z11, Z4, Z5    \
	SPLIT5(Z5)                 \
	VPSUBD      Z2, Z10, Z5    \
	VMULPS      Z6, Z5, Z3     \
	VSUBPS      Z11, Z3, Z3    \
	VMULPS      Z6, Z4, Z7     \
	VFMADD231PS Z5, Z7, Z3     \
	VPTESTNMD   Z2, Z2, K3     \
	VMOVAPS     Z3, Z2         \
	VMOVAPS     Z4, K3, Z2     \
	SUM5                       \
	PASS5

// func log1pAVX512(x *float32, n int, c *logConstants)
//
// Z6 = 1/4, Z10 = 4.
TEXT ·log1pAVX512(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ c+16(FP), DX
	CONSTANTS5
	BROADCAST5($0x3e800000, Z6)
	BROADCAST5($0x40800000, Z10)
	EACH5(LOG1P5)
	RET
