package eval_test

import (
	"fmt"
	"log"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/eval"
)

// Three sounds among two labels; that of the last is mistaken.
func ExampleClassify() {
	sounds := audioclip.Matrix{Rows: 3, Cols: 2, Data: []float32{
		0.9, 0.1,
		0.2, 0.8,
		0.7, 0.6,
	}}
	texts := audioclip.Matrix{Rows: 2, Cols: 2, Data: []float32{1, 0, 0, 1}}
	c, err := eval.Classify(sounds, texts, []string{"dog", "rain"}, []int{0, 1, 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("accuracy %.3f, mean of classes %.3f\n", c.Top1, c.Macro)
	for _, k := range c.Classes {
		fmt.Printf("%-4s  precision %.2f  recall %.2f\n", k.Label, k.Precision, k.Recall)
	}
	fmt.Println(c.MostConfused(1))
	// Output:
	// accuracy 0.667, mean of classes 0.750
	// dog   precision 0.50  recall 1.00
	// rain  precision 1.00  recall 0.50
	// [{rain dog 1 0.5}]
}

// Two clips share a caption, so both are right answers to it.
func ExampleRetrieve() {
	captions := eval.NewCaptions([][]string{
		{"a dog barks", "an animal"},
		{"a cat meows", "an animal"},
	})
	sounds := audioclip.Matrix{Rows: 2, Cols: 3, Data: []float32{1, 0, 0.5, 0, 1, 0.5}}
	texts := audioclip.Matrix{Rows: 3, Cols: 3, Data: []float32{1, 0, 0, 1, 1, 1, 0, 1, 0}}
	fmt.Println(captions.Texts)
	search, err := eval.Retrieve(texts, sounds, captions.ClipsOf)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("text to audio: R@1 %.2f, mAP@10 %.2f\n", search.R1, search.MAP10)
	// Output:
	// [a dog barks an animal a cat meows]
	// text to audio: R@1 1.00, mAP@10 1.00
}
