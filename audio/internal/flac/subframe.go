package flac

import (
	"errors"
	"fmt"
)

// The kinds of subframe: the first two alone, the others plus an order.
const (
	constant = 0
	verbatim = 1
	fixed    = 8  // + 0 … 4
	lpc      = 32 // + order - 1
)

// fixedCoeffs are the predictors of the fixed orders, for the oldest sample
// first: the polynomial through the last samples, carried on.
var fixedCoeffs = [5][]int64{{}, {1}, {-1, 2}, {1, -3, 3}, {-1, 4, -6, 4}}

// readSubframe reads
//
//	1 bit  0
//	6      kind
//	1      whether the samples end in unused zero bits; if so
//	1-n      their number - 1, unary
//	       samples
func (d *Decoder) readSubframe(x []int64, depth int) error {
	b := &d.bits
	if b.unsigned(1) != 0 {
		return errors.New("subframe with a reserved bit")
	}
	kind := int(b.unsigned(6))
	unused := 0
	if b.unsigned(1) == 1 {
		unused = int(min(b.unary(), 64)) + 1
	}
	if unused >= depth {
		return fmt.Errorf("%d of %d bits unused", unused, depth)
	}
	width := uint(depth - unused)

	var err error
	switch {
	case kind == constant:
		v := b.signed(width)
		for i := range x {
			x[i] = v
		}
	case kind == verbatim:
		for i := range x {
			x[i] = b.signed(width)
		}
	case fixed <= kind && kind < fixed+len(fixedCoeffs):
		err = d.readPredicted(x, width, kind-fixed, false)
	case kind >= lpc:
		err = d.readPredicted(x, width, kind-lpc+1, true)
	default:
		err = fmt.Errorf("subframe of reserved kind %d", kind)
	}
	if unused > 0 {
		for i := range x {
			x[i] <<= uint(unused)
		}
	}
	return err
}

// readPredicted reads
//
//	order × width bits  the first samples
//
// and, unless the predictor is one of the fixed ones,
//
//	4 bits              coefficient width - 1
//	5                   shift, signed
//	order × coefficient width
//
// and then what prediction leaves to be added.
func (d *Decoder) readPredicted(x []int64, width uint, order int, explicit bool) error {
	b := &d.bits
	if order > len(x) {
		return fmt.Errorf("predictor of order %d for %d samples", order, len(x))
	}
	for i := range x[:order] {
		x[i] = b.signed(width)
	}
	if !explicit {
		if err := d.readResidual(x, order); err != nil {
			return err
		}
		predict(x, fixedCoeffs[order], 0)
		return nil
	}
	precision, shift := uint(b.unsigned(4))+1, b.signed(5)
	if precision == 16 || shift < 0 {
		return fmt.Errorf("predictor with coefficients of %d bits, shifted by %d", precision, shift)
	}
	coeffs := d.coeffs[:order]
	for i := range coeffs {
		coeffs[order-1-i] = b.signed(precision)
	}
	if err := d.readResidual(x, order); err != nil {
		return err
	}
	predict(x, coeffs, uint(shift))
	return nil
}

// predict adds to each sample its prediction from the len(coeffs) before it,
//
//	x[i] += (coeffs[0]*x[i-order] + … + coeffs[order-1]*x[i-1]) >> shift
func predict(x, coeffs []int64, shift uint) {
	order := len(coeffs)
	for i := range x[order:] {
		past, c := x[i:i+order], coeffs
		var sum int64
		for ; len(c) >= 4 && len(past) >= 4; c, past = c[4:], past[4:] {
			sum += c[0]*past[0] + c[1]*past[1] + c[2]*past[2] + c[3]*past[3]
		}
		for j := range min(len(c), len(past)) {
			sum += c[j] * past[j]
		}
		x[i+order] += sum >> shift
	}
}

// readResidual reads
//
//	2 bits  method: 0 or 1 for Rice parameters of 4 or 5 bits
//	4       p, where 2^p is the number of partitions
//
// and for each partition
//
//	4 or 5  Rice parameter; all ones for plain numbers, and then
//	5         their width
//	        one number per sample; x[:order] has none
func (d *Decoder) readResidual(x []int64, order int) error {
	b := &d.bits
	method := uint(b.unsigned(2))
	if method > 1 {
		return fmt.Errorf("residual of reserved method %d", method)
	}
	p := b.unsigned(4)
	size := len(x) >> p
	if size<<p != len(x) || size < order {
		return fmt.Errorf("%d samples, %d of them predictors, in %d partitions", len(x), order, 1<<p)
	}
	for start, end := order, size; end <= len(x); start, end = end, end+size {
		k := uint(b.unsigned(4 + method))
		if k < 1<<(4+method)-1 {
			b.rice(x[start:end], k)
		} else {
			width := uint(b.unsigned(5))
			for i := start; i < end; i++ {
				x[i] = b.signed(width)
			}
		}
		if b.err != nil {
			return b.err
		}
	}
	return nil
}
