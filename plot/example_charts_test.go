package plot_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/soundspace/soundspace/plot"
)

// The confusions of a classifier: colours are parts of a class, the numbers in the
// cells are counts.
func ExampleHeatmap() {
	classes := []string{"dog", "rain", "sea waves"}
	counts := []int{
		9, 0, 1,
		0, 7, 3,
		0, 4, 6,
	}
	g := plot.Grid{
		Rows: classes, Columns: classes, Max: 1,
		RowAxis: "Class", ColumnAxis: "Nearest label", ValueAxis: "Part of the class",
	}
	for _, n := range counts {
		g.Values = append(g.Values, float32(n)/10)
		g.Texts = append(g.Texts, fmt.Sprint(n))
	}
	f, err := plot.Heatmap(g, plot.Config{Title: "30 recordings"})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := f.WriteSVG(&file); err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Count(file.Bytes(), []byte(">sea waves</text>")), "axes name the sea waves")
	// Output: 2 axes name the sea waves
}

// Losses on the left, accuracy on the right; the best of the validation is marked.
func ExampleLearningCurves() {
	epochs := []float64{1, 2, 3, 4}
	loss := plot.LineChart{XAxis: "Epoch", YAxis: "Loss", LogY: true, Series: []plot.Series{
		{Name: "training", X: epochs, Y: []float64{4, 2, 1, 0.5}},
		{Name: "validation", X: epochs, Y: []float64{4.1, 2.5, 2.2, 2.4}, Best: plot.Lowest},
	}}
	accuracy := plot.LineChart{XAxis: "Epoch", YAxis: "Top-1", Series: []plot.Series{
		{Name: "validation", X: epochs, Y: []float64{0.1, 0.4, 0.5, 0.55}, Best: plot.Highest},
	}}
	f, err := plot.LearningCurves([]plot.LineChart{loss, accuracy}, plot.Config{Title: "a short run"})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := f.WriteSVG(&file); err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Image().Bounds().Max)
	fmt.Println(bytes.Contains(file.Bytes(), []byte(">validation: lowest 2.2 at 3</text>")))
	fmt.Println(bytes.Contains(file.Bytes(), []byte(">validation: highest 0.55 at 4</text>")))
	// Output:
	// (1200,450)
	// true
	// true
}

// The best class stands on top.
func ExampleBarChart() {
	f, err := plot.BarChart([]plot.Bar{
		{Name: "rain", Value: 0.7, Note: "7 of 10"},
		{Name: "dog", Value: 0.9, Note: "9 of 10"},
	}, "Recall", 1, plot.Config{Title: "Recall by class"})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := f.WriteSVG(&file); err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Index(file.Bytes(), []byte(">dog<")) < bytes.Index(file.Bytes(), []byte(">rain<")))
	// Output: true
}
