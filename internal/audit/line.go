package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"time"

	"scorehouse/internal/edu"
	"scorehouse/internal/tenant"
)

// Record is a line of the trail, as it is read back.
type Record struct {
	Chain    string       `json:"chain"`
	Seq      int64        `json:"seq"` // from 0 in each chain
	Time     time.Time    `json:"time"`
	Kind     Kind         `json:"kind"`
	Outcome  Outcome      `json:"outcome,omitempty"`
	Tenant   tenant.ID    `json:"tenant,omitempty"`
	User     Person       `json:"user,omitempty"`
	Session  ID           `json:"session,omitempty"`
	Provider ID           `json:"provider,omitempty"`
	Roles    []Role       `json:"roles,omitempty"`
	Operator Person       `json:"operator,omitempty"`
	Grants   []GrantText  `json:"grants,omitempty"`
	Route    Route        `json:"route,omitempty"`
	District Code         `json:"district,omitempty"`
	School   Code         `json:"school,omitempty"`
	Grade    string       `json:"grade,omitempty"` // KG, 01 to 13
	Subject  string       `json:"subject,omitempty"`
	Year     int          `json:"year,omitempty"`
	Type     string       `json:"type,omitempty"` // as in addresses of pages
	Student  int64        `json:"student,omitempty"`
	Format   Format       `json:"format,omitempty"`
	Object   ID           `json:"object,omitempty"`
	Count    int          `json:"count,omitempty"`
	Students int          `json:"students"`
	Client   string       `json:"client,omitempty"`
	Request  ID           `json:"request,omitempty"`
	Reason   Reason       `json:"reason,omitempty"`
	Begin    *headerField `json:"begin,omitempty"` // only in the first line of a file
	MAC      string       `json:"mac"`             // hex; the last field of a line
}

// GrantText is a grant as it stands in a record: ROLE@tenant, ROLE@tenant/district or ROLE@tenant/district/school.
type GrantText string

// headerField is what the first line of a file says about it.
type headerField struct {
	Version   int    `json:"version"` // of the format of lines
	Stream    Stream `json:"stream"`
	File      int    `json:"file"` // from 1 in each chain
	Previous  string `json:"previous"`
	Key       string `json:"key"` // which key, by a digest of it
	Host      string `json:"host"`
	Directory string `json:"directory"`
	Process   int    `json:"process"`
}

// Kinds of lines that the trail writes about itself.
const (
	opened    Kind = "log.opened"    // first line of a chain
	continued Kind = "log.continued" // first line of a further file
	closed    Kind = "log.closed"    // last line of a chain whose process ended in order
)

var (
	codeForm   = regexp.MustCompile(`^[A-Za-z0-9._:-]{0,64}[0-9][A-Za-z0-9._:-]{0,64}$`)
	personForm = regexp.MustCompile(`^[!#-&(-;=?-Z^-z|~]{1,128}$`) // printable without space " ' < > [ \ ] { }
	idForm     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$`)
	roleForm   = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,39}$`)
	reasonForm = regexp.MustCompile(`^[a-z][a-z0-9_.]{0,63}$`)
	routeForm  = regexp.MustCompile(`^((GET|HEAD|POST|PUT|PATCH|DELETE) )?/[a-zA-Z0-9_./$-]*(\{[a-z_]+\.{0,3}\$?\}[a-zA-Z0-9_./$-]*)*(\{\$\})?$`)
)

// record turns an event into what is written: every text is checked, or replaced by a digest or a fixed word.
func (e Event) record(key []byte, now time.Time) (Record, error) {
	if e.Kind.Stream() == "" {
		return Record{}, errors.New("the kind is not in the list")
	}
	if e.Outcome == "" {
		e.Outcome = Done
	}
	if !slices.Contains([]Outcome{Done, Begun, Refused, Failed}, e.Outcome) {
		return Record{}, fmt.Errorf("%s: the outcome is not in the list", e.Kind)
	}
	if e.What.Format != "" && !slices.Contains(formats, e.What.Format) {
		return Record{}, fmt.Errorf("%s: the format is not in the list", e.Kind)
	}
	if _, err := tenant.ParseID(string(e.Tenant)); err != nil && e.Tenant != "" {
		return Record{}, fmt.Errorf("%s: the tenant is not the name of one", e.Kind)
	}
	if !e.Time.IsZero() {
		now = e.Time
	}
	r := Record{
		Time: now.UTC().Truncate(time.Microsecond), Kind: e.Kind, Outcome: e.Outcome, Tenant: e.Tenant,
		User: formed(key, personForm, e.Who.User), Session: formed(key, idForm, e.Who.Session), Provider: formed(key, idForm, e.Who.Provider),
		Operator: formed(key, personForm, e.Who.Operator), Object: formed(key, idForm, e.What.Object), Request: formed(key, idForm, e.RequestID),
		District: formed(key, codeForm, e.What.District), School: formed(key, codeForm, e.What.School),
		Route: known(routeForm, e.What.Route, "other"), Reason: known(reasonForm, e.Reason, "other"),
		Year: int(e.What.Year), Student: e.What.Student, Format: e.What.Format, Count: e.What.Count, Students: e.Students,
	}
	for _, role := range e.Who.Roles {
		r.Roles = append(r.Roles, known(roleForm, role, "OTHER"))
	}
	for _, g := range e.Grants {
		r.Grants = append(r.Grants, g.text(key))
	}
	if e.What.Grade != nil {
		r.Grade = e.What.Grade.Code()
	}
	switch {
	case slices.Contains(edu.Subjects, e.What.Subject):
		r.Subject = string(e.What.Subject)
	case e.What.Subject != "":
		r.Subject = "other"
	}
	if slices.Contains(edu.AssessmentTypes, e.What.Type) {
		r.Type = e.What.Type.Slug()
	}
	if e.Client != (netip.Addr{}) {
		r.Client = e.Client.Unmap().WithZone("").String()
	}
	return r, nil
}

