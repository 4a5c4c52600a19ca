package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"syscall"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
)

// failure is an error that the client is told of.
type failure struct {
	status  int
	message string
}

func (f failure) Error() string { return f.message }

func fail(status int, format string, args ...any) error {
	return failure{status, fmt.Sprintf(format, args...)}
}

// handler makes an http.Handler of a function that answers a request or returns an error,
// which becomes the answer.
func (s *Server) handler(answer func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := answer(w, r)
		if err == nil || r.Context().Err() != nil { // the client has gone
			return
		}
		f := explain(err)
		if f.status >= http.StatusInternalServerError && f.status != http.StatusServiceUnavailable {
			s.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		}
		if f.status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "2")
		}
		writeError(w, f.status, f.message)
	})
}

// explain says of an error what the client may know.
func explain(err error) failure {
	var f failure
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, index.ErrNotFound):
		return failure{http.StatusNotFound, "there is no such recording in the index"}
	case errors.Is(err, index.ErrNothing):
		return failure{http.StatusBadRequest, strings.TrimPrefix(err.Error(), "index: ")}
	case errors.As(err, new(*http.MaxBytesError)):
		return failure{http.StatusRequestEntityTooLarge, fmt.Sprintf("the file is larger than %d MiB", maxUpload>>20)}
	case errors.Is(err, audioclip.ErrNoText):
		return failure{http.StatusUnprocessableEntity, "the model understands no texts"}
	case errors.Is(err, audioclip.ErrNoAudio):
		return failure{http.StatusUnprocessableEntity, "the model understands no sounds"}
	case errors.Is(err, audioclip.ErrNoWords):
		return failure{http.StatusUnprocessableEntity, "the model knows none of these words"}
	case errors.Is(err, audio.ErrFormat):
		return failure{http.StatusUnprocessableEntity, "this is no recording of a format that can be read"}
	case errors.Is(err, audio.ErrEmpty), errors.Is(err, audioclip.ErrEmpty):
		return failure{http.StatusUnprocessableEntity, "the recording is empty"}
	case errors.Is(err, audio.ErrCorrupt), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, audioclip.ErrNotFinite):
		return failure{http.StatusUnprocessableEntity, "the recording is damaged"}
	case errors.Is(err, syscall.ENOSPC):
		return failure{http.StatusInsufficientStorage, "the disk of the server is full"}
	case errors.Is(err, context.DeadlineExceeded):
		return failure{http.StatusServiceUnavailable, "that took too long"}
	case errors.Is(err, context.Canceled):
		return failure{http.StatusServiceUnavailable, "the server is stopping"}
	}
	return failure{http.StatusInternalServerError, "something went wrong in the server; its log has more"}
}

// writeJSON answers with a value.
func writeJSON(w http.ResponseWriter, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, append(data, '\n'))
}

func writeError(w http.ResponseWriter, status int, message string) {
	data, _ := json.Marshal(struct {
		Error string `json:"error"`
	}{message})
	h := w.Header()
	for _, name := range []string{"Content-Disposition", "ETag", "Last-Modified", "Accept-Ranges", "Content-Encoding"} {
		h.Del(name)
	}
	write(w, status, append(data, '\n'))
}

// write sends JSON. (It is no error of the server if a client does not take it.)
func write(w http.ResponseWriter, status int, data []byte) error {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	io.Copy(w, bytes.NewReader(data))
	return nil
}
