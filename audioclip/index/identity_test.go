package index_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/audioclip/pretrained"
)

func shipped(t testing.TB, cfg audioclip.Config) *audioclip.Model {
	t.Helper()
	m, err := pretrained.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func opened(t testing.TB, path string, cfg audioclip.Config) *audioclip.Model {
	t.Helper()
	m, err := cfg.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func identify(t testing.TB, m *audioclip.Model, name string) index.Identity {
	t.Helper()
	id, err := index.Identify(context.Background(), m, name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestIdentify(t *testing.T) {
	const clap, fused = "../testdata/clap", "../testdata/fused"
	for _, open := range []func(cfg audioclip.Config) *audioclip.Model{
		func(cfg audioclip.Config) *audioclip.Model { return shipped(t, cfg) },
		func(cfg audioclip.Config) *audioclip.Model { return opened(t, clap, cfg) },
	} {
		id := identify(t, open(audioclip.Config{}), "as stored")
		for _, storage := range []audioclip.Storage{audioclip.Float32, audioclip.Float16, audioclip.BFloat16, audioclip.Int8} {
			other := identify(t, open(audioclip.Config{Weights: storage, Workers: 2}), "otherwise")
			m := audioclip.Similarity(audioclip.Matrix{Data: id.Probe, Rows: 1, Cols: id.Dim}, audioclip.Matrix{Data: other.Probe, Rows: 1, Cols: id.Dim})
			t.Logf("storage %d: cosine %.5f", storage, m.Data[0])
			if err := id.Fits(other); err != nil {
				t.Errorf("storage %d: %v", storage, err)
			}
		}
	}
	ids := []index.Identity{
		identify(t, shipped(t, audioclip.Config{}), "shipped"),
		identify(t, opened(t, clap, audioclip.Config{}), "CLAP"),
		identify(t, opened(t, fused, audioclip.Config{}), "fused CLAP"), // as many values
	}
	for i, a := range ids {
		for j, b := range ids {
			err := a.Fits(b)
			if i == j && err != nil {
				t.Errorf("%s does not fit itself: %v", a.Model, err)
			}
			if i != j && (!errors.Is(err, index.ErrOtherModel) || !strings.Contains(err.Error(), `"`+a.Model+`"`) || !strings.Contains(err.Error(), `"`+b.Model+`"`)) {
				t.Errorf("%s and %s: %v", a.Model, b.Model, err)
			}
		}
	}
	if err := (index.Identity{}).Fits(ids[0]); !errors.Is(err, index.ErrOtherModel) {
		t.Errorf("no identity: %v", err)
	}
	if _, err := index.Identify(context.Background(), opened(t, "../testdata/clip", audioclip.Config{}), "CLIP"); !errors.Is(err, audioclip.ErrNoAudio) {
		t.Errorf("a model without ears: %v", err)
	}
}
