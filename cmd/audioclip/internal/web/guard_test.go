package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audioclip/index"
)

func TestHost(t *testing.T) {
	local := &Server{cfg: Config{Hosts: []string{"studio.example"}}}
	public := &Server{cfg: Config{Hosts: []string{"studio.example"}, Token: "x"}}
	for _, test := range []struct {
		host          string
		local, public bool
	}{
		{"localhost:8017", true, true},
		{"localhost", true, true},
		{"LOCALHOST.:1", true, true},
		{"sounds.localhost:8017", true, true},
		{"127.0.0.1:8017", true, true},
		{"127.1.2.3", true, true},
		{"[::1]:8017", true, true},
		{"[::1]", true, true},
		{"[::ffff:127.0.0.1]:80", true, true},
		{"Studio.Example:8017", true, true},
		{"192.168.1.7:8017", false, true},
		{"[fe80::1]:8017", false, true},
		{"0.0.0.0:8017", false, true},
		{"evil.example", false, false},
		{"evil.example:8017", false, false},
		{"127.0.0.1.evil.example", false, false},
		{"localhost.evil.example", false, false},
		{"localhost@evil.example", false, false},
		{"evillocalhost", false, false},
		{"127.0.0.1:8017:evil.example", false, false},
		{"", false, false},
		{":8017", false, false},
		{"2130706433", false, false},
		{"0x7f.1", false, false},
	} {
		if got := local.knowsHost(test.host); got != test.local {
			t.Errorf("loopback, %q: %v", test.host, got)
		}
		if got := public.knowsHost(test.host); got != test.public {
			t.Errorf("with a token, %q: %v", test.host, got)
		}
	}
	_, hs := newTestServer(t, index.NewMemory())
	for _, target := range []string{"/", "/api/v1/status", "/openapi.json"} {
		if status, _, _ := request(t, hs, "GET", target, nil, "Host", "evil.example:8017"); status != http.StatusMisdirectedRequest {
			t.Errorf("%s for another host: %d", target, status)
		}
	}
}

