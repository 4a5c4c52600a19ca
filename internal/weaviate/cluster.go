package weaviate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// keyVariable is the environment variable of the key that servers ask for, the one that
// other clients of Weaviate use.
const keyVariable = "WEAVIATE_API_KEY"

const (
	// answerTimeout is how long a node may take to answer.
	answerTimeout = 30 * time.Second
	// After slowRead, or slowWrite, another node is asked as well.
	slowRead, slowWrite = time.Second, 3 * time.Second
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 128 << 20
	// maxMessage bounds what is shown of an error of a server.
	maxMessage = 500
	// avoid is how long a node that failed is asked last.
	avoid = 5 * time.Second
)

// How long requests are repeated.
const (
	readPatience   = 5 * time.Second
	schemaPatience = 15 * time.Second // the cluster may have to choose a leader
	writePatience  = 45 * time.Second
)

// cluster sends requests to nodes.
type cluster struct {
	nodes  []*node
	client *http.Client
	key    string
	quorum int // how many nodes must answer a question
	turn   atomic.Uint32
	// patience is how long questions are repeated.
	patience time.Duration
}

type node struct {
	url    string
	failed atomic.Int64 // when, in ns
}

func newCluster(urls []string) *cluster {
	c := &cluster{
		client: &http.Client{
			Transport: &http.Transport{
				Proxy:               http.ProxyFromEnvironment,
				DialContext:         (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
				TLSHandshakeTimeout: 10 * time.Second,
				MaxIdleConnsPerHost: 64,
				IdleConnTimeout:     time.Minute,
			},
			// A key is for the node alone.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		patience: readPatience,
		key:      strings.TrimSpace(os.Getenv(keyVariable)),
	}
	for _, u := range urls {
		c.nodes = append(c.nodes, &node{url: u})
	}
	return c
}

// order returns the nodes, each time another one first, those that failed lately last.
func (c *cluster) order() []*node {
	n := len(c.nodes)
	first := int(c.turn.Add(1)) % n
	list := slices.Concat(c.nodes[first:], c.nodes[:first])
	now := time.Now().UnixNano()
	late := func(n *node) int {
		if now-n.failed.Load() < int64(avoid) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b *node) int { return late(a) - late(b) })
	return list
}

// nodeError is what a node answered, or why it did not.
type nodeError struct {
	node   string
	status int // 0: no answer
	err    error
}

func (e *nodeError) Error() string { return fmt.Sprintf("%s: %v", e.node, e.err) }
func (e *nodeError) Unwrap() error { return e.err }

// hasStatus tells whether a node answered with one of statuses.
func hasStatus(err error, statuses ...int) bool {
	switch e := err.(type) {
	case nil:
		return false
	case *nodeError:
		return slices.Contains(statuses, e.status)
	case *several:
		return slices.ContainsFunc(e.errs, func(err error) bool { return hasStatus(err, statuses...) })
	}
	return hasStatus(errors.Unwrap(err), statuses...)
}

// permanent tells whether the same request cannot succeed later or elsewhere.
func permanent(err error) bool {
	return hasStatus(err, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity)
}

// send sends one request to one node and returns what it answers.
func (c *cluster) send(ctx context.Context, n *node, method, path string, body []byte) (answer []byte, err error) {
	asked := ctx
	ctx, cancel := context.WithTimeoutCause(ctx, answerTimeout, fmt.Errorf("no answer within %v", answerTimeout))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, n.url+"/v1"+path, bytes.NewReader(body))
	if err != nil {
		return nil, &nodeError{n.url, 0, err}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "soundspace")
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	status := 0
	res, err := c.client.Do(req)
	if err == nil {
		defer res.Body.Close()
		status = res.StatusCode
		answer, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	}
	switch {
	case err != nil:
		status = 0
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		} else if inner := errors.Unwrap(err); inner != nil {
			err = inner // without method and address, which nodeError has
		}
	case len(answer) > maxAnswer:
		err = fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)
	case status < 200 || status > 299:
		err = fmt.Errorf("the server answered %s%s", res.Status, message(answer))
	default:
		n.failed.Store(0)
		return answer, nil
	}
	if (status < 400 || status > 499) && asked.Err() == nil {
		n.failed.Store(time.Now().UnixNano())
	}
	return nil, &nodeError{n.url, status, err}
}

