package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/audioclip/eval"
	"github.com/soundspace/soundspace/internal/aside"
	"github.com/soundspace/soundspace/internal/command"
)

// Tasks.
const (
	zeroShotTask  = "zero-shot"
	retrievalTask = "retrieval"
	synonymsTask  = "synonyms"
)

func newEvalCommand() *cobra.Command {
	var mf modelFlags
	var ev evaluation
	var jsonFile, plots string
	cmd := &cobra.Command{
		Use:   "eval --manifest FILE",
		Short: "Measure a model on clips with captions and classes",
		Long: `eval measures how well a model finds what belongs together, on the clips of a
manifest: a table (TSV or CSV, with a header), JSON lines, or a folder of folders.
Its columns are file, start, seconds, caption, concept and source; the CSV files of
Clotho, AudioCaps, ESC-50 and UrbanSound8K do as they are.

  zero-shot  Which label is the nearest to each clip that has a concept? The labels
             are the concepts, with blanks for _, or the lines of --labels: a concept,
             and after a tab its text if that is another. Prints accuracy (with an
             interval of 95 % by the bootstrap over sources), mean recall and mean
             average precision of the classes, and what became of each class.
  retrieval  Are the clips of a caption found by it, and the captions of a clip?
             Prints R@1, R@5, R@10, the median rank and mAP@10. A caption that
             several clips have is one query with several right answers.
  synonyms   Is the label of its concept the nearest to a phrase? The phrases are
             the rows of --synonyms, a TSV with the columns phrase and concept.

Where cosines are the same, what is wrong counts as nearer. Clips that cannot be
decoded are named, counted and left out, and the status is 1. A text none of whose
words a model knows that looks words up finds nothing.

--json writes all figures. Parts are from 0 to 1, and keys are those of the printed
tables: clips, failed [file, start, error], unknownTexts, zeroShot {top1, top5, top1Interval {low,
high}, macro, map, classes [label, support, predicted, correct, precision, recall,
f1, ap], confusion [true][nearest], mostConfused …}, retrieval {textToAudio,
audioToText {r1, r5, r10, medianRank, map10 …}}, synonyms {top1, top5 …}.
--plots writes confusion.png, classes.png and labels.png, the cosines of the labels.`,
		Example: `  audioclip eval -m laion/clap-htsat-unfused --manifest ESC-50/meta/esc50.csv --plots pictures
  audioclip eval -m model --manifest clotho_captions_evaluation.csv --audio evaluation --task retrieval
  audioclip eval -m model --manifest sounds.tsv --split test --template "{}" --template "the sound of {}"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := ev.check(cmd); err != nil {
				return err
			}
			list, err := ev.readClips(cmd)
			if err != nil {
				return err
			}
			towers := audioclip.Text
			if len(list) > 0 {
				towers |= audioclip.Audio
			}
			model, err := mf.open(towers)
			if err != nil {
				return err
			}
			defer model.Close()
			ev.report.Model = mf.name()
			if err := ev.run(cmd, model, list); err != nil {
				return err
			}
			if jsonFile != aside.Stdio {
				if err := ev.report.print(cmd.OutOrStdout()); err != nil {
					return err
				}
			}
			if jsonFile != "" {
				if err := aside.Write(jsonFile, cmd.OutOrStdout(), ev.report.writeJSON); err != nil {
					return err
				}
			}
			if plots != "" {
				if err := ev.report.writePlots(plots); err != nil {
					return err
				}
			}
			if len(ev.report.Failed) > 0 {
				return command.ErrReported
			}
			return nil
		},
	}
	mf.define(cmd)
	s := cmd.Flags()
	s.StringVar(&ev.manifest, "manifest", "", "`FILE` that lists the clips, or a folder of them")
	s.StringVar(&ev.audio, "audio", "", "`FOLDER` that the manifest's files are in (default: beside it)")
	s.StringSliceVar(&ev.splits, "split", nil, "take only clips whose column split is `NAME` (repeatable)")
	s.IntVar(&ev.limit, "limit", 0, "take only `N` clips, spread over the manifest (0: all)")
	s.StringSliceVar(&ev.tasks, "task", nil, "zero-shot, retrieval, synonyms (default: all that there is data for)")
	s.StringVar(&ev.labelsFile, "labels", "", "`FILE` of labels (default: the concepts of the clips)")
	s.StringArrayVar(&ev.report.Templates, "template", nil, `text of a label, which goes in place of "{}" (repeatable; default: the model's)`)
	s.StringVar(&ev.synonymsFile, "synonyms", "", "`FILE` of phrases and their concepts")
	s.StringVar(&jsonFile, "json", "", "write all figures to `FILE` (-: to standard output, without the tables)")
	s.StringVar(&plots, "plots", "", "write pictures to `FOLDER`")
	s.BoolVar(&ev.noFFmpeg, "no-ffmpeg", false, "never run ffmpeg")
	return cmd
}

// evaluation is what eval was asked for, and what it found.
type evaluation struct {
	manifest, audio          string
	splits, tasks            []string
	limit                    int
	labelsFile, synonymsFile string
	noFFmpeg                 bool
	report                   evalReport
}

// check finds what makes no sense before anything is read.
func (ev *evaluation) check(cmd *cobra.Command) error {
	usage := func(format string, args ...any) error {
		return command.UsageError{Err: fmt.Errorf(format, args...)}
	}
	for _, t := range ev.tasks {
		switch {
		case t != zeroShotTask && t != retrievalTask && t != synonymsTask:
			return usage("--task %s: allowed are %s, %s and %s", t, zeroShotTask, retrievalTask, synonymsTask)
		case t == synonymsTask && ev.synonymsFile == "":
			return usage("--task %s: --synonyms names no file of phrases", t)
		}
	}
	for _, t := range ev.report.Templates {
		if !strings.Contains(t, "{}") {
			return usage(`--template %q has no "{}" for the label`, t)
		}
	}
	onlySynonyms := ev.synonymsFile != "" && (len(ev.tasks) == 0 || slices.Equal(ev.tasks, []string{synonymsTask}))
	switch {
	case ev.manifest == "" && !onlySynonyms:
		return usage("%s: no --manifest", cmd.Name())
	case ev.limit < 0:
		return usage("--limit %d: it must not be negative", ev.limit)
	}
	return nil
}

// wants tells whether a task is to be done: asked for, or, if none is, possible.
func (ev *evaluation) wants(task string, possible bool) bool {
	if len(ev.tasks) == 0 {
		return possible
	}
	return slices.Contains(ev.tasks, task)
}

// readClips reads the manifest. Recordings that are missing are reported.
func (ev *evaluation) readClips(cmd *cobra.Command) ([]dataset.Clip, error) {
	if ev.manifest == "" {
		return nil, nil
	}
	list, err := dataset.Read(ev.manifest, dataset.ReadConfig{Audio: ev.audio})
	if left := (*dataset.LeftOutError)(nil); errors.As(err, &left) && len(list) > 0 {
		for _, err := range left.Recordings {
			ev.fail(cmd, evalFailure{File: ev.manifest, Error: oneLine(err)})
		}
	} else if err != nil {
		return nil, err
	}
	if len(ev.splits) > 0 {
		list = slices.DeleteFunc(list, func(c dataset.Clip) bool { return !slices.Contains(ev.splits, c.Fields["split"]) })
		if len(list) == 0 {
			return nil, fmt.Errorf("%s: no clip of the split %s", ev.manifest, strings.Join(ev.splits, ", "))
		}
	}
	if n := len(list); ev.limit > 0 && ev.limit < n {
		for i := range ev.limit {
			list[i] = list[i*n/ev.limit]
		}
		list = list[:ev.limit]
	}
	return list, nil
}

// fail reports what cannot be evaluated.
func (ev *evaluation) fail(cmd *cobra.Command, f evalFailure) {
	ev.report.Failed = append(ev.report.Failed, f)
	fmt.Fprintf(cmd.ErrOrStderr(), "audioclip: %s\n", f)
}

// run does the tasks.
func (ev *evaluation) run(cmd *cobra.Command, model *audioclip.Model, list []dataset.Clip) error {
	r := &ev.report
	r.Manifest, r.Splits = ev.manifest, ev.splits
	if len(r.Templates) == 0 {
		r.Templates = []string{model.Info().Template}
	}
	var pairs []synonym
	if ev.synonymsFile != "" {
		var err error
		if pairs, err = readSynonyms(ev.synonymsFile); err != nil {
			return err
		}
	}
	labels, err := ev.labels(list, pairs)
	if err != nil {
		return err
	}
	e := &embedding{cmd: cmd, model: model}
	// The label of each concept that is one of them.
	labelOf := map[string]int{}
	for i, l := range labels {
		labelOf[l.concept] = i
	}
	zeroShot := ev.wants(zeroShotTask, slices.ContainsFunc(list, func(c dataset.Clip) bool { _, ok := labelOf[c.Concept]; return ok }))
	synonyms := ev.wants(synonymsTask, len(pairs) > 0)
	if zeroShot || synonyms {
		if len(labels) == 0 {
			return fmt.Errorf("%s: no clip has a concept: there are no labels", ev.manifest)
		}
		texts := make([]string, len(labels))
		for i, l := range labels {
			r.labels = append(r.labels, l.concept)
			texts[i] = l.text
		}
		vectors, err := ev.texts(e, eval.Prompts(texts, r.Templates))
		if err != nil {
			return err
		}
		r.labelVectors = eval.LabelEmbeddings(vectors, len(r.Templates))
	}
	if synonyms {
		if err := ev.synonyms(e, pairs, labelOf); err != nil {
			return err
		}
	}
	retrieval := ev.wants(retrievalTask, len(list) > 0)
	if !zeroShot && !retrieval {
		return nil
	}

	list, vectors, err := ev.encode(cmd, model, list)
	if err != nil {
		return err
	}
	if zeroShot {
		if err := ev.zeroShot(list, vectors, labelOf); err != nil {
			return err
		}
	}
	if retrieval {
		return ev.retrieval(e, list, vectors)
	}
	return nil
}

// encode returns the embeddings of clips, without those that fail.
func (ev *evaluation) encode(cmd *cobra.Command, model *audioclip.Model, list []dataset.Clip) ([]dataset.Clip, audioclip.Matrix, error) {
	done := func(int) {}
	if bar := newBar(cmd.ErrOrStderr(), "clips", int64(len(list)), progressbar.OptionClearOnFinish()); bar != nil {
		done = func(clips int) { bar.Set(clips) }
		defer bar.Clear()
	}
	m, errs, err := encodeClips(cmd.Context(), model, list, audio.Config{NoFFmpeg: ev.noFFmpeg}, done)
	if err != nil {
		return nil, m, err
	}
	var good []dataset.Clip
	vectors := audioclip.Matrix{Cols: m.Cols}
	for i, c := range list {
		if errs[i] != nil {
			ev.fail(cmd, evalFailure{File: c.File, Start: c.Start, Error: message(c.File, errs[i])})
			continue
		}
		good = append(good, c)
		vectors.Data = append(vectors.Data, m.Row(i)...)
		vectors.Rows++
	}
	if len(good) == 0 {
		return nil, m, fmt.Errorf("%s: none of %d clips can be evaluated", ev.manifest, len(list))
	}
	ev.report.count(good)
	return good, vectors, nil
}

func (ev *evaluation) zeroShot(list []dataset.Clip, vectors audioclip.Matrix, labelOf map[string]int) error {
	z := &zeroShotReport{}
	var truth []int
	var sources []string
	labelled := audioclip.Matrix{Cols: vectors.Cols}
	for i, c := range list {
		label, ok := labelOf[c.Concept]
		if !ok {
			z.Unlabelled++
			continue
		}
		truth = append(truth, label)
		sources = append(sources, c.Source)
		labelled.Data = append(labelled.Data, vectors.Row(i)...)
		labelled.Rows++
	}
	if len(truth) == 0 {
		return fmt.Errorf("%s: no clip has one of the labels as its concept", ev.manifest)
	}
	var err error
	if z.Classification, err = eval.Classify(labelled, ev.report.labelVectors, ev.report.labels, truth); err != nil {
		return err
	}
	if z.Top1Interval, err = eval.BootstrapMean(eval.Hits(z.Ranks, 1), sources, 0); err != nil {
		return err
	}
	z.MostConfused = z.Classification.MostConfused(10)
	ev.report.ZeroShot = z
	return nil
}

func (ev *evaluation) retrieval(e *embedding, list []dataset.Clip, vectors audioclip.Matrix) error {
	texts := make([][]string, len(list))
	for i, c := range list {
		texts[i] = c.Captions
	}
	captions := eval.NewCaptions(texts)
	m, err := ev.texts(e, captions.Texts)
	if err != nil {
		return err
	}
	r := &retrievalReport{}
	if r.TextToAudio, err = eval.Retrieve(m, vectors, captions.ClipsOf); err != nil {
		return err
	}
	if r.AudioToText, err = eval.Retrieve(vectors, m, captions.OfClip); err != nil {
		return err
	}
	ev.report.Retrieval = r
	return nil
}

func (ev *evaluation) synonyms(e *embedding, pairs []synonym, labelOf map[string]int) error {
	s := &synonymReport{}
	var phrases, concepts []string
	var truth []int
	for _, p := range pairs {
		label, ok := labelOf[p.concept]
		if !ok {
			s.Unlabelled++
			continue
		}
		phrases = append(phrases, p.phrase)
		concepts = append(concepts, p.concept)
		truth = append(truth, label)
	}
	if len(truth) == 0 {
		return fmt.Errorf("%s: none of the concepts is a label", ev.synonymsFile)
	}
	vectors, err := ev.texts(e, phrases)
	if err != nil {
		return err
	}
	c, err := eval.Classify(vectors, ev.report.labelVectors, ev.report.labels, truth)
	if err != nil {
		return err
	}
	s.Phrases, s.Top1, s.Top5 = c.Items, c.Top1, c.Top5
	if s.Top1Interval, err = eval.BootstrapMean(eval.Hits(c.Ranks, 1), concepts, 0); err != nil {
		return err
	}
	ev.report.Synonyms = s
	return nil
}

// texts returns the embeddings of texts. A model that looks words up may know none of a
// text: its vector is zeros, at a right angle to all others, so that it finds nothing.
func (ev *evaluation) texts(e *embedding, texts []string) (audioclip.Matrix, error) {
	var known, unknown []string
	var at []int
	for i, text := range texts {
		if ids, _ := e.model.Tokenize(text); len(ids) == 0 {
			unknown = append(unknown, text)
			continue
		}
		known, at = append(known, text), append(at, i)
	}
	if n := len(unknown); n > 0 {
		ev.report.UnknownTexts += n
		fmt.Fprintf(e.cmd.ErrOrStderr(), "audioclip: warning: the model knows no word of %d of %d texts, such as %q\n", n, len(texts), unknown[0])
	}
	items, err := e.texts(known)
	if err != nil {
		return audioclip.Matrix{}, err
	}
	vectors := audioclip.NewMatrix(len(texts), e.model.Info().Dim)
	for k, i := range at {
		copy(vectors.Row(i), items[k].vector)
	}
	return vectors, nil
}

// classLabel is a class of the zero-shot task and the text that stands for it.
type classLabel struct{ concept, text string }

// labels returns the labels of --labels or, without one, the concepts of clips or
// else of synonyms, sorted.
func (ev *evaluation) labels(list []dataset.Clip, pairs []synonym) ([]classLabel, error) {
	if ev.labelsFile != "" {
		return readLabels(ev.labelsFile)
	}
	var concepts []string
	for _, c := range list {
		if c.Concept != "" {
			concepts = append(concepts, c.Concept)
		}
	}
	if len(list) == 0 {
		for _, p := range pairs {
			concepts = append(concepts, p.concept)
		}
	}
	slices.Sort(concepts)
	var labels []classLabel
	for _, c := range slices.Compact(concepts) {
		labels = append(labels, classLabel{c, nameOf(c)})
	}
	return labels, nil
}

// nameOf returns the text that stands for a concept of which there is no other: names of
// folders and of classes in data sets have _ for blanks.
func nameOf(concept string) string { return strings.ReplaceAll(concept, "_", " ") }

func readLabels(path string) ([]classLabel, error) {
	lines, err := readLines(path, nil)
	if err != nil {
		return nil, err
	}
	var labels []classLabel
	seen := map[string]bool{}
	for _, line := range lines {
		concept, text, tab := strings.Cut(line, "\t")
		concept, text = strings.TrimSpace(concept), strings.TrimSpace(text)
		if !tab || text == "" {
			text = nameOf(concept)
		}
		if seen[concept] {
			return nil, fmt.Errorf("%s: label %q is given twice", path, concept)
		}
		seen[concept] = true
		labels = append(labels, classLabel{concept, text})
	}
	return labels, nil
}

// synonym is a phrase that no caption need hold, and the concept that it means.
type synonym struct{ phrase, concept string }

func readSynonyms(path string) ([]synonym, error) {
	lines, err := readLines(path, nil)
	if err != nil {
		return nil, err
	}
	header := strings.Split(lines[0], "\t")
	phrase, concept := slices.Index(header, "phrase"), slices.Index(header, "concept")
	if phrase < 0 || concept < 0 {
		return nil, fmt.Errorf("%s: its first line does not name the columns phrase and concept", path)
	}
	var pairs []synonym
	for i, line := range lines[1:] {
		fields := strings.Split(line, "\t")
		if len(fields) <= max(phrase, concept) || fields[phrase] == "" || fields[concept] == "" {
			return nil, fmt.Errorf("%s: row %d has no phrase or no concept", path, i+1)
		}
		pairs = append(pairs, synonym{fields[phrase], fields[concept]})
	}
	if len(pairs) == 0 {
		return nil, fmt.Errorf("%s: there are no phrases in it", path)
	}
	return pairs, nil
}
