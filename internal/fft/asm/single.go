package main

// columnOf returns the column of a group that lane l holds, after pairs of
// values have been told apart within 128 bits.
func (k *kernel) columnOf(l int) int {
	q, i := l/4, l%4
	if i < 2 {
		return 2*q + i
	}
	return k.lanes()/2 + 2*q + i - 2
}

// copyPast writes the kernel that copies n values to dst past the caches, which
// spares reading what is there first. What shares a cache line with others is
// stored as usual. No fence is needed before other threads may read: whatever
// synchronises goroutines has a locked instruction, which waits for these stores.
func (f *file) copyPast(e element) {
	k := f.kernel(e, "copyPast", "dst", "src", "n")
	k.argsTo("dst", "DI", "src", "SI", "n", "AX")
	value := func() {
		k.ins("MOVL (SI), CX")
		k.ins("MOVL CX, (DI)")
		k.ins("ADDQ $%d, SI", e.bytes)
		k.ins("ADDQ $%d, DI", e.bytes)
		k.ins("DECQ AX")
	}
	k.label("head")
	k.ins("TESTQ AX, AX")
	k.ins("JZ done")
	k.ins("TESTQ $63, DI")
	k.ins("JZ lines")
	value()
	k.ins("JMP head")
	k.label("lines")
	k.ins("SUBQ $%d, AX", 64/e.bytes)
	k.ins("JLT rest")
	for at := 0; at < 64; at += f.isa.bytes {
		k.ins("VMOVUPS %d(SI), %s", at, k.reg(0))
		k.ins("VMOVNTPS %s, %d(DI)", k.reg(0), at)
	}
	k.ins("ADDQ $64, SI")
	k.ins("ADDQ $64, DI")
	k.ins("JMP lines")
	k.label("rest")
	k.ins("ADDQ $%d, AX", 64/e.bytes)
	k.label("tail")
	k.ins("TESTQ AX, AX")
	k.ins("JZ done")
	value()
	k.ins("JMP tail")
	k.label("done")
	k.end()
}

