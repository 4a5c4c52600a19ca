package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/audioclip/eval"
	"github.com/soundspace/soundspace/internal/aside"
	"github.com/soundspace/soundspace/plot"
)

// evalReport is what eval writes as JSON. A task that was not done is left out.
type evalReport struct {
	Model     string   `json:"model"`
	Manifest  string   `json:"manifest,omitempty"`
	Splits    []string `json:"splits,omitempty"`
	Templates []string `json:"templates"`
	// Clips were evaluated, of so many recordings and sources.
	Clips      int `json:"clips"`
	Recordings int `json:"recordings"`
	Sources    int `json:"sources"`
	// Failed are what could not be.
	Failed []evalFailure `json:"failed"`
	// UnknownTexts are how many texts the model knows no word of.
	UnknownTexts int `json:"unknownTexts"`

	ZeroShot  *zeroShotReport  `json:"zeroShot,omitempty"`
	Retrieval *retrievalReport `json:"retrieval,omitempty"`
	Synonyms  *synonymReport   `json:"synonyms,omitempty"`

	labels       []string
	labelVectors audioclip.Matrix
}

// evalFailure is a clip, or a recording that a manifest names, that could not be
// evaluated.
type evalFailure struct {
	File  string  `json:"file"`
	Start float64 `json:"start"`
	Error string  `json:"error"`
}

func (f evalFailure) String() string {
	if f.Start == 0 {
		return f.File + ": " + f.Error
	}
	return fmt.Sprintf("%s: the clip at %g s: %s", f.File, f.Start, f.Error)
}

type zeroShotReport struct {
	*eval.Classification
	Top1Interval eval.Interval `json:"top1Interval"` // 95 %, by source
	// Unlabelled clips have no concept, or one that is no label.
	Unlabelled   int             `json:"unlabelled"`
	MostConfused []eval.Confused `json:"mostConfused"`
}

type retrievalReport struct {
	TextToAudio *eval.Retrieval `json:"textToAudio"`
	AudioToText *eval.Retrieval `json:"audioToText"`
}

type synonymReport struct {
	Phrases      int           `json:"phrases"`
	Top1         float64       `json:"top1"`
	Top5         float64       `json:"top5"`
	Top1Interval eval.Interval `json:"top1Interval"` // 95 %, by concept
	// Unlabelled phrases have a concept that is no label.
	Unlabelled int `json:"unlabelled"`
}

// count notes how much was evaluated.
func (r *evalReport) count(list []dataset.Clip) {
	recordings, sources := map[string]bool{}, map[string]bool{}
	for _, c := range list {
		recordings[c.File] = true
		sources[c.Source] = true
	}
	r.Clips, r.Recordings, r.Sources = len(list), len(recordings), len(sources)
}

func (r *evalReport) writeJSON(w io.Writer) error {
	if r.Failed == nil {
		r.Failed = []evalFailure{} // an empty list, not null
	}
	return json.NewEncoder(w).Encode(r)
}

