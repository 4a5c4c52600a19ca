package eval

import (
	"fmt"
	"slices"

	"github.com/soundspace/soundspace/audioclip"
)

// Retrieval tells how well candidates were found by queries.
type Retrieval struct {
	Queries    int `json:"queries"`
	Candidates int `json:"candidates"`
	// R1, R5 and R10 are R@k: the part of the queries with a right answer among the
	// first k. (With several right answers this is the hit rate, which the
	// literature of Clotho and AudioCaps calls recall.)
	R1  float64 `json:"r1"`
	R5  float64 `json:"r5"`
	R10 float64 `json:"r10"`
	// MedianRank is the median over queries of the rank of the first right answer,
	// from 1 on; the mean of the two in the middle for an even number.
	MedianRank float64 `json:"medianRank"`
	// MAP10 is mAP@10, the mean over queries of
	//
	//	AP@10 = 1/min(R,10) · Σ_i i/r[i]
	//
	// with the ranks r[1] < r[2] < … ≤ 10 of the right answers that are among the
	// first ten, of R that there are: the measure of DCASE's task "language-based
	// audio retrieval". A perfect ranking has 1 whatever R is; up to R = 10 it
	// equals trec_eval's map_cut_10.
	MAP10 float64 `json:"map10"`
	// Ranks is the rank of the first right answer for each query.
	Ranks []int `json:"-"`
}

// Retrieve looks for each query (a row) among the candidates (rows). Right holds
// the indices of the right answers of each query, at least one, each once.
//
// R@k and the ranks are those of LAION-CLAP's evaluation on Clotho
// (training/train.py of laion_clap 1.1.7) but for ties, and for the median rank,
// which it rounds down. Its mAP@10 of captions pairs i with the ranks in the order
// of the captions, where it should be that of the ranking, and so comes out too
// high.
func Retrieve(queries, candidates audioclip.Matrix, right [][]int) (*Retrieval, error) {
	if err := checkEmbeddings("queries", queries, queries.Cols); err != nil {
		return nil, err
	}
	if err := checkEmbeddings("candidates", candidates, queries.Cols); err != nil {
		return nil, err
	}
	if len(right) != queries.Rows {
		return nil, fmt.Errorf("eval: right answers of %d queries for %d", len(right), queries.Rows)
	}
	isRight := make([]bool, candidates.Rows)
	for i, list := range right {
		if len(list) == 0 {
			return nil, fmt.Errorf("eval: query %d has no right answer", i)
		}
		for _, j := range list {
			if j < 0 || j >= candidates.Rows || isRight[j] {
				return nil, fmt.Errorf("eval: query %d: right answer %d of %d candidates is not there or given twice", i, j, candidates.Rows)
			}
			isRight[j] = true
		}
		for _, j := range list {
			isRight[j] = false
		}
	}
	r := &Retrieval{Queries: queries.Rows, Candidates: candidates.Rows, Ranks: make([]int, queries.Rows)}
	var ranks []int
	eachScores(queries, candidates, func(i int, scores []float32) {
		ranks = ranksOf(ranks[:0], scores, right[i], isRight)
		r.Ranks[i] = ranks[0]
		sum := 0.0
		for n, rank := range ranks {
			if rank <= 10 {
				sum += float64(n+1) / float64(rank)
			}
		}
		r.MAP10 += sum / float64(min(len(ranks), 10))
	})
	r.MAP10 /= float64(r.Queries)
	r.R1, r.R5, r.R10 = within(r.Ranks, 1), within(r.Ranks, 5), within(r.Ranks, 10)
	sorted := slices.Clone(r.Ranks)
	slices.Sort(sorted)
	r.MedianRank = median(sorted)
	return r, nil
}

// Captions tells which captions belong to which clips: a clip may have several,
// and clips may share one.
type Captions struct {
	// Texts are the different captions, in the order in which they first appear.
	Texts []string
	// OfClip holds the indices in Texts of each clip's captions: what is right for a
	// clip as query. ClipsOf holds the indices of each caption's clips.
	OfClip, ClipsOf [][]int
}

// NewCaptions takes the captions of each clip.
func NewCaptions(ofClip [][]string) *Captions {
	c := &Captions{OfClip: make([][]int, len(ofClip))}
	index := map[string]int{}
	for clip, texts := range ofClip {
		for _, text := range texts {
			t, known := index[text]
			if !known {
				t = len(c.Texts)
				index[text] = t
				c.Texts = append(c.Texts, text)
				c.ClipsOf = append(c.ClipsOf, nil)
			}
			if !slices.Contains(c.OfClip[clip], t) {
				c.OfClip[clip] = append(c.OfClip[clip], t)
				c.ClipsOf[t] = append(c.ClipsOf[t], clip)
			}
		}
	}
	return c
}
