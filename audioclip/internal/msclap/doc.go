// Package msclap has the models of Microsoft's CLAP: that of 2022, CNN14 with BERT,
// and that of 2023, HTSAT with GPT-2.
//
// On both sides a projection leads from the vector of an encoder into the common
// space,
//
//	e = W₁·x,  LN(e + W₂·gelu(e))
//
// References: Elizalde et al., CLAP: Learning Audio Concepts From Natural Language
// Supervision, 2022; Elizalde et al., Natural Language Supervision for
// General-Purpose Audio Representations, 2023; msclap 1.3.4.
package msclap
