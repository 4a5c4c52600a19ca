package main

// split writes the kernel that turns the spectra Z of the pairs x[2j]+i·x[2j+1]
// into that of x, two bins at a time: from Z[k] and Z[m-k], n vectors from a up
// and from b down, those of the bins k, from up on, and m-k, from down on.
// tw holds exp(-2πik/2m).
func (f *file) split(e element, form string) {
	args := []string{"up", "down", "a", "b", "tw", "n", "rowStep"}
	if form == "Magnitude" {
		args = []string{"up", "down", "a", "b", "tw", "largest", "n", "rowStep"}
	}
	k := f.kernel(e, "split"+form, args...)
	k.argsTo("up", "DI", "down", "DX", "a", "SI", "b", "R8", "tw", "BX", "n", "CX", "rowStep", "R9")
	if form == "Magnitude" {
		k.beginLargest("R10")
	}
	k.label("next")
	b := k.block()
	z, y := b.loadComplex("(SI)"), b.loadComplex("(R8)")
	w := b.broadcastComplex(0, "BX")
	up, down := b.splitPair(z, y, w)
	for i, x := range []cplx{up, down} {
		address := []string{"(DI)", "(DX)"}[i]
		if form == "Spectrum" {
			b.storeComplex(x, address)
			continue
		}
		p := b.fma(x.re, x.re, b.product(x.im, x.im))
		if form == "Magnitude" {
			b.add(op{kind: opLargest, args: []value{p}})
			p = b.root(p)
		}
		b.store(p, address)
	}
	b.emit()
	k.ins("ADDQ $%d, SI", 2*f.isa.bytes)
	k.ins("SUBQ $%d, R8", 2*f.isa.bytes)
	k.ins("ADDQ $%d, BX", 2*e.bytes)
	k.ins("ADDQ R9, DI")
	k.ins("SUBQ R9, DX")
	k.loop("CX", "next")
	if form == "Magnitude" {
		k.endLargest("R10")
	}
	k.end()
}

// splitPair returns the bins of z = Z[k] and y = Z[m-k], w = exp(-2πik/2m).
func (b *block) splitPair(z, y, w cplx) (up, down cplx) {
	s := cplx{b.sum(z.re, y.re), b.difference(z.im, y.im)} // z + conj y
	d := cplx{b.difference(z.re, y.re), b.sum(z.im, y.im)} // z - conj y
	// t = -i·w·d
	t := cplx{
		b.fma(d.re, w.im, b.product(d.im, w.re)),
		b.fms(d.im, w.im, b.product(d.re, w.re)),
	}
	return b.cadd(s, t), cplx{b.difference(s.re, t.re), b.difference(t.im, s.im)} // s + t, conj(s - t)
}

// pack writes the kernel that undoes splitSpectrum but for a factor of 2: from
// the bins k, n vectors from a up, and m-k, from b down, to Z in reversed order:
// Z[m-k] from up on upwards, and Z[k] from down on downwards.
func (f *file) pack(e element) {
	k := f.kernel(e, "pack", "up", "down", "a", "b", "tw", "n")
	k.argsTo("up", "DI", "down", "DX", "a", "SI", "b", "R8", "tw", "BX", "n", "CX")
	k.label("next")
	b := k.block()
	x, y := b.loadComplex("(SI)"), b.loadComplex("(R8)")
	up, down := b.packPair(x, y, b.broadcastComplex(0, "BX"))
	b.storeComplex(up, "(DI)")
	b.storeComplex(down, "(DX)")
	b.emit()
	k.ins("ADDQ $%d, SI", 2*f.isa.bytes)
	k.ins("SUBQ $%d, R8", 2*f.isa.bytes)
	k.ins("ADDQ $%d, BX", 2*e.bytes)
	k.ins("ADDQ $%d, DI", 2*f.isa.bytes)
	k.ins("SUBQ $%d, DX", 2*f.isa.bytes)
	k.loop("CX", "next")
	k.end()
}

// packPair returns twice Z[m-k] and Z[k], given the bins x = X[k] and y = X[m-k]
// and w = exp(-2πik/2m).
func (b *block) packPair(x, y, w cplx) (up, down cplx) {
	s := cplx{b.sum(x.re, y.re), b.difference(x.im, y.im)} // x + conj y
	d := cplx{b.difference(x.re, y.re), b.sum(x.im, y.im)} // x - conj y
	// t = d·conj w
	t := cplx{
		b.fma(d.re, w.re, b.product(d.im, w.im)),
		b.fms(d.im, w.re, b.product(d.re, w.im)),
	}
	return cplx{b.sum(s.re, t.im), b.difference(t.re, s.im)}, b.addI(s, t) // conj(s - i·t), s + i·t
}

// bands writes the kernel that sums rows into bands: band i of n is the sum of
// counts[2i+1] vectors from row counts[2i] on, times as many weights.
func (f *file) bands(e element) {
	k := f.kernel(e, "bands", "dst", "src", "weights", "counts", "n")
	k.argsTo("dst", "DI", "src", "SI", "weights", "BX", "counts", "DX", "n", "CX")
	r := k.reg
	k.label("band")
	k.ins("MOVQ (DX), R8")
	k.ins("MOVQ 8(DX), AX")
	k.ins("ADDQ $16, DX")
	shift := 5
	if f.isa.bytes == 64 {
		shift = 6
	}
	k.ins("SHLQ $%d, R8", shift)
	k.ins("ADDQ SI, R8")
	// Even and odd rows are summed on their own.
	k.ins("VXORPS %s, %s, %s", "X0", "X0", "X0")
	k.ins("VXORPS %s, %s, %s", "X1", "X1", "X1")
	k.ins("SUBQ $2, AX")
	k.ins("JLT odd")
	k.label("two")
	k.ins("%s (BX), %s", k.broadcast(), r(2))
	k.ins("%s %d(BX), %s", k.broadcast(), e.bytes, r(3))
	k.ins("VFMADD231%s (R8), %s, %s", k.suffix(), r(2), r(0))
	k.ins("VFMADD231%s %d(R8), %s, %s", k.suffix(), f.isa.bytes, r(3), r(1))
	k.ins("ADDQ $%d, BX", 2*e.bytes)
	k.ins("ADDQ $%d, R8", 2*f.isa.bytes)
	k.ins("SUBQ $2, AX")
	k.ins("JGE two")
	k.label("odd")
	k.ins("ADDQ $2, AX")
	k.ins("JZ done")
	k.ins("%s (BX), %s", k.broadcast(), r(2))
	k.ins("VFMADD231%s (R8), %s, %s", k.suffix(), r(2), r(0))
	k.ins("ADDQ $%d, BX", e.bytes)
	k.label("done")
	k.ins("VADD%s %s, %s, %s", k.suffix(), r(1), r(0), r(0))
	k.ins("%s %s, (DI)", k.move(), r(0))
	k.ins("ADDQ $%d, DI", f.isa.bytes)
	k.loop("CX", "band")
	k.end()
}

// largest is the register in which a kernel keeps the largest value so far of
// each lane, NaN apart.
const largest = 0

// beginLargest loads it from the argument of this name, whose address stays in
// a register, and endLargest stores it.
func (k *kernel) beginLargest(register string) {
	k.reserved = append(k.reserved, largest)
	k.arg("largest", register)
	k.ins("%s (%s), %s", k.move(), register, k.reg(largest))
}

func (k *kernel) endLargest(register string) {
	k.ins("%s %s, (%s)", k.move(), k.reg(largest), register)
}
