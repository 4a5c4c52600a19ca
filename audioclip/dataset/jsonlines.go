package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// parseJSONLines reads an object from each line that is not blank. Errors begin
// with the line number.
func parseJSONLines(data []byte) ([]row, error) {
	var rows []row
	for line := 1; len(data) > 0; line++ {
		var text []byte
		text, data, _ = bytes.Cut(data, []byte("\n"))
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		r, err := parseObject(text)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", line, err)
		}
		r.line = line
		rows = append(rows, r)
	}
	return rows, nil
}

func parseObject(text []byte) (row, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return row{}, err
	}
	if object == nil {
		return row{}, errors.New("not an object")
	}
	if object["file"] == nil { // as in the header of a table
		if name, ok := object["file_name"]; ok {
			object["file"] = name
			delete(object, "file_name")
		}
	}
	var r row
	c := &r.clip
	for _, key := range slices.Sorted(maps.Keys(object)) {
		value := object[key]
		if string(value) == "null" {
			continue
		}
		var err error
		switch key {
		case "file":
			err = json.Unmarshal(value, &c.File)
		case "start":
			err = json.Unmarshal(value, &c.Start)
		case "seconds":
			err = json.Unmarshal(value, &c.Seconds)
		case "concept":
			err = json.Unmarshal(value, &c.Concept)
		case "source":
			err = json.Unmarshal(value, &c.Source)
		case "captions":
			var list []string
			err = json.Unmarshal(value, &list)
			c.Captions = append(c.Captions, list...)
		default:
			var s string
			isString := json.Unmarshal(value, &s) == nil
			switch {
			case isCaption(key) && !isString:
				err = errors.New("it must be a string")
			case isCaption(key):
				c.Captions = append(c.Captions, s)
			default:
				if !isString {
					s = string(value)
				}
				if c.Fields == nil {
					c.Fields = map[string]string{}
				}
				c.Fields[key] = s
			}
		}
		if err != nil {
			return row{}, fmt.Errorf("%q: %w", key, err)
		}
	}
	return r, r.finish()
}
