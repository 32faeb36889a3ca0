package web

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// wantsJSON reports whether a caller asks for JSON rather than a page for people. One who does not care gets what otherwise says.
func wantsJSON(r *http.Request, otherwise bool) bool {
	page, data, said := 0.0, 0.0, false
	for _, text := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		kind, parameters, err := mime.ParseMediaType(text)
		if err != nil {
			continue
		}
		weight := 1.0
		if q, ok := parameters["q"]; ok {
			if weight, err = strconv.ParseFloat(q, 64); err != nil {
				continue
			}
		}
		switch {
		case kind == "text/html" || kind == "application/xhtml+xml":
			page, said = max(page, weight), true
		case kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json"):
			data, said = max(data, weight), true
		}
	}
	if !said {
		return otherwise
	}
	return data > page
}
