// 2^y in lanes, and what is computed from it. DX points to an expTable.

#define ONE         0(DX)
#define Q(k)        (32+32*k)(DX)
#define LOG2E_HIGH  224(DX)
#define LOG2E_LOW   256(DX)
#define EXP_LOWEST  288(DX)
#define EXP_HIGHEST 320(DX)
#define SIGN        352(DX)
#define TANH_ONE    384(DX)
#define TWO         416(DX)
#define GELU_ZERO   448(DX)
#define GELU_POWER  480(DX)
#define GELU_N(k)   (512+32*k)(DX)
#define GELU_D(k)   (608+32*k)(DX) // from k = 1 on
#define TANH_LINEAR 768(DX)
#define TANH_CUBIC  800(DX)
#define QUICK       832(DX)
#define LOWEST      864(DX)
#define POW2_LOWEST 896(DX)
#define DENSITY     928(DX)

// Y11 = 1, Y12 = Q5, Y13 = the sign bits. Functions add what they need in Y8 to
// Y10, Y14 and Y15.
#define CONSTANTS2 \
	VMOVUPS ONE, Y11              \
	VMOVUPS Q(5), Y12             \
	VMOVUPS SIGN, Y13

// LOG2E2 sets Y2 + Y1, Y1 a whole number and |Y2| at most about ½, to x·log2(e).
#define LOG2E2(x) \
	VMULPS      LOG2E_HIGH, x, Y1  \
	VROUNDPS    $8, Y1, Y1         \
	VMOVAPS     x, Y2              \
	VFMSUB132PS LOG2E_HIGH, Y1, Y2 \
	VFMADD231PS LOG2E_LOW, x, Y2

// SPLIT2 does so with Y2 itself.
#define SPLIT2 \
	VROUNDPS $8, Y2, Y1 \
	VSUBPS   Y1, Y2, Y2

// Q2 sets Y3 to (2^Y2 - 1)/Y2.
#define Q2 \
	VMOVAPS     Y12, Y3      \
	VFMADD213PS Q(4), Y2, Y3 \
	VFMADD213PS Q(3), Y2, Y3 \
	VFMADD213PS Q(2), Y2, Y3 \
	VFMADD213PS Q(1), Y2, Y3 \
	VFMADD213PS Q(0), Y2, Y3

// POW2 sets Y3 to 2^(Y1+Y2), for Y1 in [-252, 254]. It multiplies by a power of
// two in two steps, of which the first is exact: so only the second rounds if
// the result is subnormal. It changes Y1 and Y5.
#define POW2 \
	Q2                        \
	VFMADD213PS Y11, Y2, Y3   \
	VCVTPS2DQ   Y1, Y1        \
	VPSRAD      $1, Y1, Y5    \
	VPSUBD      Y5, Y1, Y1    \
	VPSLLD      $23, Y5, Y5   \
	VPSLLD      $23, Y1, Y1   \
	VPADDD      Y11, Y5, Y5   \
	VPADDD      Y11, Y1, Y1   \
	VMULPS      Y5, Y3, Y3    \
	VMULPS      Y1, Y3, Y3

// Z16 = 1, Z17 to Z22 = Q0 to Q5, Z23 + Z24 = log2(e), Z15 = the sign bits.
#define CONSTANTS5 \
	VBROADCASTSS ONE, Z16              \
	VBROADCASTSS Q(0), Z17             \
	VBROADCASTSS Q(1), Z18             \
	VBROADCASTSS Q(2), Z19             \
	VBROADCASTSS Q(3), Z20             \
	VBROADCASTSS Q(4), Z21             \
	VBROADCASTSS Q(5), Z22             \
	VBROADCASTSS LOG2E_HIGH, Z23       \
	VBROADCASTSS LOG2E_LOW, Z24        \
	VBROADCASTSS SIGN, Z15

#define LOG2E5(x) \
	VMULPS      Z23, x, Z1     \
	VRNDSCALEPS $8, Z1, Z1     \
	VMOVAPS     x, Z2          \
	VFMSUB132PS Z23, Z1, Z2    \
	VFMADD231PS Z24, x, Z2

#define SPLIT5 \
	VRNDSCALEPS $8, Z2, Z1 \
	VSUBPS      Z1, Z2, Z2

#define Q5 \
	VMOVAPS     Z22, Z3     \
	VFMADD213PS Z21, Z2, Z3 \
	VFMADD213PS Z20, Z2, Z3 \
	VFMADD213PS Z19, Z2, Z3 \
	VFMADD213PS Z18, Z2, Z3 \
	VFMADD213PS Z17, Z2, Z3

#define POW5 \
	Q5                      \
	VFMADD213PS Z16, Z2, Z3 \
	VSCALEFPS   Z1, Z3, Z3
