// Package words trains vectors of words by word2vec's skip-gram with negative
// sampling [1]: the start of the table of a static text encoder.
//
// Every word has a vector v in a table W and another one u in a table W′. Both are
// trained to tell, given a word, the words around it from others. For a word i, a
// word o that stands at most b words from it in a text, and k words n drawn from the
// noise distribution, the loss is
//
//	-ln σ(u_o·v_i) - Σ_n ln σ(-u_n·v_i),  σ(x) = 1/(1 + exp(-x))
//
// and its gradient is taken down one pair (i, o) at a time, at a rate that falls
// linearly to next to nothing. As in the original,
//
//   - b is drawn anew for each word from 1 to the window, so that near words count more;
//   - the noise distribution is that of counts to the power of ¾;
//   - of the words with a share f of the text above a threshold t only √(t/f) + t/f are
//     kept, drawn anew each time, before windows are laid;
//   - v begins with values between ±½/width, u with zeros.
//
// What differs: a text is a sentence, across whose ends no window reaches; noise is
// drawn from the exact distribution; the logistic function is computed, not looked up.
//
// The vectors of words for what sounds alike come to lie close to each other, since
// they stand among the same words: "puppy" beside "dog".
//
// One seed gives the same vectors each time, on any number of cores: training is one
// goroutine's work. A pass over the 50,000 captions of AudioCaps takes about a second.
//
// # Files
//
// [Table.Save] writes two files: words.txt, a word a line, and model.safetensors with
// the tensor words.weight [words, width] of W, in float32. W′ is not kept.
//
// # References
//
//  1. T. Mikolov et al., "Distributed Representations of Words and Phrases and their
//     Compositionality", 2013; word2vec.c.
package words
