// Package nn computes the layers of neural networks in float32 on a CPU.
//
// Matrices are row-major; a row is a token, a pixel or a frame, and its columns
// are channels. Images are channel-last. Weights are given as checkpoints hold
// them (linear layers [out, in], convolutions [out, in/groups, kh, kw]) and kept
// in the order in which the kernels read them.
//
// A forward pass runs in a [Context], which has its scratch memory and its
// workers. Every row of a result depends on its own row of the input alone: the
// same values come out, bit for bit, whatever else is in a batch and however
// many workers there are.
package nn
