// Package command is what the commands of this module do alike: how they end, and
// how they say why.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses.
const (
	OK     = 0
	Failed = 1 // something failed; other inputs are done
	Usage  = 2
)

// UsageError marks an error in the words of the command line.
type UsageError struct{ Err error }

func (e UsageError) Error() string { return e.Err.Error() }
func (e UsageError) Unwrap() error { return e.Err }

// ErrReported says that inputs failed and that their errors have been printed.
var ErrReported = errors.New("some inputs failed")

// Main runs a command and ends the process with its status. The first interrupt
// lets running work clean up after itself; the second ends the process.
func Main(run func(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// Run executes a command and returns its exit status. text makes a line of an
// error.
func Run(ctx context.Context, cmd *cobra.Command, args []string, stdin io.Reader, stdout, stderr io.Writer, text func(error) string) int {
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return UsageError{err} })
	cmd.SetArgs(args)
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	name := cmd.Name()
	err := cmd.ExecuteContext(ctx)
	switch {
	case err == nil:
		return OK
	case errors.As(err, new(UsageError)), strings.HasPrefix(err.Error(), "unknown command"): // cobra's own
		fmt.Fprintf(stderr, "%s: %s\nTry '%[1]s --help'.\n", name, text(err))
		return Usage
	case errors.Is(err, ErrReported):
		return Failed
	case errors.Is(err, context.Canceled):
		err = errors.New("interrupted")
	}
	fmt.Fprintf(stderr, "%s: %s\n", name, text(err))
	return Failed
}
