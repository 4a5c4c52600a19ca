// Package hub downloads models from the Hugging Face hub, or a mirror that speaks
// its protocol, into a cache of the layout that huggingface_hub (Python) uses, so
// that both share what they have.
//
// The layout, for a model OWNER/NAME:
//
//	models--OWNER--NAME/refs/REV             the commit that a branch or tag stood for
//	models--OWNER--NAME/blobs/ETAG           contents, by checksum
//	models--OWNER--NAME/snapshots/COMMIT/…   the files of a commit, links to blobs
//
// See https://huggingface.co/docs/huggingface_hub/guides/manage-cache, version 1.0.
package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// DefaultEndpoint is the address of the hub.
const DefaultEndpoint = "https://huggingface.co"

// Errors that callers may want to tell apart.
var (
	// ErrNotFound: there is no such model, revision or file, or it is private and
	// the token does not open it.
	ErrNotFound = errors.New("hub: not found")
	// ErrDenied: the model needs a token, or its terms must be accepted.
	ErrDenied = errors.New("hub: access denied")
	// ErrChecksum: what came is not what the hub announced.
	ErrChecksum = errors.New("hub: checksum differs")
)

// Client downloads models. Its zero value uses the environment as
// huggingface_hub does. It is safe for concurrent use.
type Client struct {
	// Endpoint is the address of the hub (empty: $HF_ENDPOINT, or DefaultEndpoint).
	Endpoint string
	// Token gives access to private models (empty: $HF_TOKEN, or the file where
	// `hf auth login` leaves it).
	Token string
	// Cache is the folder of the cache (empty: $HF_HUB_CACHE, $HF_HOME/hub, or
	// .cache/huggingface/hub in the home folder).
	Cache string
	// HTTP is the client to use (nil: one that gives up on a server that is silent
	// for half a minute).
	HTTP *http.Client
	// Progress, if not nil, is told how much of a file is there.
	Progress func(file string, done, total int64)
}

// Model is a model as the hub knows it.
type Model struct {
	ID     string // OWNER/NAME, or NAME
	Commit string // of the revision that was asked for
	Files  []string
}

