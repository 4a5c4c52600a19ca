package train

import (
	"fmt"
	"math"

	"github.com/soundspace/soundspace/internal/nn"
)

// Contrastive returns the symmetric cross-entropy over the cosine similarities of n
// rows a and m rows b, and sets da and db, which may be nil, to its gradients. With
// logits and targets (nil: the identity, for n = m)
//
//	l[i][j] = exp(logScale)·Σ_k a[i][k]·b[j][k]
//	p[i][j] = targets[i][j] / Σ_j targets[i][j]
//	q[i][j] = targets[i][j] / Σ_i targets[i][j]
//
// it is
//
//	½·mean_i(-Σ_j p[i][j]·ln softmax_j(l[i][j])) + ½·mean_j(-Σ_i q[i][j]·ln softmax_i(l[i][j]))
//
// where the means are over the rows and columns that have a target. The others are
// negatives only, such as the captions of a bank that no sound of the batch fits.
//
// References: Radford et al., "Learning Transferable Visual Models From Natural
// Language Supervision", 2021, figure 3, for one target in each row and column; Khosla
// et al., "Supervised Contrastive Learning", 2020, equation 2, for several. It panics
// if the lengths do not fit, or a target is negative or NaN.
func Contrastive[F Float](c *nn.Context, a, b []F, dim int, targets []float64, logScale float64, da, db []F) (loss, dLogScale float64) {
	return crossEntropy(c, compare(c, a, b, dim, targets, logScale), 0.5, 0.5, da, db)
}

// CrossEntropy is the first half of Contrastive, doubled: each row of a chooses among
// the rows of b,
//
//	mean_i(-Σ_j p[i][j]·ln softmax_j(l[i][j]))
func CrossEntropy[F Float](c *nn.Context, a, b []F, dim int, targets []float64, logScale float64, da, db []F) (loss, dLogScale float64) {
	return crossEntropy(c, compare(c, a, b, dim, targets, logScale), 1, 0, da, db)
}

// CrossEntropyPrior is CrossEntropy with logits
//
//	l[i][j] = exp(logScale)·Σ_k a[i][k]·b[j][k] + ln prior[j]
//
// so that what is learnt is how much a row of b fits, beyond how often it does in the
// batches (Menon et al., "Long-tail learning via logit adjustment", 2021). Rows whose
// targets are all 0 are left out.
func CrossEntropyPrior[F Float](c *nn.Context, a, b []F, dim int, targets []float64, logScale float64, prior []float64, da, db []F) (loss, dLogScale float64) {
	k := compare(c, a, b, dim, targets, logScale)
	if len(prior) != k.b.rows {
		panic(fmt.Sprintf("train: priors of %d rows for %d", len(prior), k.b.rows))
	}
	k.offsets = make([]float64, len(prior))
	for j, p := range prior {
		k.offsets[j] = math.Log(p)
	}
	return crossEntropy(c, k, 1, 0, da, db)
}

// crossEntropy weighs the choice of each row by byRow and that of each column by
// byColumn.
func crossEntropy[F Float](c *nn.Context, k *comparison[F], byRow, byColumn float64, da, db []F) (loss, dLogScale float64) {
	n, m := k.a.rows, k.b.rows
	rowSums, columnSums := make([]float64, n), make([]float64, m)
	for i := range n {
		for j, t := range k.targets[i*m : (i+1)*m] {
			if !(t >= 0) {
				panic(fmt.Sprintf("train: target %v of row %d for row %d", t, i, j))
			}
			rowSums[i] += t
			columnSums[j] += t
		}
	}
	// What -ln softmax weighs in each row and column, and that for each 1 of targets.
	rows, rowShares := shares(rowSums, byRow)
	columns, columnShares := shares(columnSums, byColumn)
	rowLSE, columnLSE := make([]float64, n), make([]float64, m)
	if byRow != 0 {
		c.Split(n, 8, func(_ *nn.Context, from, to int) { k.logSumExpRows(rowLSE, from, to) })
	}
	if byColumn != 0 {
		c.Split(m, 64, func(_ *nn.Context, from, to int) { k.logSumExpColumns(columnLSE, from, to) })
	}
	// The gradient of the logits takes the place of the products.
	losses, dLogScales := make([]float64, n), make([]float64, n)
	c.Split(n, 8, func(_ *nn.Context, from, to int) {
		for i := from; i < to; i++ {
			row := k.products.data[i*m : (i+1)*m]
			losses[i] = rows[i] * rowLSE[i]
			for j, product := range row {
				l := k.logit(product, j)
				var g float64
				if rows[i] != 0 {
					g = rows[i] * math.Exp(l-rowLSE[i])
				}
				if columns[j] != 0 {
					g += columns[j] * math.Exp(l-columnLSE[j])
				}
				if t := k.targets[i*m+j]; t != 0 {
					t *= rowShares[i] + columnShares[j]
					g -= t
					losses[i] -= t * l
				}
				dLogScales[i] += g * k.scale * float64(product)
				row[j] = F(g)
			}
		}
	})
	loss = sum(losses)
	for j, lse := range columnLSE {
		loss += columns[j] * lse
	}
	k.backward(c, da, db)
	return loss, sum(dLogScales)
}

// shares divides weight among the choices that have targets, and each share by the
// sum of the targets.
func shares(sums []float64, weight float64) (of, perTarget []float64) {
	count := 0
	for _, s := range sums {
		if s > 0 {
			count++
		}
	}
	of, perTarget = make([]float64, len(sums)), make([]float64, len(sums))
	for i, s := range sums {
		if s > 0 {
			of[i] = weight / float64(count)
			perTarget[i] = of[i] / s
		}
	}
	return of, perTarget
}

// logSumExpRows sets dst[i] to ln Σ_j exp(l[i][j]) for rows [from, to).
func (k *comparison[F]) logSumExpRows(dst []float64, from, to int) {
	m := k.products.cols
	for i := from; i < to; i++ {
		row := k.products.data[i*m : (i+1)*m]
		largest := math.Inf(-1)
		for j, v := range row {
			largest = max(largest, k.logit(v, j))
		}
		var sum float64
		for j, v := range row {
			sum += math.Exp(k.logit(v, j) - largest)
		}
		dst[i] = largest + math.Log(sum)
	}
}

// logSumExpColumns sets dst[j] to ln Σ_i exp(l[i][j]) for columns [from, to).
func (k *comparison[F]) logSumExpColumns(dst []float64, from, to int) {
	m := k.products.cols
	largest := append([]F(nil), k.products.data[from:to]...)
	for i := range k.products.rows {
		for j, v := range k.products.data[i*m+from : i*m+to] {
			largest[j] = max(largest[j], v)
		}
	}
	sums := make([]float64, to-from)
	for i := range k.products.rows {
		for j, v := range k.products.data[i*m+from : i*m+to] {
			sums[j] += math.Exp(k.scale * float64(v-largest[j]))
		}
	}
	for j, sum := range sums {
		dst[from+j] = k.scale*float64(largest[j]) + math.Log(sum)
	}
}
