// Package clap is LAION-CLAP: HTSAT for sounds and RoBERTa for texts, each with two
// layers that lead into a common space. It knows the checkpoints of Hugging Face's
// transformers, of the original implementation and of OpenCLIP, with and without
// fusion, of any size.
//
// References: Wu et al., Large-Scale Contrastive Language-Audio Pretraining with
// Feature Fusion and Keyword-to-Caption Augmentation, 2023; laion_clap 1.1.7, CLAP;
// Hugging Face transformers 4.57, ClapModel; OpenCLIP, src/open_clip/audio.
package clap
