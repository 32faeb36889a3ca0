package layout

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"scorehouse/internal/edu"
	"scorehouse/internal/words"
)

// Frame is what surrounds a page. The handler fills it from the session and the question.
type Frame struct {
	Words   *words.Words // in the reader's language; nil is English
	Tenant  string       // name of the customer: "State of Tamarack"
	Home    string       // address of the start page of this person
	Here    string       // address of this page, to come back to with another language; empty is the start page
	Person  string       // name of the person signed in; empty when nobody is
	Role    string       // what the person is, in a few words: "Principal, Lakeside Elementary"; may be empty
	SignOut string       // address the sign-out button posts to; empty leaves the button out
	Tools   []Crumb      // ways that few people have, beside the person's name
	Trail   []Crumb      // from the widest place to this page; the last one is this page and has no address
	Search  string       // address that the form of the search is posted to; empty leaves it out
	Quick   []Links      // to the places the person works with; may be empty
	Fiction bool         // the data is invented (demo): the footer says so
	Part    Part         // of the page: all of it, unless it is put together from parts
	Own     Own          // what the state has set for itself
	Session *Session
	Forward string // where the browser goes on to at once; empty stays
	Again   bool   // something on the page is under way: it follows by itself
	Public  *Public
}

// Public is what surrounds pages that everybody may read; nil around others. No cookie remembers the language of such a page: its address says it.
type Public struct {
	Languages []Option // the page in each language
	Indexed   bool     // search engines may keep the page
}

// Part is a part of a page.
type Part int

// The parts.
const (
	Whole   Part = iota
	Content      // what is in the frame, alone
	Around       // the frame, with Middle where the content belongs
)

// Middle stands where the content of a page belongs. No text on a page can look like it.
const Middle = "<!--middle-->"

// Own is how a state has its pages look. The zero value is as ours do.
type Own struct {
	Sheet   string // address of a style sheet that follows ours
	Label   string // its name at the head
	Picture string // address of a picture beside it

	Width, Height int // of the picture, in pixels
}

// pictureHeight is how high pictures are shown, in pixels.
const pictureHeight = 40

// width is how wide the picture is shown.
func (o Own) width() string {
	return fmt.Sprint((o.Width*pictureHeight + o.Height/2) / max(o.Height, 1))
}

// name is what stands at the head of the page.
func (f Frame) name() string {
	if f.Own.Label != "" {
		return f.Own.Label
	}
	return f.Tenant
}

// SubjectClass is the class of what is drawn in a subject's colours.
func SubjectClass(s edu.Subject) string {
	switch s { // those of nearly every page
	case edu.Math:
		return "of-math"
	case edu.ELA:
		return "of-ela"
	}
	name := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, string(s))
	return "of-" + name
}

// Say returns the words of the page.
func (f Frame) Say() *words.Words {
	if f.Words == nil {
		return words.For("")
	}
	return f.Words
}

// Links are links under a heading.
type Links struct {
	Heading string
	Links   []Crumb
}

// The field of the search, and how many letters it takes.
const (
	SearchField  = "text"
	MaxSearch    = 100
	SearchLength = "100"
)

// Session is when the session of the person ends, for the warning before it. nil leaves the warning out.
type Session struct {
	Idle   time.Duration // from now, if no page is opened until then
	End    time.Duration // from now, whatever happens
	Return string        // address of this page, to come back to
}

// Warning is how long before its end people are warned of it.
const Warning = 2 * time.Minute

// Addresses that every page leads to. The server routes them.
const (
	SessionPath       = "/session"         // GET: how long is left, as JSON
	WarningPath       = "/session/warning" // GET: the page for browsers without script
	StayPath          = "/session/stay"    // POST: counts as opening a page
	OverPath          = "/signed-out"      // GET: where to go when it is over
	SignInPath        = "/login"           // GET: signs in, or in again
	LanguagePath      = "/language"        // POST: remembers LanguageField and goes back to ReturnField
	HelpPath          = "/help"
	ReadingPath       = HelpPath + "/reading-reports"
	GlossaryPath      = HelpPath + "/glossary"
	QuestionsPath     = HelpPath + "/questions"
	AccessibilityPath = "/accessibility"
)

// Parameters of these addresses. A page in another language than the reader's has LanguageField in its own address, too.
const (
	ReturnField   = "return" // where to go back to
	LanguageField = "lang"   // code of a language
)

// refresh leads a browser without script to the page that warns.
func (s Session) refresh() string {
	wait := min(s.Idle, s.End) - Warning
	return fmt.Sprintf("%d;url=%s", max(int(wait.Seconds()), 0), s.to(WarningPath))
}

// Again is where the person signs in again and comes back.
func (s Session) again() string { return s.to(SignInPath) + "&again=1" }

func (s Session) to(path string) string {
	return path + "?" + url.Values{ReturnField: {s.Return}}.Encode()
}

func seconds(d time.Duration) string { return fmt.Sprint(int(d.Seconds())) }

// Crumb is one step of the breadcrumb.
type Crumb struct {
	Text    string
	Address string // empty for the page itself and for places the person may not open
}

func home(f Frame) string {
	if f.Home == "" {
		return "/"
	}
	return f.Home
}

func footnote(f Frame) string {
	switch {
	case f.Fiction:
		return f.Say().Frame.Fiction()
	case f.Public != nil:
		return f.Say().Published.Footer()
	}
	return f.Say().Frame.Footer()
}
