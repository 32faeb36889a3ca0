package words

import (
	"strings"

	"golang.org/x/text/language"
)

// longestHeader is how much of an Accept-Language header is read: browsers send far less.
const longestHeader = 512

// Negotiate chooses the language of a reader: the first preference that is one of ours (from the address, then a cookie, say), else what
// the Accept-Language header asks for, else English. Preferences and header may be anything.
func Negotiate(acceptLanguage string, preferences ...string) string {
	for _, p := range preferences {
		if p = strings.ToLower(strings.TrimSpace(p)); Speaks(p) {
			return p
		}
	}
	if acceptLanguage == "" || len(acceptLanguage) > longestHeader {
		return all().languages[0].Code
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return all().languages[0].Code
	}
	_, i, _ := all().matcher.Match(wanted...)
	return all().languages[i].Code
}
