package train

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/stream"
)

// batch returns 8 rows of 16 values, of unit length.
func batch(name string) []float64 { return unitRows(name, 8, 16) }

func unitRows(name string, n, dim int) []float64 {
	x := stream.Uniform(name, n*dim)
	for i := range x {
		x[i] = 2*x[i] - 1
	}
	for i := 0; i < len(x); i += dim {
		var sum float64
		for _, v := range x[i : i+dim] {
			sum += v * v
		}
		for k := range dim {
			x[i+k] /= math.Sqrt(sum)
		}
	}
	return x
}

// The losses of open_clip and of SigLIP, and their gradients, by PyTorch.
func TestGoldens(t *testing.T) {
	data, err := os.ReadFile("../../testdata/models/frontends_and_losses.json")
	if err != nil {
		t.Fatal(err)
	}
	type golden struct {
		Loss float64   `json:"loss"`
		DLog float64   `json:"d_log_scale"`
		DT   float64   `json:"d_t_prime"`
		DB   float64   `json:"d_bias"`
		A    []float64 `json:"dA_row0_first8"`
		B    []float64 `json:"dB_row0_first8"`
	}
	var file struct {
		CLIP   golden `json:"clip_loss"`
		SigLIP golden `json:"siglip_loss"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	c := nn.NewContext(1)
	a, b := batch("lossA"), batch("lossB")
	da, db := make([]float64, len(a)), make([]float64, len(b))
	near := func(what string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 1e-9) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	rows := func(what string, g golden) {
		t.Helper()
		for k, want := range g.A {
			near(what+": gradient of a", da[k], want)
		}
		for k, want := range g.B {
			near(what+": gradient of b", db[k], want)
		}
		if len(g.A) == 0 {
			t.Errorf("%s: no golden", what)
		}
	}
	loss, d := Contrastive(c, a, b, 16, nil, math.Log(1/0.07), da, db)
	near("contrastive loss", loss, file.CLIP.Loss)
	near("its gradient of the scale", d, file.CLIP.DLog)
	rows("contrastive loss", file.CLIP)
	loss, d, dBias := Sigmoid(c, a, b, 16, nil, math.Log(10), -10, da, db)
	near("sigmoid loss", loss, file.SigLIP.Loss)
	near("its gradient of the scale", d, file.SigLIP.DT)
	near("its gradient of the bias", dBias, file.SigLIP.DB)
	rows("sigmoid loss", file.SigLIP)
}

// Logits that no exponential can hold.
func TestLossesDoNotOverflow(t *testing.T) {
	c := nn.NewContext(1)
	a := []float64{1, 0, 0, 1}
	wrong := []float64{0, 1, 1, 0}
	if loss, _ := Contrastive(c, a, wrong, 2, nil, math.Log(1e4), nil, nil); math.Abs(loss-1e4) > 1e-6 {
		t.Errorf("contrastive loss %v, want 1e4", loss)
	}
	if loss, _, _ := Sigmoid(c, a, wrong, 2, nil, math.Log(1e4), 0, nil, nil); math.Abs(loss-1e4-math.Ln2) > 1e-6 {
		t.Errorf("sigmoid loss %v, want 1e4 + ln 2", loss)
	}
}

// Losses by PyTorch, all gradients by autograd, for targets of every kind, more texts
// than sounds, and a student and its teacher.
func TestLossesLikePyTorch(t *testing.T) {
	data, err := os.ReadFile("testdata/losses.json")
	if err != nil {
		t.Fatal(err)
	}
	type golden struct {
		Loss  float64   `json:"loss"`
		DA    []float64 `json:"da"`
		DB    []float64 `json:"db"`
		DLog  float64   `json:"d_log_scale"`
		DBias float64   `json:"d_bias"`
	}
	var in struct {
		LogScale     float64   `json:"log_scale"`
		Bias         float64   `json:"bias"`
		Dim          int       `json:"dim"`
		WideDim      int       `json:"wide_dim"`
		First        []int     `json:"first"`
		Second       []int     `json:"second"`
		Share        []float64 `json:"share"`
		Texts        []int     `json:"texts"`
		A            []float64 `json:"a"`
		B            []float64 `json:"b"`
		Raw          []float64 `json:"raw"`
		Teacher      []float64 `json:"teacher"`
		Wide         []float64 `json:"wide"`
		MixedTargets []float64 `json:"mixed_targets"`
		Prior        []float64 `json:"prior"`
	}
	var out map[string]json.RawMessage
	for _, v := range []any{&in, &out} {
		if err := json.Unmarshal(data, v); err != nil {
			t.Fatal(err)
		}
	}
	c := nn.NewContext(2)
	da, db := make([]float64, len(in.A)), make([]float64, len(in.B))
	check := func(name string, loss, dLog, dBias float64) {
		t.Helper()
		var want golden
		if err := json.Unmarshal(out[name], &want); err != nil {
			t.Fatal(name, err)
		}
		got := slices.Concat([]float64{loss, dLog, dBias}, da[:len(want.DA)], db[:len(want.DB)])
		for i, w := range slices.Concat([]float64{want.Loss, want.DLog, want.DBias}, want.DA, want.DB) {
			if !(math.Abs(got[i]-w) <= 1e-12) {
				t.Errorf("%s: value %d is %v, want %v", name, i, got[i], w)
			}
		}
	}
	mixed := Mixed(in.First, in.Second, in.Share, in.Texts)
	for i, want := range in.MixedTargets {
		if math.Abs(mixed[i]-want) > 1e-15 {
			t.Errorf("target %d is %v, want %v", i, mixed[i], want)
		}
	}
	for name, targets := range map[string][]float64{"groups": Same(in.First, in.Texts), "mixed": mixed} {
		loss, dLog := Contrastive(c, in.A, in.B, in.Dim, targets, in.LogScale, da, db)
		check("contrastive_"+name, loss, dLog, 0)
		loss, dLog = CrossEntropy(c, in.A, in.B, in.Dim, targets, in.LogScale, da, db)
		check("cross_entropy_"+name, loss, dLog, 0)
		loss, dLog = CrossEntropyPrior(c, in.A, in.B, in.Dim, targets, in.LogScale, in.Prior, da, db)
		check("prior_"+name, loss, dLog, 0)
		loss, dLog, dBias := Sigmoid(c, in.A, in.B, in.Dim, targets, in.LogScale, in.Bias, da, db)
		check("sigmoid_"+name, loss, dLog, dBias)
	}
	check("cosine", Cosine(in.A, in.Teacher, in.Dim, da), 0, 0)
	check("mse", MSE(in.Raw, in.Teacher, da), 0, 0)
	check("relational", Relational(c, in.A, in.Wide, in.Dim, in.WideDim, 0.2, 0.1, da), 0, 0)
}

// All gradients by differences.
func TestGradients(t *testing.T) {
	c := nn.NewContext(1)
	a, b, teacher := unitRows("a", 8, 16), unitRows("b", 11, 16), unitRows("teacher", 8, 16)
	targets := make([]float64, 8*11)
	for i, u := range stream.Uniform("targets", len(targets)) {
		targets[i] = max(0, 2*u-1)
	}
	for i := range 11 {
		targets[3*11+i] = 0 // row 3 and column 4 have none
	}
	for i := range 8 {
		targets[i*11+4] = 0
	}
	prior := make([]float64, 11)
	for i, u := range stream.Uniform("prior", len(prior)) {
		prior[i] = 0.01 + u
	}
	const scale, bias = 0, 1
	scalars := []float64{2, -3}
	// Each returns a loss and sets the gradients that are not nil; dScalars is that
	// of the scale and the bias.
	losses := map[string]func(da, db, dScalars []float64) float64{
		"contrastive": func(da, db, dScalars []float64) float64 {
			l, d := Contrastive(c, a, b, 16, targets, scalars[scale], da, db)
			dScalars[scale] = d
			return l
		},
		"cross-entropy": func(da, db, dScalars []float64) float64 {
			l, d := CrossEntropy(c, a, b, 16, targets, scalars[scale], da, db)
			dScalars[scale] = d
			return l
		},
		"prior": func(da, db, dScalars []float64) float64 {
			l, d := CrossEntropyPrior(c, a, b, 16, targets, scalars[scale], prior, da, db)
			dScalars[scale] = d
			return l
		},
		"sigmoid": func(da, db, dScalars []float64) (l float64) {
			l, dScalars[scale], dScalars[bias] = Sigmoid(c, a, b, 16, targets, scalars[scale], scalars[bias], da, db)
			return l
		},
		"cosine": func(da, _, _ []float64) float64 { return Cosine(a, teacher, 16, da) },
		"mse":    func(da, _, _ []float64) float64 { return MSE(a, teacher, da) },
		"relational": func(da, _, _ []float64) float64 {
			return Relational(c, a, teacher, 16, 16, 0.3, 0.2, da)
		},
	}
	for name, loss := range losses {
		da, db, dScalars := make([]float64, len(a)), make([]float64, len(b)), make([]float64, 2)
		loss(da, db, dScalars)
		ignored := make([]float64, 2)
		for _, of := range []struct {
			name string
			x, d []float64
		}{{"a", a, da}, {"b", b, db}, {"scalars", scalars, dScalars}} {
			for i := range of.x {
				const h = 1e-5
				x := of.x[i]
				of.x[i] = x + h
				up := loss(nil, nil, ignored)
				of.x[i] = x - h
				down := loss(nil, nil, ignored)
				of.x[i] = x
				if want := (up - down) / (2 * h); !(math.Abs(of.d[i]-want) <= 1e-8) {
					t.Fatalf("%s: gradient %d of %s is %v, want %v", name, i, of.name, of.d[i], want)
				}
			}
		}
	}
}

func toFloat32(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

// What float32 products cost, at the largest scale of logits.
func TestFloat32(t *testing.T) {
	const n, m, dim = 48, 100, 384
	a, b := toFloat32(unitRows("a", n, dim)), toFloat32(unitRows("b", m, dim))
	groups := make([]int, m)
	for i := range groups {
		groups[i] = i % 40
	}
	for i := range n { // a pair points the same way, more or less
		for k := range dim {
			a[i*dim+k] = 0.6*a[i*dim+k] + 0.8*b[i*dim+k]
		}
	}
	targets := Same(groups[:n], groups)
	wide := func(x []float32) []float64 {
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = float64(v)
		}
		return y
	}
	a64, b64 := wide(a), wide(b)
	da, db := make([]float32, len(a)), make([]float32, len(b))
	da64, db64 := make([]float64, len(a)), make([]float64, len(b))
	c := nn.NewContext(2)
	check := func(name string, got, want []float64) {
		t.Helper()
		largest, off := 0.0, 0.0
		for i, w := range want {
			largest, off = max(largest, math.Abs(w)), max(off, math.Abs(got[i]-w))
		}
		t.Logf("%s: off by %.1e of %.1e", name, off, largest)
		if !(off <= 1e-6*max(largest, 1)) {
			t.Errorf("%s: off by %v of %v", name, off, largest)
		}
	}
	loss, dLog := Contrastive(c, a, b, dim, targets, MaxLogScale, da, db)
	loss64, dLog64 := Contrastive(c, a64, b64, dim, targets, MaxLogScale, da64, db64)
	check("contrastive", []float64{loss, dLog}, []float64{loss64, dLog64})
	check("contrastive, a", wide(da), da64)
	check("contrastive, b", wide(db), db64)
	loss, dLog, dBias := Sigmoid(c, a, b, dim, targets, MaxLogScale, -10, da, db)
	loss64, dLog64, dBias64 := Sigmoid(c, a64, b64, dim, targets, MaxLogScale, -10, da64, db64)
	check("sigmoid", []float64{loss, dLog, dBias}, []float64{loss64, dLog64, dBias64})
	check("sigmoid, a", wide(da), da64)
	check("sigmoid, b", wide(db), db64)
	loss = Relational(c, a, b[:n*dim], dim, dim, 0.05, 0.05, da)
	loss64 = Relational(c, a64, b64[:n*dim], dim, dim, 0.05, 0.05, da64)
	check("relational", []float64{loss}, []float64{loss64})
	check("relational, a", wide(da), da64)
}

// The same bits with any number of workers.
func TestWorkers(t *testing.T) {
	const n, m, dim = 70, 150, 24
	a, b := toFloat32(unitRows("a", n, dim)), toFloat32(unitRows("b", m, dim))
	run := func(workers int) (all []float32, scalars [6]float64) {
		c := nn.NewContext(workers)
		da, db := make([]float32, len(a)), make([]float32, len(b))
		targets := Same(make([]int, n), make([]int, m))
		scalars[0], scalars[1] = Contrastive(c, a, b, dim, targets, 3, da, db)
		all = slices.Concat(all, da, db)
		scalars[2], scalars[3], scalars[4] = Sigmoid(c, a, b, dim, targets, 3, -2, da, db)
		all = slices.Concat(all, da, db)
		scalars[5] = Relational(c, a, b[:len(a)], dim, dim, 0.1, 0.1, da)
		return slices.Concat(all, da), scalars
	}
	one, scalars := run(1)
	for _, workers := range []int{2, 3, 8} {
		got, s := run(workers)
		if !slices.Equal(got, one) || s != scalars {
			t.Errorf("%d workers: other values", workers)
		}
	}
}

// A single row has no relations, and rows without targets say nothing.
func TestNothingToCompare(t *testing.T) {
	c := nn.NewContext(1)
	d := []float64{1, 1}
	if loss := Relational(c, []float64{0.6, 0.8}, []float64{1, 0}, 2, 2, 0.1, 0.1, d); loss != 0 || d[0] != 0 || d[1] != 0 {
		t.Errorf("relational loss of one row is %v, its gradient %v", loss, d)
	}
	d = []float64{1, 1}
	if loss, _ := Contrastive(c, []float64{0.6, 0.8}, []float64{1, 0}, 2, []float64{0}, 1, d, nil); loss != 0 || d[0] != 0 || d[1] != 0 {
		t.Errorf("contrastive loss without targets is %v, its gradient %v", loss, d)
	}
}

func TestClampLogScale(t *testing.T) {
	for x, want := range map[float32]float32{-1: 0, 0: 0, 2.5: 2.5, 4.7: MaxLogScale} {
		if got := ClampLogScale(x); got != want {
			t.Errorf("%v becomes %v, want %v", x, got, want)
		}
	}
	if scale := math.Exp(MaxLogScale); math.Abs(scale-100) > 1e-12 {
		t.Errorf("the largest scale is %v", scale)
	}
}

// A large batch against a bank of texts.
func BenchmarkLosses(b *testing.B) {
	const n, m, dim = 512, 2048, 384
	x, y := toFloat32(unitRows("a", n, dim)), toFloat32(unitRows("b", m, dim))
	dx, dy := make([]float32, len(x)), make([]float32, len(y))
	groups := make([]int, m)
	for i := range groups {
		groups[i] = i
	}
	c := nn.NewContext(2)
	losses := []struct {
		name string
		run  func(targets []float64)
	}{
		{"Contrastive", func(targets []float64) { Contrastive(c, x, y, dim, targets, 3, dx, dy) }},
		{"CrossEntropy", func(targets []float64) { CrossEntropy(c, x, y, dim, targets, 3, dx, nil) }},
		{"Sigmoid", func(targets []float64) { Sigmoid(c, x, y, dim, targets, 3, -10, dx, dy) }},
		{"Relational", func(targets []float64) { Relational(c, x, y[:n*dim], dim, dim, 0.1, 0.1, dx) }},
	}
	targets := Same(groups[:n], groups)
	for _, l := range losses {
		b.Run(l.name, func(b *testing.B) {
			for b.Loop() {
				l.run(targets)
			}
		})
	}
}
