package main

import (
	"fmt"
	"math"
	"slices"
)

// A block is straight-line vector code over values, each of which is computed
// once. Its operations are given in any order that respects data flow; emit
// assigns registers, and memory where registers run out.
type block struct {
	k   *kernel
	ops []op
}

// value is the result of one operation: its index in block.ops.
type value int

const none value = -1

type op struct {
	name string // instruction, without the suffix of the element type
	args []value
	mem  string // of loads and stores
	imm  string // first operand, such as "$0x44"
	low  string // X or Y: of a load, only the low part of the register
	reg  int    // of opFixed
	kind opKind
}

type opKind int

const (
	opLoad    opKind = iota // from memory that nothing in the block changes
	opStore                 // of args[0]
	opMerge                 // a load into part of args[0], the lanes of a mask or a piece, imm
	opPlain                 // imm, args[1], args[0] → value
	opSwap                  // as opPlain, args may be exchanged
	opFMA                   // ±args[0]·args[1] ± args[2]
	opText                  // an instruction that is no concern of the block
	opLargest               // args[0] into the largest value that the kernel keeps
	opFixed                 // in register fixed from outside the block
	opRoot                  // square root of args[0]
)

func (b *block) add(o op) value {
	b.ops = append(b.ops, o)
	return value(len(b.ops) - 1)
}

// load reads a vector; broadcast reads an element into all lanes.
func (b *block) load(mem string) value {
	return b.add(op{kind: opLoad, name: b.k.move(), mem: mem})
}
func (b *block) broadcast(mem string) value {
	return b.add(op{kind: opLoad, name: b.k.broadcast(), mem: mem})
}
func (b *block) loadAs(instruction, mem string) value {
	return b.add(op{kind: opLoad, name: instruction, mem: mem})
}
func (b *block) constant(v float64) value { return b.load(b.k.file.constant(b.k, v)) }
func (b *block) store(v value, mem string) {
	b.add(op{kind: opStore, name: b.k.move(), args: []value{v}, mem: mem})
}

func (b *block) text(format string, args ...any) {
	b.add(op{kind: opText, name: fmt.Sprintf(format, args...)})
}

// fixed is what a reserved register holds.
func (b *block) fixed(register int) value { return b.add(op{kind: opFixed, reg: register}) }

func (b *block) plain(name, imm string, x, y value) value {
	return b.add(op{kind: opPlain, name: name, imm: imm, args: []value{x, y}})
}
func (b *block) root(x value) value { return b.add(op{kind: opRoot, name: "VSQRT", args: []value{x}}) }
func (b *block) merge(name, imm, mem string, x value) value {
	return b.add(op{kind: opMerge, name: name, imm: imm, mem: mem, args: []value{x}})
}

func (b *block) sum(x, y value) value {
	return b.add(op{kind: opSwap, name: "VADD" + b.k.suffix(), args: []value{x, y}})
}
func (b *block) product(x, y value) value {
	return b.add(op{kind: opSwap, name: "VMUL" + b.k.suffix(), args: []value{x, y}})
}
func (b *block) difference(x, y value) value { return b.plain("VSUB"+b.k.suffix(), "", x, y) }

// fma returns x·y+z, fnma z-x·y, fms x·y-z, each rounded once.
func (b *block) fma(x, y, z value) value {
	return b.add(op{kind: opFMA, name: "VFMADD", args: []value{x, y, z}})
}
func (b *block) fnma(x, y, z value) value {
	return b.add(op{kind: opFMA, name: "VFNMADD", args: []value{x, y, z}})
}
func (b *block) fms(x, y, z value) value {
	return b.add(op{kind: opFMA, name: "VFMSUB", args: []value{x, y, z}})
}

// emit writes the block's instructions. Where registers run out, the value
// that is needed last makes room (Belady's rule): a loaded one is read again
// from where it came, another one is kept in the kernel's stack frame.
func (b *block) emit() {
	a := &allocation{
		block: b,
		uses:  make([][]int, len(b.ops)),
		reg:   make([]int, len(b.ops)),
		slot:  make([]int, len(b.ops)),
		held:  make([]value, b.k.isa.registers),
	}
	for i, o := range b.ops {
		a.reg[i], a.slot[i] = -1, -1
		for _, v := range o.args {
			a.uses[v] = append(a.uses[v], i)
		}
	}
	for r := range a.held {
		a.held[r] = none
	}
	for _, r := range b.k.reserved {
		a.held[r] = reservedRegister
	}
	for i := range b.ops {
		if b.ops[i].kind == opFixed {
			a.reg[i] = b.ops[i].reg
			continue
		}
		if k := b.ops[i].kind; k != opStore && k != opText && k != opLargest && len(a.uses[i]) == 0 {
			panic(fmt.Sprintf("%s: value %d (%s) is never used", b.k.name, i, b.ops[i].name))
		}
		a.emit(i)
	}
	b.k.slots = max(b.k.slots, a.top)
}

