//go:build unix

package main

import (
	"fmt"
	"testing"
)

// BenchmarkStep times ours alone, for profiles.
func BenchmarkStep(b *testing.B) {
	dir := b.TempDir()
	if err := writeCases(dir); err != nil {
		b.Fatal(err)
	}
	for i := range benchCases {
		for _, s := range settings {
			b.Run(fmt.Sprint(benchCases[i].Name, "/", s.Threads), func(b *testing.B) {
				t, err := newTraining(dir, &benchCases[i], s.Threads)
				if err != nil {
					b.Fatal(err)
				}
				t.step()
				b.ReportAllocs()
				for b.Loop() {
					t.step()
				}
			})
		}
	}
}
