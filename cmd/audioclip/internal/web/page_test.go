package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"

	"github.com/soundspace/soundspace/audioclip/index"
)

// TestPageCompressed asks for the files of the page as they are and with gzip.
func TestPageCompressed(t *testing.T) {
	_, hs := newTestServer(t, index.NewMemory())
	for path, most := range map[string]float64{"/": 0.5, "/app.js": 0.5, "/style.css": 0.5, "/openapi.json": 0.3, "/icon.svg": 1} {
		// An Accept-Encoding that says nothing keeps Go's client from asking for gzip.
		status, plain, want := request(t, hs, "GET", path, nil, "Accept-Encoding", "identity, gzip;q=0")
		if status != 200 || plain.Get("Content-Encoding") != "" {
			t.Errorf("%s: %d %v", path, status, plain)
		}
		status, h, data := request(t, hs, "GET", path, nil, "Accept-Encoding", "br, gzip , zstd")
		if status != 200 || h.Get("Content-Type") != plain.Get("Content-Type") || float64(len(data)) > most*float64(len(want)) {
			t.Errorf("%s: %d, %d of %d bytes, %v", path, status, len(data), len(want), h)
		}
		if h.Get("Content-Encoding") == "" {
			if !bytes.Equal(data, want) || h.Get("ETag") != plain.Get("ETag") {
				t.Errorf("%s: another file, or of another ETag", path)
			}
			continue
		}
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, or another file", path, err)
		}
		if h.Get("Content-Encoding") != "gzip" || h.Get("Vary") != "Accept-Encoding" || plain.Get("Vary") != "Accept-Encoding" || h.Get("ETag") == plain.Get("ETag") {
			t.Errorf("%s: %v, plain %v", path, h, plain)
		}
		if status, _, data := request(t, hs, "GET", path, nil, "Accept-Encoding", "gzip", "If-None-Match", h.Get("ETag")); status != 304 || len(data) > 0 {
			t.Errorf("%s again: %d, %d bytes", path, status, len(data))
		}
	}
}
