package main

import "fmt"

// addressesOf returns the addresses of n vectors of complex values that lie a
// step apart from base on, given registers with the step and three steps, and
// one for each further group of four, which it computes by ins.
func addressesOf(n int, ins func(string, ...any), base, step, step3 string, groups ...string) []string {
	in := []string{"(%s)", "(%s)(" + step + "*1)", "(%s)(" + step + "*2)", "(%s)(" + step3 + "*1)"}
	var list []string
	for g := 0; g < n; g += 4 {
		if g > 0 {
			ins("LEAQ (%s)(%s*4), %s", base, step, groups[g/4-1])
			base = groups[g/4-1]
		}
		for j := 0; j < 4 && g+j < n; j++ {
			list = append(list, fmt.Sprintf(in[j], base))
		}
	}
	return list
}

func (b *block) loadComplex(address string) cplx {
	return cplx{b.load(address), b.load(at(b.k.isa.bytes, address))}
}

func (b *block) storeComplex(x cplx, address string) {
	b.store(x.re, address)
	b.store(x.im, at(b.k.isa.bytes, address))
}

func (b *block) broadcastComplex(offset int, register string) cplx {
	return cplx{b.broadcast(at(offset, "("+register+")")), b.broadcast(at(offset+b.k.element.bytes, "("+register+")"))}
}

// pass writes the kernel of one pass: nOuter times nInner butterflies of the
// vectors srcStep apart, to vectors dstStep apart. Both pointers advance by one
// vector from one butterfly to the next, and dst by dstSkip after nInner of
// them. Output j of the p-th outer round is multiplied by twiddle factor j-1
// of the p-th run of radix-1 factors, unless the pass is the last one.
func (f *file) pass(e element, radix int, twiddles bool) {
	name := fmt.Sprintf("last%d", radix)
	args := []string{"dst", "src", "nInner", "srcStep", "dstStep"}
	if twiddles {
		name = fmt.Sprintf("pass%d", radix)
		args = []string{"dst", "src", "tw", "nOuter", "nInner", "srcStep", "dstStep", "skipStep"}
	}
	k := f.kernel(e, name, args...)
	k.argsTo("dst", "DI", "src", "SI", "nInner", "DX", "srcStep", "R9", "dstStep", "R8")
	k.ins("LEAQ (R9)(R9*2), R10")
	k.ins("LEAQ (R8)(R8*2), R11")
	if twiddles {
		k.argsTo("tw", "BX", "nOuter", "CX")
		k.label("outer")
	}
	k.ins("MOVQ DX, AX")
	k.label("inner")
	b := k.block()
	var src, dst []string
	if radix <= 8 {
		src = addressesOf(radix, k.ins, "SI", "R9", "R10", "R14")
		dst = addressesOf(radix, k.ins, "DI", "R8", "R11", "R15")
	} else {
		src = addressesOf(radix, k.ins, "SI", "R9", "R10", "R14", "R12", "R15")
	}
	b.butterfly(radix, func(j int) cplx { return b.loadComplex(src[j]) }, func(j int, y cplx) {
		if dst == nil { // all inputs are read: their registers are free
			dst = addressesOf(radix, b.text, "DI", "R8", "R11", "R14", "R12", "R15")
		}
		if twiddles && j > 0 {
			y = b.cmul(y, b.broadcastComplex((j-1)*2*e.bytes, "BX"))
		}
		b.storeComplex(y, dst[j])
	})
	b.emit()
	k.ins("ADDQ $%d, SI", 2*f.isa.bytes)
	k.ins("ADDQ $%d, DI", 2*f.isa.bytes)
	k.loop("AX", "inner")
	if twiddles {
		k.ins("ADDQ %s, DI", k.address("skipStep"))
		k.ins("ADDQ $%d, BX", (radix-1)*2*e.bytes)
		k.loop("CX", "outer")
	}
	k.end()
}
