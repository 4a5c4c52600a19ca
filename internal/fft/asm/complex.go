package main

// expand writes the kernel that gives n vectors imaginary parts of 0.
func (f *file) expand(e element) {
	k := f.kernel(e, "expand", "dst", "src", "n")
	k.argsTo("dst", "DI", "src", "SI", "n", "CX")
	k.ins("VXORPS X1, X1, X1")
	k.label("next")
	k.ins("%s (SI), %s", k.move(), k.reg(0))
	k.ins("%s %s, (DI)", k.move(), k.reg(0))
	k.ins("%s %s, %d(DI)", k.move(), k.reg(1), f.isa.bytes)
	k.ins("ADDQ $%d, SI", f.isa.bytes)
	k.ins("ADDQ $%d, DI", 2*f.isa.bytes)
	k.loop("CX", "next")
	k.end()
}

// modulus writes the kernel of the squared moduli of n complex vectors, or of
// their moduli, which keeps the largest of the squares.
func (f *file) modulus(e element, name string) {
	args := []string{"dst", "src", "n"}
	if name == "moduli" {
		args = []string{"dst", "src", "largest", "n"}
	}
	k := f.kernel(e, name, args...)
	k.argsTo("dst", "DI", "src", "SI", "n", "CX")
	if name == "moduli" {
		k.beginLargest("R10")
	}
	k.label("next")
	b := k.block()
	x := b.loadComplex("(SI)")
	p := b.fma(x.re, x.re, b.product(x.im, x.im))
	if name == "moduli" {
		b.add(op{kind: opLargest, args: []value{p}})
		p = b.root(p)
	}
	b.store(p, "(DI)")
	b.emit()
	k.ins("ADDQ $%d, SI", 2*f.isa.bytes)
	k.ins("ADDQ $%d, DI", f.isa.bytes)
	k.loop("CX", "next")
	if name == "moduli" {
		k.endLargest("R10")
	}
	k.end()
}

// product writes the kernel that multiplies n complex vectors by a factor each.
func (f *file) product(e element) {
	k := f.kernel(e, "product", "dst", "src", "tw", "n", "dstStep")
	k.argsTo("dst", "DI", "src", "SI", "tw", "BX", "n", "CX", "dstStep", "R8")
	k.label("next")
	b := k.block()
	b.storeComplex(b.cmul(b.loadComplex("(SI)"), b.broadcastComplex(0, "BX")), "(DI)")
	b.emit()
	k.ins("ADDQ $%d, SI", 2*f.isa.bytes)
	k.ins("ADDQ $%d, BX", 2*e.bytes)
	k.ins("ADDQ R8, DI")
	k.loop("CX", "next")
	k.end()
}
