package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/internal/command"
)

func newSimilarityCommand() *cobra.Command {
	var (
		mf     modelFlags
		in     inputFlags
		format string
	)
	cmd := &cobra.Command{
		Use:   "similarity [FILE...] [--text TEXT]",
		Short: "Compare recordings, texts and pictures",
		Long: `similarity prints the cosines of embeddings: of files (rows) with texts (columns),
or, if there are only files or only texts, of each with each.`,
		Example: `  audioclip similarity *.wav --text "a dog" --text "rain"
  audioclip similarity -m laion/clap-htsat-unfused --format csv *.wav`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && len(in.texts) == 0 && in.textFile == "" {
				return command.UsageError{Err: errors.New("similarity: no file and no --text")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "table" && format != "csv" && format != "json" {
				return command.UsageError{Err: fmt.Errorf("--format %s: allowed are table, csv and json", format)}
			}
			if err := in.check(args, in.textFile); err != nil {
				return err
			}
			texts, err := in.lines(cmd.InOrStdin())
			if err != nil {
				return err
			}
			model, err := mf.open(towersFor(args, in.recursive, len(texts) > 0))
			if err != nil {
				return err
			}
			defer model.Close()
			e := &embedding{cmd, model, &in}
			var rows, columns []item
			failed, err := e.files(args, false, func(items []item) error {
				rows = append(rows, items...)
				return nil
			})
			if err != nil {
				return err
			}
			if len(texts) > 0 {
				if columns, err = e.texts(texts); err != nil {
					return err
				}
			}
			switch {
			case len(args) == 0:
				rows = columns
			case len(rows) == 0:
				return command.ErrReported
			}
			if len(texts) == 0 {
				columns = rows
			}
			if err := newTable(rows, columns).print(cmd.OutOrStdout(), format); err != nil {
				return err
			}
			if failed {
				return command.ErrReported
			}
			return nil
		},
	}
	mf.define(cmd)
	in.define(cmd)
	cmd.Flags().StringVar(&format, "format", "table", "table, csv or json")
	return cmd
}

// table is a matrix of cosines with names.
type table struct {
	Rows    []string    `json:"rows"`
	Columns []string    `json:"columns"`
	Cosines [][]float32 `json:"cosines"`
}

func newTable(rows, columns []item) *table {
	t := &table{Rows: []string{}, Columns: []string{}, Cosines: [][]float32{}}
	s := audioclip.Similarity(matrixOf(rows), matrixOf(columns))
	for i, it := range rows {
		t.Rows = append(t.Rows, it.name)
		t.Cosines = append(t.Cosines, s.Row(i))
	}
	for _, it := range columns {
		t.Columns = append(t.Columns, it.name)
	}
	return t
}

func matrixOf(items []item) audioclip.Matrix {
	var m audioclip.Matrix
	for _, it := range items {
		m.Data = append(m.Data, it.vector...)
		m.Rows, m.Cols = m.Rows+1, len(it.vector)
	}
	return m
}

func (t *table) print(w io.Writer, format string) error {
	switch format {
	case "json":
		return json.NewEncoder(w).Encode(t)
	case "csv":
		c := csv.NewWriter(w)
		c.Write(append([]string{""}, t.Columns...))
		for i, name := range t.Rows {
			record := []string{name}
			for _, v := range t.Cosines[i] {
				record = append(record, strconv.FormatFloat(float64(v), 'g', -1, 32))
			}
			c.Write(record)
		}
		c.Flush()
		return c.Error()
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, name := range t.Columns {
		fmt.Fprintf(tw, "\t%s", name)
	}
	fmt.Fprintln(tw)
	for i, name := range t.Rows {
		fmt.Fprint(tw, name)
		for _, v := range t.Cosines[i] {
			fmt.Fprintf(tw, "\t%.4f", v)
		}
		fmt.Fprintln(tw)
	}
	return tw.Flush()
}
