// Package index finds recordings by what they sound like: by words, by other
// recordings, and by both. A Store keeps the vectors that an audio-text model (package
// audioclip) makes of the windows of recordings; Build fills it with those of folders; a
// Query goes through all of them, and gives the nearest.
//
//	store := index.NewMemory()
//	report, err := index.Build(ctx, store, model, []string{"sounds"}, index.BuildConfig{})
//	…
//	vector, err := index.Compose(ctx, model, index.Term{Text: "a dog barking"}, index.Term{Text: "a wolf", Weight: -1})
//	…
//	hits, err := store.Search(ctx, index.Query{Vector: vector, K: 10})
//
// # Stores
//
// Memory lasts as long as the program. Package sqlite keeps vectors in a file. Anything
// else that implements Store will do; package storetest tests it.
//
// # Models
//
// Vectors of different models cannot be compared. A store knows of which its vectors are
// (Identity), by what the model makes of a sound that is always the same, and refuses
// those of another.
package index
