package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/cmd/audioclip/internal/webdriver"
)

// screenshots names the environment variable with the folder that pictures of the page are
// written to. They are of the recordings in -folder.
const screenshots = "AUDIOCLIP_SCREENSHOTS"

// hostile is a name that would be an element with a script in it, were it not shown as text.
const hostile = "<img src=x onerror=alert(1)>.wav"

// startBrowser starts a browser in which sounds play at once, whose mouse can hover, and whose
// microphone hears beeps.
func startBrowser(t *testing.T) *webdriver.Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("in short mode")
	}
	b, err := webdriver.Start("--autoplay-policy=no-user-gesture-required", "--mute-audio",
		"--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
		"--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4")
	if errors.Is(err, webdriver.ErrNotInstalled) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// tab is the page in a browser, in a test. Its methods end the test when they fail.
type tab struct {
	*testing.T
	b      *webdriver.Browser
	server string
}

func (p tab) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p tab) open(address string) { p.Helper(); p.must(p.b.Open(p.server + "/" + address)) }
func (p tab) click(css string)    { p.Helper(); p.must(p.b.Click(css)) }
func (p tab) write(text string)   { p.Helper(); p.must(p.b.Type("#q", text)) }
func (p tab) press(keys string)   { p.Helper(); p.must(p.b.Press(keys)) }
func (p tab) run(script string, args ...any) {
	p.Helper()
	p.must(p.b.Run(nil, script, args...))
}

// value is what an expression is in the page.
func value[T any](p tab, expression string) (v T) {
	p.Helper()
	p.must(p.b.Run(&v, "return "+expression))
	return v
}

// settled is what an expression is once it stays the same for half a second.
func settled[T any](p tab, expression string) T {
	p.Helper()
	last, since := value[T](p, expression), time.Now()
	for begin := since; time.Since(begin) < time.Minute; time.Sleep(50 * time.Millisecond) {
		v := value[T](p, expression)
		if !reflect.DeepEqual(v, last) {
			last, since = v, time.Now()
		} else if time.Since(since) > 500*time.Millisecond {
			return v
		}
	}
	p.Fatalf("%s does not settle", expression)
	return last
}

// await waits until an expression is true.
func (p tab) await(expression string) {
	p.Helper()
	var last any
	for begin := time.Now(); time.Since(begin) < time.Minute; time.Sleep(25 * time.Millisecond) {
		if err := p.b.Run(&last, "return "+expression); err != nil {
			last = err
		} else if last == true {
			return
		}
	}
	p.Fatalf("waited in vain for %s: %v; the page says %q", expression, last, value[string](p, "document.querySelector('#status').textContent"))
}

// A card is a hit as the page shows it.
type card struct {
	Name  string
	Score float64
}

func (p tab) cards() []card {
	p.Helper()
	return value[[]card](p, `[...document.querySelectorAll('#hits a.card')].map((c) => ({
		Name: c.querySelector('.name').textContent, Score: Number(c.querySelector('.score').textContent)}))`)
}

func (p tab) awaitFirst(name string) {
	p.Helper()
	p.await(fmt.Sprintf("document.querySelector('#hits .name')?.textContent === %q", name))
}

// rank is the place of a name among the hits.
func rank(cards []card, name string) int {
	return slices.IndexFunc(cards, func(c card) bool { return c.Name == name })
}

// quiet checks what the browser logged: no error or warning, and no request to elsewhere.
func (p tab) quiet() {
	p.Helper()
	console, err := p.b.Log("browser")
	p.must(err)
	for _, e := range console {
		p.Errorf("the console says: %s: %s", e.Level, e.Message)
	}
	network, err := p.b.Log("performance")
	p.must(err)
	requests := 0
	for _, e := range network {
		var event struct {
			Message struct {
				Method string
				Params struct {
					Request struct{ URL string }
				}
			}
		}
		p.must(json.Unmarshal([]byte(e.Message), &event))
		if event.Message.Method != "Network.requestWillBeSent" {
			continue
		}
		requests++
		if url := event.Message.Params.Request.URL; !strings.HasPrefix(url, p.server+"/") && !strings.HasPrefix(url, "data:") && !strings.HasPrefix(url, "blob:") {
			p.Errorf("a request to elsewhere: %s", url)
		}
	}
	if requests == 0 {
		p.Error("no request was logged: the test does not see the network")
	}
}

// box is where an element is in the window.
type box struct{ X, Y, Width, Height float64 }

