package weaviate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/soundspace/soundspace/audioclip"
)

const (
	// maxResults is how many objects a server returns at most, by its default
	// (QUERY_MAXIMUM_RESULTS).
	maxResults = 10000
	// pageSize is how many objects a page of a list has.
	pageSize = 1000
	// maxIDs is how many names a question has at most.
	maxIDs = 500
)

// Properties that are asked for.
const (
	recordProperties = "recording version state file _additional{id}"
	windowProperties = "recording version number span values"
	modelProperties  = "version model values"
)

// selection is a question for objects of one class, in GraphQL.
type selection struct {
	class, arguments, properties string
}

func (s selection) String() string {
	if s.arguments != "" {
		return s.class + "(" + s.arguments + "){" + s.properties + "}"
	}
	return s.class + "{" + s.properties + "}"
}

// where returns the argument that a property is one of values, as GraphQL has it.
func where(property string, values []string) string {
	return fmt.Sprintf("where:{path:[%q],operator:ContainsAny,valueText:%s}", property, quoted(values))
}

func quoted(values []string) []byte {
	list, _ := json.Marshal(values)
	return list
}

// get asks a quorum of nodes for objects. decode makes of each answer what is returned.
func get[T any](ctx context.Context, s *Store, what string, sel selection, decode func([]object) (T, error)) ([]T, error) {
	body, err := json.Marshal(map[string]string{"query": "{Get{" + sel.String() + "}}"})
	if err != nil {
		return nil, fmt.Errorf("weaviate: %s: %w", what, err)
	}
	return ask(ctx, s.cluster, what, http.MethodPost, "/graphql", body, func(answer []byte) (list T, err error) {
		objects, err := decodeObjects(answer, sel.class)
		if err != nil {
			return list, err
		}
		return decode(objects)
	})
}

// objects is for get.
func objects(list []object) ([]object, error) { return list, nil }

func decodeObjects(answer []byte, class string) ([]object, error) {
	var reply struct {
		Data   struct{ Get map[string][]object }
		Errors []struct{ Message string }
	}
	if err := decodeJSON(answer, &reply); err != nil {
		return nil, err
	}
	if len(reply.Errors) > 0 {
		return nil, fmt.Errorf("the server answered: %s", shorten(reply.Errors[0].Message))
	}
	objects, ok := reply.Data.Get[class]
	if !ok {
		return nil, errors.New("an answer without what was asked for")
	}
	return objects, nil
}

// latest is the state of a recording, by its records.
type latest struct {
	record          // of the latest version that is present or gone
	others []record // of all other versions
}

// last returns the last version that there is, whatever its state.
func (l latest) last() string {
	last := l.version
	for _, r := range l.others {
		last = max(last, r.version)
	}
	return last
}

