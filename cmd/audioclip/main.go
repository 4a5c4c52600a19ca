// Command audioclip puts sounds, texts and pictures into one space, where what
// belongs together lies close: it embeds them, tags recordings with words, and
// fetches and inspects the models that do it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// The first interrupt lets running work clean up after itself; the second
	// ends the process.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
