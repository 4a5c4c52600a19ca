package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
)

// securityHeaders go with every answer.
var securityHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
		"media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
}

// ServeHTTP implements http.Handler: it lets requests pass that may, and answers them.
func (s *Server) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w := &response{ResponseWriter: rw, control: http.NewResponseController(rw), accept: s.times.accept}
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.log.Error("panic", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
			if w.begun {
				panic(http.ErrAbortHandler) // half an answer must not look like a whole one
			}
			writeError(w, http.StatusInternalServerError, "something went wrong in the server; its log has more")
		}
	}()
	for name, value := range securityHeaders {
		w.Header().Set(name, value)
	}
	if r.ContentLength != 0 {
		w.control.SetReadDeadline(time.Now().Add(s.times.upload)) // also of a body that nobody reads
	}
	if !s.knowsHost(r.Host) {
		writeError(w, http.StatusMisdirectedRequest, "this server is not called by that name: use its address")
		return
	}
	if fromElsewhere(r) {
		writeError(w, http.StatusForbidden, "requests from pages of other sites are refused")
		return
	}
	if s.cfg.Token != "" && !s.authorised(w, r) {
		return
	}
	if h, pattern := s.mux.Handler(r); pattern == "" {
		var no refusal
		h.ServeHTTP(&no, r)
		if no.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", no.Header().Get("Allow"))
			writeError(w, no.status, "there is nothing here for a "+r.Method+" request")
			return
		}
	}
	s.mux.ServeHTTP(w, r)
}

// refusal takes the answer of an http.ServeMux that knows no handler of a request, which is
// not JSON.
type refusal struct {
	header http.Header
	status int
}

func (a *refusal) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}
func (a *refusal) WriteHeader(status int)      { a.status = status }
func (a *refusal) Write(p []byte) (int, error) { return len(p), nil }

// response limits how long a client may take to accept the next piece of an answer, and
// knows whether the answer has begun.
type response struct {
	http.ResponseWriter
	control *http.ResponseController
	accept  time.Duration
	begun   bool
}

func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *response) WriteHeader(status int) {
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(p []byte) (int, error) {
	w.begun = true
	w.control.SetWriteDeadline(time.Now().Add(w.accept))
	return w.ResponseWriter.Write(p)
}

// knowsHost tells whether the Host of a request is a name of this server. A page of a
// foreign site can have its own name point to 127.0.0.1, but not change the name that the
// browser sends.
func (s *Server) knowsHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	for _, name := range s.cfg.Hosts {
		if strings.EqualFold(name, host) {
			return true
		}
	}
	ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	return err == nil && (ip.IsLoopback() || s.cfg.Token != "")
}

// fromElsewhere tells whether a browser makes the request for a page of another origin.
// Such a page may only lead the user here: to the page itself, not to an answer of the API.
// Browsers of today say so in Sec-Fetch-Site where the connection is trustworthy, which
// the loopback is; all say it in Origin where something may be changed.
func fromElsewhere(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return false
	case "":
	default:
		navigation := r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
		return !navigation || strings.HasPrefix(r.URL.Path, "/api/")
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false // no browser, or a navigation
	}
	u, err := url.Parse(origin)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}

// tokenCookie is where a browser keeps the token.
const tokenCookie = "audioclip_token"

// authorised tells whether the request has the token. If not, it has been answered, as has
// one that brings the token in the address of the page, to be kept in a cookie.
func (s *Server) authorised(w http.ResponseWriter, r *http.Request) bool {
	if r.URL.Path == "/" && r.URL.Query().Has("token") && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		query := r.URL.Query()
		if !s.isToken(query.Get("token")) {
			writeError(w, http.StatusUnauthorized, "this is not the token of the server")
			return false
		}
		http.SetCookie(w, &http.Cookie{Name: tokenCookie, Value: url.QueryEscape(s.cfg.Token), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		query.Del("token")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Location", (&url.URL{Path: "/", RawQuery: query.Encode()}).String())
		w.WriteHeader(http.StatusSeeOther)
		return false
	}
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && s.isToken(token) {
		return true
	}
	if c, err := r.Cookie(tokenCookie); err == nil {
		if token, err := url.QueryUnescape(c.Value); err == nil && s.isToken(token) {
			return true
		}
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="audioclip"`)
	writeError(w, http.StatusUnauthorized, "this server wants a token: open the address that 'audioclip serve' printed")
	return false
}

// isToken compares in a time that says nothing of the token.
func (s *Server) isToken(token string) bool {
	a, b := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.cfg.Token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