// message is what an answer says of an error.
func message(answer []byte) string {
	var said struct {
		Message string
		Error   []struct{ Message string }
	}
	text := strings.TrimSpace(string(answer[:min(len(answer), maxMessage)]))
	if json.Unmarshal(answer, &said) == nil {
		for _, e := range said.Error {
			said.Message += e.Message
		}
		if said.Message != "" {
			text = said.Message
		}
	}
	if text == "" {
		return ""
	}
	return ": " + shorten(text)
}

func shorten(text string) string {
	text = strings.ToValidUTF8(text, "?")
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "..."
	}
	return text
}

// repeat calls try until it succeeds, the error is permanent, or patience is at its end.
func repeat(ctx context.Context, what string, patience time.Duration, try func() error) error {
	end := time.Now().Add(patience)
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := try()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("weaviate: %s: %w", what, context.Cause(ctx))
		}
		if permanent(err) || time.Now().Add(pause).After(end) {
			return fmt.Errorf("weaviate: %s: %w", what, err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// one sends a request that may be repeated, and may be done twice at the same time, to
// nodes until one of them has done it. check, if not nil, looks at the answer.
func (c *cluster) one(ctx context.Context, what string, patience time.Duration, method, path string, body []byte, check func(answer []byte) error) error {
	return repeat(ctx, what, patience, func() error {
		_, err := askOnce(ctx, c, 1, slowWrite, method, path, body, func(answer []byte) (struct{}, error) {
			if check == nil {
				return struct{}{}, nil
			}
			return struct{}{}, check(answer)
		})
		return err
	})
}

// ask sends a question to several nodes until a quorum of them have answered and returns
// the answers. decode must be safe for concurrent use.
func ask[T any](ctx context.Context, c *cluster, what, method, path string, body []byte, decode func(answer []byte) (T, error)) (answers []T, err error) {
	err = repeat(ctx, what, c.patience, func() error {
		answers, err = askOnce(ctx, c, c.quorum, slowRead, method, path, body, decode)
		return err
	})
	return answers, err
}

// askOnce sends a request to nodes until a quorum have answered. If they do not within
// some time, it goes to another node as well.
func askOnce[T any](ctx context.Context, c *cluster, quorum int, slow time.Duration, method, path string, body []byte, decode func(answer []byte) (T, error)) ([]T, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		node   *node
		answer T
		err    error
	}
	nodes := c.order()
	results := make(chan result, len(nodes))
	asked := 0
	waiting := map[*node]bool{}
	askNext := func() {
		if asked == len(nodes) {
			return
		}
		n := nodes[asked]
		asked++
		waiting[n] = true
		go func() {
			r := result{node: n}
			answer, err := c.send(ctx, n, method, path, body)
			if err == nil {
				if r.answer, err = decode(answer); err != nil {
					err = &nodeError{n.url, http.StatusOK, err}
				}
			}
			r.err = err
			results <- r
		}()
	}
	for range quorum {
		askNext()
	}
	late := time.NewTicker(slow)
	defer late.Stop()
	var answers []T
	var errs []error
	for len(errs) <= len(nodes)-quorum {
		select {
		case r := <-results:
			delete(waiting, r.node)
			if r.err != nil {
				errs = append(errs, r.err)
				askNext()
				break
			}
			if answers = append(answers, r.answer); len(answers) == quorum {
				return answers, nil
			}
		case <-late.C:
			for n := range waiting {
				n.failed.Store(time.Now().UnixNano())
			}
			askNext()
		}
	}
	if len(nodes) == 1 {
		return nil, joined(errs)
	}
	return nil, fmt.Errorf("%d of %d nodes answered, %d must: %w", len(answers), len(nodes), quorum, joined(errs))
}

// joined is errors.Join in one line.
func joined(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	var texts []string
	for _, err := range errs {
		texts = append(texts, err.Error())
	}
	return &several{strings.Join(texts, "; "), errs}
}

type several struct {
	text string
	errs []error
}

func (s *several) Error() string   { return s.text }
func (s *several) Unwrap() []error { return s.errs }