var (
	modelID  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?$`)
	revision = regexp.MustCompile(`^[A-Za-z0-9._][A-Za-z0-9._/-]{0,254}$`)
	commitID = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)
)

// ParseID splits OWNER/NAME[@REV]; the revision is "main" if none is given.
func ParseID(s string) (id, rev string, err error) {
	id, rev, found := strings.Cut(s, "@")
	if !found {
		rev = "main"
	}
	if !modelID.MatchString(id) || strings.Contains(id, "--") || strings.Contains(id, "..") {
		return "", "", fmt.Errorf("hub: %q is no model: expected OWNER/NAME or OWNER/NAME@REVISION", s)
	}
	if !revision.MatchString(rev) || strings.Contains(rev, "..") || strings.HasSuffix(rev, "/") || strings.Contains(rev, "//") {
		return "", "", fmt.Errorf("hub: %q is no revision", rev)
	}
	return id, rev, nil
}

func (c *Client) endpoint() string {
	e := c.Endpoint
	if e == "" {
		e = os.Getenv("HF_ENDPOINT")
	}
	if e == "" {
		e = DefaultEndpoint
	}
	return strings.TrimRight(e, "/")
}

// home returns the folder of all that belongs to the hub.
func home() (string, error) {
	if dir := os.Getenv("HF_HOME"); dir != "" {
		return dir, nil
	}
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return filepath.Join(dir, "huggingface"), nil
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("hub: no folder for the cache: set HF_HOME: %w", err)
	}
	return filepath.Join(dir, ".cache", "huggingface"), nil
}

func (c *Client) cache() (string, error) {
	if c.Cache != "" {
		return c.Cache, nil
	}
	if dir := os.Getenv("HF_HUB_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := home()
	return filepath.Join(dir, "hub"), err
}

func (c *Client) token() string {
	if c.Token != "" {
		return c.Token
	}
	if t := os.Getenv("HF_TOKEN"); t != "" {
		return strings.TrimSpace(t)
	}
	file := os.Getenv("HF_TOKEN_PATH")
	if file == "" {
		dir, err := home()
		if err != nil {
			return ""
		}
		file = filepath.Join(dir, "token")
	}
	data, _ := os.ReadFile(file)
	return strings.TrimSpace(string(data))
}

var patient = &http.Client{Transport: &http.Transport{
	Proxy:                 http.ProxyFromEnvironment,
	ResponseHeaderTimeout: 30 * time.Second,
	TLSHandshakeTimeout:   30 * time.Second,
	ForceAttemptHTTP2:     true,
}}

// do sends a request. redirect, if not nil, tells whether to follow a redirect.
func (c *Client) do(ctx context.Context, method, address string, header http.Header, redirect func(req *http.Request, via []*http.Request) error) (*http.Response, error) {
	client := *patient
	if c.HTTP != nil {
		client = *c.HTTP
	}
	client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) >= 10 {
			return errors.New("too many redirects")
		}
		// The token is for the hub alone. (net/http takes another port for the
		// same host.)
		if req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme {
			req.Header.Del("Authorization")
		}
		if redirect != nil {
			return redirect(req, via)
		}
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, fmt.Errorf("hub: %w", err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	req.Header.Set("User-Agent", "soundspace")
	if t := c.token(); t != "" {
		req.Header.Set("Authorization", "Bearer "+t)
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("hub: %w", err)
	}
	return res, nil
}

// failure says what a response other than the one hoped for means.
func failure(res *http.Response, what string) error {
	defer res.Body.Close()
	// The hub says what is wrong in a header.
	detail := res.Header.Get("X-Error-Message")
	if detail != "" {
		detail = ": " + detail
	}
	switch res.StatusCode {
	case http.StatusUnauthorized:
		if code := res.Header.Get("X-Error-Code"); code == "RepoNotFound" {
			return fmt.Errorf("%w: %s (if it is private, set HF_TOKEN)%s", ErrNotFound, what, detail)
		}
		return fmt.Errorf("%w: %s: set HF_TOKEN%s", ErrDenied, what, detail)
	case http.StatusForbidden:
		return fmt.Errorf("%w: %s%s", ErrDenied, what, detail)
	case http.StatusNotFound:
		return fmt.Errorf("%w: %s%s", ErrNotFound, what, detail)
	}
	return fmt.Errorf("hub: %s: the server answered %s%s", what, res.Status, detail)
}

// maxListing bounds the description of a model.
const maxListing = 32 << 20

// Model asks for the commit and the files of a revision.
func (c *Client) Model(ctx context.Context, id, rev string) (*Model, error) {
	address := fmt.Sprintf("%s/api/models/%s/revision/%s", c.endpoint(), id, url.PathEscape(rev))
	res, err := c.do(ctx, http.MethodGet, address, nil, nil)
	if err != nil {
		return nil, err
	}
	what := id + "@" + rev
	if res.StatusCode != http.StatusOK {
		return nil, failure(res, what)
	}
	defer res.Body.Close()
	var answer struct {
		SHA      string `json:"sha"`
		Siblings []struct {
			Name string `json:"rfilename"`
		} `json:"siblings"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxListing)).Decode(&answer); err != nil {
		return nil, fmt.Errorf("hub: %s: the server's description cannot be read: %w", what, err)
	}
	if !commitID.MatchString(answer.SHA) {
		return nil, fmt.Errorf("hub: %s: the server names no commit", what)
	}
	m := &Model{ID: id, Commit: answer.SHA}
	for _, s := range answer.Siblings {
		if !safeName(s.Name) {
			return nil, fmt.Errorf("hub: %s: the server names a file %q, which would lie outside the model's folder", what, s.Name)
		}
		m.Files = append(m.Files, s.Name)
	}
	return m, nil
}

// safeName tells whether a file's name stays inside the folder it is put in.
func safeName(name string) bool {
	return name != "" && name != "." && path.Clean(name) == name && !strings.ContainsAny(name, "\\:\x00") && filepath.IsLocal(filepath.FromSlash(name))
}

// Wanted chooses the files of a model that audioclip reads: settings, tokenizer,
// and the weights once, as safetensors if there are any.
func (m *Model) Wanted() []string {
	has := func(test func(name string) bool) bool {
		for _, name := range m.Files {
			if test(name) {
				return true
			}
		}
		return false
	}
	top := func(name string) bool { return !strings.Contains(name, "/") }
	safetensors := func(name string) bool {
		return top(name) && (strings.HasSuffix(name, ".safetensors") || strings.HasSuffix(name, ".safetensors.index.json"))
	}
	torch := func(name string) bool {
		if !top(name) {
			return false
		}
		switch path.Ext(name) {
		case ".bin", ".pt", ".pth":
			return name != "training_args.bin" && name != "optimizer.pt" && name != "scheduler.pt"
		}
		return strings.HasSuffix(name, ".bin.index.json")
	}
	weights := torch
	if has(safetensors) {
		weights = safetensors
	}
	// OpenCLIP's models are there in the form of Hugging Face as well.
	openCLIP := func(name string) bool { return strings.HasPrefix(name, "open_clip_") }
	if has(func(name string) bool { return weights(name) && !openCLIP(name) }) {
		all := weights
		weights = func(name string) bool { return all(name) && !openCLIP(name) }
	}
	var wanted []string
	for _, name := range m.Files {
		settings := path.Ext(name) == ".json" || path.Ext(name) == ".txt" || strings.HasSuffix(name, ".txt.gz")
		index := strings.HasSuffix(name, ".index.json")
		switch {
		case weights(name),
			settings && !index && (top(name) || strings.HasSuffix(name, "_Pooling/config.json") || strings.HasSuffix(name, "_Dense/config.json")):
			wanted = append(wanted, name)
		}
	}
	return wanted
}
