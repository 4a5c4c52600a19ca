// Package dataset gives training and evaluation their sounds: lists of clips with
// their captions, and batches of log-mel features made from them. A run goes
// through
//
//   - [Read]: a manifest or a folder becomes a list of clips,
//   - [Split]: some sources, or whole concepts, are kept for validation,
//   - [NewCache]: every recording is decoded once; of each clip a log-mel
//     spectrogram is kept, in dB,
//   - a [Sampler]: which clips make up the batch of step k,
//   - a [Loader]: cuts windows of one length, augments them and hands out batches.
//
// Augmentation works on the spectrograms, in the power domain: what recording does
// to a sound (other sounds beside it, distance, a room, a cheap microphone, noise)
// is additions and multiplications of band powers, so that a training step costs no
// Fourier transform. Each kind is a small struct whose zero value is off.
//
// Everything that is random depends on a seed, the step and the row of the batch
// alone: batch k is the same whatever was made before it, and by however many
// workers.
package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Clip is a stretch of a recording and what is said of it.
type Clip struct {
	// File is the path of the recording.
	File string
	// Start and Seconds are the stretch; Seconds 0 is all from Start on.
	Start, Seconds float64
	// Captions are sentences that describe it, at least one.
	Captions []string
	// Concept is the class of the sound, "" if it has none.
	Concept string
	// Source is where the recording comes from. Clips of one source sound alike:
	// data is split by source, never by clip.
	Source string
	// Fields are the other columns of the manifest.
	Fields map[string]string
}

// Wrap returns an error that says which clip failed, and why; the recording is named once.
func (c *Clip) Wrap(why error) error {
	if path := (*fs.PathError)(nil); errors.As(why, &path) && path.Path == c.File || strings.HasPrefix(why.Error(), c.File+": ") {
		return why // the recording as a whole, which it names
	}
	if c.Start == 0 {
		return fmt.Errorf("%s: %w", c.File, why)
	}
	return fmt.Errorf("%s: the clip at %g s: %w", c.File, c.Start, why)
}
