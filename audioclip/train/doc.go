// Package train makes models: it trains a text encoder on what a larger one says, and
// an audio encoder into the space of a text encoder, or both together.
//
// # Runs
//
// A [Recipe], a JSON file, says what is trained and how; a [Config] says where, and
// with which models it begins. There are two kinds of runs:
//
//   - [Distill] teaches a small text encoder to place sentences where its teacher does.
//   - [Align] trains so that sounds lie where the texts lie that say what they are.
//     Either side is a model that stays as it is, whichever it is, a model of ours that
//     is trained further, or one that begins with random weights.
//
// The folder of a run holds
//
//	model/             the best model so far, for audioclip.Open
//	state.safetensors  what the run needs to go on, see [State]
//	history.json       what was measured at each validation
//	recipe.json        a copy of the recipe
//	run.json           the version of this module, the SHA-256 of all files that went in
//	                   (tables and models, not recordings), and how much of what there was
//	held_out.tsv       the clips that were not trained on (Align)
//	unseen.tsv         those of concepts that were not trained on (Align)
//	tokenizer/         of a text encoder that was made here
//
// Align can learn from a second teacher, one that hears: a tagger, YAMNet. It needs no words
// of a clip, so that clips whose names say nothing are of use, too (TagsRecipe).
//
// A run depends on the recipe, its data and the models that it begins with alone: all
// random numbers follow from the seed, the step and what they are for, and no sum
// depends on the number of threads. So a run that was interrupted, at whatever moment,
// ends with the same weights as one that was not. The same is not promised between
// versions of this module, or kinds of processors.
//
// # Recipes
//
// Its keys are those of the fields of [Recipe] and of what is in it; a key that is not
// known is an error. A small one, for an audio encoder alone:
//
//	{
//	  "template": "the sound of {}",
//	  "seed": 1,
//	  "audio": {
//	    "data": {"manifests": ["sounds.tsv"], "held_out": 0.1},
//	    "encoder": {
//	      "front_end": {"sample_rate": 32000, "n_fft": 1024, "hop_samples": 640, "bands": 64, "f_min_hz": 50, "f_max_hz": 14000},
//	      "range_db": 80, "window_seconds": 5, "stem": [16, 24],
//	      "stages": [{"width": 48, "blocks": 1, "groups": 1, "stride_time": 2, "stride_bands": 2}]
//	    },
//	    "crop_seconds": 2.5,
//	    "augment": {"mix": {"probability": 0.4, "max_db": 12}},
//	    "loss": {"kind": "bank", "scale": 33},
//	    "train": {"steps": 10000, "batch": 64, "warmup": 200, "rate": 0.004, "validate_every": 500, "save_every": 500}
//	  }
//	}
//
// # Losses
//
// A loss compares embeddings, the rows of matrices, and gives its value and its
// gradients. Except in MSE, rows are expected to be of unit length, so that the
// product of two is their cosine, and gradients are those with respect to the rows
// as they are given: whoever normalises them carries the gradient on. A gradient
// that is not wanted is nil.
//
// Rows may be float32, which is how networks are trained: matrix products are then
// computed in float32, all else in float64. With float64 everything is, slowly.
// Results do not depend on the number of workers.
package train