func (p tab) box(css string) box {
	p.Helper()
	return value[box](p, fmt.Sprintf(`(({x, y, width, height}) => ({X: x, Y: y, Width: width, Height: height}))(document.querySelector(%q).getBoundingClientRect())`, css))
}

// at is the point of a box that is at fractions of its width and height.
func (b box) at(x, y float64) webdriver.Point {
	return webdriver.Point{X: int(b.X + x*b.Width), Y: int(b.Y + y*b.Height)}
}

// copies indexes copies of a recording under other names.
func copies(t *testing.T, store index.Store, source string, names ...string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(recordings, source))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		put(t, store, path)
	}
}

// wolfStart is where in the long recording the wolf howls, in seconds.
const wolfStart = 20

// putLong indexes 40 s of camera shutters, with a wolf in the middle.
func putLong(t *testing.T, store index.Store) {
	t.Helper()
	sounds := []placedSound{{wolfStart, "wolf-howl.wav"}}
	for at := 0.0; at < 40; at += 0.87 {
		if at < wolfStart-0.87 || at > wolfStart+4 {
			sounds = append(sounds, placedSound{at, "camera-shutter.ogg"})
		}
	}
	put(t, store, compose(t, filepath.Join(t.TempDir(), "long.wav"), 40, sounds...))
}

type placedSound struct {
	at   float64 // seconds
	name string
}

