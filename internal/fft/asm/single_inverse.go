package main

// packPairs writes the kernel of the first step of the inverse of a single
// frame, which does what pack does for bins in pairs of values: n vectors of
// pairs from a up, and as many in vectors from b down, to pairs in vectors from
// up up and from down down. tw holds a complex vector of factors for each, in the
// order of columnOf.
func (f *file) packPairs(e element) {
	k := f.kernel(e, "packPairs", "up", "down", "a", "b", "tw", "n")
	w := k.lanes()
	k.argsTo("up", "DI", "down", "DX", "a", "SI", "b", "R8", "tw", "BX", "n", "CX")
	reverse := make([]int, w) // the pairs of a vector
	for l := range w {
		reverse[l] = w - 2 - l + 2*(l%2)
	}
	k.reserved = []int{0}
	k.ins("VMOVUPS %s, %s", f.integers(reverse), k.reg(0))
	k.label("next")
	b := k.block()
	turn := func(v value) value { return b.plain("VPERMPS", "", b.fixed(0), v) }
	apart := func(lo, hi value) cplx {
		return cplx{b.plain("VSHUFPS", "$0x88", lo, hi), b.plain("VSHUFPS", "$0xdd", lo, hi)}
	}
	second := at(f.isa.bytes, "(R8)")
	x := apart(b.load("(SI)"), b.load(at(f.isa.bytes, "(SI)")))
	y := apart(turn(b.load(second)), turn(b.load("(R8)")))
	up, down := b.packPair(x, y, b.loadComplex("(BX)"))
	// Unpacking puts the pairs into order again.
	b.store(b.plain("VUNPCKLPS", "", up.re, up.im), "(DI)")
	b.store(b.plain("VUNPCKHPS", "", up.re, up.im), at(f.isa.bytes, "(DI)"))
	b.store(turn(b.plain("VUNPCKLPS", "", down.re, down.im)), at(f.isa.bytes, "(DX)"))
	b.store(turn(b.plain("VUNPCKHPS", "", down.re, down.im)), "(DX)")
	b.emit()
	k.ins("ADDQ $%d, SI", 2*f.isa.bytes)
	k.ins("SUBQ $%d, R8", 2*f.isa.bytes)
	k.ins("ADDQ $%d, BX", 2*f.isa.bytes)
	k.ins("ADDQ $%d, DI", 2*f.isa.bytes)
	k.ins("SUBQ $%d, DX", 2*f.isa.bytes)
	k.loop("CX", "next")
	k.end()
}

// interleave writes the kernel of the last step of the inverse of a single
// frame, which turns n complex vectors into pairs of values.
func (f *file) interleave(e element) {
	k := f.kernel(e, "interleave", "dst", "src", "n")
	k.argsTo("dst", "DI", "src", "SI", "n", "CX")
	k.label("next")
	b := k.block()
	for h, v := range b.interleave(b.loadComplex("(SI)")) {
		b.store(v, at(h*f.isa.bytes, "(DI)"))
	}
	b.emit()
	k.ins("ADDQ $%d, SI", 2*f.isa.bytes)
	k.ins("ADDQ $%d, DI", 2*f.isa.bytes)
	k.loop("CX", "next")
	k.end()
}
