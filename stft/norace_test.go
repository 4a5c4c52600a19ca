//go:build !race

package stft_test

const raceEnabled = false
