package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

type object = map[string]any

func apiDescription(t testing.TB) object {
	t.Helper()
	var doc object
	if err := json.Unmarshal(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// at follows keys, and references on the way.
func at(doc object, v any, keys ...string) any {
	for {
		o, ok := v.(object)
		if !ok {
			return v
		}
		if ref, ok := o["$ref"].(string); ok {
			v = at(doc, doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
			continue
		}
		if len(keys) == 0 {
			return v
		}
		v, keys = o[keys[0]], keys[1:]
	}
}

// conform returns how a value differs from a JSON schema: from those words of JSON Schema
// 2020-12 that the description uses. Another word is an error.
func conform(doc object, schema, v any, where string) error {
	words, _ := at(doc, schema).(object)
	for word, want := range words {
		var err error
		number, _ := want.(float64)
		switch word {
		case "description", "default":
		case "type":
			err = conformType(want.(string), v)
		case "enum":
			if !slices.Contains(want.([]any), v) {
				err = fmt.Errorf("%v is none of %v", v, want)
			}
		case "pattern":
			if s, ok := v.(string); ok && !regexp.MustCompile(want.(string)).MatchString(s) {
				err = fmt.Errorf("%q does not match %s", s, want)
			}
		case "minLength":
			if s, ok := v.(string); ok && float64(utf8.RuneCountInString(s)) < number {
				err = fmt.Errorf("%q is too short", s)
			}
		case "minimum":
			if x, ok := v.(float64); ok && x < number {
				err = fmt.Errorf("%v < %v", x, number)
			}
		case "maximum":
			if x, ok := v.(float64); ok && x > number {
				err = fmt.Errorf("%v > %v", x, number)
			}
		case "minItems":
			if l, ok := v.([]any); ok && float64(len(l)) < number {
				err = fmt.Errorf("%d items", len(l))
			}
		case "maxItems":
			if l, ok := v.([]any); ok && float64(len(l)) > number {
				err = fmt.Errorf("%d items", len(l))
			}
		case "items":
			list, _ := v.([]any)
			for i, item := range list {
				if err := conform(doc, want, item, fmt.Sprintf("%s[%d]", where, i)); err != nil {
					return err
				}
			}
		case "required":
			if o, ok := v.(object); ok {
				for _, name := range want.([]any) {
					if _, ok := o[name.(string)]; !ok {
						err = fmt.Errorf("%s is missing", name)
					}
				}
			}
		case "properties":
			o, _ := v.(object)
			for name, value := range o {
				if schema, ok := want.(object)[name]; ok {
					if err := conform(doc, schema, value, where+"."+name); err != nil {
						return err
					}
				}
			}
		case "additionalProperties":
			if want != false {
				return fmt.Errorf("additionalProperties %v is not understood here", want)
			}
			known, _ := words["properties"].(object)
			o, _ := v.(object)
			for name := range o {
				if _, ok := known[name]; !ok {
					err = fmt.Errorf("%s is not in the schema", name)
				}
			}
		default:
			err = fmt.Errorf("the word %s of schemas is not understood here", word)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
	}
	return nil
}

func conformType(want string, v any) error {
	is := "null"
	switch x := v.(type) {
	case string:
		is = "string"
	case bool:
		is = "boolean"
	case []any:
		is = "array"
	case object:
		is = "object"
	case float64:
		is = "number"
		if want == "integer" && x == float64(int64(x)) {
			is = "integer"
		}
	}
	if is != want {
		return fmt.Errorf("%.50v is of type %s, not %s", v, is, want)
	}
	return nil
}

// describedRoute finds the description of a request.
func describedRoute(doc object, method, path string) (operation any, template string) {
	for template, item := range doc["paths"].(object) {
		pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(template), `\{id\}`, "[^/]*") + "$"
		if regexp.MustCompile(pattern).MatchString(path) {
			return item.(object)[strings.ToLower(method)], template
		}
	}
	return nil, ""
}

// checkAnswer returns how an answer differs from what openapi.json says of it.
func checkAnswer(doc object, r *http.Request, status int, h http.Header, body []byte) error {
	operation, _ := describedRoute(doc, r.Method, r.URL.Path)
	var content any
	if operation == nil { // no request of the API
		if status < 400 {
			return nil
		}
		content = at(doc, doc, "components", "responses", "Error", "content")
	} else {
		responses := at(doc, operation, "responses").(object)
		response, ok := responses[fmt.Sprint(status)]
		if !ok && status >= 400 {
			response = responses["default"]
		}
		if response == nil {
			return fmt.Errorf("status %d is not described", status)
		}
		content = at(doc, response, "content")
	}
	if content == nil {
		return nil
	}
	mediaType, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	for described, media := range content.(object) {
		major, all := strings.CutSuffix(described, "*")
		if described != mediaType && !(all && strings.HasPrefix(mediaType, major)) {
			continue
		}
		if mediaType != "application/json" {
			return nil
		}
		d := json.NewDecoder(bytes.NewReader(body))
		var v any
		if err := d.Decode(&v); err != nil {
			return fmt.Errorf("%w in %.100q", err, body)
		}
		return conform(doc, at(doc, media, "schema"), v, "answer")
	}
	return fmt.Errorf("status %d has the type %q, which is not described", status, mediaType)
}

// TestRoutesAreDescribed compares the routes of the server with those of openapi.json.
func TestRoutesAreDescribed(t *testing.T) {
	doc := apiDescription(t)
	if doc["openapi"] != "3.1.0" {
		t.Errorf("openapi is %v", doc["openapi"])
	}
	described := map[string]bool{}
	for path, item := range doc["paths"].(object) {
		for method := range item.(object) {
			if method != "parameters" {
				described[strings.ToUpper(method)+" "+path] = true
			}
		}
	}
	served := map[string]bool{}
	for _, r := range new(Server).api() {
		served[r.pattern] = true
	}
	if !maps.Equal(described, served) {
		t.Errorf("described: %v\nserved: %v", slices.Sorted(maps.Keys(described)), slices.Sorted(maps.Keys(served)))
	}
}

// TestParametersAreDescribed compares the parameters that are described with those that the
// server says there are when it is sent one that it does not know.
func TestParametersAreDescribed(t *testing.T) {
	doc := apiDescription(t)
	store := testStore(t, recordings)
	_, hs := newTestServer(t, store)
	id := someFile(t, store).ID()
	for path, item := range doc["paths"].(object) {
		for method, operation := range item.(object) {
			if method == "parameters" {
				continue
			}
			var described []string
			list, _ := item.(object)["parameters"].([]any)
			more, _ := operation.(object)["parameters"].([]any)
			for _, p := range append(slices.Clone(list), more...) {
				if at(doc, p, "in") == "query" {
					described = append(described, at(doc, p, "name").(string))
				}
			}
			status, _, body := request(t, hs, strings.ToUpper(method), strings.ReplaceAll(path, "{id}", id)+"?colour=red", nil)
			var e struct{ Error string }
			json.Unmarshal(body, &e)
			_, names, ok := strings.Cut(e.Error, "those there are: ")
			if status != http.StatusBadRequest || !ok {
				t.Errorf("%s %s: an unknown parameter: %d %s", method, path, status, body)
				continue
			}
			accepted := strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' })
			slices.Sort(accepted)
			slices.Sort(described)
			if !slices.Equal(accepted, described) {
				t.Errorf("%s %s: described are %v, accepted %v", method, path, described, accepted)
			}
		}
	}
}

// TestLimitsAreDescribed sends numbers at the limits that are described, and beyond them.
func TestLimitsAreDescribed(t *testing.T) {
	doc := apiDescription(t)
	store := testStore(t, recordings)
	_, hs := newTestServer(t, store)
	id := someFile(t, store).ID()
	for path, item := range doc["paths"].(object) {
		list, _ := item.(object)["parameters"].([]any)
		more, _ := item.(object)["get"].(object)["parameters"].([]any)
		for _, p := range append(slices.Clone(list), more...) {
			schema, _ := at(doc, p, "schema").(object)
			if _, ok := schema["minimum"]; !ok {
				continue
			}
			name := at(doc, p, "name").(string)
			ask := func(value float64) int {
				q := url.Values{name: {fmt.Sprintf("%g", value)}}
				if strings.HasSuffix(path, "/search") {
					q.Set("q", "rain")
				}
				status, _, _ := request(t, hs, "GET", strings.ReplaceAll(path, "{id}", id)+"?"+q.Encode(), nil)
				return status
			}
			least, most := schema["minimum"].(float64), schema["maximum"].(float64)
			if name != "start" && name != "end" && name != "min_duration" { // which depend on others
				if a, b := ask(least), ask(most); a != 200 || b != 200 {
					t.Errorf("%s: %s=%g gives %d, %g %d", path, name, least, a, most, b)
				}
			}
			if a, b := ask(least-1), ask(most*10+1); a != 400 || b != 400 {
				t.Errorf("%s: %s=%g gives %d, %g %d", path, name, least-1, a, most*10+1, b)
			}
		}
	}
}
