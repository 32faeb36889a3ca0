package webtest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Walk is a way through several pages and sites in one tab, scripts and cookies included.
type Walk struct {
	c   *Chromium
	ctx context.Context
}

// Walk begins with an empty tab and without cookies. Nothing else may use the browser before the walk ends.
func (c *Chromium) Walk(walk func(w *Walk)) {
	c.t.Helper()
	ctx, done := c.visit(Visit{}, tabTime)
	defer done()
	walk(&Walk{c, ctx})
}

func (w *Walk) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	w.c.t.Helper()
	if err := chromedp.Do(w.ctx, steps...); err != nil {
		w.c.t.Fatalf("%s: %v", what, err)
	}
}

// Open goes to an address, as if it had been typed.
func (w *Walk) Open(address string) {
	w.c.t.Helper()
	w.do("open "+address, chromedp.Navigate(address))
}

// Fill types a text into the field that a CSS selector finds, when it shows.
func (w *Walk) Fill(selector, text string) {
	w.c.t.Helper()
	w.do("fill "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Submit sends the form in which a CSS selector finds a field or button.
func (w *Walk) Submit(selector string) {
	w.c.t.Helper()
	w.do("submit "+selector, chromedp.Submit(chromedp.CSS(selector)))
}

// Arrive waits until the tab shows an address and returns the text there.
func (w *Walk) Arrive(address string) string {
	w.c.t.Helper()
	for {
		var text string
		at, err := chromedp.Run(w.ctx, chromedp.Location())
		if err == nil && at == address {
			text, err = chromedp.Run(w.ctx, chromedp.Text(chromedp.CSS("body")))
			if err == nil {
				return text
			}
		}
		select {
		case <-w.ctx.Done():
			w.c.t.Fatalf("the way to %s ends at %s: %v", address, at, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Cookies returns the cookies that the browser would send to an address, by name, as words: HttpOnly, Secure, SameSite.
func (w *Walk) Cookies(address string) map[string]string {
	w.c.t.Helper()
	got, err := chromedp.Call(w.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{address}})
	if err != nil {
		w.c.t.Fatalf("cookies of %s: %v", address, err)
	}
	words := map[string]string{}
	for _, cookie := range got.Cookies {
		var all []string
		if cookie.HTTPOnly {
			all = append(all, "HttpOnly")
		}
		if cookie.Secure {
			all = append(all, "Secure")
		}
		words[cookie.Name] = strings.Join(append(all, fmt.Sprintf("SameSite=%s", cookie.SameSite)), " ")
	}
	return words
}
