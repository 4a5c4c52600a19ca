//go:build noasm || !amd64

package fft

var kernels32, kernels64 *kernels
