package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"scorehouse/internal/cache"
	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/release"
	"scorehouse/internal/report"
	"scorehouse/internal/report/released"
	"scorehouse/internal/web/body"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/meter"
	"scorehouse/internal/web/page/published"
	"scorehouse/internal/web/table"
	"scorehouse/internal/words"
)

// Public pages are opened by whoever knows the token of a link, without signing in. They show releases of one state, as package disclosure answers everybody. Nothing
// of a person goes into them: no cookie is read, none is set, so caches on the way may keep them. The token is a secret of its state: it stands in no log.

// Releases is what public pages show (release.Store).
type Releases interface {
	released.Source

	// Link finds a link by its token, NotFound when it opens nothing.
	Link(ctx context.Context, token string) (release.Link, error)
}

// DefaultPublicLimit is how often one address may ask for public pages: a class that follows a teacher through them, and whole schools behind one address.
var DefaultPublicLimit = meter.Limit{Burst: 600, PerSecond: 30}

// publicPath begins the addresses of public pages; the token follows.
const publicPath = release.PublicPath

// publicAge is how long caches and browsers may show a public answer without asking again. What is withdrawn, or whose link is revoked, is seen so much longer.
const publicAge = "public, max-age=300"

// publicParameters are the parameters of public pages besides those of filters.
var publicParameters = []string{"year", "release", "sort", "view", layout.LanguageField}

// byLink finds what a link opens. One that opens nothing is no page, like any other.
func (s *Server) byLink(c *call) error {
	if s.releases == nil {
		return errNoSuchPage
	}
	l, err := s.releases.Link(c.Context(), c.PathValue("token"))
	if fault.KindOf(err) == fault.NotFound {
		return errNoSuchPage
	}
	if err != nil {
		return err
	}
	all, err := s.tenants.all(c.Context())
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.ID == l.Tenant {
			c.tenant, c.link = t, l
			traceOf(c.Context()).tenant = t.ID
			return s.enter(c)
		}
	}
	return errNoSuchPage
}

// public answers with what everybody may read: a page, or its table as a file. What has been made once is kept for all who ask the same, under everything that it
// depends on: which releases there are, of all years. Explanations why something is not answered are made anew, since there is no end to what is not.
func (s *Server) public(f form) handler {
	return func(ctx context.Context, c *call) (answer, error) {
		c.speakPublicly()
		shelf, err := s.releases.Shelf(ctx, c.tenant.ID)
		if err != nil {
			return answer{}, err
		}
		address, question, err := c.publicQuestion(f, shelf)
		if err != nil {
			return answer{}, err
		}
		ask := func(ctx context.Context) (*publicAnswer, error) {
			r, err := released.Compare(ctx, shelf, c.tenant, question)
			if err != nil {
				return nil, err
			}
			return s.renderPublic(ctx, c, f, address, r)
		}
		outside, err := released.Outside(ctx, shelf, question)
		if err != nil {
			return answer{}, err
		}
		kept := s.publicCache
		if outside {
			kept = nil
		}
		key := cache.Key{Tenant: c.tenant.ID, Version: int(shelf.Newest()), Settings: c.own.Version, Class: fmt.Sprintf("public %d %t %s", c.link.ID, c.link.Indexable, shelf.Key()),
			Language: c.say().Language.Code, Question: string(f) + " " + address.String()}
		made, err := cache.Recall(ctx, kept, key, (*publicAnswer).size, ask)
		if fault.KindOf(err) == fault.NotFound {
			return answer{}, errNoSuchPage
		}
		if err != nil {
			return answer{}, err
		}
		var file string
		if f == asCSV {
			file = made.file
		}
		return answer{public: made, file: file, indexed: c.indexed(address) && f == ""}, nil
	}
}

// speakPublicly takes the language of a call from its address, else from the browser's choice: cookies are not read.
func (c *call) speakPublicly() {
	language := words.Negotiate(c.Header.Get("Accept-Language"), c.URL.Query().Get(layout.LanguageField), "")
	c.words = c.own.Words(words.For(language).Language.Code)
}

