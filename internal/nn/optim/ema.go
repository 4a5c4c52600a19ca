package optim

import (
	"fmt"
	"strconv"

	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// EMA is the exponential moving average of parameters, with which a network is often
// better than with the parameters themselves. Update t = 0, 1 … is
//
//	average ← average + (1-d)·(x-average),  d = min(decay, (1+t)/(10+t))
//
// so that the start is soon forgotten. Frozen parameters are averaged too: what is no
// parameter of the optimiser, such as the statistics of a batch normalisation, is
// evaluated along with the rest.
//
// Reference: tf.train.ExponentialMovingAverage with num_updates, TensorFlow 2.
type EMA struct {
	decay    float64
	params   []*autodiff.Param
	averages slot
	updates  int
}

// NewEMA returns an average that begins with what params are now. It panics unless
// decay is in [0, 1).
func NewEMA(params []*autodiff.Param, decay float64) *EMA {
	if !(decay >= 0 && decay < 1) {
		panic(fmt.Sprintf("optim: decay %v of an average", decay))
	}
	e := &EMA{decay: decay, params: params, averages: slot{"ema.", make([][]float32, len(params))}}
	for i, p := range params {
		e.averages.values[i] = append(make([]float32, 0, len(p.Data)), p.Data...)
	}
	return e
}

// Update follows the parameters.
func (e *EMA) Update(c *nn.Context) {
	t := float64(e.updates)
	e.updates++
	rate := float32(1 - min(e.decay, (1+t)/(10+t)))
	for i, p := range e.params {
		c.Split(len(p.Data), grain, func(_ *nn.Context, from, to int) {
			average := e.averages.values[i][from:to]
			for k, x := range p.Data[from:to] {
				average[k] += rate * (x - average[k])
			}
		})
	}
}

// Swap exchanges the parameters and their averages: before an evaluation, and back
// after it.
func (e *EMA) Swap() {
	for i, p := range e.params {
		average := e.averages.values[i]
		for k, x := range p.Data {
			p.Data[k], average[k] = average[k], x
		}
	}
}

// State returns the averages as tensors, ema.NAME, and the number of updates as
// metadata. The tensors are the memory of the average: they are to be written before
// the next update.
func (e *EMA) State() ([]*checkpoint.Tensor, map[string]string) {
	return e.averages.tensors(e.params), map[string]string{"ema.updates": strconv.Itoa(e.updates)}
}

// Restore goes back to a state that is in a file. If it is not there, or is that of
// other parameters, nothing is changed.
func (e *EMA) Restore(f *checkpoint.File) error {
	updates, err := counter(f, "ema.updates")
	if err != nil {
		return err
	}
	if err := e.averages.check(e.params, f); err != nil {
		return err
	}
	e.averages.restore(e.params, f)
	e.updates = updates
	return nil
}
