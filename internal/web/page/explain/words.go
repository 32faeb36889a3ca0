package explain

import (
	"fmt"
	"strings"

	"scorehouse/internal/access"
)

// verdict is the answer for a place in a sentence.
func verdict(p Place) string {
	where := "the state"
	switch {
	case p.School != "":
		where = fmt.Sprintf("school %s of district %s", p.School, p.District)
	case p.District != "":
		where = "district " + p.District
	}
	if p.Shows() {
		return fmt.Sprintf(words.shows, where)
	}
	return fmt.Sprintf(words.hides, where)
}

// why is the reason without the grant, which has a column of its own.
func why(r access.Reason) string {
	_, reason, found := strings.Cut(r.Why, ": ")
	if !found {
		return r.Why
	}
	return strings.ToUpper(reason[:1]) + reason[1:]
}
