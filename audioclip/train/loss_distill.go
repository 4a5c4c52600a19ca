package train

import (
	"fmt"
	"math"

	"github.com/soundspace/soundspace/internal/nn"
)

// Cosine returns how far n rows point away from a teacher's,
//
//	mean_i(1 - Σ_k student[i][k]·teacher[i][k])
//
// and sets dStudent, which may be nil, to its gradient. It panics if the lengths do
// not fit.
func Cosine[F Float](student, teacher []F, dim int, dStudent []F) (loss float64) {
	n := rowsOf(student, dim).rows
	checkTeacher(student, teacher)
	checkGradient(dStudent, student)
	var product float64
	for i, v := range student {
		product += float64(v) * float64(teacher[i])
	}
	for i := range dStudent {
		dStudent[i] = -teacher[i] / F(n)
	}
	return 1 - product/float64(n)
}

// MSE returns the mean squared difference from a teacher's values, over all n·dim of
// them as torch.nn.MSELoss does, and sets dStudent, which may be nil, to its gradient.
// Rows may have any length; for unit length it is Cosine·2/dim. It panics if the
// lengths do not fit.
func MSE[F Float](student, teacher []F, dStudent []F) (loss float64) {
	checkTeacher(student, teacher)
	checkGradient(dStudent, student)
	for i, v := range student {
		d := float64(v) - float64(teacher[i])
		loss += d * d
	}
	for i := range dStudent {
		dStudent[i] = 2 * (student[i] - teacher[i]) / F(len(student))
	}
	return loss / float64(len(student))
}

func checkTeacher[F Float](student, teacher []F) {
	if len(student) != len(teacher) || len(student) == 0 {
		panic(fmt.Sprintf("train: %d values of a student, %d of its teacher", len(student), len(teacher)))
	}
}

// Relational returns how differently a student and its teacher see n rows related,
// and sets dStudent, which may be nil, to its gradient. With the similarities of each
// row to the others,
//
//	q[i][j] = softmax_{j≠i}(Σ_k student[i][k]·student[j][k] / temperature)
//	p[i][j] = softmax_{j≠i}(Σ_k teacher[i][k]·teacher[j][k] / teacherTemperature)
//
// it is the mean Kullback-Leibler divergence,
//
//	mean_i(Σ_{j≠i} p[i][j]·ln(p[i][j]/q[i][j]))
//
// The teacher's rows may have another dimension. A row's similarity to itself is left
// out, since it is 1 for both and would take most of each distribution. For one row
// the loss is 0.
//
// Reference: similar to Fang et al., "SEED: Self-supervised Distillation For Visual
// Representation", 2021, equations 2 to 4, with the batch in the place of the queue. It
// panics if the numbers of rows differ or a temperature is not positive.
func Relational[F Float](c *nn.Context, student, teacher []F, dim, teacherDim int, temperature, teacherTemperature float64, dStudent []F) (loss float64) {
	s, t := rowsOf(student, dim), rowsOf(teacher, teacherDim)
	n := s.rows
	if t.rows != n || !(temperature > 0) || !(teacherTemperature > 0) {
		panic(fmt.Sprintf("train: %d rows at temperature %v, the teacher's %d at %v", n, temperature, t.rows, teacherTemperature))
	}
	checkGradient(dStudent, student)
	q, p := rowsOf(make([]F, n*n), n), rowsOf(make([]F, n*n), n)
	multiply(c, q, s, s.t(), 1/temperature)
	multiply(c, p, t, t.t(), 1/teacherTemperature)
	losses := make([]float64, n)
	c.Split(n, 8, func(_ *nn.Context, from, to int) {
		lnQ, lnP := make([]float64, n), make([]float64, n)
		for i := from; i < to; i++ {
			row := q.data[i*n : (i+1)*n] // which becomes the gradient of the scaled similarities
			logSoftmaxOthers(lnQ, row, i)
			logSoftmaxOthers(lnP, p.data[i*n:(i+1)*n], i)
			for j := range row {
				if j == i {
					row[j] = 0
					continue
				}
				p := math.Exp(lnP[j])
				losses[i] += p * (lnP[j] - lnQ[j])
				row[j] = F((math.Exp(lnQ[j]) - p) / float64(n))
			}
		}
	})
	if dStudent != nil {
		// A pair counts in the rows of both.
		for i := range n {
			for j := range i {
				both := q.data[i*n+j] + q.data[j*n+i]
				q.data[i*n+j], q.data[j*n+i] = both, both
			}
		}
		multiply(c, rowsOf(dStudent, dim), q, s, 1/temperature)
	}
	return sum(losses) / float64(n)
}

// logSoftmaxOthers sets dst to the logarithms of the softmax of all x except x[self].
func logSoftmaxOthers[F Float](dst []float64, x []F, self int) {
	largest := math.Inf(-1)
	for j, v := range x {
		if j != self {
			largest = max(largest, float64(v))
		}
	}
	var sum float64
	for j, v := range x {
		if j != self {
			sum += math.Exp(float64(v) - largest)
		}
	}
	lse := largest + math.Log(sum)
	for j, v := range x {
		dst[j] = float64(v) - lse
	}
}
