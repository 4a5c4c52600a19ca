// Package corpus collects the sentences from which a small text encoder learns its language.
//
// A text encoder that is aligned with sounds has to place words that no caption of a sound uses. It learns them before
// that, from a teacher (a large sentence encoder), on sentences like those that it will be asked about: captions of
// sounds, short labels such as the names of classes, and what dictionaries say about things that sound.
//
// Build makes such a list of distinct sentences from
//
//   - captions of sounds: CSV files of AudioCaps (C. D. Kim et al., 2019) or Clotho (K. Drossos et al., 2020),
//   - AudioSet's ontology of sound classes (J. F. Gemmeke et al., 2017), ontology.json,
//   - WordNet 3.0 (G. A. Miller, 1995), the files data.noun, data.verb and data.adj,
//   - paraphrases of concepts, plain text, and sentences that the caller has,
//
// and from phrases cut out of captions and templates filled with names and phrases. Sentences are written in small
// letters, without a full stop, one blank between words.
package corpus
