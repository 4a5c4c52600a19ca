// Package resnet has the residual networks among the encoders: those of Wav2CLIP
// and AudioCLIP for sounds, and CLIP's for pictures.
//
// A residual network is a row of blocks relu(f(x) + g(x)), where f is two or three
// convolutions and g is the identity, or a 1×1 convolution where a block changes
// the size of the image. Each convolution is followed by a batch normalisation,
// which is worked into its weights.
//
// References: He et al., Deep Residual Learning for Image Recognition, 2015; Xie et
// al., Aggregated Residual Transformations for Deep Neural Networks, 2016.
package resnet
