package main

import (
	"math"
	"math/cmplx"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestButterfliesWithFewRegisters writes the butterflies for processors with
// fewer and fewer registers, runs the instructions, and compares with the
// definition of the transform.
func TestButterfliesWithFewRegisters(t *testing.T) {
	for _, registers := range []int{4, 5, 6, 8, 12, 16, 32} {
		for _, radix := range []int{2, 3, 4, 5, 8, 16} {
			f := &file{isa: isa{name: "test", feature: "Test", letter: "Z", bytes: 64, registers: registers}, known: map[string]string{}}
			k := f.kernel(elements[1], "butterfly")
			b := k.block()
			m := &machine{memory: map[string]float64{}}
			x := make([]complex128, radix)
			in := func(j int) cplx {
				x[j] = complex(float64(j*j%7)-2.5, float64(j*5%11)-4)
				re, im := at(128*j, "(SI)"), at(128*j+64, "(SI)")
				m.memory[re], m.memory[im] = real(x[j]), imag(x[j])
				return cplx{b.load(re), b.load(im)}
			}
			b.butterfly(radix, in, func(j int, y cplx) { b.storeComplex(y, at(128*j, "(DI)")) })
			b.emit()
			for key, name := range f.known {
				bits, err := strconv.ParseUint(strings.TrimPrefix(key, "F64$"), 0, 64)
				if err != nil {
					t.Fatal(err)
				}
				m.memory[name] = math.Float64frombits(bits)
			}
			m.run(t, k.body.String())
			if m.highest >= registers {
				t.Errorf("radix %d uses register %d of %d", radix, m.highest, registers)
			}
			for j := range x {
				var want complex128
				for i, v := range x {
					want += v * cmplx.Rect(1, -2*math.Pi*float64(i*j%radix)/float64(radix))
				}
				got := complex(m.memory[at(128*j, "(DI)")], m.memory[at(128*j+64, "(DI)")])
				if cmplx.Abs(got-want) > 1e-13 {
					t.Errorf("radix %d with %d registers: output %d is %v, want %v", radix, registers, j, got, want)
				}
			}
		}
	}
}

// machine runs instructions on vectors of one lane.
type machine struct {
	registers [32]float64
	highest   int // register in use
	memory    map[string]float64
}

var instruction = regexp.MustCompile(`^\t(\w+) (.*)$`)

func (m *machine) run(t *testing.T, code string) {
	for line := range strings.Lines(code) {
		match := instruction.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if match == nil {
			t.Fatalf("what is %q?", line)
		}
		name, operands := match[1], strings.Split(match[2], ", ")
		to := operands[len(operands)-1]
		v := make([]float64, len(operands))
		for i, o := range operands[:len(operands)-1] {
			v[i] = m.read(t, o)
		}
		switch {
		case name == "VMOVUPD" || name == "VMOVAPD":
			m.write(to, v[0])
		case name == "VADDPD":
			m.write(to, v[1]+v[0])
		case name == "VSUBPD":
			m.write(to, v[1]-v[0])
		case name == "VMULPD":
			m.write(to, v[1]*v[0])
		case strings.HasPrefix(name, "VF"):
			d := m.read(t, to)
			a, b, c := v[0], v[1], d // 231: src3·src2 + dst
			switch {
			case strings.Contains(name, "132"):
				a, b, c = d, v[0], v[1]
			case strings.Contains(name, "213"):
				a, b, c = v[1], d, v[0]
			}
			switch name[:len(name)-5] {
			case "VFMADD":
			case "VFNMADD":
				a = -a
			case "VFMSUB":
				c = -c
			default:
				t.Fatalf("what is %s?", name)
			}
			m.write(to, math.FMA(a, b, c))
		default:
			t.Fatalf("what is %s?", name)
		}
	}
}

func (m *machine) read(t *testing.T, operand string) float64 {
	if r, err := strconv.Atoi(strings.TrimPrefix(operand, "Z")); err == nil && operand[0] == 'Z' {
		return m.registers[r]
	}
	v, ok := m.memory[operand]
	if !ok {
		t.Fatalf("%s is read and was never written", operand)
	}
	return v
}

func (m *machine) write(operand string, v float64) {
	if r, err := strconv.Atoi(strings.TrimPrefix(operand, "Z")); err == nil && operand[0] == 'Z' {
		m.registers[r] = v
		m.highest = max(m.highest, r)
		return
	}
	m.memory[operand] = v
}
