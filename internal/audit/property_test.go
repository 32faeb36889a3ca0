package audit_test

import (
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"scorehouse/internal/audit"
	"scorehouse/internal/edu"
	"scorehouse/internal/tenant"
)

// texts are the types of text that an event may have, each checked or replaced where it is written. A new one needs a form in line.go.
var texts = []reflect.Type{
	reflect.TypeFor[audit.Kind](), reflect.TypeFor[audit.Outcome](), reflect.TypeFor[tenant.ID](), reflect.TypeFor[audit.Person](), reflect.TypeFor[audit.ID](),
	reflect.TypeFor[audit.Code](), reflect.TypeFor[audit.Role](), reflect.TypeFor[audit.Route](), reflect.TypeFor[audit.Reason](), reflect.TypeFor[audit.Format](),
	reflect.TypeFor[edu.Subject](),
}

// opaque are types of the standard library that can hold no text of a student.
var opaque = []reflect.Type{reflect.TypeFor[time.Time](), reflect.TypeFor[netip.Addr]()}

func TestAnEventHasNoFieldForFreeText(t *testing.T) {
	t.Parallel()
	var check func(at string, x reflect.Type)
	check = func(at string, x reflect.Type) {
		switch {
		case slices.Contains(opaque, x):
		case x.Kind() == reflect.Struct:
			for i := range x.NumField() {
				check(at+"."+x.Field(i).Name, x.Field(i).Type)
			}
		case x.Kind() == reflect.Slice || x.Kind() == reflect.Pointer:
			check(at, x.Elem())
		case x.Kind() == reflect.String:
			if !slices.Contains(texts, x) {
				t.Errorf("%s is text of type %s: give it a type with a closed list or a form", at, x)
			}
		case x.Kind() >= reflect.Int && x.Kind() <= reflect.Uint64:
		default:
			t.Errorf("%s is of type %s, which no record can hold", at, x)
		}
	}
	check("Event", reflect.TypeFor[audit.Event]())
}

// words are what stands in the rows of students: names, addresses of mailboxes excepted (which people who sign in may have as their id), scores with words.
func words() *rapid.Generator[string] {
	name := rapid.StringMatching(`[A-ZÄÉŁÑ][a-zäéłñ]{2,12}`)
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string { return name.Draw(t, "first") + " " + name.Draw(t, "last") }),
		rapid.Custom(func(t *rapid.T) string { return name.Draw(t, "last") + ", " + name.Draw(t, "first") }),
		rapid.Custom(func(t *rapid.T) string { return "score " + rapid.StringMatching(`[0-9]{4}`).Draw(t, "score") }),
		rapid.StringMatching(`["\\{}\n<>' ]{1,5}[a-zA-Z]{3,10}`),
	)
}

func TestNoTextOfAStudentGetsIntoARecord(t *testing.T) {
	t.Parallel()
	key := slices.Repeat([]byte{1}, 32)
	kinds := make([]audit.Kind, 0)
	for k := range audit.Kinds() {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	rapid.Check(t, func(t *rapid.T) {
		var e audit.Event
		var used []string
		fill(t, reflect.ValueOf(&e).Elem(), &used)
		e.Kind = rapid.SampledFrom(kinds).Draw(t, "kind")
		if rapid.Bool().Draw(t, "good words") {
			e.Outcome, e.What.Format, e.Tenant = audit.Done, audit.Page, "tamarack"
		}
		line, err := audit.Encode(e, key)
		if err != nil {
			line = err.Error() // it is logged
		}
		line = made.ReplaceAllString(line, "")
		for _, text := range used {
			for _, word := range strings.FieldsFunc(text, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
				if len(word) >= 3 && !vocabulary[word] && strings.Contains(line, word) {
					t.Fatalf("%q of %q is in %s", word, text, line)
				}
			}
		}
	})
}

// made are the parts of a line that are computed, and may hold any digits by accident.
var made = regexp.MustCompile(`x-[0-9a-f]{24}|"mac":"[0-9a-f]{64}"|"time":"[^"]*"|"chain":"[^"]*"`)

// vocabulary are words of records themselves that the generator may hit.
var vocabulary = map[string]bool{"score": true}

// fill puts words into every text of a value.
func fill(t *rapid.T, v reflect.Value, used *[]string) {
	switch {
	case slices.Contains(opaque, v.Type()):
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), used)
		}
	case v.Kind() == reflect.Slice:
		s := reflect.MakeSlice(v.Type(), 2, 2)
		for i := range 2 {
			fill(t, s.Index(i), used)
		}
		v.Set(s)
	case v.Kind() == reflect.String:
		text := words().Draw(t, "text")
		v.SetString(text)
		*used = append(*used, text)
	}
}

func TestAWordAloneIsNoInstitution(t *testing.T) {
	t.Parallel()
	key := slices.Repeat([]byte{1}, 32)
	for _, name := range []string{"Thao", "Nguyen", "maria.delgado", "Straße"} {
		line, err := audit.Encode(audit.Event{Kind: audit.AccessRefused, What: audit.What{District: audit.Code(name), Subject: edu.Subject(name), Route: audit.Route(name)},
			Grants: []audit.Grant{{Role: audit.Role(strings.ToLower(name)), Tenant: tenant.ID(name + "X"), School: audit.Code(name)}}}, key)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.ToLower(line), strings.ToLower(name)) {
			t.Errorf("%s is in %s", name, line)
		}
	}
}
