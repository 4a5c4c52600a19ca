package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"time"
)

//go:embed page
var pageFiles embed.FS

// page is the files of the page, by their paths.
type page map[string]pageFile

type pageFile struct {
	data              []byte
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
	p[name] = pageFile{data, contentType, `"` + hex.EncodeToString(sum[:16]) + `"`}
}

func (p page) answer(w http.ResponseWriter, r *http.Request) error {
	f, ok := p[r.URL.Path]
	if !ok {
		return fail(http.StatusNotFound, "there is no such page")
	}
	w.Header().Set("Content-Type", f.contentType)
	w.Header().Set("ETag", f.etag)
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.data))
	return nil
}
