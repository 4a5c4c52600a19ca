// Package eval measures how good a space of sounds and words is. It works on
// embeddings alone, so that it serves a finished model and one that is being
// trained.
//
//   - [Classify]: zero-shot classification. Sounds are queries, the names of
//     classes the candidates: how often is the right name the nearest, or among
//     the nearest five?
//   - The synonym test is Classify with phrases in place of the sounds: how
//     often is the name of its own concept the nearest to "a puppy yapping"?
//   - [Retrieve]: search, from captions to sounds or from sounds to captions. Each
//     query may have several right answers.
//   - [BootstrapMean]: how far such a figure may be off because there were only
//     so many recordings.
//
// # Ranks and ties
//
// All is told from cosines, computed in float32. Equal vectors have equal cosines,
// to the bit. The rank of a right answer t among candidates with the cosines s is
//
//	1 + #{j wrong: s[j] ≥ s[t]} + #{j right: s[j] > s[t]}
//
// and right answers of the same cosine take ranks one after the other. So a
// tie with a wrong answer counts as lost: a model that gives the same vector for
// everything gets nothing right, where sorting would credit it with whatever
// happens to stand first. The same goes for vectors of zeros, whose cosines are 0.
package eval
