package webtest

import (
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed axe/axe.min.js
var axeScript string

// Chromium is a running headless browser with one tab, whose visits run one after another. It ends with the test.
type Chromium struct {
	t   testing.TB
	tab context.Context
}

// chromiumTime is how long one page may take on a busy machine.
const chromiumTime = 90 * time.Second

// tabTime is how long a tab in which a person goes from page to page may be open.
const tabTime = 5 * chromiumTime

// NewChromium starts the installed Chromium. A test on a machine without it fails: `make setup` installs it.
func NewChromium(t testing.TB) *Chromium {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Fatal("Chromium is not installed: run make setup")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.WSURLReadTimeout(chromiumTime),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("force-color-profile", "srgb"))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses its sandbox to root
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	err := chromedp.Do(ctx)
	if err == nil {
		_, err = chromedp.Call(ctx, log.Enable, cdp.Empty{})
	}
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return &Chromium{t: t, tab: ctx}
}

// Visit is what to open and how.
type Visit struct {
	URL     string
	Cookies []*http.Cookie
	Width   int64   // of the window in CSS pixels; 0 is 1440
	Widths  []int64 // further widths at which the page must fit; see Overflows
	Print   bool    // as printed
	Forced  bool    // in forced colours
	Plain   bool    // without axe, which takes most of a second
	Fresh   bool    // nothing kept from pages before: Bytes is then what a first visit transfers
	Picture bool    // take a picture of the whole page, which takes seconds
}

// Violation is a breach of an accessibility rule, with the elements that break it.
type Violation struct {
	Rule, Impact, Help string
	Elements           []string
}

// Seen is what Chromium made of a page.
type Seen struct {
	Violations []Violation     // of axe's rules
	Complaints []string        // of the browser: blocked by the content security policy, missing files, script errors
	Requests   []string        // addresses of everything the page loaded
	Overflow   int64           // CSS pixels by which the page is wider than the window
	Overflows  map[int64]int64 // the same at Visit.Widths, where it is more than 0
	Bytes      int64           // transferred, heads of answers included
	Shift      float64         // how much moved while the page loaded: cumulative layout shift
	Picture    []byte          // PNG of the whole page, when asked for
}

// Serious returns the violations of serious or critical impact.
func (s Seen) Serious() []Violation {
	var all []Violation
	for _, v := range s.Violations {
		if v.Impact == "serious" || v.Impact == "critical" {
			all = append(all, v)
		}
	}
	return all
}

// String returns one violation on one line and its elements below.
func (v Violation) String() string {
	return fmt.Sprintf("%s (%s): %s\n  %s", v.Rule, v.Impact, v.Help, strings.Join(v.Elements, "\n  "))
}

// Open opens a page, runs axe on it and measures it.
func (c *Chromium) Open(v Visit) Seen {
	c.t.Helper()
	ctx, done := c.visit(v, chromiumTime)
	defer done()
	var seen Seen
	var mu sync.Mutex
	complain := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		seen.Complaints = append(seen.Complaints, text)
	}
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *log.EventEntryAdded:
			complain(e.Entry.Text)
		case *runtime.EventExceptionThrown:
			complain(e.ExceptionDetails.Text)
		case *network.EventRequestWillBeSent:
			mu.Lock()
			defer mu.Unlock()
			seen.Requests = append(seen.Requests, e.Request.URL)
		case *network.EventLoadingFinished:
			mu.Lock()
			defer mu.Unlock()
			seen.Bytes += int64(e.EncodedDataLength)
		}
	})
	if err == nil {
		_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	}
	if err == nil && v.Fresh {
		_, err = chromedp.Call(ctx, network.ClearBrowserCache, cdp.Empty{})
	}
	if err == nil {
		err = look(ctx, v, &seen)
	}
	if err != nil {
		c.t.Fatalf("open %s: %v", v.URL, err)
	}
	mu.Lock()
	defer mu.Unlock()
	return seen
}

