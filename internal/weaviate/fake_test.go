package weaviate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// fake is a cluster in this process that does what the store asks of one, as
// Weaviate 1.35 does (TestServers has the same tests with the real one): what a node is
// told goes to all nodes that are alive, which must be two of three, and it answers from
// what it has itself.
type fake struct {
	mu    sync.Mutex
	nodes [3]struct {
		server  *httptest.Server
		dead    bool
		objects map[string]map[string]stored // by class and ID
	}
	classes map[string]json.RawMessage
	// spoil, if not nil, may answer instead of a node; it tells whether it did.
	spoil func(node int, w http.ResponseWriter, r *http.Request, body string) bool
}

func newFake(t *testing.T) *fake {
	f := &fake{classes: map[string]json.RawMessage{}}
	for i := range f.nodes {
		f.nodes[i].objects = map[string]map[string]stored{}
		f.nodes[i].server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.serve(i, w, r) }))
		t.Cleanup(f.nodes[i].server.Close)
	}
	return f
}

func (f *fake) address() string {
	var hosts []string
	for i := range f.nodes {
		hosts = append(hosts, strings.TrimPrefix(f.nodes[i].server.URL, "http://"))
	}
	return Scheme + strings.Join(hosts, ",")
}

func (f *fake) open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), f.address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// spoilWith sets what may answer instead of nodes.
func (f *fake) spoilWith(spoil func(node int, w http.ResponseWriter, r *http.Request, body string) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.spoil = spoil
}

// set kills or revives a node.
func (f *fake) set(node int, dead bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nodes[node].dead = dead
}

func (f *fake) serve(node int, w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	spoil := f.spoil
	dead := f.nodes[node].dead
	f.mu.Unlock()
	if dead {
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
		return
	}
	if spoil != nil && spoil(node, w, r, string(body)) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	status, answer := http.StatusOK, any(nil)
	switch path := strings.TrimPrefix(r.URL.Path, "/v1"); {
	case path == "/nodes":
		var list []map[string]string
		for i := range f.nodes {
			list = append(list, map[string]string{"name": fmt.Sprint("node", i), "status": map[bool]string{false: "HEALTHY", true: "UNHEALTHY"}[f.nodes[i].dead]})
		}
		answer = map[string]any{"nodes": list}
	case path == "/schema":
		var c class
		json.Unmarshal(body, &c)
		if f.classes[c.Class] != nil {
			status, answer = http.StatusUnprocessableEntity, map[string]any{"error": []any{map[string]string{"message": "class already exists"}}}
		} else {
			f.classes[c.Class] = body
		}
	case strings.HasPrefix(path, "/schema/"):
		c, ok := f.classes[strings.TrimPrefix(path, "/schema/")]
		if answer = c; !ok {
			status, answer = http.StatusNotFound, ""
		}
	case path == "/batch/objects":
		status, answer = f.batch(r, body)
	case path == "/graphql":
		answer = f.query(node, body)
	default:
		status = http.StatusNotFound
	}
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}

// batch writes or deletes objects.
func (f *fake) batch(r *http.Request, body []byte) (status int, answer any) {
	var alive []map[string]map[string]stored
	for i := range f.nodes {
		if !f.nodes[i].dead {
			alive = append(alive, f.nodes[i].objects)
		}
	}
	if len(alive) < 2 || r.URL.Query().Get("consistency_level") != "QUORUM" {
		return http.StatusInternalServerError, "cannot achieve consistency level"
	}
	if r.Method == http.MethodDelete {
		var request struct {
			Match struct {
				Class string
				Where struct {
					Path           []string
					Operator       string
					ValueText      string
					ValueTextArray []string
				}
			}
		}
		json.Unmarshal(body, &request)
		where := request.Match.Where
		n := 0
		for _, objects := range alive {
			maps.DeleteFunc(objects[request.Match.Class], func(_ string, o stored) bool {
				version, _ := o.Properties["version"].(string)
				match := where.Operator == "LessThan" && version < where.ValueText || where.Operator == "ContainsAny" && slices.Contains(where.ValueTextArray, version)
				if match {
					n++
				}
				return match
			})
		}
		return http.StatusOK, map[string]any{"results": map[string]int{"failed": 0, "limit": 10000, "matches": n, "successful": n}}
	}
	var request struct{ Objects []stored }
	json.Unmarshal(body, &request)
	results := []any{}
	for _, o := range request.Objects {
		for _, objects := range alive {
			if objects[o.Class] == nil {
				objects[o.Class] = map[string]stored{}
			}
			objects[o.Class][o.ID] = o
		}
		results = append(results, map[string]any{"result": map[string]string{"status": "SUCCESS"}})
	}
	return http.StatusOK, results
}

