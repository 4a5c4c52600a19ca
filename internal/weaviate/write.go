package weaviate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
)

const (
	// batchSize is how many objects are written with a request, at most.
	batchSize = 500
	// writeTime is how long the writing of a recording may take; it is far below
	// sweepAfter.
	writeTime = 20 * time.Minute
	// sweepAfter is how long what does not count stays, so that those who are reading it
	// come to an end. It is larger than what clocks differ.
	sweepAfter = time.Hour
)

// stored is an object to be written.
type stored struct {
	Class      string         `json:"class"`
	ID         string         `json:"id"`
	Properties map[string]any `json:"properties"`
	Vector     []float32      `json:"vector,omitempty"`
}

func (s *Store) recordObject(recording, version, state, file string) stored {
	return stored{Class: s.recordingClass(), ID: uuid("recording", version, 0),
		Properties: map[string]any{"recording": recording, "version": version, "state": state, "file": file}}
}

func (s *Store) windowObject(recording, version string, number int, w audioclip.Window) stored {
	return stored{Class: s.windowClass(len(w.Vector)), ID: uuid("window", version, number), Vector: w.Vector, Properties: map[string]any{
		"version": version, "recording": recording, "number": number, "span": fmt.Sprintf("%d %d", w.Start, w.End), "values": encodeVector(w.Vector),
	}}
}

// batches calls write with the bodies of requests that write objects.
func batches(objects []stored, write func(body []byte, n int) error) error {
	for part := range slices.Chunk(objects, batchSize) {
		body, err := json.Marshal(map[string]any{"objects": part})
		if err != nil {
			return err
		}
		if err := write(body, len(part)); err != nil {
			return err
		}
	}
	return nil
}

const batchPath = "/batch/objects?consistency_level=QUORUM"

// write writes objects without vectors. It returns when a quorum of the copies of each
// have it.
func (s *Store) write(ctx context.Context, what string, objects []stored) error {
	return batches(objects, func(body []byte, n int) error {
		return s.cluster.one(ctx, what, writePatience, http.MethodPost, batchPath, body, func(answer []byte) error { return checkBatch(answer, n) })
	})
}

// writeOnce writes objects with vectors and does not repeat what fails: a server of version
// 1.35 that finds an object there, unchanged, does not see whether its vector came into
// the index the first time.
// patience is how long each request may take.
func (s *Store) writeOnce(ctx context.Context, patience time.Duration, objects []stored) error {
	node := s.cluster.order()[0]
	return batches(objects, func(body []byte, n int) error {
		within, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("no answer within %v", patience))
		defer cancel()
		answer, err := s.cluster.send(within, node, http.MethodPost, batchPath, body)
		if err == nil {
			if err = checkBatch(answer, n); err != nil {
				err = &nodeError{node.url, http.StatusOK, err}
			}
		}
		if err != nil {
			node.failed.Store(time.Now().UnixNano())
		}
		return err
	})
}

// checkBatch returns an error if one of n objects was not written.
func checkBatch(answer []byte, n int) error {
	var results []struct {
		Result struct {
			Status string
			Errors struct {
				Error []struct{ Message string }
			}
		}
	}
	if err := decodeJSON(answer, &results); err != nil {
		return err
	}
	if len(results) != n {
		return fmt.Errorf("an answer for %d objects, %d were sent", len(results), n)
	}
	for _, r := range results {
		if r.Result.Status != "SUCCESS" {
			why := fmt.Sprintf("status %q", shorten(r.Result.Status))
			if list := r.Result.Errors.Error; len(list) > 0 {
				why = shorten(list[0].Message)
			}
			return fmt.Errorf("the server did not write an object: %s", why)
		}
	}
	return nil
}

// Put implements index.Store. If the last of its requests fails, the recording may be
// there, or be there later, all the same.
func (s *Store) Put(ctx context.Context, e index.Entry) error {
	id, err := s.Identity(ctx)
	if err != nil {
		return err
	}
	if err := e.Check(id.Dim); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, writeTime, fmt.Errorf("not written within %v", writeTime))
	defer cancel()
	states, err := s.states(ctx, []string{e.ID()})
	if err != nil {
		return err
	}
	file, err := json.Marshal(newFile(e, id.Dim))
	if err != nil {
		return fmt.Errorf("weaviate: writing %s: %w", e.Path, err)
	}
	what := "writing " + e.Path
	version := states[e.ID()].last()
	// Nodes that just lost the leader of the cluster do not answer for a while.
	patience := 2 * time.Second
	err = repeat(ctx, what, writePatience, func() error {
		version = newVersion(version)
		patience *= 2
		objects := []stored{s.recordObject(e.ID(), version, writing, string(file))}
		for i, w := range e.Windows {
			objects = append(objects, s.windowObject(e.ID(), version, i, w))
		}
		return s.writeOnce(ctx, patience, objects)
	})
	if err != nil {
		return err
	}
	if err := s.write(ctx, what, s.touches(id.Dim)); err != nil {
		return err
	}
	// From here on it is better to go on than to leave open whether it was written.
	return s.write(context.WithoutCancel(ctx), what, []stored{s.recordObject(e.ID(), version, present, string(file))})
}

