package main

// passOdd writes the kernel of a pass of any odd radix 2·nHalf+1, as pass does
// for others, by sums and differences of the inputs j and radix-j: output t is
//
//	x[0] + Σ cos(2πjt/radix)·(x[j] + x[-j]) - i·Σ sin(2πjt/radix)·(x[j] - x[-j])
//
// roots holds the cosine and the sine for j = 1 … nHalf, for every t = 1 … nHalf;
// sums is room for 2·nHalf vectors of complex values. The last pass has twiddle
// factors of 1.
func (f *file) passOdd(e element) {
	k := f.kernel(e, "passOdd", "dst", "src", "tw", "roots", "sums",
		"nHalf", "nOuter", "nInner", "srcStep", "dstStep", "skipStep")
	v := 2 * f.isa.bytes // a vector of complex values
	r := k.reg
	fma := func(form string, x, y, z int) {
		k.ins("%s%s %s, %s, %s", form, k.suffix(), r(x), r(y), r(z))
	}
	k.argsTo("dst", "DI", "src", "SI", "tw", "BX", "srcStep", "R9", "dstStep", "R8")
	k.label("outer")
	k.arg("nInner", "AX")
	k.label("inner")
	// R10 goes up and R11 down through the inputs, R12 through the sums.
	k.argsTo("nHalf", "CX", "sums", "R12")
	k.ins("LEAQ (SI)(R9*1), R10")
	k.ins("MOVQ CX, R11")
	k.ins("IMULQ R9, R11")
	k.ins("LEAQ (SI)(R11*2), R11")
	k.ins("%s (SI), %s", k.move(), r(0))
	k.ins("%s %d(SI), %s", k.move(), f.isa.bytes, r(1))
	k.label("pair")
	for part := range 2 {
		o := part * f.isa.bytes
		k.ins("%s %d(R10), %s", k.move(), o, r(2))
		k.ins("%s %d(R11), %s", k.move(), o, r(3))
		k.ins("VADD%s %s, %s, %s", k.suffix(), r(3), r(2), r(4))
		k.ins("VSUB%s %s, %s, %s", k.suffix(), r(3), r(2), r(5))
		k.ins("VADD%s %s, %s, %s", k.suffix(), r(4), r(part), r(part))
		k.ins("%s %s, %d(R12)", k.move(), r(4), o)
		k.ins("%s %s, %d(R12)", k.move(), r(5), v+o)
	}
	k.ins("ADDQ R9, R10")
	k.ins("SUBQ R9, R11")
	k.ins("ADDQ $%d, R12", 2*v)
	k.loop("CX", "pair")
	k.ins("%s %s, (DI)", k.move(), r(0))
	k.ins("%s %s, %d(DI)", k.move(), r(1), f.isa.bytes)
	// R10 goes up and R11 down through the outputs, BX up and R14 down through
	// their twiddle factors, DX through the roots.
	k.argsTo("nHalf", "CX", "roots", "DX")
	k.ins("LEAQ (DI)(R8*1), R10")
	k.ins("MOVQ CX, R11")
	k.ins("IMULQ R8, R11")
	k.ins("LEAQ (DI)(R11*2), R11")
	k.ins("MOVQ CX, R14")
	k.ins("SHLQ $%d, R14", map[int]int{4: 4, 8: 5}[e.bytes])
	k.ins("LEAQ %d(BX)(R14*1), R14", -2*e.bytes)
	k.ins("MOVQ BX, R15")
	k.label("output")
	k.argsTo("sums", "R12", "nHalf", "R13")
	k.ins("%s (SI), %s", k.move(), r(0))
	k.ins("%s %d(SI), %s", k.move(), f.isa.bytes, r(1))
	k.ins("VXORPS X2, X2, X2")
	k.ins("VXORPS X3, X3, X3")
	k.label("term")
	k.ins("%s (DX), %s", k.broadcast(), r(4))
	k.ins("%s %d(DX), %s", k.broadcast(), e.bytes, r(5))
	for i, c := range []int{4, 4, 5, 5} {
		k.ins("VFMADD231%s %d(R12), %s, %s", k.suffix(), i*f.isa.bytes, r(c), r(i))
	}
	k.ins("ADDQ $%d, DX", 2*e.bytes)
	k.ins("ADDQ $%d, R12", 2*v)
	k.loop("R13", "term")
	// m - i·n, then m + i·n, times their factors.
	for i, address := range []string{"R10", "R11"} {
		re, im := []string{"VADD", "VSUB"}[i], []string{"VSUB", "VADD"}[i]
		w := []string{"R15", "R14"}[i]
		k.ins("%s%s %s, %s, %s", re, k.suffix(), r(3), r(0), r(4))
		k.ins("%s%s %s, %s, %s", im, k.suffix(), r(2), r(1), r(5))
		k.ins("%s (%s), %s", k.broadcast(), w, r(6))
		k.ins("%s %d(%s), %s", k.broadcast(), e.bytes, w, r(7))
		k.ins("VMUL%s %s, %s, %s", k.suffix(), r(7), r(5), r(8))
		k.ins("VMUL%s %s, %s, %s", k.suffix(), r(7), r(4), r(9))
		fma("VFMSUB231", 6, 4, 8)
		fma("VFMADD231", 6, 5, 9)
		k.ins("%s %s, (%s)", k.move(), r(8), address)
		k.ins("%s %s, %d(%s)", k.move(), r(9), f.isa.bytes, address)
	}
	k.ins("ADDQ R8, R10")
	k.ins("SUBQ R8, R11")
	k.ins("ADDQ $%d, R15", 2*e.bytes)
	k.ins("SUBQ $%d, R14", 2*e.bytes)
	k.loop("CX", "output")
	k.ins("ADDQ $%d, SI", v)
	k.ins("ADDQ $%d, DI", v)
	k.loop("AX", "inner")
	k.ins("ADDQ %s, DI", k.address("skipStep"))
	// On to the next 2·nHalf factors.
	k.arg("nHalf", "CX")
	k.ins("SHLQ $%d, CX", map[int]int{4: 4, 8: 5}[e.bytes])
	k.ins("ADDQ CX, BX")
	k.ins("DECQ %s", k.address("nOuter"))
	k.ins("JNZ outer")
	k.end()
}
