//go:build unix

package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/soundspace/soundspace/bench/internal/contest"
	"github.com/soundspace/soundspace/bench/internal/statistics"
	"github.com/soundspace/soundspace/bench/internal/table"
)

// result is what a program did with a case.
type result struct {
	distance float64                       // from the reference, the largest of all settings
	ns       map[contest.Setting][]float64 // of each repetition; none where the program has no such setting
}

// perFrame returns the least and the median time of a frame in ns, NaN if there
// is none.
func (r result) perFrame(s contest.Setting, frames int) (least, median float64) {
	ns := r.ns[s]
	if len(ns) == 0 {
		return math.NaN(), math.NaN()
	}
	return slices.Min(ns) / float64(frames), statistics.Median(ns) / float64(frames)
}

// caseTable writes a Markdown table: a row for each program, the first of which
// is ours. Ratios are those of the least times. A brief one leaves out medians.
func caseTable(c *benchCase, names []string, results []result, seconds int, brief bool) string {
	frames := 1 + seconds*c.rate/c.hop
	header := []string{c.title}
	for _, s := range settings {
		header = append(header, s.String())
		if !brief {
			header = append(header, "ratio")
		}
	}
	header = append(header, "× real time", "largest error")
	if c.bands == 0 {
		header[len(header)-1] = "rel. RMS error"
	}
	rows := [][]string{header}
	for i, r := range results {
		row := []string{names[i]}
		for _, s := range settings {
			least, median := r.perFrame(s, frames)
			base, _ := results[0].perFrame(s, frames)
			switch {
			case !brief:
				row = append(row, table.OrDash("%.0f (%.0f)", least, median), table.OrDash("%.2f", least/base))
			case i == 0:
				row = append(row, table.OrDash("%.0f", least))
			default:
				row = append(row, table.OrDash("%.0f (%.1f×)", least, least/base))
			}
		}
		first := settings[0]
		if len(r.ns[first]) == 0 { // only into new memory
			first = settings[1]
		}
		least, _ := r.perFrame(first, frames)
		row = append(row, table.OrDash("%.0f", float64(seconds)*1e9/(least*float64(frames))))
		rows = append(rows, append(row, fmt.Sprintf("%.1e", r.distance)))
	}
	return table.Markdown(rows)
}
