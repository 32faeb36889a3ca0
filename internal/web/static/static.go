// Package static serves what does not change between requests: the style sheet of the whole site, put together
// from css/ and the sheets beside the pages, the typeface and the icon. Addresses carry a fingerprint of the
// contents, so browsers may keep the files for ever.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"scorehouse/internal/web/page"
)

// Prefix is where Handler expects to be mounted.
const Prefix = "/static/"

//go:embed css/*.css fonts/scorehouse-sans.woff2 favicon.svg session.js forward.js follow.js
var files embed.FS

// sheets are the shared style sheets in the order they apply; those of the pages come after them.
var sheets = []string{"tokens", "base", "frame", "control", "table", "draw"}

// asset is one file as it is served.
type asset struct {
	address    string
	kind       string
	body, gzip []byte // gzip is nil when the body is compressed already
}

// assets by the name pages use.
var assets = load()

func load() map[string]asset {
	byName := map[string]asset{}
	put := func(name, kind string, body []byte, compress bool) {
		sum := sha256.Sum256(body)
		ext := path.Ext(name)
		a := asset{address: Prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext, kind: kind, body: body}
		if compress {
			a.gzip = zip(body)
		}
		byName[name] = a
	}
	put("scorehouse-sans.woff2", "font/woff2", read(files, "fonts/scorehouse-sans.woff2"), false)
	put("favicon.svg", "image/svg+xml", read(files, "favicon.svg"), true)
	for _, script := range []string{"session.js", "forward.js", "follow.js"} {
		put(script, "text/javascript; charset=utf-8", read(files, script), true)
	}
	font := path.Base(byName["scorehouse-sans.woff2"].address)
	put("site.css", "text/css; charset=utf-8", bytes.ReplaceAll(sheet(), []byte("scorehouse-sans.woff2"), []byte(font)), true)
	return byName
}

// sheet is the style sheet of the site.
func sheet() []byte {
	var all bytes.Buffer
	for _, s := range sheets {
		all.Write(read(files, "css/"+s+".css"))
	}
	pages, err := fs.Glob(page.Sheets, "*/*.css")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, name := range pages {
		all.Write(read(page.Sheets, name))
	}
	return all.Bytes()
}

func read(from fs.FS, name string) []byte {
	b, err := fs.ReadFile(from, name)
	if err != nil {
		panic(fmt.Sprintf("static: %v", err)) // embedded at build time
	}
	return b
}

func zip(b []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// URL returns the address of site.css, session.js, forward.js, follow.js, scorehouse-sans.woff2 or favicon.svg. Any other name is a mistake of the
// program and panics.
func URL(name string) string {
	a, ok := assets[name]
	if !ok {
		panic("static: no file " + name)
	}
	return a.address
}

// Files returns every file under its address, for pages written to a directory.
func Files() map[string][]byte {
	all := map[string][]byte{}
	for _, a := range assets {
		all[a.address] = a.body
	}
	return all
}

// Handler serves the files. Mount it at Prefix.
func Handler() http.Handler {
	byAddress := map[string]asset{}
	for _, a := range assets {
		byAddress[a.address] = a
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := byAddress[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h, body := w.Header(), a.body
		h.Set("Content-Type", a.kind)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		if a.gzip != nil {
			h.Set("Vary", "Accept-Encoding")
			if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				h.Set("Content-Encoding", "gzip")
				body = a.gzip
			}
		}
		h.Set("Content-Length", fmt.Sprint(len(body)))
		w.Write(body)
	})
}
