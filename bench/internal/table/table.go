// Package table writes the results of comparisons.
package table

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// OrDash formats numbers, and what was not measured as a dash.
func OrDash(format string, v ...float64) string {
	args := make([]any, len(v))
	for i := range v {
		if math.IsNaN(v[i]) {
			return "–"
		}
		args[i] = v[i]
	}
	return fmt.Sprintf(format, args...)
}

// Markdown lays out a table, header first, all columns but the first to the
// right.
func Markdown(rows [][]string) string {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for n, row := range rows {
		for i, cell := range row {
			space := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				fmt.Fprint(&b, "| ", cell, space, " |")
			} else {
				fmt.Fprint(&b, " ", space, cell, " |")
			}
		}
		b.WriteByte('\n')
		if n > 0 {
			continue
		}
		for i, w := range width {
			if i == 0 {
				fmt.Fprint(&b, "|", strings.Repeat("-", w+2), "|")
			} else {
				fmt.Fprint(&b, strings.Repeat("-", w+1), ":|")
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// WriteBetween replaces what stands in a file between the marks
// <!-- bench:WHAT --> and <!-- /bench:WHAT -->, unless the name is empty.
func WriteBetween(name, what, text string) error {
	if name == "" {
		return nil
	}
	beginMark, endMark := "<!-- bench:"+what+" -->", "<!-- /bench:"+what+" -->"
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, ok := bytes.Cut(data, []byte(beginMark))
	_, after, ok2 := bytes.Cut(rest, []byte(endMark))
	if !ok || !ok2 {
		return fmt.Errorf("%s has no lines %s and %s", name, beginMark, endMark)
	}
	data = slices.Concat(before, []byte(beginMark+"\n"+text+endMark), after)
	return os.WriteFile(name, data, 0o666)
}
