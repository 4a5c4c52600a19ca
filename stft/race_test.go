//go:build race

package stft_test

// The race detector makes sync.Pool forget.
const raceEnabled = true
