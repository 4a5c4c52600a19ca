// Command specgen turns recordings into spectrograms: PNG, SVG or PDF pictures,
// or the matrix behind them as .npy or .csv.
package main

import "github.com/soundspace/soundspace/internal/command"

func main() { command.Main(run) }
