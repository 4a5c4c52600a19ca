package autodiff

import "fmt"

// Param is a tensor that is trained.
type Param struct {
	Name  string
	Shape []int
	Data  []float32
	// Grad collects the gradient of Data: backward passes add to it. A Param
	// without Grad is frozen.
	Grad []float32
	// Decay tells whether weight decay applies: to the weights of linear maps,
	// convolutions and tables, not to biases and what scales a normalisation.
	Decay bool
}

// NewParam returns a tensor of zeros that is trained.
func NewParam(name string, decay bool, shape ...int) *Param {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return &Param{Name: name, Shape: shape, Data: make([]float32, n), Grad: make([]float32, n), Decay: decay}
}

// Freeze takes the gradient away: the tensor stays what it is.
func (p *Param) Freeze() { p.Grad = nil }

// mustBe panics if p has not the given shape; 0 stands for any size.
func (p *Param) mustBe(shape ...int) {
	ok := len(shape) == len(p.Shape)
	for i := 0; ok && i < len(shape); i++ {
		ok = shape[i] == 0 || shape[i] == p.Shape[i]
	}
	if !ok {
		panic(fmt.Sprintf("autodiff: %s has shape %v, expected %v", p.Name, p.Shape, shape))
	}
}