// compose writes a recording with others in it, and returns its path.
func compose(t *testing.T, path string, seconds int, sounds ...placedSound) string {
	t.Helper()
	const rate = 32000
	whole := audio.NewClip(1, seconds*rate, rate)
	for _, s := range sounds {
		clip, err := audio.ReadFile(filepath.Join(recordings, s.name), audio.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if clip, err = audio.Resample(clip.Mono(), rate, audio.QualityStandard); err != nil {
			t.Fatal(err)
		}
		copy(whole.Samples[0][int(s.at*rate):], clip.Samples[0])
	}
	if err := audio.WriteWAVFile(path, whole, 16); err != nil {
		t.Fatal(err)
	}
	return path
}

// Where the sound is, and whether it stands still.
const (
	now    = "document.querySelector('audio').currentTime"
	paused = "document.querySelector('audio').paused"
)

// TestPage uses the page as people do, in Chromium.
func TestPage(t *testing.T) {
	b := startBrowser(t)
	store := testStore(t, recordings)
	copies(t, store, "hello-world.wav", hostile)
	putLong(t, store)
	_, hs := newTestServer(t, store)

	try := func(name string, f func(p tab)) {
		t.Run(name, func(t *testing.T) {
			p := tab{t, b, hs.URL}
			p.must(b.Screen(1280, 800, false))
			p.must(b.Media("prefers-color-scheme", "light"))
			p.open("")
			p.run("localStorage.clear(); return 0")
			f(p)
			p.quiet()
		})
	}

	try("words", func(p tab) {
		p.await("!document.querySelector('#welcome').hidden && document.activeElement.id === 'q'")
		p.write("a wolf howling")
		p.await("['wolf-howl.wav', 'long.wav'].includes(document.querySelector('#hits .name')?.textContent)")
		cards := p.cards()
		if !slices.IsSortedFunc(cards, func(a, b card) int { return int(100*b.Score) - int(100*a.Score) }) || len(cards) < 3 {
			p.Errorf("the hits are not in the order of their scores: %v", cards)
		}
		p.await("document.querySelector('#status').textContent.includes('sound')")
		p.await("location.search === '?q=a+wolf+howling' && document.title.startsWith('a wolf howling')")
		p.await("[...document.querySelectorAll('#hits img')].slice(0, 3).every((i) => i.complete && i.naturalWidth > 0)")
		for query, name := range map[string]string{"a baby crying": "baby-cry.mp3", "a crow": "crow.flac", "a choir": "choir.flac"} {
			p.run("document.querySelector('#q').value = ''; return 0")
			p.write(query)
			p.awaitFirst(name)
		}
	})

	// The answer to an older search comes later than that to a newer one, and is not shown.
	try("late answer", func(p tab) {
		p.run(`const real = fetch;
			window.late = 0;
			window.fetch = async (url, options) => {
				if (!String(url).includes('search?q=a+crow')) return real(url, options);
				const answer = await real(url, {...options, signal: undefined});
				await new Promise((r) => setTimeout(r, 600));
				window.late++;
				return answer;
			}; return 0`)
		p.write("a crow")
		p.await("document.body.classList.contains('busy')")
		p.run("document.querySelector('#q').value = ''; return 0")
		p.write("a choir")
		p.awaitFirst("choir.flac")
		p.await("window.late > 0")
		time.Sleep(100 * time.Millisecond)
		p.awaitFirst("choir.flac")
		p.await("!document.body.classList.contains('busy')")
	})

	// The wolf of the long recording is found, heard and no more than that; other spans are made,
	// looped and searched with.
	try("player", func(p tab) {
		p.open("?q=a+wolf+howling&min_duration=30")
		p.awaitFirst("long.wav")
		p.click("#hits a.card")
		p.await("document.querySelector('#player').checkVisibility() && document.querySelector('#player h2').textContent === 'long.wav'")
		p.await("document.querySelector('audio').currentTime > 0.3")
		var start, end float64
		place := value[string](p, "document.querySelector('a.card').dataset.place")
		if n, err := fmt.Sscanf(strings.ReplaceAll(place, ",", " "), "%s %f %f", new(string), &start, &end); n != 3 || start > wolfStart || end < wolfStart+1 {
			p.Fatalf("the wolf at %v s is found at %q: %v", wolfStart, place, err)
		}
		if at := value[float64](p, now); at < start {
			p.Errorf("the span from %v s is played at %v", start, at)
		}
		p.await("document.querySelector('#player .play').getAttribute('aria-label') === 'Pause'")
		cursor := "document.querySelector('#player .cursor').getBoundingClientRect().x"
		p.await(fmt.Sprintf("%s > %f", cursor, value[float64](p, cursor)+2))
		p.await("document.querySelector('#player .picture img').naturalWidth > 300")
		p.await("document.querySelectorAll('#player .hz span').length >= 3 && document.querySelectorAll('#player .seconds span').length >= 3")
		p.await("document.querySelector('a.card').getAttribute('aria-current') === 'true'")
		p.await(fmt.Sprintf("%s && Math.abs(%s - %f) < 0.02", paused, now, end))

		// A click goes to where it is.
		picture := p.box("#player .picture")
		duration := value[float64](p, "document.querySelector('audio').duration")
		p.must(p.b.Drag(picture.at(0.25, 0.5)))
		p.await(fmt.Sprintf("%s && Math.abs(%s - %f) < 0.1", paused, now, 0.25*duration))

		// A stroke makes a span, which is heard to its end.
		p.must(p.b.Drag(picture.at(0.7, 0.5), picture.at(0.71, 0.5), picture.at(0.75, 0.5)))
		p.await("document.querySelector('#player .span').textContent.startsWith('Hear ')")
		p.await("location.search.split(',').length === 3")
		p.await(fmt.Sprintf("%s && Math.abs(%s - %f) < 0.1", paused, now, 0.75*duration))

		// With loop it begins again and again.
		p.run("window.rounds = 0; document.querySelector('audio').addEventListener('seeked', () => window.rounds++); return 0")
		p.click("#player .loop")
		p.await("window.rounds >= 3 && !" + paused)
		p.click("#player .loop")
		p.await(paused)

		// Zoomed, there is less to see.
		ticks := "document.querySelector('#player .seconds').textContent"
		before := value[string](p, ticks)
		p.click("#player .zoom")
		p.await(fmt.Sprintf("%s !== %q", ticks, before))

		// Others like the span; the recording itself is among them.
		p.click("#player .like-span")
		p.await("new URLSearchParams(location.search).get('like')?.split(',').length === 3")
		p.await("document.querySelector('#chips').textContent.includes('like long.wav (span)')")
		p.awaitFirst("long.wav")
		p.click("#player .close")
		p.await("document.querySelector('#player').hidden && !location.search.includes('play')")
	})

	try("more like this", func(p tab) {
		p.open("?q=a+crow")
		p.awaitFirst("crow.flac")
		p.must(p.b.Hover(p.box("#hits li").at(0.5, 0.5)))
		p.click("#hits .alike")
		p.await("location.search.startsWith('?like=')")
		p.awaitFirst("crow.flac")
		if first := p.cards()[0]; first.Score < 0.99 {
			p.Errorf("a recording is like itself only by %v", first.Score)
		}
		p.await("document.querySelector('#chips').textContent.includes('like crow.flac')")
		// A word beside it mixes the two.
		p.write("a wolf howling")
		p.await("document.querySelectorAll('#hits li').length > 1 && Number(document.querySelector('#hits .score').textContent) < 0.95")
		if cards := p.cards(); rank(cards, "wolf-howl.wav") > 2 {
			p.Errorf("with a wolf asked for too, there are %v", cards)
		}
		p.must(p.b.Reload())
		p.await("document.querySelector('#chips').textContent.includes('like crow.flac')")
	})

	try("chosen file", func(p tab) {
		path, err := filepath.Abs(filepath.Join(recordings, "sea-lion.mp3"))
		p.must(err)
		p.must(p.b.Type("#file", path))
		p.awaitFirst("sea-lion.mp3")
		if first := p.cards()[0]; first.Score < 0.98 {
			p.Errorf("the file itself has the score %v", first.Score)
		}
		p.await("location.search.startsWith('?like=sound:') && document.querySelector('#chips').textContent.includes('like sea-lion.mp3')")
		p.must(p.b.Reload())
		p.awaitFirst("sea-lion.mp3")
	})

	try("dropped file", func(p tab) {
		p.run(`const id = arguments[0];
			return fetch('api/v1/recordings/' + id + '/audio').then((r) => r.blob()).then((b) => {
				const transfer = new DataTransfer();
				transfer.items.add(new File([b], '<b>dropped</b>.flac'));
				for (const type of ['dragenter', 'dragover']) document.body.dispatchEvent(new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true}));
				window.covered = !document.querySelector('#drop').hidden;
				document.querySelector('#drop').dispatchEvent(new DragEvent('drop', {dataTransfer: transfer, bubbles: true, cancelable: true}));
				return 0;
			})`, named(p, store, "choir.flac").ID())
		p.awaitFirst("choir.flac")
		p.await("window.covered && document.querySelector('#drop').hidden")
		p.await("document.querySelector('#chips').textContent.includes('like <b>dropped</b>.flac')")
	})

	try("microphone", func(p tab) {
		p.click("#record")
		p.await("document.querySelector('#record').getAttribute('aria-pressed') === 'true'")
		p.await("parseInt(document.querySelector('#recorded').textContent) >= 1 || location.search !== ''")
		// (It stops by itself in the end, which a slow machine may come to.)
		p.run("if (document.querySelector('#record').getAttribute('aria-pressed') === 'true') document.querySelector('#record').click(); return 0")
		p.await("location.search.startsWith('?like=sound:') && document.querySelectorAll('#hits li').length > 0")
		p.await("document.querySelector('#record').getAttribute('aria-pressed') === 'false'")
	})

	try("negative words", func(p tab) {
		p.open("?q=an+animal")
		p.await("document.querySelectorAll('#hits li').length > 2")
		before := p.cards()
		p.must(p.b.Type("#q", " -wolf"))
		p.await("document.querySelector('#chips .not')?.textContent.includes('without wolf')")
		p.await("!document.body.classList.contains('busy') && location.search.includes('-wolf')")
		p.await(fmt.Sprintf("document.querySelector('#hits .name').textContent !== %q || [...document.querySelectorAll('#hits .name')].map((n) => n.textContent).join() !== %q", before[0].Name, names(before)))
		after := p.cards()
		if was, is := rank(before, "wolf-howl.wav"), rank(after, "wolf-howl.wav"); is >= 0 && is <= was {
			p.Errorf("without wolf, the wolf is at place %d; before, at %d: %v, %v", is+1, was+1, after, before)
		}
		p.click("#chips .not button")
		p.await("document.querySelector('#q').value === 'an animal' && location.search === '?q=an+animal'")
		p.awaitFirst(before[0].Name)
	})

	try("tags", func(p tab) {
		p.open("?play=" + named(p, store, "baby-cry.mp3").ID())
		first := "document.querySelector('#player .tags .label')?.textContent"
		p.await(first + " === 'a baby crying'")
		p.click("#player .edit")
		p.run("document.querySelector('#labels').value = ''; return 0")
		p.must(p.b.Type("#labels", "a machine\nan <i>unhappy</i> infant"))
		p.click("#player .tags [type=submit]")
		p.await(first + " === 'an <i>unhappy</i> infant' && document.querySelectorAll('#player .tags .label').length === 2")
		p.await("new URLSearchParams(location.search).getAll('label').length === 2")
		p.open("?q=a+crow")
		p.await("new URLSearchParams(location.search).getAll('label').length === 2")
		p.awaitFirst("crow.flac")
		p.click("#hits a.card")
		p.await("document.querySelectorAll('#player .tags .label').length === 2")
		p.click("#player .edit")
		p.click("#player .tags [type=reset]")
		p.await(first + " === 'a crow cawing' || document.querySelectorAll('#player .tags .label').length > 2")
		p.click("#player .tags li button")
		p.await("location.search.startsWith('?q=') && !location.search.includes('label')")
	})

	try("map", func(p tab) {
		p.click("#view")
		p.await("location.search === '?view=map' && document.querySelectorAll('.legend button').length >= 2")
		// How many pixels are drawn, and a sum that differs with what is drawn.
		ink := `((c) => { const k = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
			k.canvas.width = c.width; k.canvas.height = c.height; k.drawImage(c, 0, 0);
			const d = k.getImageData(0, 0, c.width, c.height).data;
			let n = 0, s = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) { n++; s = (s * 31 + i) % 1000003; } return [n, s]; })(document.querySelector('.sea canvas'))`
		p.await(ink + "[0] > 9 * 30")
		whole := settled[[]int](p, ink)

		// The arrows go from sound to sound, and say which.
		p.run("document.querySelector('.sea canvas').focus(); return 0")
		p.press(webdriver.Right)
		p.await("!document.querySelector('.sea .tip').hidden && document.querySelector('.sea .said').textContent !== ''")
		p.press("+")
		if zoomed := value[[]int](p, ink); slices.Equal(zoomed, whole) {
			p.Error("plus does not zoom")
		}
		p.press("0")
		p.run("document.activeElement.blur(); return 0")
		if again := value[[]int](p, ink); !slices.Equal(again, whole) {
			p.Errorf("0 does not show the whole map again: %v, %v", again, whole)
		}
		p.must(p.b.Wheel(p.box(".sea canvas").at(0.5, 0.5), -300))
		p.await(fmt.Sprintf("%s.join() !== '%d,%d'", ink, whole[0], whole[1]))
		zoomed := value[[]int](p, ink)
		sea := p.box(".sea canvas")
		p.must(p.b.Drag(sea.at(0.5, 0.5), sea.at(0.55, 0.55), sea.at(0.6, 0.6)))
		p.await(fmt.Sprintf("%s.join() !== '%d,%d'", ink, zoomed[0], zoomed[1]))

		// Two fingers zoom too.
		p.press("0")
		touch := func(kind string, fingers ...webdriver.Point) {
			points := []map[string]int{}
			for i, f := range fingers {
				points = append(points, map[string]int{"x": f.X, "y": f.Y, "id": i})
			}
			p.must(p.b.DevTools(nil, "Input.dispatchTouchEvent", map[string]any{"type": kind, "touchPoints": points}))
		}
		p.run("document.querySelector('.sea canvas').focus(); return 0")
		p.press("0")
		flat := value[[]int](p, ink)
		touch("touchStart", sea.at(0.45, 0.5), sea.at(0.55, 0.5))
		touch("touchMove", sea.at(0.4, 0.5), sea.at(0.6, 0.5))
		touch("touchMove", sea.at(0.3, 0.5), sea.at(0.7, 0.5))
		touch("touchEnd")
		p.await(fmt.Sprintf("%s.join() !== '%d,%d' && document.querySelector('#player').hidden", ink, flat[0], flat[1]))

		// Enter plays.
		p.run("document.querySelector('.sea canvas').focus(); return 0")
		p.press("0" + webdriver.Left)
		tip := value[string](p, "document.querySelector('.sea .tip').firstChild.textContent")
		p.press(webdriver.Enter)
		p.await(fmt.Sprintf("document.querySelector('#player h2').textContent === %q", tip))

		// A label alone is drawn, and the hits of a search.
		all := settled[[]int](p, ink) // the player takes room from the map
		p.click(".legend button")
		p.await("document.querySelector('.legend button').getAttribute('aria-pressed') === 'true'")
		p.click(".legend button")
		p.await(fmt.Sprintf("%s.join() === '%d,%d'", ink, all[0], all[1]))
		p.write("a crow")
		p.await(fmt.Sprintf("%s.join() !== '%d,%d' && location.search.includes('view=map')", ink, all[0], all[1]))
	})

	try("back, forward and reload", func(p tab) {
		p.write("a crow")
		p.awaitFirst("crow.flac")
		p.press(webdriver.Enter)
		p.click("#hits a.card")
		p.await("!document.querySelector('#player').hidden")
		p.must(p.b.Reload())
		p.awaitFirst("crow.flac")
		p.await("!document.querySelector('#player').hidden && document.querySelector('#player h2').textContent === 'crow.flac'")
		p.must(p.b.Back())
		p.await("document.querySelector('#player').hidden && document.querySelector('#q').value === 'a crow'")
		p.click("#filter")
		p.must(p.b.Type("#path", "*.mp3"))
		p.await("document.querySelector('#hits .name')?.textContent.endsWith('.mp3') && location.search.includes('path=')")
		if cards := p.cards(); slices.ContainsFunc(cards, func(c card) bool { return !strings.HasSuffix(c.Name, ".mp3") }) {
			p.Errorf("of *.mp3 there are %v", cards)
		}
		p.must(p.b.Reload())
		p.await("document.querySelector('#hits .name')?.textContent.endsWith('.mp3') && document.querySelector('#path').value === '*.mp3'")
		p.must(p.b.Back())
		p.awaitFirst("crow.flac")
		p.must(p.b.Back())
		p.await("!document.querySelector('#welcome').hidden && document.querySelector('#q').value === ''")
	})

	try("keys alone", func(p tab) {
		p.run("document.activeElement.blur(); return 0")
		p.press("/")
		p.press("a camera shutter")
		p.await("[...document.querySelectorAll('#hits .name')].slice(0, 2).some((n) => n.textContent === 'long.wav')")
		p.press(webdriver.Down)
		p.await("document.activeElement === document.querySelectorAll('a.card')[0]")
		p.press(webdriver.Right)
		p.await("document.activeElement === document.querySelectorAll('a.card')[1]")
		p.press(webdriver.Left)
		p.await("document.activeElement === document.querySelectorAll('a.card')[0]")
		if first := p.cards()[0].Name; first != "long.wav" {
			p.press(webdriver.Right)
		}
		hit := "document.activeElement === [...document.querySelectorAll('a.card')].find((c) => c.textContent.includes('long.wav'))"
		p.await(hit)
		p.press(webdriver.Enter)
		p.await("document.querySelector('audio').currentTime > 0.2")
		p.press(" ")
		p.await("document.querySelector('audio').paused")
		p.press("p")
		p.await("document.activeElement.getAttribute('role') === 'slider'")
		at := value[float64](p, "document.querySelector('audio').currentTime")
		p.press(webdriver.Right)
		p.await(fmt.Sprintf("document.querySelector('audio').currentTime > %f", at))
		p.press(webdriver.Escape)
		p.await("document.querySelector('#player').hidden && " + hit)
		p.press("?")
		p.await("document.querySelector('#keys').open")
		p.press(webdriver.Escape)
		p.await("!document.querySelector('#keys').open")
		p.press("m")
		p.await("location.search.startsWith('?like=')")
		p.awaitFirst("long.wav")
		p.press("v")
		p.await("location.search.includes('view=map')")
	})

	try("dark and light", func(p tab) {
		ground := "getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g).reduce((s, v) => s + Number(v), 0)"
		if sum := value[int](p, ground); sum < 600 {
			p.Errorf("the light page is dark: %d", sum)
		}
		p.must(p.b.Media("prefers-color-scheme", "dark"))
		p.await(ground + " < 150")
		p.click("#theme")
		p.await(ground + " > 600")
		p.must(p.b.Reload())
		p.await(ground + " > 600")
		p.click("#theme")
		p.await(ground + " < 150 && localStorage.getItem('theme') === null")
	})

	try("contrast and names", func(p tab) {
		for _, scheme := range []string{"light", "dark"} {
			p.must(p.b.Media("prefers-color-scheme", scheme))
			for _, address := range []string{"", "?q=a+choir+-wolf&path=a&play=" + named(p, store, "choir.flac").ID() + ",0,2", "?view=map"} {
				p.open(address)
				p.await("document.querySelectorAll('#hits .name, .legend button').length > 1")
				p.run("document.querySelector('#filter').click(); return 0")
				if strings.Contains(address, "play") {
					p.await("document.querySelectorAll('#player .tags .label').length > 0")
				}
				for _, fault := range value[[]string](p, "("+lowContrast+")()") {
					p.Errorf("%s %q: %s", scheme, address, fault)
				}
				all, faults := p.nameless()
				if all < 7 || len(faults) > 0 {
					p.Errorf("%q: of %d: %v", address, all, faults)
				}
			}
		}
	})

	try("phone", func(p tab) {
		p.must(p.b.Screen(360, 740, true))
		for _, address := range []string{"", "?q=a+crow", "?q=" + strings.Repeat("x", 120) + "+-" + strings.Repeat("y", 80), "?view=map", "?q=a+choir&play=" + named(p, store, "choir.flac").ID() + ",0,2", "?play=" + named(p, store, hostile).ID()} {
			p.open(address)
			p.await("document.querySelectorAll('#hits .name, .legend button').length > 1")
			p.run("document.querySelector('#filter').click(); return 0")
			if wide := value[int](p, "document.documentElement.scrollWidth"); wide > 360 {
				p.Errorf("%q is %d pixels wide", address, wide)
			}
		}
		p.click("#help")
		if b := p.box("#keys"); b.X < 0 || b.X+b.Width > 360 {
			p.Errorf("the keys do not fit: %+v", b)
		}
	})

	try("hostile name", func(p tab) {
		p.run("window.alert = () => { window.alerted = true; }; return 0")
		p.write("someone speaking")
		p.await(fmt.Sprintf("[...document.querySelectorAll('#hits .name')].some((n) => n.textContent === %q)", hostile))
		p.run(fmt.Sprintf("[...document.querySelectorAll('#hits .name')].find((n) => n.textContent === %q).click(); return 0", hostile))
		p.await(fmt.Sprintf("document.querySelector('#player h2').textContent === %q", hostile))
		p.click("#player .like")
		p.await(fmt.Sprintf("document.querySelector('#chips').textContent.includes(%q)", hostile))
		p.await("document.querySelectorAll('img[src=x]').length === 0 && !window.alerted")
		p.click("#view")
		p.await("document.querySelectorAll('.legend button').length > 1")
	})
}

func names(cards []card) string {
	var s []string
	for _, c := range cards {
		s = append(s, c.Name)
	}
	return strings.Join(s, ",")
}

// lowContrast finds text with less than 4.5:1 to what it stands on (WCAG 2.2, 1.4.3).
const lowContrast = `() => {
	const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
	const rgba = (colour) => { // as sRGB, whatever it is written in
		canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
		return [...canvas.getImageData(0, 0, 1, 1).data];
	};
	const luminance = ([r, g, b]) => {
		const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * x + 0.7152 * y + 0.0722 * z;
	};
	const faults = [];
	for (const e of document.querySelectorAll('body *')) {
		const text = e.matches('input') ? e.placeholder : [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent.trim()).join('');
		if (!text || !e.checkVisibility({opacityProperty: true, visibilityProperty: true}) || e.closest('.thumb, dialog, .hidden, .skip')) continue;
		let under = e, ground = [0, 0, 0, 0];
		while (under && (ground = rgba(getComputedStyle(under).backgroundColor))[3] < 200) under = under.parentElement;
		const ink = rgba(getComputedStyle(e, e.matches('input') && !e.value ? '::placeholder' : null).color);
		const [light, dark] = [luminance(ink), luminance(ground)].sort((a, b) => b - a);
		const ratio = (light + 0.05) / (dark + 0.05);
		if (ratio < 4.5) faults.push(text.slice(0, 30) + ' has a contrast of ' + ratio.toFixed(2));
	}
	return faults;
}`

// used are the roles of what people use, in the browser's tree for those who do not see the page.
var used = []string{"button", "link", "textbox", "searchbox", "spinbutton", "checkbox", "slider", "application"}

// nameless reports how many elements of a role in used there are, and those without a name.
func (p tab) nameless() (all int, faults []string) {
	p.Helper()
	type value struct{ Value any }
	var tree struct {
		Nodes []struct {
			Ignored    bool
			Role, Name value
			NodeID     string `json:"nodeId"`
		}
	}
	p.must(p.b.DevTools(&tree, "Accessibility.getFullAXTree", nil))
	for _, n := range tree.Nodes {
		role, _ := n.Role.Value.(string)
		if n.Ignored || !slices.Contains(used, role) {
			continue
		}
		all++
		if name, _ := n.Name.Value.(string); strings.TrimSpace(name) == "" {
			faults = append(faults, fmt.Sprintf("%s %s has no name", role, n.NodeID))
		}
	}
	return all, faults
}

func TestPageMore(t *testing.T) {
	b := startBrowser(t)
	store := testStore(t)
	var many []string
	for i := range 60 {
		many = append(many, fmt.Sprintf("shutter-%02d.ogg", i))
	}
	copies(t, store, "camera-shutter.ogg", many...)
	_, hs := newTestServer(t, store)
	p := tab{t, b, hs.URL}
	p.open("?q=a+camera")
	p.await("document.querySelectorAll('#hits li').length === 24 && !document.querySelector('#more').hidden")
	p.click("#more")
	p.await("document.querySelectorAll('#hits li').length === 48 && document.activeElement === document.querySelectorAll('a.card')[24]")
	p.run("document.querySelectorAll('a.card')[47].focus(); return 0")
	p.press(webdriver.Right)
	p.await("document.querySelectorAll('#hits li').length === 60 && document.querySelector('#more').hidden")
	seen := map[string]bool{}
	for _, c := range p.cards() {
		seen[c.Name] = true
	}
	if len(seen) != 60 {
		t.Errorf("%d of 60 recordings are shown", len(seen))
	}
	p.quiet()
}

// TestPageFaults looks at the page where there is nothing indexed, a file has vanished, and the
// server is gone.
func TestPageFaults(t *testing.T) {
	b := startBrowser(t)

	_, empty := newTestServer(t, testStore(t))
	p := tab{t, b, empty.URL}
	p.open("")
	p.await("document.querySelector('#empty').checkVisibility() && document.querySelector('#empty').textContent.includes('audioclip index')")
	p.quiet()

	store := testStore(t)
	copies(t, store, "crow.flac", "stays.flac", "goes.flac")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Store: store, Model: testModel(t), ModelName: "shipped model", Version: "test", CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	serve := func(l net.Listener) *httptest.Server {
		hs := &httptest.Server{Listener: l, Config: &http.Server{Handler: s}}
		hs.Start()
		return hs
	}
	hs := serve(listener)
	p.server = hs.URL

	goes := named(t, store, "goes.flac")
	if err := os.Remove(goes.Path); err != nil {
		t.Fatal(err)
	}
	p.open("?play=" + goes.ID())
	p.await("document.querySelector('#player .trouble').checkVisibility() && document.querySelector('#player .trouble').textContent.length > 10")

	p.open("")
	p.await("!document.querySelector('#welcome').hidden")
	hs.CloseClientConnections()
	hs.Close()
	p.write("a crow")
	p.await("document.querySelector('#gone').checkVisibility()")
	if listener, err = net.Listen("tcp", listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	hs = serve(listener)
	defer hs.Close()
	p.await("!document.querySelector('#gone').checkVisibility() && document.querySelectorAll('#hits li').length === 2")
}

// TestScreenshots writes pictures of the page, to be looked at.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv(screenshots)
	if dir == "" {
		t.Skip("no folder in " + screenshots)
	}
	b := startBrowser(t)
	folder := *demoFolder
	if folder == recordings {
		// They are few: a recording of an evening with most of them in it is added.
		folder = filepath.Join(t.TempDir(), "Sounds", "field")
		if err := os.CopyFS(folder, os.DirFS(recordings)); err != nil {
			t.Fatal(err)
		}
		compose(t, filepath.Join(folder, "an evening outside.wav"), 30, placedSound{1, "crow.flac"}, placedSound{2.2, "crow.flac"}, placedSound{3.4, "crow.flac"},
			placedSound{8, "wolf-howl.wav"}, placedSound{14, "sea-lion.mp3"}, placedSound{17, "choir.flac"}, placedSound{20, "wolf-howl.wav"}, placedSound{26, "baby-cry.mp3"})
	}
	_, hs := newTestServer(t, testStore(t, folder))
	p := tab{t, b, hs.URL}
	shoot := func(name string) {
		t.Helper()
		p.await("[...document.querySelectorAll('#hits img')].filter((i) => i.checkVisibility()).slice(0, 8).every((i) => i.complete)")
		time.Sleep(500 * time.Millisecond)
		picture, err := b.Screenshot()
		p.must(err)
		p.must(os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644))
	}
	for _, scheme := range []string{"light", "dark"} {
		p.must(b.Media("prefers-color-scheme", scheme))
		for _, screen := range []struct {
			name          string
			width, height int
		}{{"desktop", 1280, 800}, {"phone", 360, 740}} {
			p.must(b.Screen(screen.width, screen.height, screen.name == "phone"))
			name := func(of string) string { return fmt.Sprintf("%s-%s-%s", of, screen.name, scheme) }
			p.open("")
			p.await("document.querySelectorAll('.legend button').length > 1")
			shoot(name("home"))
			p.open("?q=a+wolf+howling")
			p.await("document.querySelectorAll('#hits li').length > 1")
			shoot(name("hits"))
			p.click("#hits a.card")
			p.await("document.querySelectorAll('#player .tags .label').length > 1 && document.querySelector('audio').currentTime > 0.2")
			time.Sleep(time.Second)
			shoot(name("player"))
			p.open("?q=an+animal&view=map")
			p.await("document.querySelectorAll('.legend button').length > 1")
			shoot(name("map"))
			p.click("#help")
			shoot(name("keys"))
		}
	}
}
