package weaviate

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// format is the description of all classes. The number is that of the layout.
const format = "soundspace index, layout 1"

// maxReplicas is the most copies of a shard that there are.
const maxReplicas = 3

type property struct {
	Name         string   `json:"name"`
	DataType     []string `json:"dataType"`
	Tokenization string   `json:"tokenization,omitempty"`
	Filterable   bool     `json:"indexFilterable"`
	Searchable   bool     `json:"indexSearchable"`
	Range        bool     `json:"indexRangeFilters,omitempty"`
}

// text returns a property that is one word, whatever it is.
func text(name string, filterable bool) property {
	return property{Name: name, DataType: []string{"text"}, Tokenization: "field", Filterable: filterable}
}

type class struct {
	Class           string         `json:"class"`
	Description     string         `json:"description"`
	Vectorizer      string         `json:"vectorizer"`
	VectorIndexType string         `json:"vectorIndexType"`
	VectorIndex     map[string]any `json:"vectorIndexConfig,omitempty"`
	Properties      []property     `json:"properties,omitempty"`
	Replication     struct {
		Factor int  `json:"factor"`
		Async  bool `json:"asyncEnabled"`
	} `json:"replicationConfig"`
	Sharding struct {
		Count int `json:"desiredCount"`
	} `json:"shardingConfig"`
}

func (s *Store) modelClass() string     { return s.class + "Model" }
func (s *Store) recordingClass() string { return s.class + "Recording" }
func (s *Store) windowClass(dim int) string {
	return s.class + "Window" + strconv.Itoa(dim)
}

// newClass describes a class for a cluster of n nodes.
func (s *Store) newClass(name string, n int) class {
	c := class{Class: name, Description: format, Vectorizer: "none", VectorIndexType: "flat"}
	c.VectorIndex = map[string]any{"distance": "dot"}
	c.Replication.Factor = min(n, maxReplicas)
	c.Replication.Async = n > 1
	c.Sharding.Count = n
	switch name {
	case s.modelClass():
		c.Properties = []property{text("version", true), text("model", false), text("values", false)}
	case s.recordingClass():
		c.Properties = []property{text("recording", true), text("version", true), text("state", false), text("file", false)}
	default:
		number := property{Name: "number", DataType: []string{"int"}, Filterable: true, Range: true}
		c.Properties = []property{text("version", true), text("recording", false), number, text("span", false), text("values", false)}
	}
	return c
}

// look asks for a class. It is nil if there is none.
func (s *Store) look(ctx context.Context, name string) (*class, error) {
	var found class
	err := s.cluster.one(ctx, "asking for class "+name, schemaPatience, http.MethodGet, "/schema/"+name, nil, func(answer []byte) error {
		found = class{}
		return decodeJSON(answer, &found)
	})
	if hasStatus(err, http.StatusNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if found.Description != format {
		return nil, fmt.Errorf("weaviate: class %s of the server is described as %q, not as %q: another program made it, or another version of this one", name, shorten(found.Description), format)
	}
	if metric, _ := found.VectorIndex["distance"].(string); found.VectorIndexType != "flat" || metric != "dot" {
		return nil, fmt.Errorf("weaviate: class %s of the server has the index %q with distance %q, which were flat and dot", name, found.VectorIndexType, metric)
	}
	if found.Sharding.Count < 1 || found.Replication.Factor != min(found.Sharding.Count, maxReplicas) {
		return nil, fmt.Errorf("weaviate: class %s of the server has %d shards and %d copies of each, which cannot be", name, found.Sharding.Count, found.Replication.Factor)
	}
	return &found, nil
}

// adopt sets how many nodes must answer, by the number of nodes for which a class was
// made.
func (s *Store) adopt(nodes int) error {
	if s.nodes == nodes {
		return nil
	}
	quorum := nodes - min(nodes, maxReplicas)/2
	switch named := len(s.cluster.nodes); {
	case s.nodes != 0:
		return fmt.Errorf("weaviate: some classes %s... are for %d nodes, others for %d: use another class name", s.class, s.nodes, nodes)
	case named < quorum:
		return fmt.Errorf("weaviate: the classes %s... are spread over %d nodes: the address must name %d of them at least, it names %d", s.class, nodes, quorum, named)
	case named > nodes:
		return fmt.Errorf("weaviate: the classes %s... are spread over %d nodes, but the address names %d", s.class, nodes, named)
	}
	s.nodes, s.cluster.quorum = nodes, quorum
	return nil
}

// exists tells whether there is a class.
func (s *Store) exists(ctx context.Context, name string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known[name] {
		return true, nil
	}
	c, err := s.look(ctx, name)
	if err != nil || c == nil {
		return false, err
	}
	if err := s.adopt(c.Sharding.Count); err != nil {
		return false, err
	}
	s.known[name] = true
	return true, nil
}

// create makes a class if there is none.
func (s *Store) create(ctx context.Context, name string) error {
	if ok, err := s.exists(ctx, name); ok || err != nil {
		return err
	}
	nodes, err := s.countNodes(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	err = s.adopt(nodes)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	body, err := json.Marshal(s.newClass(name, nodes))
	if err != nil {
		return err
	}
	made := s.cluster.one(ctx, "making class "+name, writePatience, http.MethodPost, "/schema", body, nil)
	// If that failed, another program may have been faster.
	ok, err := s.exists(ctx, name)
	if !ok && err == nil {
		err = made
		if err == nil {
			err = fmt.Errorf("weaviate: class %s was made, and is not there", name)
		}
	}
	return err
}

// countNodes returns how many nodes the cluster has. All of them must be well.
func (s *Store) countNodes(ctx context.Context) (n int, err error) {
	err = s.cluster.one(ctx, "counting the nodes of the cluster", schemaPatience, http.MethodGet, "/nodes", nil, func(answer []byte) error {
		var list struct {
			Nodes []struct{ Name, Status string }
		}
		if err := decodeJSON(answer, &list); err != nil {
			return err
		}
		for _, node := range list.Nodes {
			if node.Status != "HEALTHY" {
				return fmt.Errorf("node %q is %q: for the first use of a store, all must be HEALTHY", shorten(node.Name), shorten(node.Status))
			}
		}
		n = len(list.Nodes)
		return nil
	})
	return n, err
}