func (g Grant) text(key []byte) GrantText {
	s := string(known(roleForm, g.Role, "OTHER")) + "@"
	if _, err := tenant.ParseID(string(g.Tenant)); err == nil {
		s += string(g.Tenant)
	}
	if g.District != "" {
		s += "/" + string(formed(key, codeForm, g.District))
	}
	if g.School != "" {
		s += "/" + string(formed(key, codeForm, g.School))
	}
	return GrantText(s)
}

// formed returns an identifier of the form, else its digest.
func formed[T ~string](key []byte, form *regexp.Regexp, s T) T {
	if s == "" || form.MatchString(string(s)) {
		return s
	}
	return T(digest(key, string(s)))
}

// known returns a word of the form, else a fixed one.
func known[T ~string](form *regexp.Regexp, s, otherwise T) T {
	if s == "" || form.MatchString(string(s)) && len(s) <= 128 {
		return s
	}
	return otherwise
}

// digest stands for a text that may not be written. The same text gives the same digest under one key.
func digest(key []byte, s string) string {
	return "x-" + hex.EncodeToString(mac(key, []byte("scorehouse audit text\x00"), []byte(s))[:12])
}

// size of a MAC, and what surrounds it at the end of a line.
const (
	macBytes = sha256.Size
	macField = `,"mac":"`
	lineTail = len(macField) + 2*macBytes + len("\"}")
)

func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// chainKey is the key of one chain's MACs, so that a line fits into no other chain.
func chainKey(key []byte, stream Stream, chain string) []byte {
	return mac(key, []byte("scorehouse audit chain 1\x00"+string(stream)+"\x00"+chain))
}

// keyName tells keys apart without telling anything about them.
func keyName(key []byte) string {
	return hex.EncodeToString(mac(key, []byte("scorehouse audit key name"))[:4])
}

// body encodes a record without chain, number and MAC: `"time":…}`.
func (r Record) body() ([]byte, error) {
	r.Chain, r.Seq, r.MAC = "", 0, ""
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	text = bytes.TrimPrefix(text, []byte(`{"chain":"","seq":0,`))
	return bytes.TrimSuffix(text, []byte(macField+`"}`)), nil
}

// appendLine appends a whole line to buf and returns its MAC, which goes over the MAC before it and everything up to the field mac.
func appendLine(buf []byte, chain string, seq int64, body, key, previous []byte) ([]byte, []byte) {
	start := len(buf)
	buf = append(buf, `{"chain":"`...)
	buf = append(buf, chain...)
	buf = append(buf, `","seq":`...)
	buf = strconv.AppendInt(buf, seq, 10)
	buf = append(buf, ',')
	buf = append(buf, body...)
	sum := mac(key, previous, buf[start:])
	buf = append(buf, macField...)
	buf = hex.AppendEncode(buf, sum)
	return append(buf, "\"}\n"...), sum
}

// parseLine reads a line without its line feed. signed is what its MAC goes over.
func parseLine(line []byte) (r Record, signed, sum []byte, err error) {
	if len(line) < lineTail || !bytes.HasPrefix(line[len(line)-lineTail:], []byte(macField)) {
		return r, nil, nil, errNoLine
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return r, nil, nil, errNoLine
	}
	sum, err = hex.DecodeString(string(line[len(line)-2-2*macBytes : len(line)-2]))
	if err != nil {
		return r, nil, nil, errNoLine
	}
	return r, line[:len(line)-lineTail], sum, nil
}

var errNoLine = errors.New("not a line of the trail")
