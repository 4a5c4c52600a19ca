package eval

import (
	"fmt"
	"strings"

	"github.com/soundspace/soundspace/audioclip"
)

// Prompts returns the texts of labels: each template with each label in the
// place of "{}", all labels of the first template first.
func Prompts(labels, templates []string) []string {
	texts := make([]string, 0, len(labels)*len(templates))
	for _, template := range templates {
		for _, label := range labels {
			texts = append(texts, strings.ReplaceAll(template, "{}", label))
		}
	}
	return texts
}

// LabelEmbeddings returns the embeddings of labels, of unit length, from those
// of their Prompts by so many templates: with e[t][l] the embedding of label l in
// template t,
//
//	mean[l] = Σ_t e[t][l]/‖e[t][l]‖    label[l] = mean[l]/‖mean[l]‖
//
// (prompt ensembling, as in the notebook "Prompt Engineering for ImageNet" of
// github.com/openai/CLIP). A vector of zeros stays one. It panics if the rows of
// texts are not a multiple of templates.
func LabelEmbeddings(texts audioclip.Matrix, templates int) audioclip.Matrix {
	if templates < 1 || texts.Rows%templates != 0 {
		panic(fmt.Sprintf("eval: %d texts of %d templates", texts.Rows, templates))
	}
	labels := audioclip.NewMatrix(texts.Rows/templates, texts.Cols)
	row, mean := make([]float32, texts.Cols), make([]float32, texts.Cols)
	for l := range labels.Rows {
		clear(mean)
		for t := range templates {
			unit(row, texts.Row(t*labels.Rows+l))
			for i, v := range row {
				mean[i] += v
			}
		}
		unit(labels.Row(l), mean)
	}
	return labels
}