// publicQuestion reads the address of a public page, and returns it with every value once and in order, and nothing that changes nothing: what asks the same has the
// same address.
func (c *call) publicQuestion(f form, shelf *release.Shelf) (layout.Address, released.Question, error) {
	known := append(slices.Clone(publicParameters), filterParameters...)
	if f == asCSV {
		known = append(known, linesParameter, markParameter)
	}
	a := layout.Address{Path: c.URL.EscapedPath(), Query: url.Values{}}
	asked := layout.Address{Query: c.URL.Query()}
	for _, k := range known {
		a = a.With(k, asked.Get(k))
	}
	if !words.Speaks(a.Get(layout.LanguageField)) {
		a = a.Without(layout.LanguageField)
	}
	p := parser{address: asked}
	q := released.Question{Place: c.PathValue("place"), Year: value(&p, "year", parseYear), Release: value(&p, "release", parseRelease)}
	for _, k := range filterParameters {
		var attribute disclosure.Attribute
		if err := attribute.UnmarshalText([]byte(k)); err != nil {
			return a, q, fmt.Errorf("the filter %s is no attribute: %w", k, err)
		}
		chosen := values(&p, k, func(s string) (int16, bool) { return released.Parse(attribute, s) })
		slices.Sort(chosen)
		codes := make([]string, len(chosen))
		for i, x := range chosen {
			codes[i] = released.Code(attribute, x)
		}
		a = a.With(k, strings.Join(codes, ","))
		if len(chosen) > 0 {
			q.Filters = append(q.Filters, disclosure.Chosen{Attribute: attribute, Values: chosen})
		}
	}
	for k, valid := range map[string]func(string) (bool, bool){
		"sort": func(s string) (bool, bool) { return true, published.ValidSort(s) }, "view": func(s string) (bool, bool) { return true, s == "bars" || s == "numbers" },
		linesParameter: parseSwitch, markParameter: parseSwitch,
	} {
		if a.Get(k) != "" {
			value(&p, k, valid)
		}
	}
	if p.err != nil {
		return a, q, p.err
	}
	of := shelf.OfYear(q.Year)
	if q.Year == 0 && len(shelf.Years()) > 0 {
		of = shelf.OfYear(shelf.Years()[0])
	}
	if len(of) > 0 && q.Release == of[0].Number {
		q.Release, a = 0, a.Without("release")
	}
	if subject := published.SortedBy(a.Get("sort")); subject != "" && !slices.ContainsFunc(of, func(h release.Heading) bool { return slices.Contains(h.Subjects, subject) }) {
		a = a.Without("sort")
	}
	if f != "" {
		a = a.Without("view")
	}
	return a, q, nil
}

// parseRelease reads the number of a release of a year.
func parseRelease(s string) (int, bool) {
	n, ok := numberIn(s)
	return int(n), ok && n < 1000
}

// indexed reports whether search engines may keep a page: where the link says so, pages that are not filtered or sorted.
func (c *call) indexed(a layout.Address) bool {
	return c.link.Indexable && len(a.Without("year", layout.LanguageField).Query) == 0
}

// publicAnswer is what is kept of an answer.
type publicAnswer struct {
	body *body.Whole
	kind string
	file string // what a browser that keeps it calls it
}

func (a *publicAnswer) size() int { return a.body.Size() + 64 }

// renderPublic makes the answer.
func (s *Server) renderPublic(ctx context.Context, c *call, f form, address layout.Address, r released.Comparison) (*publicAnswer, error) {
	a := &publicAnswer{kind: "text/html; charset=utf-8"}
	view := s.publishedView(c, address, r)
	r.Rows = published.Sorted(r, address.Get("sort"))
	render := func(to io.Writer) error { return published.Page(view).Render(ctx, to) }
	switch f {
	case asJSON:
		a.kind = "application/json"
		render = func(to io.Writer) error {
			return json.NewEncoder(to).Encode(table.PublishedJSON(r, filtersOf(address)))
		}
	case asCSV:
		t := table.OfPublished(c.say(), r)
		kind := strings.Join(append([]string{c.say().Comparison.Assessment(r.Year)}, published.Apart(view)...), "; ")
		t.About = s.about(c, t, export{place: placesOf(r), address: address, filters: published.Chosen(view), rows: len(r.Rows), kind: kind, year: c.say().Year(r.Year), made: r.At})
		a.kind, a.file = "text/csv; charset=utf-8; header=present", t.FileName(r.At, string(f))
		render = func(to io.Writer) error {
			_, err := to.Write(t.CSV(table.Options{Lines: address.Get(linesParameter) == "1", Mark: address.Get(markParameter) == "1"}))
			return err
		}
	}
	var err error
	a.body, err = body.Keep(render)
	return a, err
}