// touches returns objects, always the same ones and without vectors, which make servers
// of version 1.35 hand the entries that they have in their index of vectors to the
// system: they do that with what they are sent before they make entries of it, and so
// confirm windows that search does not find any more if they are killed. With so many
// names there are some for each shard.
func (s *Store) touches(dim int) []stored {
	s.mu.Lock()
	n := 12 * s.nodes
	s.mu.Unlock()
	list := make([]stored, n)
	for i := range list {
		list[i] = stored{Class: s.windowClass(dim), ID: uuid("touch", "", i), Properties: map[string]any{"number": i}}
	}
	return list
}

// Remove implements index.Store. If it fails, some of the recordings may be removed.
func (s *Store) Remove(ctx context.Context, paths ...string) error {
	var ids []string
	for _, p := range paths {
		ids = append(ids, index.ID(p))
	}
	states, err := s.states(ctx, ids)
	if err != nil {
		return err
	}
	var objects []stored
	for id, l := range states {
		if l.state == present {
			objects = append(objects, s.recordObject(id, newVersion(l.last()), gone, ""))
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("weaviate: removing recordings: %w", err)
	}
	return s.write(context.WithoutCancel(ctx), "removing recordings", objects)
}

// SetIdentity implements index.Store. It also deletes what does not count any more.
func (s *Store) SetIdentity(ctx context.Context, id index.Identity) error {
	if err := id.Check(); err != nil {
		return err
	}
	for _, name := range []string{s.modelClass(), s.recordingClass(), s.windowClass(id.Dim)} {
		if err := s.create(ctx, name); err != nil {
			return err
		}
	}
	states, err := s.allStates(ctx)
	if err != nil {
		return err
	}
	m, err := s.model(ctx)
	if err != nil {
		return err
	}
	for _, l := range states {
		if l.state == present {
			if err := m.Fits(id); err != nil {
				return err
			}
			break
		}
	}
	if m.version == "" || m.Fits(id) != nil {
		version := newVersion(m.version)
		what := "writing the model"
		if err := s.write(ctx, what, []stored{s.modelObject(version, id)}); err != nil {
			return err
		}
		// Of two programs that came here at the same time, one goes on.
		if m, err = s.model(ctx); err != nil {
			return err
		}
		if err := m.Fits(id); err != nil {
			return err
		}
		older := map[string]any{"path": []string{"version"}, "operator": "LessThan", "valueText": m.version}
		if err := s.remove(ctx, "deleting former models", s.modelClass(), older); err != nil {
			return err
		}
	}
	return s.sweep(ctx, states)
}

func (s *Store) modelObject(version string, id index.Identity) stored {
	return stored{Class: s.modelClass(), ID: uuid("model", version, 0),
		Properties: map[string]any{"version": version, "model": id.Model, "values": encodeVector(id.Probe)}}
}

// sweep deletes versions that do not count: those that were replaced or removed more than
// an hour ago, and those whose writing was begun as long ago and never ended. A node that
// is dead now keeps them, which does no harm.
func (s *Store) sweep(ctx context.Context, states map[string]latest) error {
	dead := map[int][]string{} // versions, by the length of vectors; 0 if there are none
	old := func(version string) bool {
		t, ok := versionTime(version)
		return ok && time.Since(t) > sweepAfter
	}
	for _, l := range states {
		for _, r := range l.others {
			switch {
			case r.version == l.version: // present on some nodes, being written on others
			case r.version < l.version && old(l.version), r.state == writing && old(r.version):
				dead[r.file.Dim] = append(dead[r.file.Dim], r.version)
			}
		}
	}
	for dim, versions := range dead {
		for part := range slices.Chunk(versions, maxIDs) {
			these := map[string]any{"path": []string{"version"}, "operator": "ContainsAny", "valueTextArray": part}
			if dim > 0 {
				if err := s.remove(ctx, "deleting windows", s.windowClass(dim), these); err != nil {
					return err
				}
			}
			if err := s.remove(ctx, "deleting records", s.recordingClass(), these); err != nil {
				return err
			}
		}
	}
	return nil
}

// remove deletes objects.
func (s *Store) remove(ctx context.Context, what, class string, where map[string]any) error {
	body, err := json.Marshal(map[string]any{"match": map[string]any{"class": class, "where": where}, "output": "minimal"})
	if err != nil {
		return fmt.Errorf("weaviate: %s: %w", what, err)
	}
	for more := true; more; {
		err := s.cluster.one(ctx, what, writePatience, http.MethodDelete, "/batch/objects?consistency_level=QUORUM", body, func(answer []byte) error {
			var reply struct {
				Results *struct{ Failed, Limit, Matches, Successful int }
			}
			if err := decodeJSON(answer, &reply); err != nil {
				return err
			}
			if reply.Results == nil {
				return errors.New("an answer without results")
			}
			if reply.Results.Failed > 0 {
				return fmt.Errorf("%d of %d objects were not deleted", reply.Results.Failed, reply.Results.Matches)
			}
			more = reply.Results.Successful > 0 && reply.Results.Matches >= reply.Results.Limit
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
