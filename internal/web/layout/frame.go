package layout

// Frame is what surrounds a page. The handler fills it from the session and the question.
type Frame struct {
	Tenant   string  // name of the customer: "State of Tamarack"
	Home     string  // address of the start page of this person
	Person   string  // name of the person signed in; empty when nobody is
	Role     string  // what the person is, in a few words: "Principal, Lakeside Elementary"; may be empty
	SignOut  string  // address the sign-out button posts to; empty leaves the button out
	Trail    []Crumb // from the widest place to this page; the last one is this page and has no address
	Language string  // of the interface, as in the lang attribute; empty is English
	Fiction  bool    // the data is invented (demo): the footer says so
}

// Crumb is one step of the breadcrumb.
type Crumb struct {
	Text    string
	Address string // empty for the page itself and for places the person may not open
}

func (f Frame) language() string {
	if f.Language == "" {
		return "en"
	}
	return f.Language
}
