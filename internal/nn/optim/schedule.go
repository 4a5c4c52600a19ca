package optim

import (
	"fmt"
	"math"
)

// Schedule is a learning rate that rises in a straight line and falls along a
// cosine. Step k = 1 … Steps is taken at
//
//	Peak·k/Warmup                                                     for k < Warmup
//	Floor + (Peak-Floor)·(1 + cos(π·(k-Warmup)/(Steps-Warmup)))/2     up to Steps
//	Floor                                                             from there on
//
// References: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm
// Restarts", 2017; get_cosine_schedule_with_warmup of transformers 4.57, which begins
// with k = 0, a step at rate 0.
type Schedule struct {
	Peak, Floor   float64
	Warmup, Steps int // Warmup ≤ Steps
}

// Rate returns the rate of step k. It panics if k is negative.
func (s Schedule) Rate(k int) float64 {
	switch {
	case k < 0:
		panic(fmt.Sprintf("optim: the rate of step %d", k))
	case k < s.Warmup:
		return s.Peak * float64(k) / float64(s.Warmup)
	case k >= s.Steps:
		return s.Floor
	}
	at := float64(k-s.Warmup) / float64(s.Steps-s.Warmup)
	return s.Floor + (s.Peak-s.Floor)*(1+math.Cos(math.Pi*at))/2
}
