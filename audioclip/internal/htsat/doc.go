// Package htsat is HTSAT, the audio encoder of LAION-CLAP and of MS-CLAP 2023: a
// Swin Transformer on a log-mel spectrogram that is folded into a square image.
//
// The spectrogram, frames × bands, is normalised band by band, stretched to a fixed
// number of frames and cut into SpecSize/Mels segments of time, which lie one above
// the other in an image of SpecSize × SpecSize:
//
//	image[r·Mels+f][t] = spectrogram[r·SpecSize+t][f]
//
// Squares of 4×4 pixels become the tokens of a grid. Each block lets the tokens of
// a window of 8×8 attend to each other, every second one with the windows moved by
// half their size; between two stages 2×2 tokens become one of twice the width.
//
// Models with fusion take four spectrograms of a recording that is longer than they
// hear at once, the whole of it, shrunk, and three parts, and weigh them against
// each other, token by token ("attentional feature fusion").
//
// References: Chen et al., HTS-AT: A Hierarchical Token-Semantic Audio Transformer,
// 2022; Liu et al., Swin Transformer, 2021; Dai et al., Attentional Feature Fusion,
// 2021; Wu et al., Large-Scale Contrastive Language-Audio Pretraining, 2023;
// laion_clap 1.1.7, HTSAT_Swin_Transformer; Hugging Face transformers 4.57,
// ClapAudioEncoder.
package htsat