// columns writes the kernel of the first step of single frames: butterflies of
// as many rows as there are lanes, rowStep apart, over as many columns at a
// time. It reads pairs of values, multiplies them by those of a window, which
// lie in the order of columnOf, and the outputs by factors, a vector for each, and
// transposes each square, so that outputs lie side by side. For every row of each
// group a cache line is prefetched, from nAhead bytes after src on, aheadStep
// apart. Frames lie frameStep apart, and what becomes of them dstStep; each group is
// done in all of them, while factors are in the cache.
func (f *file) columns(e element) {
	k := f.kernel(e, "columns", "dst", "src", "win", "tw", "n", "nFrames", "nAhead", "rowStep", "frameStep", "dstStep", "aheadStep")
	w := k.lanes()
	k.argsTo("dst", "DI", "src", "SI", "win", "DX", "tw", "BX", "nAhead", "AX")
	k.ins("ADDQ SI, AX")
	k.arg("rowStep", "R11")
	k.ins("LEAQ (R11)(R11*2), R12")
	k.ins("LEAQ (R11*4), R9")
	k.ins("LEAQ (R9)(R9*2), R10")
	k.label("group")
	k.arg("nFrames", "R8")
	k.label("frame")
	b := k.block()
	src, win := "", ""
	row := func(r int) (x, window cplx) {
		// Rows r%4 + 0, 4, 8, 12 from a base on.
		switch r {
		case 0:
			src, win = "(SI)", "(DX)"
		case 1, 2, 3:
			step := []string{"", "R11*1", "R11*2", "R12*1"}[r]
			src, win = "(R14)", "(R15)"
			b.text("LEAQ (SI)(%s), R14", step)
			b.text("LEAQ (DX)(%s), R15", step)
		}
		b.text("PREFETCHT0 (AX)")
		b.text("ADDQ %s, AX", k.address("aheadStep"))
		index := []string{"", "(R9*1)", "(R9*2)", "(R10*1)"}[r/4]
		lo, hi := b.load(src+index), b.load(at(f.isa.bytes, src+index))
		x = cplx{b.plain("VSHUFPS", "$0x88", lo, hi), b.plain("VSHUFPS", "$0xdd", lo, hi)}
		return x, b.loadComplex(win + index)
	}
	re, im := make([]value, w), make([]value, w)
	b.longButterfly(w, func(i, j int) (sum, difference cplx) {
		x, a := row(i)
		x = cplx{b.product(x.re, a.re), b.product(x.im, a.im)}
		y, c := row(j)
		return cplx{b.fma(y.re, c.re, x.re), b.fma(y.im, c.im, x.im)}, cplx{b.fnma(y.re, c.re, x.re), b.fnma(y.im, c.im, x.im)}
	}, func(j int, y cplx) {
		if j > 0 {
			y = b.cmul(y, b.loadComplex(at((j-1)*2*f.isa.bytes, "(BX)")))
		}
		re[j], im[j] = y.re, y.im
	})
	for i, list := range [][]value{re, im} {
		for l, v := range b.transpose(list) {
			b.store(v, at(k.columnOf(l)*2*f.isa.bytes+i*f.isa.bytes, "(DI)"))
		}
	}
	b.emit()
	k.ins("ADDQ %s, SI", k.address("frameStep"))
	k.ins("ADDQ %s, DI", k.address("dstStep"))
	k.loop("R8", "frame")
	// Back to the first frame, and on to the next group.
	for _, c := range [][2]string{{"frameStep", "SI"}, {"dstStep", "DI"}} {
		k.arg("nFrames", "R8")
		k.ins("IMULQ %s, R8", k.address(c[0]))
		k.ins("SUBQ R8, %s", c[1])
	}
	k.ins("ADDQ $%d, SI", 2*f.isa.bytes)
	k.ins("ADDQ $%d, DX", 2*f.isa.bytes)
	k.ins("ADDQ $%d, DI", w*2*f.isa.bytes)
	k.ins("ADDQ $%d, BX", (w-1)*2*f.isa.bytes)
	k.ins("DECQ %s", k.address("n"))
	k.ins("JNZ group")
	k.end()
}

// transpose transposes a square of as many vectors as there are lanes.
func (b *block) transpose(r []value) []value {
	part := b.k.part()
	t := make([][]value, part)
	for c := 0; c < len(r); c += part {
		for i, v := range b.transposePart(r[c : c+part]) {
			t[i] = append(t[i], v)
		}
	}
	out := make([]value, len(r))
	for i := range t {
		for g, v := range b.transposeGroups(t[i]) {
			out[g*part+i] = v
		}
	}
	return out
}

