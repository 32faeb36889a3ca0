package web

import (
	"bytes"
	"io"
	"math"
	"net/http"
	"strconv"

	"scorehouse/internal/web/meter"
)

// recordedRefusals limits the records of forms that another site sent. The forms are refused in any case.
var recordedRefusals = meter.Limit{Burst: 60, PerSecond: 1}

// costBytes of a message cost as much as a request: one with a large message counts once for each 64 KiB begun.
const costBytes = 64 << 10

// metered answers a request only within the limit of its address, before anything else is done for it.
func (s *Server) metered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size := sizeOf(r)
		wait, ok := s.asking.Allow(r.Context(), traceOf(r.Context()).client, 1+int(size/costBytes))
		if !ok {
			w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
			s.send(w, r, nil, s.problem(r, nil, errTooOften))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sizeOf returns the size of a request's body. One that does not say is read, no further than any body may be.
func sizeOf(r *http.Request) int64 {
	if r.ContentLength >= 0 {
		return min(r.ContentLength, maxResponse)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxResponse+1))
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
	return int64(len(body))
}

// failing ends a body as its reading ended.
type failing struct{ err error }

// Read returns the error, the end of the body without one.
func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

// navigated answers only a person's browser that opens a page: pages of other sites can make it ask for an image, or fill a frame, as often as they like.
// Browsers that do not say what they ask for are believed.
func (s *Server) navigated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mode, destination := r.Header.Get("Sec-Fetch-Mode"), r.Header.Get("Sec-Fetch-Dest")
		if mode != "" && mode != "navigate" || destination != "" && destination != "document" {
			s.send(w, r, nil, s.problem(r, nil, errNotOpened))
			return
		}
		next.ServeHTTP(w, r)
	})
}
