package eval

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/soundspace/soundspace/audioclip"
)

// Classification tells how well embeddings were classified by the nearest label.
type Classification struct {
	// Items is how many embeddings there were.
	Items int `json:"items"`
	// Top1 is the part of them whose own label is the nearest, and Top5 that where
	// it is among the nearest five.
	Top1 float64 `json:"top1"`
	Top5 float64 `json:"top5"`
	// Macro is the mean of the classes' Recall: accuracy where every class counts
	// the same (scikit-learn's balanced_accuracy_score).
	Macro float64 `json:"macro"`
	// MAP is the mean of the classes' AP. Like Macro it is over the classes that
	// have items.
	MAP float64 `json:"map"`
	// Classes has a Class for each label, in their order.
	Classes []Class `json:"classes"`
	// Confusion counts the items of label i that label j is the nearest to, as
	// Confusion[i][j]. Where several are the nearest, it is the first of them that
	// is wrong.
	Confusion [][]int `json:"confusion"`
	// Ranks is the rank of its own label for each item, from 1 on.
	Ranks []int `json:"-"`
}

// Class is how one label fared. A figure that would be 0/0 is 0.
type Class struct {
	Label string `json:"label"`
	// Support is how many items have the label, Predicted how many it is the
	// nearest to, and Correct those that are both.
	Support   int `json:"support"`
	Predicted int `json:"predicted"`
	Correct   int `json:"correct"`
	// Precision is Correct/Predicted, Recall Correct/Support and F1 their harmonic
	// mean, 2·Correct/(Predicted+Support).
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	// AP is the average precision of finding the items of the class by the cosine
	// with its label: Σ_n (R[n]-R[n-1])·P[n] over the thresholds n that the cosines
	// give, with the recall R and the precision P of all items at or above it
	// (scikit-learn's average_precision_score). Items of the same cosine share a
	// threshold.
	AP float64 `json:"ap"`
}

// Classify compares embeddings (n rows) with those of labels (a row each, see
// LabelEmbeddings). Truth holds the index of the right label of each embedding.
// Rows need not have unit length; only their directions count.
func Classify(embeddings, labelEmbeddings audioclip.Matrix, labels []string, truth []int) (*Classification, error) {
	if err := checkEmbeddings("embeddings", embeddings, embeddings.Cols); err != nil {
		return nil, err
	}
	if err := checkEmbeddings("labels", labelEmbeddings, embeddings.Cols); err != nil {
		return nil, err
	}
	if len(labels) != labelEmbeddings.Rows {
		return nil, fmt.Errorf("eval: %d names for %d labels", len(labels), labelEmbeddings.Rows)
	}
	if len(truth) != embeddings.Rows {
		return nil, fmt.Errorf("eval: %d right labels for %d embeddings", len(truth), embeddings.Rows)
	}
	c := &Classification{
		Items:     len(truth),
		Classes:   make([]Class, len(labels)),
		Confusion: make([][]int, len(labels)),
		Ranks:     make([]int, 0, len(truth)),
	}
	for i, label := range labels {
		c.Classes[i].Label = label
		c.Confusion[i] = make([]int, len(labels))
	}
	for i, t := range truth {
		if t < 0 || t >= len(labels) {
			return nil, fmt.Errorf("eval: the right label of embedding %d is %d of %d", i, t, len(labels))
		}
		c.Classes[t].Support++
	}

	isRight := make([]bool, len(labels))
	byLabel := audioclip.NewMatrix(len(labels), len(truth)) // cosines
	eachScores(embeddings, labelEmbeddings, func(i int, scores []float32) {
		t := truth[i]
		c.Ranks = ranksOf(c.Ranks, scores, []int{t}, isRight)
		predicted := t
		for j, s := range scores {
			byLabel.Row(j)[i] = s
			if s > scores[predicted] || s == scores[predicted] && predicted == t {
				predicted = j
			}
		}
		c.Confusion[t][predicted]++
		c.Classes[predicted].Predicted++
	})

	present := 0
	for j := range c.Classes {
		k := &c.Classes[j]
		k.Correct = c.Confusion[j][j]
		k.Precision = ratio(k.Correct, k.Predicted)
		k.Recall = ratio(k.Correct, k.Support)
		k.F1 = ratio(2*k.Correct, k.Predicted+k.Support)
		if k.Support > 0 {
			k.AP = averagePrecision(byLabel.Row(j), func(i int) bool { return truth[i] == j }, k.Support)
			present++
			c.Macro += k.Recall
			c.MAP += k.AP
		}
	}
	c.Macro /= float64(present)
	c.MAP /= float64(present)
	c.Top1, c.Top5 = within(c.Ranks, 1), within(c.Ranks, 5)
	return c, nil
}

// Confused is a pair of labels of which one was taken for the other.
type Confused struct {
	Label   string  `json:"label"`
	TakenAs string  `json:"takenAs"`
	Count   int     `json:"count"`
	Part    float64 `json:"part"` // of the items of Label
}

// MostConfused returns the n pairs that were confused most often, the most
// frequent first.
func (c *Classification) MostConfused(n int) []Confused {
	var list []Confused
	for i, row := range c.Confusion {
		for j, count := range row {
			if i != j && count > 0 {
				list = append(list, Confused{c.Classes[i].Label, c.Classes[j].Label, count, ratio(count, c.Classes[i].Support)})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Confused) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(b.Part, a.Part))
	})
	return list[:min(n, len(list))]
}

// averagePrecision is that of Class.AP, for scores of which so many are right.
func averagePrecision(scores []float32, right func(i int) bool, total int) float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	sum, found, last := 0.0, 0, 0
	for n, i := range order {
		if right(i) {
			found++
		}
		if n+1 < len(order) && scores[order[n+1]] == scores[i] {
			continue // the same threshold
		}
		sum += float64(found-last) * ratio(found, n+1)
		last = found
	}
	return sum / float64(total)
}

// within returns the part of the ranks that are k or better.
func within(ranks []int, k int) float64 {
	n := 0
	for _, r := range ranks {
		if r <= k {
			n++
		}
	}
	return ratio(n, len(ranks))
}

// ratio returns a/b, or 0 for 0/0.
func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
