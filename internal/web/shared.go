package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"scorehouse/internal/cache"
	"scorehouse/internal/report"
	"scorehouse/internal/web/body"
	"scorehouse/internal/web/layout"
)

// shared is a page whose middle is the same for everybody with the same key. What surrounds it names the person, and is made for each answer.
type shared struct {
	key   cache.Key
	page  func(layout.Frame) templ.Component
	frame layout.Frame
	tag   string // of the whole, for this session; "" where it must not be kept by the browser
}

// share returns a comparison's page as a shared one. content says everything the middle shows besides its report and its words.
func (c *call) share(r report.Comparison, content string, frame layout.Frame, page func(layout.Frame) templ.Component) *shared {
	s := &shared{page: page, frame: frame, key: cache.Key{
		Tenant: c.tenant.ID, Version: r.Version, Settings: r.Settings + " " + c.own.Version, Class: content, Language: frame.Say().Language.Code,
		Question: fmt.Sprintf("page %s %d %d", c.URL.EscapedPath(), r.Year, r.Awaited),
	}}
	if time.Until(c.session.Expires) > unhurried {
		s.tag = `W/"` + digestOf(fmt.Sprintf("%+v %s %s", s.key, c.session.ID, programTag)) + `"`
	}
	return s
}

// unhurried is how long a session must last for the browser to show a page of it again: a page knows when its session ends.
const unhurried = time.Hour

// programTag tells programs apart: what another version of it rendered is not ours.
var programTag = time.Now().UTC().Format(time.RFC3339Nano)

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12])
}

// revalidate lets the reader's own browser keep an answer, and ask each time whether it still holds.
const revalidate = "private, no-cache"

// known reports whether the browser has the page already.
func (s *shared) known(r *http.Request) bool {
	return s != nil && s.tag != "" && strings.Contains(r.Header.Get("If-None-Match"), s.tag)
}

// render returns the page, its middle from what is kept.
func (s *shared) render(ctx context.Context, answers *cache.Cache) (body.Body, error) {
	around := s.frame
	around.Part = layout.Around
	b, err := body.Render(func(to *bytes.Buffer) error { return s.page(around).Render(ctx, to) })
	if err != nil {
		return b, err
	}
	var ok bool
	if b.Head, b.Tail, ok = bytes.Cut(b.Head, []byte(layout.Middle)); !ok {
		return b, errors.New("a shared page without a middle")
	}
	b.Middle, err = cache.Recall(ctx, answers, s.key, (*body.Piece).Size, func(ctx context.Context) (*body.Piece, error) {
		// Nothing of the person is there to be rendered.
		content := s.page(layout.Frame{Words: s.frame.Words, Part: layout.Content})
		return body.Compress(func(to io.Writer) error { return content.Render(ctx, to) })
	})
	return b, err
}