// publishedView is what the page shows.
func (s *Server) publishedView(c *call, address layout.Address, r released.Comparison) published.View {
	address = address.Without(linesParameter, markParameter)
	home := layout.Address{Path: publicPath + url.PathEscape(c.PathValue("token")), Query: address.Without("sort").Query}
	place := func(id string) string {
		return layout.Address{Path: home.Path + "/p/" + url.PathEscape(id), Query: home.Query}.String()
	}
	v := published.View{
		Report: r, Address: address, Widened: widened(address, r.Catalogue), CSV: fileAddress(address), JSON: layout.Address{Path: address.Path + "." + string(asJSON), Query: address.Query},
		RowAddress: func(row released.Row) string {
			if row.Grade != 0 || row.ID == "" {
				return ""
			}
			return place(row.ID)
		},
	}
	v.Frame = s.frame(c)
	v.Frame.Tenant, v.Frame.Home, v.Frame.Here = c.tenant.Name, home.String(), ""
	v.Frame.Own = publicFrame(c)
	v.Frame.Trail = []layout.Crumb{{Text: c.tenant.Name, Address: home.String()}}
	for _, p := range []release.Place{r.District, r.School} {
		if p.ID != "" {
			v.Frame.Trail = append(v.Frame.Trail, layout.Crumb{Text: p.Name, Address: place(p.ID)})
		}
	}
	here(v.Frame.Trail)
	v.Frame.Public = &layout.Public{Indexed: c.indexed(address)}
	for _, l := range words.Languages() {
		v.Frame.Public.Languages = append(v.Frame.Public.Languages, layout.Option{Text: l.Name, Address: address.With(layout.LanguageField, l.Code), Current: l.Code == c.say().Language.Code})
	}
	return v
}

// publicFrame is how the state has its pages look, at addresses that need no session.
func publicFrame(c *call) layout.Own {
	own := ownFrame(c.tenant, c.own)
	for _, address := range []*string{&own.Sheet, &own.Picture} {
		if rest, ok := strings.CutPrefix(*address, ownPath+string(c.tenant.StateCode)); ok {
			*address = publicPath + url.PathEscape(c.PathValue("token")) + "/look" + rest
		}
	}
	return own
}

// widened is the address with what is counted together with the values chosen; zero when that changes nothing.
func widened(a layout.Address, catalogue *disclosure.Catalogue) layout.Address {
	if catalogue == nil {
		return layout.Address{}
	}
	wider := a
	for attribute := disclosure.Grade; attribute <= disclosure.Complete; attribute++ {
		var chosen disclosure.Chosen
		for _, s := range a.Values(attribute.String()) {
			if x, ok := released.Parse(attribute, s); ok {
				chosen.Attribute, chosen.Values = attribute, append(chosen.Values, x)
			}
		}
		if len(chosen.Values) == 0 {
			continue
		}
		chosen = catalogue.Widen([]disclosure.Chosen{chosen})[0]
		slices.Sort(chosen.Values)
		codes := make([]string, len(chosen.Values))
		for i, x := range chosen.Values {
			codes[i] = released.Code(attribute, x)
		}
		wider = wider.With(attribute.String(), strings.Join(codes, ","))
	}
	if wider.String() == a.String() {
		return layout.Address{}
	}
	return wider
}

// meteredPublicly answers a request only within the limit of its address for public pages, before the link is looked up.
func (s *Server) meteredPublicly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wait, ok := s.reading.Allow(r.Context(), traceOf(r.Context()).client, 1)
		if !ok {
			w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
			s.send(w, r, nil, s.problem(r, nil, errTooMany))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sendPublic sends what is kept, or that the reader's copy still holds.
func sendPublic(w http.ResponseWriter, r *http.Request, a answer) error {
	h := w.Header()
	h.Set("Cache-Control", publicAge)
	h.Set("ETag", a.public.body.Tag())
	h.Add("Vary", "Accept-Language")
	if !a.indexed {
		h.Set("X-Robots-Tag", "noindex")
	}
	if strings.Contains(r.Header.Get("If-None-Match"), a.public.body.Tag()) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", a.public.kind)
	return a.public.body.Write(w, r, a.public.kind)
}

// publish takes from the options what public pages need.
func (s *Server) publish(o Options) {
	if o.PublicLimit == (meter.Limit{}) {
		o.PublicLimit = DefaultPublicLimit
	}
	if o.PublicCache == nil {
		o.PublicCache = cache.New(DefaultCache)
	}
	s.releases, s.publicCache = o.Releases, o.PublicCache
	s.reading = meter.New("public pages", o.PublicLimit, meter.Kept, time.Now, o.Logger)
}

// placesOf names the places of a comparison for the lines before a file.
func placesOf(r released.Comparison) report.Institution {
	return report.Institution{StateName: r.State, District: edu.District{Name: r.District.Name}, School: edu.School{Name: r.School.Name}}
}
