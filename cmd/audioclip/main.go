// Command audioclip puts sounds, texts and pictures into one space, where what
// belongs together lies close: it embeds them, tags recordings with words, and
// fetches and inspects the models that do it.
package main

import "github.com/soundspace/soundspace/internal/command"

func main() { command.Main(run) }
