// Package webdriver drives a headless Chromium, for tests of web pages: a client of ChromeDriver,
// which it starts, over the W3C WebDriver protocol (https://www.w3.org/TR/webdriver2/) and the
// extensions of ChromeDriver for the DevTools protocol and for logs.
package webdriver

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// ErrNotInstalled is the error of Start where there is no Chromium or no ChromeDriver.
var ErrNotInstalled = errors.New("webdriver: chromium and chromedriver are not both on the PATH")

// Keys that are not characters, for Press and Type (section 17.4.2 of the protocol).
const (
	Enter  = "\ue007"
	Escape = "\ue00c"
	Left   = "\ue012"
	Right  = "\ue014"
	Down   = "\ue015"
)

// A Browser is one window of a Chromium of its own. It is not safe for concurrent use.
type Browser struct {
	driver  *exec.Cmd
	session string // URL
}

// Start starts a browser, with further arguments for its command line. It logs what the console
// says and what is requested: see Log. Without Close, the browser outlives the program.
func Start(args ...string) (_ *Browser, err error) {
	driver, missing := exec.LookPath("chromedriver")
	if missing != nil {
		return nil, ErrNotInstalled
	}
	var chromium string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if chromium, missing = exec.LookPath(name); missing == nil {
			break
		}
	}
	if missing != nil {
		return nil, ErrNotInstalled
	}

	b, err := startDriver(driver)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			b.Close()
		}
	}()

	args = append([]string{"--headless=new", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--force-color-profile=srgb", "--hide-scrollbars"}, args...)
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // Chromium does not start as root with it
	}
	var session struct {
		SessionID string `json:"sessionId"`
	}
	err = b.call(http.MethodPost, "", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"browserName":        "chrome",
		"goog:chromeOptions": map[string]any{"binary": chromium, "args": args},
		"goog:loggingPrefs":  map[string]string{"browser": "ALL", "performance": "ALL"},
	}}}, &session)
	if err != nil {
		return nil, err
	}
	b.session += "/" + session.SessionID
	return b, nil
}

// startDriver starts ChromeDriver on some free port. It tries a few times: the port that it finds
// free may be taken before it listens there.
func startDriver(driver string) (*Browser, error) {
	var err error
	for range 3 {
		b := &Browser{driver: exec.Command(driver, "--port=0")}
		stdout, pipeErr := b.driver.StdoutPipe()
		if pipeErr != nil {
			return nil, fmt.Errorf("webdriver: %w", pipeErr)
		}
		if err := b.driver.Start(); err != nil {
			return nil, fmt.Errorf("webdriver: %w", err)
		}
		var server string
		if server, err = address(stdout); err == nil {
			b.session = server + "/session"
			return b, nil
		}
		b.Close()
	}
	return nil, err
}

var listening = regexp.MustCompile(`started successfully on port (\d+)`)

// address reads where ChromeDriver listens, and goes on reading what it says.
func address(stdout io.Reader) (string, error) {
	lines := bufio.NewScanner(stdout)
	var said []string
	for lines.Scan() {
		if port := listening.FindStringSubmatch(lines.Text()); port != nil {
			go io.Copy(io.Discard, stdout)
			return "http://127.0.0.1:" + port[1], nil
		}
		said = append(said, lines.Text())
	}
	return "", fmt.Errorf("webdriver: chromedriver did not start: %s", strings.Join(said, "; "))
}

// Close ends the browser.
func (b *Browser) Close() error {
	if strings.Contains(b.session, "/session/") {
		b.call(http.MethodDelete, "", nil, nil)
	}
	b.driver.Process.Kill()
	b.driver.Wait()
	return nil
}