// union returns the latest state of each recording of which one of the answers knows.
// What not all nodes knew of what counts is written again.
func (s *Store) union(ctx context.Context, answers [][]object) (map[string]latest, error) {
	type seen struct {
		object
		nodes int
	}
	byState := map[string]*seen{} // a version that is being written may be present on some nodes only
	for _, answer := range answers {
		for _, o := range answer {
			key := o.Version + o.State
			if byState[key] == nil {
				byState[key] = &seen{object: o}
			}
			byState[key].nodes++
		}
	}
	list := map[string]latest{}
	for _, o := range byState {
		r, err := newRecord(o.object)
		if err != nil {
			return nil, fmt.Errorf("weaviate: class %s: %w", s.recordingClass(), err)
		}
		l := list[r.recording]
		switch {
		case r.state == writing || r.version < l.version:
			l.others = append(l.others, r)
		default:
			if l.version != "" {
				l.others = append(l.others, l.record)
			}
			l.record = r
		}
		list[r.recording] = l
	}
	var partial []stored
	for _, l := range list {
		if o := byState[l.version+l.state]; l.version != "" && o.nodes < len(answers) {
			partial = append(partial, s.recordObject(o.Recording, o.Version, o.State, o.File))
		}
	}
	if len(partial) > 0 {
		if err := s.write(ctx, "completing records", partial); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// states returns the latest states of recordings.
func (s *Store) states(ctx context.Context, ids []string) (map[string]latest, error) {
	all := map[string]latest{}
	if ok, err := s.exists(ctx, s.recordingClass()); !ok {
		return all, err
	}
	var read func(ids []string) error
	read = func(ids []string) error {
		sel := selection{s.recordingClass(), where("recording", ids) + fmt.Sprintf(",limit:%d", maxResults), recordProperties}
		answers, err := get(ctx, s, "reading recordings", sel, objects)
		if err != nil {
			return err
		}
		full := slices.ContainsFunc(answers, func(a []object) bool { return len(a) >= maxResults })
		if full && len(ids) > 1 {
			if err := read(ids[:len(ids)/2]); err != nil {
				return err
			}
			return read(ids[len(ids)/2:])
		}
		if full {
			return fmt.Errorf("weaviate: %s has more than %d versions", ids[0], maxResults)
		}
		list, err := s.union(ctx, answers)
		for id, l := range list {
			all[id] = l
		}
		return err
	}
	for part := range slices.Chunk(ids, maxIDs) {
		if err := read(part); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// allStates returns the latest states of all recordings.
func (s *Store) allStates(ctx context.Context) (map[string]latest, error) {
	if ok, err := s.exists(ctx, s.recordingClass()); !ok {
		return nil, err
	}
	answers := make([][]object, s.cluster.quorum)
	for after, more := "", true; more; {
		sel := selection{s.recordingClass(), fmt.Sprintf("limit:%d,after:%q", pageSize, after), recordProperties}
		pages, err := get(ctx, s, "listing recordings", sel, func(page []object) ([]object, error) { return page, checkPage(page, after) })
		if err != nil {
			return nil, err
		}
		// Nodes may have different objects, so that their pages end at different ones:
		// what lies behind the first of these ends comes with the next page.
		more = false
		for _, page := range pages {
			if last := len(page) - 1; last+1 >= pageSize && (!more || page[last].Additional.ID < after) {
				more, after = true, page[last].Additional.ID
			}
		}
		for i, page := range pages {
			for _, o := range page {
				if !more || o.Additional.ID <= after {
					answers[i] = append(answers[i], o)
				}
			}
		}
	}
	return s.union(ctx, answers)
}

// checkPage returns an error if objects are not in the order of their names.
func checkPage(page []object, after string) error {
	for _, o := range page {
		if o.Additional.ID <= after {
			return fmt.Errorf("a list in which %q comes after %q", shorten(o.Additional.ID), after)
		}
		after = o.Additional.ID
	}
	return nil
}

// piece is a part of the windows of some recordings: of number from to below to of each.
type piece struct {
	records  []record
	from, to int
}

// pieces cuts recordings into pieces of at most size windows.
func pieces(records []record, size int) (list []piece) {
	p, n := piece{to: size}, 0
	for _, r := range records {
		if len(p.records) > 0 && (n+r.file.Windows > size || len(p.records) == maxIDs) {
			list = append(list, p)
			p, n = piece{to: size}, 0
		}
		for first := size; first < r.file.Windows; first += size {
			list = append(list, piece{[]record{r}, first, first + size})
		}
		p.records = append(p.records, r)
		n += min(r.file.Windows, size)
	}
	if len(p.records) > 0 {
		list = append(list, p)
	}
	return list
}

// windows asks for the windows of a piece. All of its records have vectors of dim values.
// The windows of a record are in order; it is an error if one is missing.
func (s *Store) windows(ctx context.Context, p piece, dim int) ([][]audioclip.Window, error) {
	versions := map[string]int{}
	list := make([][]audioclip.Window, len(p.records))
	missing := 0
	for i, r := range p.records {
		versions[r.version] = i
		list[i] = make([]audioclip.Window, min(r.file.Windows, p.to)-p.from)
		missing += len(list[i])
	}
	filter := fmt.Sprintf(`where:{operator:And,operands:[{path:["version"],operator:ContainsAny,valueText:%s},`+
		`{path:["number"],operator:GreaterThanEqual,valueInt:%d},{path:["number"],operator:LessThan,valueInt:%d}]},limit:%d`,
		quoted(slices.Collect(maps.Keys(versions))), p.from, p.to, missing)
	sel := selection{s.windowClass(dim), filter, windowProperties}
	answers, err := get(ctx, s, "reading windows", sel, objects)
	if err != nil {
		return nil, err
	}
	for _, o := range slices.Concat(answers...) {
		i, ok := versions[o.Version]
		if !ok || o.Number < p.from || o.Number-p.from >= len(list[i]) {
			return nil, fmt.Errorf("weaviate: class %s: a window that was not asked for", s.windowClass(dim))
		}
		if w := &list[i][o.Number-p.from]; w.Vector == nil {
			if *w, err = newWindow(o, dim); err != nil {
				return nil, fmt.Errorf("weaviate: class %s: %w", s.windowClass(dim), err)
			}
			missing--
		}
	}
	if missing > 0 {
		return nil, fmt.Errorf("weaviate: class %s: %d windows of %d recordings (the first is %q) are missing", s.windowClass(dim), missing, len(p.records), p.records[0].Path)
	}
	return list, nil
}
