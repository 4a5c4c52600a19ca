// Package tokenizer turns text into the ids that a text encoder was trained with, exactly as the original
// tokenizers do, for any text.
//
// Three kinds of vocabularies are read:
//
//   - CLIP's own byte-level BPE (OpenCLIP): bpe_simple_vocab_16e6.txt.gz, as openai/CLIP and open_clip use it.
//   - Byte-level BPE from Hugging Face files (Open): CLIP, GPT-2, RoBERTa.
//   - WordPiece from Hugging Face files (Open): BERT and the sentence encoders made of it.
//
// A tokenizer is a chain that every text runs through:
//
//	text → added tokens → normalizer → added tokens → pre-tokenizer → words → model → ids → special tokens
//
// Added tokens such as <mask> are recognised in the text itself. The normalizer brings the text into one form
// (lower case, NFC, without accents), the pre-tokenizer cuts it into words, the model cuts a word into pieces of
// its vocabulary. With a tokenizer.json the file says what each step does; a step that this package does not
// know is an error when the file is opened, never left out.
//
// BPE (R. Sennrich et al., 2016, "Neural Machine Translation of Rare Words with Subword Units"; over bytes:
// A. Radford et al., 2019, GPT-2) starts from the bytes of a word and joins, again and again, the two neighbours
// that come first in a list of merges. WordPiece (M. Schuster and K. Nakajima, 2012; as in BERT, J. Devlin et
// al., 2018) takes from the front of a word the longest piece in the vocabulary.
//
// A vocabulary of CLIP's kind can be learnt from texts: TrainCLIP.
//
// Reference implementations: openai-clip 1.0.1 with ftfy 6.3.1; Hugging Face tokenizers 0.22.2 as set up by
// transformers 4.57 (its "fast" tokenizers, which differ from the "slow" ones on some texts).
package tokenizer
