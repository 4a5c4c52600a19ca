// Package audioclip puts sounds, texts and pictures into one vector space, where
// what belongs together lies close: a clip of a barking dog near the words "a dog
// barking". It loads the audio-text models that are in use from their own
// checkpoint files and computes what their original implementations compute.
//
//	model, err := audioclip.Open("clap-htsat-unfused")
//	…
//	sounds, err := model.EncodeAudio(ctx, clips, audioclip.AudioConfig{})
//	words, err := model.EncodeText(ctx, []string{"a dog barking", "rain"}, audioclip.TextConfig{})
//	cosines := audioclip.Similarity(sounds, words)
//
// # Models
//
// [Open] finds out from the files which model it is:
//
//	model          audio                      text                   space
//	LAION-CLAP     HTSAT, 48 kHz, 10 s        RoBERTa                512
//	MS-CLAP 2023   HTSAT, 44.1 kHz, 7 s       GPT-2                  1024
//	MS-CLAP 2022   CNN14, 44.1 kHz, 5 s       BERT                   1024
//	Wav2CLIP       ResNet-18, 16 kHz          CLIP ViT-B/32          512
//	AudioCLIP      ESResNeXt, 44.1 kHz        CLIP RN50              1024
//	CLIP           –                          CLIP, and pictures     512 to 1024
//	BERT sentence  –                          BERT                   384 for MiniLM-L6
//	soundspace     residual CNN over log-mel  CLIP's, static, or     that of the texts
//	               frames                     another model's
//	word vectors   –                          static                 that of the table
//
// The last two are what package train makes; package pretrained has one that is ready. A
// static text encoder takes the mean of the vectors of words in a table.
//
// # Files
//
// A model is a folder as its publisher has it (package hub, and the command audioclip's
// pull, fetch such folders), or a checkpoint file. Hugging Face's folders have all that
// is needed. The checkpoints of original implementations (LAION's, OpenAI's, Microsoft's,
// Wav2CLIP's, AudioCLIP's) come without the tokenizer of their text encoder, whose files
// must lie beside them or be named by Config.Tokenizer. Wav2CLIP finds the text encoder
// of its space in a checkpoint of CLIP ViT-B/32 in the same folder.
//
// [OpenFS] opens the same from any fs.FS, one embedded in a program for instance.
//
// # Memory
//
// Weights are held once. A call takes scratch memory beside them, which is kept for
// the calls after it: with two workers some 3 to 8 MB for texts, 11 MB for a clip of
// HTSAT-tiny and 43 MB for eight at once, 20 MB for 10 s of Wav2CLIP, 60 MB of CNN14,
// 120 MB of AudioCLIP (go test -bench . ./audioclip/internal/... prints it). Larger
// batches are computed part by part, and long recordings window by window.
//
// # Vectors
//
// Every embedding has unit length, so the dot product of two is their cosine. It
// depends on its own input alone, bit for bit: not on the rest of a batch, not on
// the number of workers, and never on chance, where original implementations take
// random crops of long recordings.
package audioclip
