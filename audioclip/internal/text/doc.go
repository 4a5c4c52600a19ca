// Package text has the text encoders of the audio-text models: CLIP's text
// transformer, BERT and RoBERTa, and GPT-2. They take the ids that a tokenizer
// made of a text and give a vector, which is not scaled to unit length. [Static],
// the mean of a text's words looked up in a table, is its own tokenizer.
//
// A batch is computed without padding, texts of any lengths one after the other,
// so that short ones do not pay for long ones. The vector of a text is the same,
// to the last bit, in any batch.
package text
