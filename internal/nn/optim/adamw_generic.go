//go:build noasm || !amd64

package optim

var useAVX2 = false

func applyAVX2(u *update, x, dx, m, v *float32, n int) { panic("optim: no assembly in this build") }
