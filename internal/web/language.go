package web

import (
	"context"
	"net/http"

	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

// languageCookie remembers which language somebody has chosen, and nothing else: the value is the code of a language.
const languageCookie = "scorehouse-language"

// languageAge is how many seconds a choice of language is remembered.
const languageAge = 365 * 24 * 60 * 60

// wordsOf returns the words that a request is answered in: of the language that its address names, else of the one chosen in the menu, else of the
// browser's. Answers therefore vary with Accept-Language and Cookie, and whatever keeps them must keep them by language.
func wordsOf(r *http.Request) *words.Words {
	return words.For(words.Negotiate(r.Header.Get("Accept-Language"), r.URL.Query().Get(layout.LanguageField), tokenOf(r, languageCookie)))
}

// say returns the words of the call.
func (c *call) say() *words.Words {
	if c.words == nil {
		if c.words = wordsOf(c.Request); c.own != nil {
			c.words = c.own.Words(c.words.Language.Code)
		}
	}
	return c.words
}

// here is the address to come back to with another language; empty where that is the start page. What an identity provider sent is not sent again.
func (c *call) here() string {
	if c.Method != http.MethodGet || traceOf(c.Context()).route.Caller == Provider {
		return ""
	}
	a := layout.Address{Path: c.URL.EscapedPath(), Query: c.URL.Query()}
	return localAddress(a.Without(layout.LanguageField).String())
}

// addressed keeps the language of the address, where it names one, in an address that the page leads to.
func (c *call) addressed(a layout.Address) layout.Address {
	if code := c.URL.Query().Get(layout.LanguageField); words.Speaks(code) {
		return a.With(layout.LanguageField, code)
	}
	return a
}

// chooseLanguage remembers a language and goes back to the page. A language that there is not changes nothing.
func (s *Server) chooseLanguage(_ context.Context, c *call) (answer, error) {
	a := answer{redirect: localAddress(c.PostFormValue(layout.ReturnField))}
	if a.redirect == "" {
		a.redirect = "/"
	}
	if code := c.PostFormValue(layout.LanguageField); words.Speaks(code) {
		a.cookies = []*http.Cookie{{Name: languageCookie, Value: code, Path: "/", MaxAge: languageAge, Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}}
	}
	return a, nil
}

// sentence is a fault that people read in their language. Programs and logs get its English words.
type sentence struct {
	error
	say func(*words.Words) string
}

// Unwrap returns the fault.
func (e *sentence) Unwrap() error { return e.error }
