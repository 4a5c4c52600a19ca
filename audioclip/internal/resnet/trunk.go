package resnet

import (
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
)

// layerNames are what all networks name their stages.
var layerNames = [4]string{"layer1", "layer2", "layer3", "layer4"}

// trunk is what the networks of Wav2CLIP and AudioCLIP begin with.
type trunk struct{ conv *nn.Conv2D }

const trunkWidth = 64

func newTrunk(set *params.Set, channels int) trunk {
	return trunk{conv(set, "conv1", "bn1", trunkWidth, channels, 7, nn.ConvConfig{StrideH: 2, StrideW: 2, Act: nn.ReLU})}
}

func (t trunk) apply(c *nn.Context, x nn.Images) nn.Images {
	return nn.MaxPool2D(c, t.conv.Apply(c, x), 3, 2, 1)
}