// visit clears the tab and gives it the cookies of the visit and nobody else's.
func (c *Chromium) visit(v Visit, within time.Duration) (context.Context, func()) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.tab, within)
	err := chromedp.Do(ctx, chromedp.Navigate("about:blank"))
	if err == nil {
		_, err = chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{})
	}
	for _, cookie := range v.Cookies {
		if err == nil {
			_, err = chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: cookie.Name, Value: cookie.Value, URL: v.URL})
		}
	}
	if err != nil {
		cancel()
		c.t.Fatalf("prepare the tab: %v", err)
	}
	return ctx, cancel
}

// look fills what is seen of the page of a visit.
func look(ctx context.Context, v Visit, seen *Seen) error {
	if v.Width == 0 {
		v.Width = 1440
	}
	media := "screen"
	if v.Print {
		media = "print"
	}
	emulated := emulation.SetEmulatedMediaParams{Media: media}
	if v.Forced {
		emulated.Features = []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}}
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulated); err != nil {
		return err
	}
	if err := resize(ctx, v.Width); err != nil {
		return err
	}
	err := chromedp.Do(ctx, chromedp.Navigate(v.URL))
	if err != nil {
		return err
	}
	if seen.Overflow, err = overflow(ctx); err != nil {
		return err
	}
	if seen.Shift, err = chromedp.Run(ctx, chromedp.Evaluate[float64](shiftScript, chromedp.EvalAwaitPromise)); err != nil {
		return err
	}
	if !v.Plain {
		if seen.Violations, err = runAxe(ctx); err != nil {
			return err
		}
	}
	if v.Picture {
		if seen.Picture, err = chromedp.Run(ctx, chromedp.FullScreenshot(100)); err != nil {
			return err
		}
	}
	return fits(ctx, v, seen)
}

// fits looks at the page in windows of other widths.
func fits(ctx context.Context, v Visit, seen *Seen) error {
	for _, width := range v.Widths {
		if err := resize(ctx, width); err != nil {
			return err
		}
		over, err := overflow(ctx)
		if err != nil {
			return err
		}
		if over > 0 {
			if seen.Overflows == nil {
				seen.Overflows = map[int64]int64{}
			}
			seen.Overflows[width] = over
		}
	}
	return nil
}

func resize(ctx context.Context, width int64) error {
	size := emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1}
	_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, size)
	return err
}

func overflow(ctx context.Context) (int64, error) {
	return chromedp.Run(ctx, chromedp.Evaluate[int64]("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
}

// shiftScript adds up what has moved by itself since the page began to load.
const shiftScript = `new Promise(done => {
	let sum = 0
	new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value }).observe({type: "layout-shift", buffered: true})
	setTimeout(() => done(sum), 0)
})`

// runAxe runs every rule of axe: WCAG 2.2 A and AA, and the best practices.
func runAxe(ctx context.Context) ([]Violation, error) {
	const script = `axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(v => ({
		Rule: v.id, Impact: v.impact, Help: v.help, Elements: v.nodes.map(n => n.target.join(" ") + " " + n.html)})))`
	err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](axeScript))
	if err != nil {
		return nil, err
	}
	all, err := chromedp.Run(ctx, chromedp.Evaluate[[]Violation](script, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, fmt.Errorf("axe: %w", err)
	}
	return all, nil
}

// PDF returns the page as Chromium prints it, on US Letter unless its style says otherwise.
func (c *Chromium) PDF(v Visit) []byte {
	c.t.Helper()
	ctx, done := c.visit(v, chromiumTime)
	defer done()
	if err := chromedp.Do(ctx, chromedp.Navigate(v.URL)); err != nil {
		c.t.Fatalf("open %s: %v", v.URL, err)
	}
	yes := true
	pdf, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PrintBackground: &yes, PreferCSSPageSize: &yes})
	if err != nil {
		c.t.Fatalf("print %s: %v", v.URL, err)
	}
	return pdf.Data
}