func TestOtherSites(t *testing.T) {
	_, hs := newTestServer(t, testStore(t, recordings))
	const search = "/api/v1/search?q=rain"
	self := hs.URL
	for _, test := range []struct {
		name, method, target string
		header               []string
		status               int
	}{
		{"curl", "GET", search, nil, 200},
		{"typed by the user", "GET", "/", []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"}, 200},
		{"the page", "GET", search, []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors"}, 200},
		{"the page, an old browser", "GET", search, []string{"Origin", self}, 200},
		{"a link to the page", "GET", "/?q=rain", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 200},
		{"a link to the API", "GET", search, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 403},
		{"a frame", "GET", "/", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, 403},
		{"an image elsewhere", "GET", search, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, 403},
		{"another port", "GET", search, []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"a fetch elsewhere", "GET", search, []string{"Origin", "http://evil.example"}, 403},
		{"a form elsewhere", "POST", search, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 403},
		{"a form elsewhere, an old browser", "POST", search, []string{"Origin", "http://evil.example"}, 403},
		{"a form without an origin", "POST", search, []string{"Origin", "null"}, 403},
		{"another port, an old browser", "POST", search, []string{"Origin", "http://127.0.0.1:1"}, 403},
		{"a nonsensical origin", "POST", search, []string{"Origin", "::"}, 403},
		{"the page sends nothing", "POST", search, []string{"Origin", self, "Sec-Fetch-Site", "same-origin"}, 400},
	} {
		status, h, body := request(t, hs, test.method, test.target, nil, test.header...)
		if status != test.status {
			t.Errorf("%s: %d %s", test.name, status, body)
		}
		if v := h.Get("Access-Control-Allow-Origin"); v != "" {
			t.Errorf("%s: Access-Control-Allow-Origin is %q", test.name, v)
		}
	}
}

func TestToken(t *testing.T) {
	const token = "correct horse; battery"
	_, hs := newTestServer(t, index.NewMemory(), func(c *Config) { c.Token = token })
	for _, target := range []string{"/", "/app.js", "/openapi.json", "/api/v1/status", "/?token=wrong", "/?token=", "/api/v1/status?token=correct+horse%3B+battery"} {
		status, h, body := request(t, hs, "GET", target, nil)
		if status != http.StatusUnauthorized || strings.Contains(string(body), "horse") {
			t.Errorf("%s without a token: %d %s", target, status, body)
		}
		if v := h.Values("Set-Cookie"); v != nil {
			t.Errorf("%s without a token sets %q", target, v)
		}
	}
	for _, header := range [][]string{
		{"Authorization", "Bearer wrong"}, {"Authorization", "Bearer "}, {"Authorization", token}, {"Authorization", "Basic " + token},
		{"Cookie", tokenCookie + "=wrong"}, {"Cookie", tokenCookie + "=%"}, {"Cookie", tokenCookie + "="},
	} {
		if status, _, _ := request(t, hs, "GET", "/api/v1/status", nil, header...); status != http.StatusUnauthorized {
			t.Errorf("%q: %d", header, status)
		}
	}
	if status, _, body := request(t, hs, "GET", "/api/v1/status", nil, "Authorization", "Bearer "+token); status != 200 {
		t.Errorf("with the token: %d %s", status, body)
	}

	status, h, _ := request(t, hs, "GET", "/?q=rain&token=correct+horse%3B+battery&k=3", nil)
	if status != http.StatusSeeOther || h.Get("Location") != "/?k=3&q=rain" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("the address with the token: %d %v", status, h)
	}
	cookie := (&http.Response{Header: h}).Cookies()
	if len(cookie) != 1 || !cookie[0].HttpOnly || cookie[0].SameSite != http.SameSiteLaxMode || cookie[0].Path != "/" {
		t.Fatalf("cookies %v", h.Values("Set-Cookie"))
	}
	if status, _, body := request(t, hs, "GET", "/", nil, "Cookie", cookie[0].Name+"="+cookie[0].Value); status != 200 {
		t.Errorf("with the cookie: %d %s", status, body)
	}
	if status, _, _ := request(t, hs, "GET", "/", nil, "Cookie", cookie[0].Name+"="+cookie[0].Value, "Host", "evil.example"); status != http.StatusMisdirectedRequest {
		t.Errorf("with the cookie, at another name: %d", status)
	}
	if status, h, _ := request(t, hs, "GET", "//evil.example/?token=correct+horse%3B+battery", nil); strings.Contains(h.Get("Location"), "evil") {
		t.Errorf("%d leads to %s", status, h.Get("Location"))
	}
}

// TestRefused sends what no route answers.
func TestRefused(t *testing.T) {
	store := testStore(t, recordings)
	_, hs := newTestServer(t, store)
	id := someFile(t, store).ID()
	for _, test := range []struct {
		method, target string
		status         int
	}{
		{"GET", "/nothing", 404},
		{"GET", "/index.html", 404},
		{"GET", "/page/index.html", 404},
		{"GET", "/api/v1/", 404},
		{"GET", "/api/v2/status", 404},
		{"GET", "/api/v1/recordings/", 404},
		{"GET", "/api/v1/recordings/" + id + "/", 404},
		{"GET", "/api/v1/recordings/" + strings.ToUpper(id), 404},
		{"GET", "/api/v1/recordings/" + id[1:], 404},
		{"GET", "/api/v1/recordings/" + strings.Repeat("0", 32), 404},
		{"GET", "/api/v1/recordings/" + strings.Repeat("0", 32) + "/audio", 404},
		{"GET", "/api/v1/recordings/..%2f..%2f..%2fetc%2fpasswd", 404},
		{"GET", "/api/v1/recordings/..%2f..%2fetc%2fpasswd/audio", 404},
		{"GET", "/api/v1/recordings/%2e%2e/audio", 404},
		{"GET", "/api/v1/recordings/" + id + "%2faudio", 404},
		{"GET", "/api/v1/recordings/" + id + "%00/audio", 404},
		{"GET", "/api/v1/recordings/" + strings.Repeat("a", 10000), 404},
		{"GET", "/%2e%2e/%2e%2e/etc/passwd", 404},
		{"GET", "/..%5c..%5cetc", 404},
		{"POST", "/", 405},
		{"POST", "/api/v1/status", 405},
		{"DELETE", "/api/v1/recordings/" + id, 405},
		{"PUT", "/api/v1/search", 405},
		{"OPTIONS", "/api/v1/search", 405},
	} {
		status, h, body := request(t, hs, test.method, test.target, nil)
		if status != test.status || h.Get("Content-Type") != "application/json; charset=utf-8" || !strings.Contains(string(body), `"error"`) {
			t.Errorf("%s %s: %d %s %s", test.method, test.target, status, h.Get("Content-Type"), body)
		}
		if status == 405 && h.Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", test.method, test.target)
		}
	}
	if status, _, _ := request(t, hs, "HEAD", "/api/v1/recordings/"+id+"/audio", nil); status != 200 {
		t.Errorf("HEAD: %d", status)
	}
}

// TestPanic lets a handler panic, before its answer has begun and after.
func TestPanic(t *testing.T) {
	s, _ := newTestServer(t, index.NewMemory())
	s.mux.HandleFunc("GET /before", func(http.ResponseWriter, *http.Request) { panic("before") })
	s.mux.HandleFunc("GET /after", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.Write([]byte("half"))
		panic("after")
	})
	hs := httptest.NewServer(s)
	defer hs.Close()
	if status, _, body := request(t, hs, "GET", "/before", nil); status != 500 || strings.Contains(string(body), "before") {
		t.Errorf("%d %s", status, body)
	}
	if resp, err := http.Get(hs.URL + "/after"); err == nil {
		if _, err := resp.Body.Read(make([]byte, 100)); err == nil {
			_, err = resp.Body.Read(make([]byte, 100))
			if err == nil || err.Error() == "EOF" {
				t.Errorf("half an answer looks like a whole one: %v", err)
			}
		}
		resp.Body.Close()
	}
	if status, _, _ := request(t, hs, "GET", "/api/v1/status", nil); status != 200 {
		t.Errorf("after the panics: %d", status)
	}
}