// mirror writes the kernel of the last step of a single frame, which splits
// spectra of pairs into bins as split does: n vectors of bins from z up, each
// with those of the mirror image, which lie in the vectors from last down, but
// for the first lane, which is that of the vector after. tw holds a complex
// vector of factors for each.
func (f *file) mirror(e element, form string) {
	args := []string{"up", "down", "z", "end", "last", "tw", "n"}
	if form == "Magnitude" {
		args = []string{"up", "down", "z", "end", "last", "tw", "largest", "n"}
	}
	k := f.kernel(e, "mirror"+form, args...)
	w := k.lanes()
	k.argsTo("up", "DI", "down", "DX", "z", "SI", "end", "R11", "last", "R8", "tw", "BX", "n", "CX")
	turn, reverse := make([]int, w), make([]int, w)
	for l := range w {
		turn[l], reverse[l] = (w-l)%w, w-1-l
	}
	k.reserved = []int{2, 3}
	k.ins("VMOVUPS %s, %s", f.integers(turn), k.reg(2))
	k.ins("VMOVUPS %s, %s", f.integers(reverse), k.reg(3))
	if f.isa.bytes == 64 {
		k.ins("MOVL $1, AX")
		k.ins("KMOVW AX, K1")
	}
	if form == "Magnitude" {
		k.reserved = append(k.reserved, largest)
		k.ins("VXORPS X%d, X%d, X%d", largest, largest, largest)
	}
	k.label("next")
	b := k.block()
	var y [2]value
	for i := range y {
		v := b.load(at(i*f.isa.bytes, "(R8)"))
		if f.isa.bytes == 64 {
			v = b.merge("VMOVUPS", "K1", at(i*f.isa.bytes, "(R11)"), v)
		} else {
			v = b.plain("VBLENDPS", "$1", v, b.load(at(i*f.isa.bytes, "(R11)")))
		}
		y[i] = b.plain("VPERMPS", "", b.fixed(2), v)
	}
	up, down := b.splitPair(b.loadComplex("(SI)"), cplx{y[0], y[1]}, b.loadComplex("(BX)"))
	for i, x := range []cplx{up, down} {
		address := []string{"(DI)", "(DX)"}[i]
		if form == "Spectrum" {
			if i == 1 {
				x = cplx{b.plain("VPERMPS", "", b.fixed(3), x.re), b.plain("VPERMPS", "", b.fixed(3), x.im)}
			}
			for h, v := range b.interleave(x) {
				b.store(v, at(h*f.isa.bytes, address))
			}
			continue
		}
		p := b.fma(x.re, x.re, b.product(x.im, x.im))
		if form == "Magnitude" {
			b.add(op{kind: opLargest, args: []value{p}})
			p = b.root(p)
		}
		if i == 1 {
			p = b.plain("VPERMPS", "", b.fixed(3), p)
		}
		b.store(p, address)
	}
	b.emit()
	size := f.isa.bytes
	if form == "Spectrum" {
		size *= 2
	}
	k.ins("ADDQ $%d, SI", 2*f.isa.bytes)
	k.ins("MOVQ R8, R11")
	k.ins("SUBQ $%d, R8", 2*f.isa.bytes)
	k.ins("ADDQ $%d, BX", 2*f.isa.bytes)
	k.ins("ADDQ $%d, DI", size)
	k.ins("SUBQ $%d, DX", size)
	k.loop("CX", "next")
	if form == "Magnitude" {
		// That of all lanes.
		if f.isa.bytes == 64 {
			k.ins("VEXTRACTF64X4 $1, Z%d, Y1", largest)
			k.ins("VMAXPS Y1, Y%d, Y%d", largest, largest)
		}
		k.ins("VEXTRACTF128 $1, Y%d, X1", largest)
		k.ins("VMAXPS X1, X%d, X%d", largest, largest)
		for _, swap := range []string{"$0x4e", "$0xb1"} {
			k.ins("VPSHUFD %s, X%d, X1", swap, largest)
			k.ins("VMAXPS X1, X%d, X%d", largest, largest)
		}
		k.arg("largest", "R10")
		k.ins("VMOVSS X%d, (R10)", largest)
	}
	k.end()
}

// interleave returns the two vectors of pairs of real and imaginary parts.
func (b *block) interleave(x cplx) []value {
	lo, hi := b.plain("VUNPCKLPS", "", x.re, x.im), b.plain("VUNPCKHPS", "", x.re, x.im)
	if b.k.groups() == 2 {
		return b.transposeGroups([]value{lo, hi})
	}
	// Groups 0 1 2 3 of both, to lo 0 hi 0 lo 1 hi 1 and so on.
	const name = "VSHUFF64X2"
	p, q := b.plain(name, "$0x44", lo, hi), b.plain(name, "$0xee", lo, hi) // lo 0 1 hi 0 1, lo 2 3 hi 2 3
	return []value{b.plain(name, "$0xd8", p, p), b.plain(name, "$0xd8", q, q)}
}
