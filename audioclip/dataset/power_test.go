package dataset

import (
	"testing"
)

// Silence around a sound does not change its level.
func TestLevel(t *testing.T) {
	p := constant(100*3, 1e-10)
	fill(p[30:60], 0.5)
	near(t, "level", Level(p, 3), 1.5, 1e-6)
	near(t, "level of nothing", Level(constant(6, 0), 3), 0, 0)
}