// call sends a command and decodes the value of the answer into dst, if that is not nil.
func (b *Browser) call(method, path string, body, dst any) error {
	var sent io.Reader
	if method == http.MethodPost {
		if body == nil {
			body = struct{}{}
		}
		text, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("webdriver: %w", err)
		}
		sent = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, b.session+path, sent)
	if err != nil {
		return fmt.Errorf("webdriver: %w", err)
	}
	client := http.Client{Timeout: time.Minute}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("webdriver: %w", err)
	}
	defer resp.Body.Close()
	var answer struct {
		Value json.RawMessage `json:"value"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("webdriver: %s %s: %w", method, path, err)
	}
	if resp.StatusCode != http.StatusOK {
		var refused struct{ Error, Message string }
		json.Unmarshal(answer.Value, &refused)
		first, _, _ := strings.Cut(refused.Message, "\n")
		return fmt.Errorf("webdriver: %s: %s", refused.Error, first)
	}
	if dst == nil {
		return nil
	}
	if err := json.Unmarshal(answer.Value, dst); err != nil {
		return fmt.Errorf("webdriver: %s %s: %w", method, path, err)
	}
	return nil
}

// Open goes to an address and waits until the page is loaded.
func (b *Browser) Open(url string) error {
	return b.call(http.MethodPost, "/url", map[string]string{"url": url}, nil)
}

// Back goes back in the history.
func (b *Browser) Back() error { return b.call(http.MethodPost, "/back", nil, nil) }

// Reload loads the page again.
func (b *Browser) Reload() error { return b.call(http.MethodPost, "/refresh", nil, nil) }

// Run runs the body of a function in the page and decodes what it returns, or what the promise it
// returns becomes, into dst (nil: nothing).
func (b *Browser) Run(dst any, script string, args ...any) error {
	if args == nil {
		args = []any{}
	}
	return b.call(http.MethodPost, "/execute/sync", map[string]any{"script": script, "args": args}, dst)
}

// element returns the path of the first element that a CSS selector matches.
func (b *Browser) element(css string) (string, error) {
	var found map[string]string
	if err := b.call(http.MethodPost, "/element", map[string]string{"using": "css selector", "value": css}, &found); err != nil {
		return "", err
	}
	return "/element/" + found["element-6066-11e4-a52e-4f735466cecf"], nil
}

// Click scrolls to the first element that a selector matches and clicks on its middle.
func (b *Browser) Click(css string) error {
	element, err := b.element(css)
	if err != nil {
		return err
	}
	return b.call(http.MethodPost, element+"/click", nil, nil)
}

// Type types into the first element that a selector matches; for an input of files, the text is
// their paths.
func (b *Browser) Type(css, text string) error {
	element, err := b.element(css)
	if err != nil {
		return err
	}
	return b.call(http.MethodPost, element+"/value", map[string]string{"text": text}, nil)
}

// Press presses and lets go keys one after the other, wherever the focus is.
func (b *Browser) Press(keys string) error {
	var actions []map[string]string
	for _, key := range keys {
		actions = append(actions, map[string]string{"type": "keyDown", "value": string(key)}, map[string]string{"type": "keyUp", "value": string(key)})
	}
	return b.call(http.MethodPost, "/actions", map[string]any{"actions": []any{map[string]any{"type": "key", "id": "keyboard", "actions": actions}}}, nil)
}

// A Point is a place in the window, in CSS pixels from its upper left corner.
type Point struct{ X, Y int }

// Drag moves the mouse to the first point, and with its button held to the others. One point is a
// click.
func (b *Browser) Drag(points ...Point) error {
	var actions []map[string]any
	for i, p := range points {
		actions = append(actions, map[string]any{"type": "pointerMove", "x": p.X, "y": p.Y, "duration": 20})
		if i == 0 {
			actions = append(actions, map[string]any{"type": "pointerDown", "button": 0})
		}
	}
	actions = append(actions, map[string]any{"type": "pointerUp", "button": 0})
	return b.call(http.MethodPost, "/actions", map[string]any{"actions": []any{map[string]any{
		"type": "pointer", "id": "mouse", "parameters": map[string]string{"pointerType": "mouse"}, "actions": actions}}}, nil)
}

// Hover moves the mouse to a point.
func (b *Browser) Hover(p Point) error {
	return b.call(http.MethodPost, "/actions", map[string]any{"actions": []any{map[string]any{
		"type": "pointer", "id": "mouse", "parameters": map[string]string{"pointerType": "mouse"},
		"actions": []any{map[string]any{"type": "pointerMove", "x": p.X, "y": p.Y, "duration": 20}}}}}, nil)
}

// Wheel turns the wheel over a point.
func (b *Browser) Wheel(p Point, deltaY int) error {
	return b.call(http.MethodPost, "/actions", map[string]any{"actions": []any{map[string]any{
		"type": "wheel", "id": "wheel",
		"actions": []any{map[string]any{"type": "scroll", "x": p.X, "y": p.Y, "deltaX": 0, "deltaY": deltaY, "duration": 20}}}}}, nil)
}

// DevTools sends a command of the Chrome DevTools protocol and decodes its result into dst (nil:
// it is not wanted).
func (b *Browser) DevTools(dst any, command string, params map[string]any) error {
	if params == nil {
		params = map[string]any{}
	}
	return b.call(http.MethodPost, "/goog/cdp/execute", map[string]any{"cmd": command, "params": params}, dst)
}

// Screen gives the window a size in CSS pixels.
func (b *Browser) Screen(width, height int, mobile bool) error {
	return b.DevTools(nil, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile})
}

// Media sets a media feature, as prefers-color-scheme to dark.
func (b *Browser) Media(feature, value string) error {
	return b.DevTools(nil, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": feature, "value": value}}})
}

// A LogEntry is something that the browser logged.
type LogEntry struct {
	Level   string // SEVERE, WARNING, INFO …
	Message string
}

// Log returns what was logged since it was last asked for: of the console ("browser"), or of the
// network ("performance", where each message is the JSON of a DevTools event).
func (b *Browser) Log(kind string) ([]LogEntry, error) {
	var entries []LogEntry
	err := b.call(http.MethodPost, "/se/log", map[string]string{"type": kind}, &entries)
	return entries, err
}

// Screenshot returns a PNG picture of the window.
func (b *Browser) Screenshot() ([]byte, error) {
	var text string
	if err := b.call(http.MethodGet, "/screenshot", nil, &text); err != nil {
		return nil, err
	}
	picture, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("webdriver: screenshot: %w", err)
	}
	return picture, nil
}
