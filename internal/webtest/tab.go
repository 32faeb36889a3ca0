package webtest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Tab is a tab of Chromium in which a person goes from page to page: what cookies do between sites, and what the browser complains of, is
// seen here only. It begins without cookies.
type Tab struct {
	c   *Chromium
	ctx context.Context

	mu         sync.Mutex
	complaints []string
	requests   []Request
	referrers  []Referrer
}

// Request is a request that a tab has sent.
type Request struct{ Method, URL string }

// Referrer is what a server was told of where the browser came from. (It is not part of Request: what Chromium tells of it there, after a
// redirect, is not what it sends.)
type Referrer struct{ Host, From string }

// Tab opens a tab. It is closed with the browser.
func (c *Chromium) Tab() *Tab {
	c.t.Helper()
	ctx, done := c.visit(Visit{}, tabTime)
	c.t.Cleanup(done)
	t := &Tab{c: c, ctx: ctx}
	err := chromedp.Listen(ctx, func(event any) {
		t.mu.Lock()
		defer t.mu.Unlock()
		switch e := event.(type) {
		case *log.EventEntryAdded:
			t.complaints = append(t.complaints, e.Entry.Text+" "+e.Entry.URL)
		case *runtime.EventExceptionThrown:
			t.complaints = append(t.complaints, e.ExceptionDetails.Text)
		case *network.EventRequestWillBeSent:
			t.requests = append(t.requests, Request{e.Request.Method, e.Request.URL})
		case *network.EventRequestWillBeSentExtraInfo:
			var sent struct{ Host, Referer string }
			if text, err := json.Marshal(e.Headers); err == nil && json.Unmarshal(text, &sent) == nil {
				t.referrers = append(t.referrers, Referrer{sent.Host, sent.Referer})
			}
		}
	})
	if err == nil {
		_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	}
	if err == nil {
		_, err = chromedp.Call(ctx, log.Enable, cdp.Empty{})
	}
	if err == nil {
		err = resize(ctx, 1440)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return t
}

// Go opens an address.
func (t *Tab) Go(address string) {
	t.c.t.Helper()
	if err := chromedp.Do(t.ctx, chromedp.Navigate(address)); err != nil {
		t.c.t.Fatalf("open %s: %v", address, err)
	}
}

// Click clicks the first element that a selector finds.
func (t *Tab) Click(selector string) {
	t.c.t.Helper()
	if !t.eval(fmt.Sprintf(`(e => { if (e) setTimeout(() => e.click()); return !!e })(document.querySelector(%q))`, selector)) {
		t.c.t.Fatalf("%s has no %s: %.500s", t.Address(), selector, t.Text("body"))
	}
}

// Fill puts a value into a field.
func (t *Tab) Fill(selector, value string) {
	t.c.t.Helper()
	if !t.eval(fmt.Sprintf(`(e => { if (e) e.value = %q; return !!e })(document.querySelector(%q))`, value, selector)) {
		t.c.t.Fatalf("%s has no %s: %.500s", t.Address(), selector, t.Text("body"))
	}
}

func (t *Tab) eval(script string) bool {
	t.c.t.Helper()
	ok, err := chromedp.Run(t.ctx, chromedp.Evaluate[bool](script))
	if err != nil {
		t.c.t.Fatalf("%s: %v", t.Address(), err)
	}
	return ok
}

// Address returns where the tab is.
func (t *Tab) Address() string {
	t.c.t.Helper()
	at, err := chromedp.Run(t.ctx, chromedp.Location())
	if err != nil {
		t.c.t.Fatal(err)
	}
	return at
}

// Text returns the text of the first element that a selector finds.
func (t *Tab) Text(selector string) string {
	t.c.t.Helper()
	text, err := chromedp.Run(t.ctx, chromedp.Evaluate[string](fmt.Sprintf(`(document.querySelector(%q) || {innerText: ""}).innerText`, selector)))
	if err != nil {
		t.c.t.Fatal(err)
	}
	return text
}

// WaitFor waits until the first heading of the page says a text.
func (t *Tab) WaitFor(heading string) {
	t.c.t.Helper()
	until := time.Now().Add(chromiumTime / 2)
	for time.Now().Before(until) {
		// A page may be going while it is asked: then it is asked again.
		said, err := chromedp.Run(t.ctx, chromedp.Evaluate[string](`(document.readyState === "complete" && (document.querySelector("dialog[open] h2") || document.querySelector("h1")) || {innerText: ""}).innerText`))
		if err == nil && strings.Contains(said, heading) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.c.t.Fatalf("%s does not come to say %q: %.500s\n%v", t.Address(), heading, t.Text("body"), t.Complaints())
}

// WaitAt waits until the tab shows the whole page of an address.
func (t *Tab) WaitAt(address string) {
	t.c.t.Helper()
	until := time.Now().Add(chromiumTime / 2)
	for time.Now().Before(until) {
		at, err := chromedp.Run(t.ctx, chromedp.Evaluate[string](`document.readyState === "complete" ? location.href : ""`))
		if err == nil && at == address {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.c.t.Fatalf("%s does not become %s: %.500s\n%v", t.Address(), address, t.Text("body"), t.Complaints())
}

// Cookies returns what the browser keeps, with how it keeps it.
func (t *Tab) Cookies(addresses ...string) []*network.Cookie {
	t.c.t.Helper()
	got, err := chromedp.Call(t.ctx, network.GetCookies, network.GetCookiesParams{URLs: addresses})
	if err != nil {
		t.c.t.Fatal(err)
	}
	return got.Cookies
}

// Complaints returns what the browser complained of: content that was blocked, files that are missing, errors of scripts.
func (t *Tab) Complaints() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.complaints...)
}

// Requests returns every request so far, to whatever site.
func (t *Tab) Requests() []Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Request(nil), t.requests...)
}

