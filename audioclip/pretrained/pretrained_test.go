package pretrained

import (
	"context"
	"io/fs"
	"testing"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
)

// maxSize is what the weights may add to a program.
const maxSize = 16 << 20

func TestOpen(t *testing.T) {
	m, err := Open(audioclip.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if info := m.Info(); !info.Audio || !info.Text || info.Scale == 0 {
		t.Errorf("%+v", info)
	}
	if st, err := fs.Stat(files, "model/model.safetensors"); err != nil || st.Size() > maxSize {
		t.Errorf("%v, %v", st, err)
	}
	sounds, err := m.EncodeAudio(context.Background(), []*audio.Clip{audio.NewClip(1, 100, 16000)}, audioclip.AudioConfig{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.Classify(context.Background(), sounds, []string{"a dog barking", "rain"}, audioclip.ClassifyConfig{})
	if err != nil || p.Rows != 1 || p.Cols != 2 {
		t.Errorf("%v, %v", p, err)
	}
}