// print writes the figures as tables.
func (r *evalReport) print(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(format string, args ...any) { fmt.Fprintf(tw, format+"\n", args...) }
	percent := func(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }
	within := func(i eval.Interval) string {
		return fmt.Sprintf("%.1f … %.1f", 100*i.Low, 100*i.High)
	}

	if r.Clips > 0 {
		row("%d clips of %d recordings from %d sources", r.Clips, r.Recordings, r.Sources)
	}
	if n := len(r.Failed); n > 0 {
		row("%d clips or recordings failed", n)
	}
	if n := r.UnknownTexts; n > 0 {
		row("%d texts without a word that the model knows", n)
	}
	if z := r.ZeroShot; z != nil {
		row("\nzero-shot: %d clips, %d labels", z.Items, len(z.Classes))
		if z.Unlabelled > 0 {
			row("%d more clips have none of these labels", z.Unlabelled)
		}
		row("  top-1\t%s\t(95 %%: %s)", percent(z.Top1), within(z.Top1Interval))
		row("  top-5\t%s", percent(z.Top5))
		row("  mean of classes\t%s", percent(z.Macro))
		row("  mAP\t%.3f", z.MAP)
		row("\nclass\tclips\trecall\tprecision\tF1\tAP")
		for _, c := range z.Classes {
			if c.Support == 0 && c.Predicted == 0 {
				continue
			}
			row("%s\t%d\t%s\t%s\t%.3f\t%.3f", c.Label, c.Support, percent(c.Recall), percent(c.Precision), c.F1, c.AP)
		}
		if len(z.MostConfused) > 0 {
			row("\nmost confused\ttaken as\tclips")
			for _, m := range z.MostConfused {
				row("%s\t%s\t%d\t(%s)", m.Label, m.TakenAs, m.Count, percent(m.Part))
			}
		}
	}
	if r.Retrieval != nil {
		t, a := r.Retrieval.TextToAudio, r.Retrieval.AudioToText
		row("\nretrieval\ttext → audio\taudio → text")
		row("  queries\t%d\t%d", t.Queries, a.Queries)
		row("  R@1\t%s\t%s", percent(t.R1), percent(a.R1))
		row("  R@5\t%s\t%s", percent(t.R5), percent(a.R5))
		row("  R@10\t%s\t%s", percent(t.R10), percent(a.R10))
		row("  median rank\t%g\t%g", t.MedianRank, a.MedianRank)
		row("  mAP@10\t%.3f\t%.3f", t.MAP10, a.MAP10)
	}
	if s := r.Synonyms; s != nil {
		row("\nsynonyms: %d phrases, %d labels", s.Phrases, len(r.labels))
		if s.Unlabelled > 0 {
			row("%d more phrases have none of these labels", s.Unlabelled)
		}
		row("  top-1\t%s\t(95 %%: %s)", percent(s.Top1), within(s.Top1Interval))
		row("  top-5\t%s", percent(s.Top5))
	}
	return tw.Flush()
}

// numberedClasses is up to how many classes the counts stand in the cells of the
// picture of confusions.
const numberedClasses = 25

// writePlots draws confusions, classes and the cosines of the labels.
func (r *evalReport) writePlots(folder string) error {
	write := func(name string, f *plot.Figure, err error) error {
		if err != nil {
			return err
		}
		return aside.Write(filepath.Join(folder, name), nil, f.WritePNG)
	}
	if z := r.ZeroShot; z != nil {
		g := plot.Grid{Columns: r.labels, Max: 1, RowAxis: "Class", ColumnAxis: "Nearest label", ValueAxis: "Part of the class"}
		var bars []plot.Bar
		for i, c := range z.Classes {
			if c.Support == 0 {
				continue
			}
			bars = append(bars, plot.Bar{Name: c.Label, Value: c.Recall, Note: fmt.Sprintf("%d of %d", c.Correct, c.Support)})
			g.Rows = append(g.Rows, c.Label)
			for _, n := range z.Confusion[i] {
				g.Values = append(g.Values, float32(n)/float32(c.Support))
				if len(z.Classes) <= numberedClasses {
					text := ""
					if n > 0 {
						text = fmt.Sprint(n)
					}
					g.Texts = append(g.Texts, text)
				}
			}
		}
		title := fmt.Sprintf("%d clips: top-1 %.1f %%, mean of classes %.1f %%", z.Items, 100*z.Top1, 100*z.Macro)
		f, err := plot.Heatmap(g, plot.Config{Title: title})
		if err := write("confusion.png", f, err); err != nil {
			return err
		}
		f, err = plot.BarChart(bars, "Recall", 1, plot.Config{Title: title})
		if err := write("classes.png", f, err); err != nil {
			return err
		}
	}
	if len(r.labels) > 0 {
		cosines := audioclip.Similarity(r.labelVectors, r.labelVectors)
		f, err := plot.Heatmap(plot.Grid{Rows: r.labels, Columns: r.labels, Values: cosines.Data, ValueAxis: "Cosine"},
			plot.Config{Title: "Cosines of the labels", Colormap: plot.Viridis})
		return write("labels.png", f, err)
	}
	return nil
}
