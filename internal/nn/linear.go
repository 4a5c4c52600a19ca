package nn

// Linear is the map act(x·wᵀ + bias).
type Linear struct {
	Weights *Weights
	Bias    []float32 // nil: none
	Act     Activation
}

// Apply computes dst = act(x·wᵀ + bias) of the rows of x. dst may not share
// memory with x.
func (l *Linear) Apply(c *Context, dst, x Matrix) {
	l.Weights.Multiply(c, dst, x, l.Bias, l.Act, false)
}

// Add computes dst += act(x·wᵀ + bias): a layer with a residual connection.
func (l *Linear) Add(c *Context, dst, x Matrix) {
	l.Weights.Multiply(c, dst, x, l.Bias, l.Act, true)
}