const reservedRegister value = -2

type allocation struct {
	*block
	uses [][]int // of each value, the operations that still have to come
	reg  []int   // of each value, -1 if it is in none
	slot []int   // of each value, -1 if it is in none
	held []value // of each register
	free []int   // stack slots
	top  int     // slots in use so far
}

func (a *allocation) emit(i int) {
	o := &a.ops[i]
	switch o.kind {
	case opLoad:
		// Loaded when it is needed: perhaps as a memory operand.
	case opText:
		a.k.ins("%s", o.name)
	case opLargest:
		// Where the value is NaN, the second source is the result.
		a.k.ins("VMAX%s %s, %s, %s", a.k.suffix(), a.k.reg(largest), a.k.reg(a.fetch(o.args[0], o.args)), a.k.reg(largest))
		a.release(i)
	case opRoot:
		r := a.fetch(o.args[0], o.args)
		a.release(i)
		a.k.ins("%s%s %s, %s", o.name, a.k.suffix(), a.k.reg(r), a.k.reg(a.take(value(i), a.room(nil))))
	case opStore:
		r := a.fetch(o.args[0], o.args)
		a.k.ins("%s %s, %s", o.name, a.k.reg(r), o.mem)
		a.release(i)
	case opMerge:
		r := a.fetch(o.args[0], o.args)
		a.release(i)
		if a.reg[o.args[0]] >= 0 {
			panic(a.k.name + ": a merged value is used again")
		}
		a.take(value(i), r)
		if o.imm[0] == 'K' {
			a.k.ins("%s %s, %s, %s", o.name, o.mem, o.imm, a.k.reg(r))
		} else {
			a.k.ins("%s %s, %s, %s, %s", o.name, o.imm, o.mem, a.k.reg(r), a.k.reg(r))
		}
	case opPlain, opSwap:
		x, y := o.args[0], o.args[1]
		if o.kind == opSwap && a.inMemoryForLast(x, i) && !a.inMemoryForLast(y, i) {
			x, y = y, x
		}
		var second string
		if x != y && a.inMemoryForLast(y, i) {
			second = a.operand(y)
		} else {
			second = a.k.reg(a.fetch(y, o.args))
		}
		first := a.k.reg(a.fetch(x, o.args))
		a.release(i)
		r := a.take(value(i), a.room(nil))
		if o.imm != "" {
			second = o.imm + ", " + second
		}
		a.k.ins("%s %s, %s, %s", o.name, second, first, a.k.reg(r))
	case opFMA:
		a.emitFMA(i)
	}
}

func (a *allocation) emitFMA(i int) {
	o := &a.ops[i]
	x, y, z := o.args[0], o.args[1], o.args[2]
	if x == y || x == z || y == z {
		// Squares: only the form with a third register.
		if x == y && z != x {
			rx := a.fetch(x, o.args)
			rz := a.own(z, i, o.args)
			a.release(i)
			a.take(value(i), rz)
			a.k.ins("%s231%s %s, %s, %s", o.name, a.k.suffix(), a.k.reg(rx), a.k.reg(rx), a.k.reg(rz))
			return
		}
		panic(a.k.name + ": unexpected operands of a fused multiply-add")
	}
	// At most one operand from memory; x·y = y·x.
	if a.inMemoryForLast(x, i) && !a.inMemoryForLast(y, i) {
		x, y = y, x
	}
	memory := none
	for _, v := range []value{y, z} {
		if memory == none && a.inMemoryForLast(v, i) {
			memory = v
		}
	}
	for _, v := range []value{x, y, z} {
		if v != memory {
			a.fetch(v, o.args)
		}
	}
	name := func(v value) string {
		if v == memory {
			return a.operand(v)
		}
		return a.k.reg(a.reg[v])
	}
	last := func(v value) bool { return v != memory && len(a.uses[v]) == 1 && a.ops[v].kind != opFixed }
	var form, second, first string
	var r int
	switch {
	case last(z):
		form, second, first, r = "231", name(y), name(x), a.reg[z]
	case last(x):
		form, second, first, r = "213", name(z), name(y), a.reg[x]
		if memory == y {
			form, second, first = "132", name(y), name(z)
		}
	case last(y):
		form, second, first, r = "213", name(z), name(x), a.reg[y]
	case memory == z:
		r = a.room(o.args)
		a.k.ins("%s %s, %s", a.k.move(), a.operand(z), a.k.reg(r))
		form, second, first = "231", name(y), name(x)
	default:
		r = a.room(o.args)
		a.k.ins("%s %s, %s", a.k.copy(), name(z), a.k.reg(r))
		form, second, first = "231", name(y), name(x)
	}
	a.release(i)
	if v := a.held[r]; v != none {
		panic(a.k.name + ": register still held")
	}
	a.take(value(i), r)
	a.k.ins("%s%s%s %s, %s, %s", o.name, form, a.k.suffix(), second, first, a.k.reg(r))
}