// Referrers returns, for each request so far, what its server was told of where the browser came from.
func (t *Tab) Referrers() []Referrer {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Referrer(nil), t.referrers...)
}

// Press presses a key: one letter, or a name of package kb such as kb.Tab.
func (t *Tab) Press(key string) {
	t.c.t.Helper()
	if err := chromedp.Do(t.ctx, chromedp.KeyEvent(key)); err != nil {
		t.c.t.Fatalf("%s: press a key: %v", t.Address(), err)
	}
}

// Resize gives the tab's window another width. It begins with 1440.
func (t *Tab) Resize(width int64) {
	t.c.t.Helper()
	if err := resize(t.ctx, width); err != nil {
		t.c.t.Fatal(err)
	}
}

// Focus is where the keyboard is.
type Focus struct {
	Text    string // of the element; of a field its name
	Tag     string
	Outline bool // the element shows that it has the focus
	Covered bool // something lies over its middle, or it is outside the window
}

// Focused returns where the keyboard is; a zero Focus when it is on no element.
func (t *Tab) Focused() Focus {
	t.c.t.Helper()
	f, err := chromedp.Run(t.ctx, chromedp.Evaluate[Focus](`(() => {
		const e = document.activeElement
		if (!e || e === document.body) return {Text: "", Tag: ""}
		const box = e.getBoundingClientRect(), style = getComputedStyle(e)
		const at = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height, 20) / 2)
		return {Text: (e.innerText || e.name || "").trim(), Tag: e.tagName.toLowerCase(),
			Outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
			Covered: !at || !(e.contains(at) || at.contains(e))}
	})()`))
	if err != nil {
		t.c.t.Fatalf("%s: %v", t.Address(), err)
	}
	return f
}

// Count returns how many elements of the page a selector finds.
func (t *Tab) Count(selector string) int {
	t.c.t.Helper()
	n, err := chromedp.Run(t.ctx, chromedp.Evaluate[int](fmt.Sprintf(`document.querySelectorAll(%q).length`, selector)))
	if err != nil {
		t.c.t.Fatalf("%s: %v", t.Address(), err)
	}
	return n
}

// SetCookie gives the browser a cookie for an address.
func (t *Tab) SetCookie(name, value, address string) {
	t.c.t.Helper()
	if _, err := chromedp.Call(t.ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: address}); err != nil {
		t.c.t.Fatal(err)
	}
}

// Run runs a script of the test in the page.
func (t *Tab) Run(script string) {
	t.c.t.Helper()
	t.eval(script + "; true")
}
