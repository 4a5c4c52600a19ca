package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed page
var pageFiles embed.FS

// page is the files of the page, by their paths.
type page map[string]pageFile

type pageFile struct {
	data              []byte
	compressed        []byte // with gzip; nil if that is not much shorter
	contentType, etag string
}

// contentTypes are those of the files there may be. (Those that package mime knows depend
// on the machine.)
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".json": "application/json; charset=utf-8",
	".svg":  "image/svg+xml",
	".png":  "image/png",
	".ico":  "image/x-icon",
}

func newPage() (page, error) {
	p := page{}
	root, err := fs.Sub(pageFiles, "page")
	if err != nil {
		return nil, err
	}
	return p, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if contentTypes[path.Ext(name)] == "" {
			return fmt.Errorf("web: page/%s: a file of no known type", name)
		}
		data, err := fs.ReadFile(root, name)
		if name == "index.html" {
			name = ""
		}
		p.add("/"+name, data)
		return err
	})
}

func (p page) add(name string, data []byte) {
	sum := sha256.Sum256(data)
	contentType := contentTypes[path.Ext(name)]
	if name == "/" {
		contentType = contentTypes[".html"]
	}
	p[name] = pageFile{data, compress(data), contentType, hex.EncodeToString(sum[:16])}
}

func compress(data []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	w.Write(data)
	w.Close()
	if b.Len() > len(data)*9/10 {
		return nil
	}
	return b.Bytes()
}

func (p page) answer(w http.ResponseWriter, r *http.Request) error {
	f, ok := p[r.URL.Path]
	if !ok {
		return fail(http.StatusNotFound, "there is no such page")
	}
	data, etag, h := f.data, f.etag, w.Header()
	if f.compressed != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			data, etag = f.compressed, etag+"-gzip"
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("Content-Type", f.contentType)
	h.Set("ETag", `"`+etag+`"`)
	h.Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	return nil
}

// acceptsGzip tells whether gzip is in the list of encodings that the client takes. (To
// those who give it a weight, not knowing of which, the file goes as it is.)
func acceptsGzip(r *http.Request) bool {
	for encoding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		if strings.EqualFold(strings.TrimSpace(encoding), "gzip") {
			return true
		}
	}
	return false
}
