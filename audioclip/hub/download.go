package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Pull downloads the files of a model that audioclip reads (see [Model.Wanted]),
// or the named ones, into the cache, and returns the folder of the snapshot. What
// is there already is not asked for again; what an interrupted download left is
// continued. The contents are checked against the checksum that the hub gives.
func (c *Client) Pull(ctx context.Context, id, rev string, names ...string) (dir string, err error) {
	m, err := c.Model(ctx, id, rev)
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		names = m.Wanted()
	}
	if len(names) == 0 {
		return "", fmt.Errorf("%w: %s has no files that could be a model", ErrNotFound, id)
	}
	cache, err := c.cache()
	if err != nil {
		return "", err
	}
	root := filepath.Join(cache, "models--"+strings.ReplaceAll(id, "/", "--"))
	dir = filepath.Join(root, "snapshots", m.Commit)
	for _, name := range names {
		if !safeName(name) {
			return "", fmt.Errorf("hub: %q is no name of a file", name)
		}
		if err := c.file(ctx, root, m, name); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
	}
	// The reference comes last: it stands for a snapshot that is complete.
	if rev != m.Commit {
		ref := filepath.Join(root, "refs", filepath.FromSlash(rev))
		if err := os.MkdirAll(filepath.Dir(ref), 0o755); err != nil {
			return "", fmt.Errorf("hub: %w", err)
		}
		if err := writeFile(ref, m.Commit); err != nil {
			return "", fmt.Errorf("hub: %w", err)
		}
	}
	return dir, nil
}

// Cached returns the folder of a snapshot that is in the cache already, without
// asking the hub.
func (c *Client) Cached(id, rev string) (dir string, ok bool) {
	cache, err := c.cache()
	if err != nil {
		return "", false
	}
	root := filepath.Join(cache, "models--"+strings.ReplaceAll(id, "/", "--"))
	commit := rev
	if !commitID.MatchString(rev) {
		data, err := os.ReadFile(filepath.Join(root, "refs", filepath.FromSlash(rev)))
		if err != nil {
			return "", false
		}
		commit = strings.TrimSpace(string(data))
	}
	if !commitID.MatchString(commit) {
		return "", false
	}
	dir = filepath.Join(root, "snapshots", commit)
	st, err := os.Stat(dir)
	return dir, err == nil && st.IsDir()
}

// writeFile writes aside and renames.
func writeFile(path, content string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".writing-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(content)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// description is what the hub says of a file before it sends it.
type description struct {
	checksum string // SHA-256 of a large file, or SHA-1 of git's blob
	size     int64
	address  string
}

// describe asks for a file's checksum and size.
func (c *Client) describe(ctx context.Context, m *Model, name string) (*description, error) {
	parts := strings.Split(name, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	d := &description{address: fmt.Sprintf("%s/%s/resolve/%s/%s", c.endpoint(), m.ID, m.Commit, strings.Join(parts, "/"))}
	// The headers are those of the hub itself, not of the store that it sends us
	// to for large files; but a renamed model leads to another address of the hub.
	hubOnly := func(req *http.Request, via []*http.Request) error {
		if req.URL.Host != via[0].URL.Host || req.Response.Header.Get("X-Linked-Etag") != "" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	// Compressed answers have other sizes.
	res, err := c.do(ctx, http.MethodHead, d.address, http.Header{"Accept-Encoding": {"identity"}}, hubOnly)
	if err != nil {
		return nil, err
	}
	res.Body.Close()
	if res.StatusCode >= 400 {
		return nil, failure(res, m.ID+"@"+m.Commit)
	}
	tag, size := res.Header.Get("X-Linked-Etag"), res.Header.Get("X-Linked-Size")
	if tag == "" {
		tag = res.Header.Get("Etag")
	}
	if size == "" {
		size = res.Header.Get("Content-Length")
	}
	d.checksum = strings.Trim(strings.TrimPrefix(tag, "W/"), `"`)
	if !isHex(d.checksum) || len(d.checksum) != 40 && len(d.checksum) != 64 {
		return nil, fmt.Errorf("hub: the server gives no checksum (ETag %q)", tag)
	}
	if d.size, err = strconv.ParseInt(size, 10, 64); err != nil || d.size < 0 {
		return nil, fmt.Errorf("hub: the server gives no size (%q)", size)
	}
	return d, nil
}

func isHex(s string) bool {
	return strings.Trim(s, "0123456789abcdef") == ""
}

// newHash returns what computes a checksum.
func (d *description) newHash() hash.Hash {
	if len(d.checksum) == 64 {
		return sha256.New()
	}
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", d.size)
	return h
}

// file brings one file into the cache.
func (c *Client) file(ctx context.Context, root string, m *Model, name string) error {
	link := filepath.Join(root, "snapshots", m.Commit, filepath.FromSlash(name))
	if st, err := os.Stat(link); err == nil && st.Mode().IsRegular() {
		c.report(name, st.Size(), st.Size())
		return nil
	}
	d, err := c.describe(ctx, m, name)
	if err != nil {
		return err
	}
	blob := filepath.Join(root, "blobs", d.checksum)
	for _, dir := range []string{filepath.Dir(blob), filepath.Dir(link)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("hub: %w", err)
		}
	}
	there := func() bool {
		st, err := os.Stat(blob)
		return err == nil && st.Size() == d.size
	}
	if !there() {
		unlock, err := lock(ctx, filepath.Join(filepath.Dir(root), ".locks", filepath.Base(root), d.checksum+".lock"))
		if err != nil {
			return fmt.Errorf("hub: %w", err)
		}
		if !there() { // nor has another process brought it
			err = c.download(ctx, blob, name, d)
		}
		unlock()
		if err != nil {
			return err
		}
	}
	target, err := filepath.Rel(filepath.Dir(link), blob)
	if err == nil {
		err = replaceLink(link, target)
	}
	if err != nil { // a system without symbolic links: the file itself
		err = copyFile(link, blob)
	}
	if err != nil {
		return fmt.Errorf("hub: %w", err)
	}
	return nil
}

// replaceLink makes a symbolic link in the place of one that leads nowhere, or of one
// that another process has made since. It is never missing in between.
func replaceLink(link, target string) error {
	temporary := filepath.Join(filepath.Dir(link), fmt.Sprintf(".linking-%x", rand.Uint64()))
	if err := os.Symlink(target, temporary); err != nil {
		return err
	}
	err := os.Rename(temporary, link)
	if err != nil {
		os.Remove(temporary)
	}
	return err
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), ".writing-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(out.Name(), to)
	}
	if err != nil {
		os.Remove(out.Name())
	}
	return err
}