var (
	querySyntax  = regexp.MustCompile(`^\{Get\{(\w+)(?:\((.*)\))?\{([^()]*)\}\}\}$`)
	containsAny  = regexp.MustCompile(`path:\["(\w+)"\],operator:ContainsAny,valueText:(\[[^\]]*\])`)
	numberRange  = regexp.MustCompile(`operator:GreaterThanEqual,valueInt:(\d+)\},\{path:\["number"\],operator:LessThan,valueInt:(\d+)`)
	limitSyntax  = regexp.MustCompile(`limit:(\d+)`)
	afterSyntax  = regexp.MustCompile(`after:"([^"]*)"`)
	vectorSyntax = regexp.MustCompile(`nearVector:\{vector:(\[[^\]]*\])\}`)
)

// query answers a question in GraphQL.
func (f *fake) query(node int, body []byte) any {
	fail := func(format string, args ...any) any {
		return map[string]any{"errors": []any{map[string]string{"message": fmt.Sprintf(format, args...)}}}
	}
	var request struct{ Query string }
	json.Unmarshal(body, &request)
	q := querySyntax.FindStringSubmatch(request.Query)
	if q == nil {
		return fail("syntax error in %s", request.Query)
	}
	class, args := q[1], q[2]
	if f.classes[class] == nil {
		return fail("Cannot query field %q on type \"GetObjectsObj\".", class)
	}
	list := slices.Collect(maps.Values(f.nodes[node].objects[class]))
	if m := containsAny.FindStringSubmatch(args); m != nil {
		var values []string
		json.Unmarshal([]byte(m[2]), &values)
		list = slices.DeleteFunc(list, func(o stored) bool {
			value, ok := o.Properties[m[1]].(string)
			return !ok || !slices.Contains(values, value)
		})
	}
	if m := numberRange.FindStringSubmatch(args); m != nil {
		from, _ := strconv.ParseFloat(m[1], 64)
		to, _ := strconv.ParseFloat(m[2], 64)
		list = slices.DeleteFunc(list, func(o stored) bool { n := o.Properties["number"].(float64); return n < from || n >= to })
	}
	if m := afterSyntax.FindStringSubmatch(args); m != nil {
		list = slices.DeleteFunc(list, func(o stored) bool { return o.ID <= m[1] })
	}
	distances := map[string]float64{}
	if m := vectorSyntax.FindStringSubmatch(args); m != nil {
		var vector []float32
		json.Unmarshal([]byte(m[1]), &vector)
		for _, o := range list {
			if o.Vector != nil {
				distances[o.ID] = -float64(float32(dot(vector, o.Vector)))
			}
		}
		list = slices.DeleteFunc(list, func(o stored) bool { return o.Vector == nil })
	}
	slices.SortFunc(list, func(a, b stored) int {
		return cmp.Or(cmp.Compare(distances[a.ID], distances[b.ID]), cmp.Compare(a.ID, b.ID))
	})
	if m := limitSyntax.FindStringSubmatch(args); m != nil {
		n, _ := strconv.Atoi(m[1])
		if n > maxResults {
			return fail("query maximum results exceeded")
		}
		list = list[:min(n, len(list))]
	}
	objects := []any{}
	for _, o := range list {
		properties := maps.Clone(o.Properties)
		additional := map[string]any{"id": o.ID}
		if d, ok := distances[o.ID]; ok {
			additional["distance"] = d
		}
		properties["_additional"] = additional
		objects = append(objects, properties)
	}
	return map[string]any{"data": map[string]any{"Get": map[string]any{class: objects}}}
}
