// Package train has what is needed to bring an audio encoder into a space that it
// shares with texts.
package train

import (
	"fmt"
	"math"
)

// A loss compares a batch of n pairs of embeddings, the rows of a and of b, each of
// dim values and of unit length: row i of both belong together, all other pairs do
// not. Gradients are those with respect to the rows as they are given.

// Contrastive returns the symmetric cross-entropy over the n×n cosine similarities
// and sets da and db, which may be nil, to its gradients. With logits
//
//	l[i][j] = exp(logScale)·Σ_k a[i][k]·b[j][k]
//
// it is the mean of -ln softmax over row i and over column i at l[i][i]:
//
//	½·(mean_i(lse_j(l[i][j]) - l[i][i]) + mean_i(lse_j(l[j][i]) - l[i][i]))
//
// Reference: Radford et al., "Learning Transferable Visual Models From Natural
// Language Supervision", 2021, figure 3. It panics if the lengths do not fit.
func Contrastive(a, b []float64, dim int, logScale float64, da, db []float64) (loss, dLogScale float64) {
	l, n := logits(a, b, dim, math.Exp(logScale))
	g := make([]float64, n*n) // gradient of the logits
	for i := range n {
		row, column := l[i*n:(i+1)*n], make([]float64, n)
		for j := range n {
			column[j] = l[j*n+i]
		}
		lr, lc := logSumExp(row), logSumExp(column)
		loss += (lr + lc - 2*l[i*n+i]) / float64(2*n)
		for j := range n {
			g[i*n+j] += math.Exp(row[j]-lr) / float64(2*n)
			g[j*n+i] += math.Exp(column[j]-lc) / float64(2*n)
		}
		g[i*n+i] -= 1 / float64(n)
	}
	for i, v := range g {
		dLogScale += v * l[i]
	}
	backward(a, b, dim, math.Exp(logScale), g, da, db)
	return loss, dLogScale
}

// Sigmoid returns the loss in which each of the n² pairs is a question of its own,
// and sets da and db, which may be nil, to its gradients. With
//
//	l[i][j] = exp(logScale)·Σ_k a[i][k]·b[j][k] + bias
//
// and y = 1 where i = j, -1 elsewhere, it is
//
//	1/n·Σ_ij ln(1 + exp(-y·l[i][j]))
//
// Reference: Zhai et al., "Sigmoid Loss for Language Image Pre-Training", 2023. It
// panics if the lengths do not fit.
func Sigmoid(a, b []float64, dim int, logScale, bias float64, da, db []float64) (loss, dLogScale, dBias float64) {
	l, n := logits(a, b, dim, math.Exp(logScale))
	g := make([]float64, n*n)
	for i := range n {
		for j := range n {
			y, z := -1.0, l[i*n+j]+bias
			if i == j {
				y = 1
			}
			// ln(1 + exp(-yz)), which does not overflow.
			loss += (max(-y*z, 0) + math.Log1p(math.Exp(-math.Abs(z)))) / float64(n)
			d := -y / (1 + math.Exp(y*z)) / float64(n)
			g[i*n+j] = d
			dLogScale += d * l[i*n+j]
			dBias += d
		}
	}
	backward(a, b, dim, math.Exp(logScale), g, da, db)
	return loss, dLogScale, dBias
}

// logits returns scale·a·bᵀ.
func logits(a, b []float64, dim int, scale float64) (l []float64, n int) {
	if dim < 1 || len(a)%dim != 0 || len(a) != len(b) || len(a) == 0 {
		panic(fmt.Sprintf("train: batches of %d and %d values, of %d each", len(a), len(b), dim))
	}
	n = len(a) / dim
	l = make([]float64, n*n)
	for i := range n {
		for j := range n {
			var sum float64
			for k := range dim {
				sum += a[i*dim+k] * b[j*dim+k]
			}
			l[i*n+j] = scale * sum
		}
	}
	return l, n
}

// backward sets the gradients of the rows from those of the logits.
func backward(a, b []float64, dim int, scale float64, g, da, db []float64) {
	n := len(a) / dim
	clear(da)
	clear(db)
	for i := range n {
		for j := range n {
			s := scale * g[i*n+j]
			for k := range dim {
				if da != nil {
					da[i*dim+k] += s * b[j*dim+k]
				}
				if db != nil {
					db[j*dim+k] += s * a[i*dim+k]
				}
			}
		}
	}
}

func logSumExp(x []float64) float64 {
	largest := math.Inf(-1)
	for _, v := range x {
		largest = max(largest, v)
	}
	var sum float64
	for _, v := range x {
		sum += math.Exp(v - largest)
	}
	return largest + math.Log(sum)
}
