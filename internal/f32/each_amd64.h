// Loops over slices. Macros that end in 2 are for AVX2, those that end in 5 for
// AVX-512. The values at the end that do not fill a vector go through the same
// instructions as the others, with masked loads and stores.

// Eight lanes from entry 8-n on are a mask of the first n.
DATA tail<>+0(SB)/8, $-1
DATA tail<>+8(SB)/8, $-1
DATA tail<>+16(SB)/8, $-1
DATA tail<>+24(SB)/8, $-1
DATA tail<>+32(SB)/8, $0
DATA tail<>+40(SB)/8, $0
DATA tail<>+48(SB)/8, $0
DATA tail<>+56(SB)/8, $0
GLOBL tail<>(SB), RODATA|NOPTR, $64

// TAIL2 sets mask to the last CX+8 of eight values, CX in [-7, -1].
#define TAIL2(mask) \
	NEGQ    CX             \
	LEAQ    tail<>(SB), R9 \
	VMOVUPS (R9)(CX*4), mask

// TAIL5 sets K1 to the first CX of 16 lanes.
#define TAIL5 \
	MOVL  $1, AX \
	SHLL  CX, AX \
	DECL  AX     \
	KMOVW AX, K1

// EACH2 runs BODY, from Y0 to Y3, on the CX values at DI. BODY may use Y0 to Y7.
#define EACH2(BODY) \
	SUBQ       $8, CX         \
	JLT        rest           \
loop:                         \
	VMOVUPS    (DI), Y0       \
	BODY                      \
	VMOVUPS    Y3, (DI)       \
	ADDQ       $32, DI        \
	SUBQ       $8, CX         \
	JGE        loop           \
rest:                         \
	CMPQ       CX, $-8        \
	JEQ        done           \
	TAIL2(Y7)                 \
	VMASKMOVPS (DI), Y7, Y0   \
	BODY                      \
	VMOVUPS    (R9)(CX*4), Y7 \
	VMASKMOVPS Y3, Y7, (DI)   \
done:                         \
	VZEROUPPER

// EACH5 runs BODY, from Z0 to Z3, on the CX values at DI.
#define EACH5(BODY) \
	SUBQ      $16, CX      \
	JLT       rest         \
loop:                      \
	VMOVUPS   (DI), Z0     \
	BODY                   \
	VMOVUPS   Z3, (DI)     \
	ADDQ      $64, DI      \
	SUBQ      $16, CX      \
	JGE       loop         \
rest:                      \
	ADDQ      $16, CX      \
	JEQ       done         \
	TAIL5                  \
	VMOVUPS.Z (DI), K1, Z0 \
	BODY                   \
	VMOVUPS   Z3, K1, (DI) \
done:                      \
	VZEROUPPER

// BOTH2 runs BODY, from Y0 and Y1 to Y3, on the CX values at DI and at SI.
#define BOTH2(BODY) \
	SUBQ       $8, CX         \
	JLT        rest           \
loop:                         \
	VMOVUPS    (DI), Y0       \
	VMOVUPS    (SI), Y1       \
	BODY                      \
	VMOVUPS    Y3, (DI)       \
	ADDQ       $32, DI        \
	ADDQ       $32, SI        \
	SUBQ       $8, CX         \
	JGE        loop           \
rest:                         \
	CMPQ       CX, $-8        \
	JEQ        done           \
	TAIL2(Y7)                 \
	VMASKMOVPS (DI), Y7, Y0   \
	VMASKMOVPS (SI), Y7, Y1   \
	BODY                      \
	VMOVUPS    (R9)(CX*4), Y7 \
	VMASKMOVPS Y3, Y7, (DI)   \
done:                         \
	VZEROUPPER

// BOTH5 runs BODY, from Z0 and Z1 to Z3, on the CX values at DI and at SI.
#define BOTH5(BODY) \
	SUBQ      $16, CX      \
	JLT       rest         \
loop:                      \
	VMOVUPS   (DI), Z0     \
	VMOVUPS   (SI), Z1     \
	BODY                   \
	VMOVUPS   Z3, (DI)     \
	ADDQ      $64, DI      \
	ADDQ      $64, SI      \
	SUBQ      $16, CX      \
	JGE       loop         \
rest:                      \
	ADDQ      $16, CX      \
	JEQ       done         \
	TAIL5                  \
	VMOVUPS.Z (DI), K1, Z0 \
	VMOVUPS.Z (SI), K1, Z1 \
	BODY                   \
	VMOVUPS   Z3, K1, (DI) \
done:                      \
	VZEROUPPER

// FOLD2 and FOLD5 leave in every lane what OP makes of all lanes of v. Every lane
// has the same bits, since OP does not mind the order of two operands.
#define FOLD2(OP, v, t) \
	VPERM2F128 $1, v, v, t  \
	OP         t, v, v      \
	VPERMILPS  $0x4e, v, t  \
	OP         t, v, v      \
	VPERMILPS  $0xb1, v, t  \
	OP         t, v, v

#define FOLD5(OP, v, t) \
	VSHUFF32X4 $0x4e, v, v, t \
	OP         t, v, v        \
	VSHUFF32X4 $0xb1, v, v, t \
	OP         t, v, v        \
	VPERMILPS  $0x4e, v, t    \
	OP         t, v, v        \
	VPERMILPS  $0xb1, v, t    \
	OP         t, v, v
