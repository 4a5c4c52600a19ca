package nn

import "testing"

func TestActivation(t *testing.T) {
	x, _ := golden(t, "activation")
	vectorForms(t, func(t *testing.T) {
		for act, name := range map[Activation]string{
			Identity: "activation", ReLU: "relu", GELU: "gelu", GELUTanh: "gelu_tanh",
			QuickGELU: "quick_gelu", Sigmoid: "sigmoid", Tanh: "tanh",
		} {
			got := append([]float32(nil), x...)
			act.Apply(got)
			want, _ := golden(t, name)
			compare(t, name, got, want, 2e-7)
		}
	})
}
