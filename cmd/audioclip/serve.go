package main

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/cmd/audioclip/internal/web"
	"github.com/soundspace/soundspace/internal/command"
)

// tokenVariable has the token where --token does not.
const tokenVariable = "AUDIOCLIP_TOKEN"

// shortestToken is how many characters a token has at least: one that is shorter can be
// guessed.
const shortestToken = 16

func newServeCommand() *cobra.Command {
	var (
		mf         modelFlags
		sf         storeFlags
		listen     string
		public     bool
		token      string
		hosts      []string
		labelsFile string
		cache      string
	)
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Search a collection of recordings on a web page",
		Long: `serve shows a page in your browser, to search the recordings of an index that
'audioclip index' has made: by words, by other recordings, and by both. It prints
the address, and goes on until it is interrupted. The page needs nothing from
the network; /openapi.json describes its API, for other programs.

Only this machine can reach it, unless it is told to --listen elsewhere. That needs
--public, and then whoever has the token that is printed can search and hear the
recordings of the index, and no other files. The connection is not encrypted: beyond
a network that you trust, put it behind a server that is.`,
		Example: `  audioclip serve
  audioclip serve --db sounds.db
  audioclip serve --listen :8017 --public`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return command.UsageError{Err: fmt.Errorf("serve: %q: it takes no arguments (--db names the index)", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := sf.check(cmd); err != nil {
				return err
			}
			if err := checkListen(listen, public); err != nil {
				return err
			}
			if public && token == "" {
				token = rand.Text()
			}
			if token != "" && len(token) < shortestToken {
				return command.UsageError{Err: fmt.Errorf("--token: it must have %d characters or more", shortestToken)}
			}
			var labels []string
			if labelsFile != "" {
				var err error
				if labels, err = labelList(nil, labelsFile, cmd.InOrStdin()); err != nil {
					return err
				}
			}
			model, store, err := sf.openSearch(cmd.Context(), &mf)
			if err != nil {
				return err
			}
			defer model.Close()
			defer store.Close()
			if name, err := os.Hostname(); err == nil {
				hosts = append(hosts, name)
			}
			s, err := web.New(web.Config{
				Store: store, Model: model, ModelName: mf.name(), Version: version(), Labels: labels,
				CacheDir: cache, Token: token, Hosts: hosts,
				Log: slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn})),
			})
			if err != nil {
				return err
			}
			defer s.Close()
			l, err := net.Listen("tcp", listen)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s\n", address(l.Addr(), token))
			return s.Serve(cmd.Context(), l)
		},
	}
	mf.define(cmd)
	sf.define(cmd)
	s := cmd.Flags()
	s.StringVar(&listen, "listen", "127.0.0.1:8017", "`ADDRESS` and port to listen at")
	s.BoolVar(&public, "public", false, "let others than this machine in, if they have the token")
	s.StringVar(&token, "token", os.Getenv(tokenVariable), "`TOKEN` that every request must have (default: $"+tokenVariable+", or else, with --public, a new one)")
	s.StringSliceVar(&hosts, "host", nil, "`NAME` that the server may be called by, beside localhost and that of this machine (repeatable)")
	s.StringVar(&labelsFile, "labels-file", "", "labels for tags, one in each line of `FILE` (- for standard input)")
	s.StringVar(&cache, "cache", "", "`FOLDER` for pictures and converted recordings (default: one in the user's cache)")
	return cmd
}

// checkListen refuses an address that others can reach, if they are not to.
func checkListen(listen string, public bool) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return command.UsageError{Err: fmt.Errorf("--listen %s: it must be ADDRESS:PORT", listen)}
	}
	ip, err := netip.ParseAddr(host)
	if host != "localhost" && !(err == nil && ip.IsLoopback()) && !public {
		return command.UsageError{Err: fmt.Errorf("--listen %s: others than this machine could reach that: --public allows it, to those who have the token", listen)}
	}
	return nil
}

// address returns the address of the page, for people.
func address(a net.Addr, token string) string {
	u := url.URL{Scheme: "http", Host: a.String(), Path: "/"}
	if tcp, ok := a.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		name, err := os.Hostname()
		if err != nil {
			name = "localhost"
		}
		u.Host = net.JoinHostPort(name, fmt.Sprint(tcp.Port))
	}
	if token != "" {
		u.RawQuery = url.Values{"token": {token}}.Encode()
	}
	return u.String()
}

// version is that of the program.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return cmp.Or(info.Main.Version, "(devel)")
	}
	return "(unknown)"
}
