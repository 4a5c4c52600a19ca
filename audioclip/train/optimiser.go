package train

import (
	"fmt"
	"math"
)

// Optimiser says how a network is trained: by AdamW, at a rate that rises linearly to
// Rate in Warmup steps and falls along a cosine to FloorRate.
type Optimiser struct {
	// Steps is how many there are, Batch how many clips or sentences one sees.
	Steps int `json:"steps"`
	Batch int `json:"batch"`
	// Warmup is the number of steps in which the rate rises to Rate.
	Warmup    int     `json:"warmup"`
	Rate      float64 `json:"rate"`
	FloorRate float64 `json:"floor_rate"`
	// WeightDecay applies to the weights of linear maps, convolutions and tables.
	WeightDecay float64 `json:"weight_decay"`
	// Beta2 is the decay of the mean of squared gradients (0: 0.999).
	Beta2 float64 `json:"beta2"`
	// ClipNorm limits the norm of the gradient (0: no limit).
	ClipNorm float64 `json:"clip_norm"`
	// Average is the decay of the moving average of the weights, which is what is
	// evaluated and kept (0: the weights themselves).
	Average float64 `json:"average"`
	// ValidateEvery and SaveEvery are numbers of steps between validations, and between
	// times when the state is saved.
	ValidateEvery int `json:"validate_every"`
	SaveEvery     int `json:"save_every"`
}

func (o Optimiser) validate() error {
	switch {
	case o.Steps < 1 || o.Batch < 1 || o.ValidateEvery < 1 || o.SaveEvery < 1:
		return fmt.Errorf("train: steps %d, batch %d, validate_every %d and save_every %d must be positive", o.Steps, o.Batch, o.ValidateEvery, o.SaveEvery)
	case o.Warmup < 0 || o.Warmup > o.Steps:
		return fmt.Errorf("train: a warmup of %d of %d steps", o.Warmup, o.Steps)
	case !(o.Rate > 0) || !(o.FloorRate >= 0 && o.FloorRate <= o.Rate) || !(o.WeightDecay >= 0) || math.IsInf(o.Rate+o.WeightDecay, 0):
		return fmt.Errorf("train: rate %g, floor_rate %g, weight_decay %g", o.Rate, o.FloorRate, o.WeightDecay)
	case !(o.Beta2 >= 0 && o.Beta2 < 1) || !(o.Average >= 0 && o.Average < 1) || !(o.ClipNorm >= 0):
		return fmt.Errorf("train: beta2 %g, average %g, clip_norm %g", o.Beta2, o.Average, o.ClipNorm)
	}
	return nil
}
