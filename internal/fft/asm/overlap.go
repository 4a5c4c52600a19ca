package main

// float64s returns how many float64s are in a vector.
func (f *file) float64s() int { return f.isa.bytes / 8 }

// addProducts writes the kernel that adds w·y to sums, n values of each, a
// multiple of float64s. sums and w are float64s, y are elements.
func (f *file) addProducts(e element) {
	k := f.kernel(e, "addProducts", "sums", "w", "y", "n")
	k.argsTo("sums", "DI", "w", "SI", "y", "BX", "n", "CX")
	k.ins("XORQ AX, AX")
	k.label("next")
	load := "VMOVUPD"
	if e.bytes == 4 {
		load = "VCVTPS2PD"
	}
	k.ins("%s (BX)(AX*%d), %s", load, e.bytes, k.reg(0))
	k.ins("VMOVUPD (DI)(AX*8), %s", k.reg(1))
	k.ins("VFMADD231PD (SI)(AX*8), %s, %s", k.reg(0), k.reg(1))
	k.ins("VMOVUPD %s, (DI)(AX*8)", k.reg(1))
	k.ins("ADDQ $%d, AX", f.float64s())
	k.ins("CMPQ AX, CX")
	k.ins("JLT next")
	k.end()
}

// products writes the kernel that rounds the n products a·b of float64s, a
// multiple of float64s, to elements.
func (f *file) products(e element) {
	k := f.kernel(e, "products", "dst", "a", "b", "n")
	k.argsTo("dst", "DI", "a", "SI", "b", "BX", "n", "CX")
	k.ins("XORQ AX, AX")
	k.label("next")
	k.ins("VMOVUPD (SI)(AX*8), %s", k.reg(0))
	k.ins("VMULPD (BX)(AX*8), %s, %s", k.reg(0), k.reg(0))
	switch {
	case e.bytes == 8:
		k.ins("VMOVUPD %s, (DI)(AX*8)", k.reg(0))
	case f.isa.bytes == 64:
		k.ins("VCVTPD2PS %s, Y0", k.reg(0))
		k.ins("VMOVUPS Y0, (DI)(AX*4)")
	default:
		k.ins("VCVTPD2PSY %s, X0", k.reg(0))
		k.ins("VMOVUPS X0, (DI)(AX*4)")
	}
	k.ins("ADDQ $%d, AX", f.float64s())
	k.ins("CMPQ AX, CX")
	k.ins("JLT next")
	k.end()
}