// own returns a register with v that the operation may overwrite.
func (a *allocation) own(v value, i int, keep []value) int {
	r := a.fetch(v, keep)
	if len(a.uses[v]) == 1 {
		return r
	}
	c := a.room(keep)
	a.k.ins("%s %s, %s", a.k.copy(), a.k.reg(r), a.k.reg(c))
	return c
}

// inMemoryForLast tells whether v is in memory as a whole vector, in no
// register, and used by operation i for the last time.
func (a *allocation) inMemoryForLast(v value, i int) bool {
	if a.reg[v] >= 0 || len(a.uses[v]) != 1 || a.uses[v][0] != i {
		return false
	}
	return a.slot[v] >= 0 || a.ops[v].kind == opLoad && a.ops[v].name == a.k.move() && a.ops[v].low == ""
}

// operand returns where v is in memory.
func (a *allocation) operand(v value) string {
	if a.slot[v] >= 0 {
		return a.k.spill(a.slot[v])
	}
	return a.ops[v].mem
}

// fetch brings v into a register, without giving up those of keep.
func (a *allocation) fetch(v value, keep []value) int {
	if a.reg[v] >= 0 {
		return a.reg[v]
	}
	r := a.room(keep)
	name := a.k.move()
	if a.slot[v] < 0 {
		if a.ops[v].kind != opLoad {
			panic(fmt.Sprintf("%s: value %d is lost", a.k.name, v))
		}
		name = a.ops[v].name
	}
	register := a.k.reg(r)
	if low := a.ops[v].low; low != "" {
		register = fmt.Sprintf("%s%d", low, r)
	}
	a.k.ins("%s %s, %s", name, a.operand(v), register)
	return a.take(v, r)
}

func (a *allocation) take(v value, r int) int {
	a.held[r], a.reg[v] = v, r
	return r
}

// room returns a free register; it makes one if it must.
func (a *allocation) room(keep []value) int {
	for r, v := range a.held {
		if v == none {
			return r
		}
	}
	best, distance := -1, -1
	for r, v := range a.held {
		if v == reservedRegister || slices.Contains(keep, v) {
			continue
		}
		d := math.MaxInt
		if len(a.uses[v]) > 0 {
			d = a.uses[v][0]
		}
		if d > distance {
			best, distance = r, d
		}
	}
	v := a.held[best]
	if a.ops[v].kind != opLoad && a.slot[v] < 0 {
		if n := len(a.free); n > 0 {
			a.slot[v], a.free = a.free[n-1], a.free[:n-1]
		} else {
			a.slot[v] = a.top
			a.top++
		}
		a.k.ins("%s %s, %s", a.k.move(), a.k.reg(best), a.k.spill(a.slot[v]))
	}
	a.reg[v], a.held[best] = -1, none
	return best
}

// release lets go of the arguments that operation i uses for the last time.
func (a *allocation) release(i int) {
	for _, v := range a.ops[i].args {
		for len(a.uses[v]) > 0 && a.uses[v][0] == i {
			a.uses[v] = a.uses[v][1:]
		}
		if len(a.uses[v]) > 0 {
			continue
		}
		if r := a.reg[v]; r >= 0 && a.held[r] == v {
			a.held[r], a.reg[v] = none, -1
		}
		if a.slot[v] >= 0 {
			a.free = append(a.free, a.slot[v])
			a.slot[v] = -1
		}
	}
}
