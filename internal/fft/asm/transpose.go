package main

// part is how many values are in 128 bits, groups how many times 128 bits are
// in a vector. A vector of one value of each frame has frame part·g+i in value
// i of group g.
func (k *kernel) part() int   { return 16 / k.element.bytes }
func (k *kernel) groups() int { return k.isa.bytes / 16 }

// frameAddresses computes the addresses of the frames, step bytes apart from
// base on: address[g][i] for frame part·g+i. R9 to R12, R14 and R15 hold them.
func (k *kernel) frameAddresses(base, step string) [][]string {
	k.arg(step, "R9")
	k.ins("LEAQ (R9)(R9*2), R10")
	registers := []string{base, "R11", "R12", "R14"}
	var list [][]string
	for g := range k.groups() {
		r := registers[g]
		list = append(list, []string{"(" + r + ")", "(" + r + ")(R9*1)", "(" + r + ")(R9*2)", "(" + r + ")(R10*1)"}[:k.part()])
	}
	return list
}

// advanceGroups points the registers of the groups after the first to theirs.
func (k *kernel) advanceGroups(base string) {
	registers := []string{base, "R11", "R12", "R14"}
	for g := 1; g < k.groups(); g++ {
		k.ins("LEAQ (%s)(R9*%d), %s", registers[g-1], k.part(), registers[g])
	}
}

// transposePart transposes the square of part × part values in every group of
// the vectors.
func (b *block) transposePart(r []value) []value {
	suffix := b.k.suffix()
	if len(r) == 2 {
		return []value{b.plain("VUNPCKL"+suffix, "", r[0], r[1]), b.plain("VUNPCKH"+suffix, "", r[0], r[1])}
	}
	a, c := b.plain("VUNPCKL"+suffix, "", r[0], r[1]), b.plain("VUNPCKL"+suffix, "", r[2], r[3])
	d, e := b.plain("VUNPCKH"+suffix, "", r[0], r[1]), b.plain("VUNPCKH"+suffix, "", r[2], r[3])
	return []value{
		b.plain("VUNPCKLPD", "", a, c), b.plain("VUNPCKHPD", "", a, c),
		b.plain("VUNPCKLPD", "", d, e), b.plain("VUNPCKHPD", "", d, e),
	}
}

// transposeGroups makes vector c of the result the groups number c of all
// vectors.
func (b *block) transposeGroups(t []value) []value {
	if len(t) == 2 {
		return []value{b.plain("VPERM2F128", "$0x20", t[0], t[1]), b.plain("VPERM2F128", "$0x31", t[0], t[1])}
	}
	const name = "VSHUFF64X2"
	a, c := b.plain(name, "$0x88", t[0], t[1]), b.plain(name, "$0x88", t[2], t[3])
	d, e := b.plain(name, "$0xdd", t[0], t[1]), b.plain(name, "$0xdd", t[2], t[3])
	return []value{
		b.plain(name, "$0x88", a, c), b.plain(name, "$0x88", d, e),
		b.plain(name, "$0xdd", a, c), b.plain(name, "$0xdd", d, e),
	}
}

// transposeIn writes the kernel that multiplies values of as many frames as
// there are lanes by a window, and lays them side by side: n times, as many
// values as there are lanes from src and win on, which then advance by srcStep.
// Meanwhile it prefetches as many values of the frames after these.
func (f *file) transposeIn(e element) {
	k := f.kernel(e, "transposeIn", "dst", "src", "win", "n", "frameStep", "srcStep")
	k.argsTo("dst", "DI", "src", "SI", "win", "BX", "n", "CX", "srcStep", "R8")
	frames := k.frameAddresses("SI", "frameStep")
	k.label("chunk")
	k.advanceGroups("SI")
	k.ins("MOVQ R9, AX")
	k.ins("IMULQ $%d, AX", k.lanes())
	k.ins("ADDQ SI, AX")
	for i := range k.lanes() {
		if i > 0 && i%4 == 0 {
			k.ins("LEAQ (AX)(R9*4), AX")
		}
		k.ins("PREFETCHT0 (AX)%s", []string{"", "(R9*1)", "(R9*2)", "(R10*1)"}[i%4])
	}
	// Each vector is read as halves, from two frames.
	b := k.block()
	half, low, insert, broadcast := f.isa.bytes/2, "X", "VINSERTF128", "VBROADCASTF128"
	if k.groups() == 4 {
		low, insert, broadcast = "Y", "VINSERTF64X4", "VBROADCASTF64X4"
	}
	for h := range 2 {
		win := b.loadAs(broadcast, at(half*h, "(BX)"))
		var t [][]value
		for g := 0; g < k.groups(); g += 2 {
			var r []value
			for i := range k.part() {
				v := b.loadAs("VMOVUPS", at(half*h, frames[g][i]))
				b.ops[v].low = low
				v = b.merge(insert, "$1", at(half*h, frames[g+1][i]), v)
				r = append(r, b.product(v, win))
			}
			t = append(t, b.transposePart(r))
		}
		store := func(i int, v value) { b.store(v, at((h*k.lanes()/2+i)*f.isa.bytes, "(DI)")) }
		for i := range k.part() {
			if len(t) == 1 {
				store(i, t[0][i])
				continue
			}
			// Groups 0 and 2 hold this value of each frame, 1 and 3 one part further.
			store(i, b.plain("VSHUFF64X2", "$0x88", t[0][i], t[1][i]))
			store(k.part()+i, b.plain("VSHUFF64X2", "$0xdd", t[0][i], t[1][i]))
		}
	}
	b.emit()
	k.ins("ADDQ R8, SI")
	k.ins("ADDQ R8, BX")
	k.ins("ADDQ $%d, DI", k.lanes()*f.isa.bytes)
	k.loop("CX", "chunk")
	k.end()
}

// transposeOut writes the kernel that undoes transposeIn, without a window:
// n times as many vectors as there are lanes from src on become as many values
// of each frame from dst on.
func (f *file) transposeOut(e element) {
	k := f.kernel(e, "transposeOut", "dst", "src", "n", "frameStep")
	k.argsTo("dst", "DI", "src", "SI", "n", "CX")
	frames := k.frameAddresses("DI", "frameStep")
	k.label("chunk")
	k.advanceGroups("DI")
	b := k.block()
	t := make([][]value, k.part()) // t[i][c]
	for c := range k.groups() {
		var r []value
		for i := range k.part() {
			r = append(r, b.load(at((c*k.part()+i)*f.isa.bytes, "(SI)")))
		}
		for i, v := range b.transposePart(r) {
			t[i] = append(t[i], v)
		}
	}
	for i := range t {
		for g, v := range b.transposeGroups(t[i]) {
			b.store(v, frames[g][i])
		}
	}
	b.emit()
	k.ins("ADDQ $%d, SI", k.lanes()*f.isa.bytes)
	k.ins("ADDQ $%d, DI", f.isa.bytes)
	k.loop("CX", "chunk")
	k.end()
}