func (c *Client) report(name string, done, total int64) {
	if c.Progress != nil {
		c.Progress(name, done, total)
	}
}

// tries is how often a download that breaks off is continued without having
// brought anything.
const tries = 5

// part is what has come of a file.
type part struct {
	file *os.File
	sum  hash.Hash
	size int64
}

func (p *part) restart(d *description) error {
	p.sum, p.size = d.newHash(), 0
	err := p.file.Truncate(0)
	if err == nil {
		_, err = p.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return answerError{fmt.Errorf("hub: %w", err), false}
	}
	return nil
}

// download writes a blob. What an earlier download left is continued.
func (c *Client) download(ctx context.Context, blob, name string, d *description) error {
	incomplete := blob + ".incomplete"
	f, err := os.OpenFile(incomplete, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("hub: %w", err)
	}
	defer f.Close()
	p := &part{file: f, sum: d.newHash()}
	if p.size, err = io.Copy(p.sum, f); err != nil {
		return fmt.Errorf("hub: %w", err)
	}
	if p.size > d.size {
		if err := p.restart(d); err != nil {
			return err
		}
	}
	for failures := 0; p.size < d.size; {
		c.report(name, p.size, d.size)
		before := p.size
		err := c.receive(ctx, p, name, d)
		if err == nil {
			continue
		}
		if p.size > before {
			failures = 0
		}
		failures++
		var answer answerError
		if ctx.Err() != nil || errors.As(err, &answer) && !answer.temporary || failures == tries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(c.wait(failures)):
		}
	}
	c.report(name, p.size, d.size)
	if got := hex.EncodeToString(p.sum.Sum(nil)); got != d.checksum {
		f.Close()
		os.Remove(incomplete)
		return fmt.Errorf("%w: got %s, expected %s; what came was thrown away", ErrChecksum, got, d.checksum)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("hub: %w", err)
	}
	if err := os.Rename(incomplete, blob); err != nil {
		return fmt.Errorf("hub: %w", err)
	}
	return nil
}

// wait is the pause before a download is continued.
func (c *Client) wait(failures int) time.Duration {
	if c.HTTP != nil { // a client of the caller's has its own manners
		return time.Duration(failures) * 10 * time.Millisecond
	}
	return time.Duration(failures) * 2 * time.Second
}

// answerError is a server's answer without the file.
type answerError struct {
	error
	temporary bool
}

func (e answerError) Unwrap() error { return e.error }

// receive appends what the server sends.
func (c *Client) receive(ctx context.Context, p *part, name string, d *description) error {
	header := http.Header{"Accept-Encoding": {"identity"}}
	if p.size > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", p.size))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	res, err := c.do(ctx, http.MethodGet, d.address, header, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusPartialContent:
		if got := res.Header.Get("Content-Range"); !strings.HasPrefix(got, fmt.Sprintf("bytes %d-", p.size)) {
			return answerError{fmt.Errorf("hub: the server sent another part than asked for (%q)", got), false}
		}
	case res.StatusCode == http.StatusOK:
		if p.size > 0 { // a server that cannot continue
			if err := p.restart(d); err != nil {
				return err
			}
		}
	case res.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		if err := p.restart(d); err != nil {
			return err
		}
		return answerError{failure(res, name), true}
	default:
		temporary := res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests
		return answerError{failure(res, name), temporary}
	}
	// A server that goes silent is given up on.
	silence := time.AfterFunc(silent, cancel)
	defer silence.Stop()
	buf := make([]byte, 256<<10)
	for p.size < d.size {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := res.Body.Read(buf[:min(int64(len(buf)), d.size-p.size)])
		if n > 0 {
			silence.Reset(silent)
			if _, err := p.file.Write(buf[:n]); err != nil {
				return answerError{fmt.Errorf("hub: %w", err), false}
			}
			p.sum.Write(buf[:n])
			p.size += int64(n)
			c.report(name, p.size, d.size)
		}
		if err == io.EOF && p.size < d.size {
			return fmt.Errorf("hub: the connection ended after %d of %d bytes", p.size, d.size)
		}
		if err != nil && err != io.EOF {
			return fmt.Errorf("hub: after %d of %d bytes: %w", p.size, d.size, err)
		}
	}
	return nil
}

// silent is how long a server may send nothing.
const silent = time.Minute
