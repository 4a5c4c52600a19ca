package dataset

import "slices"

// foldColumn is what the column of UrbanSound8K's folds is taken for; no header that is
// read has that name, which is not in small letters.
const foldColumn = "FOLD"

// benchmarks are the columns of tables that come with benchmarks, by what they are taken
// for here. Their other columns are Fields: start and end of UrbanSound8K's slices are
// those in the recordings that they were cut out of.
var benchmarks = []map[string]string{
	// ESC-50, meta/esc50.csv (Piczak 2015)
	{"filename": "file", "category": "concept", "src_file": "source"},
	// UrbanSound8K, metadata/UrbanSound8K.csv (Salamon, Jacoby and Bello 2014)
	{"slice_file_name": "file", "class": "concept", "fsid": "source", "fold": foldColumn},
}

// benchmarkColumns returns what the columns of a benchmark are taken for, nil if a header
// is not that of one.
func benchmarkColumns(header []string) map[string]string {
	for _, own := range benchmarks {
		all := true
		for name := range own {
			all = all && slices.Contains(header, name)
		}
		if all {
			return own
		}
	}
	return nil
}
