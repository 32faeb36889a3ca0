package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"scorehouse/internal/edu"
)

// ContentAssessment is the value of Content in the JSON file of assessment results, lower case.
const ContentAssessment = "assessment"

// Metadata is what the JSON file of a package says.
type Metadata struct {
	Content    string // lower case; ContentAssessment
	Assessment edu.Assessment
}

// jsonPath is one path of the JSON file.
type jsonPath struct {
	Path string
	Rule string // form and rules of the value, for people
}

// JSONPaths lists the paths that must exist in the JSON file of assessment results. Names are compared without regard to
// letter case. Values may be numbers or texts.
var JSONPaths = []jsonPath{
	{"Content", "`assessment`"},
	{"Identification.Guid", "required, at most 255 characters; the key of the assessment"},
	{"Identification.Type", "exactly `SUMMATIVE`, `INTERIM COMPREHENSIVE` or `INTERIM ASSESSMENT BLOCKS`"},
	{"Identification.Year", "required, the academic year by its spring: 2026 is 2025-26"},
	{"Identification.Period", "at most 32 characters; may be blank"},
	{"Identification.Version", "required, at most 40 characters"},
	{"Identification.Subject", "required: Math, ELA or another subject of at most 64 characters"},
	{"Identification.EffectiveDate", "required date, see [Dates](#dates)"},
	{"Overall.MinScore", "lowest possible score; blank or 0 for blocks"},
	{"Overall.MaxScore", "highest possible score; blank or 0 for blocks"},
	{"PerformanceLevels.Level1.Name", "names of the levels, lowest first, at most 25 characters each; those above the highest level are blank"},
	{"PerformanceLevels.Level2.Name", ""},
	{"PerformanceLevels.Level3.Name", ""},
	{"PerformanceLevels.Level4.Name", ""},
	{"PerformanceLevels.Level5.Name", ""},
	{"PerformanceLevels.Level2.CutPoint", "lowest score of the level; ascending and within the score range; blank where the level is"},
	{"PerformanceLevels.Level3.CutPoint", ""},
	{"PerformanceLevels.Level4.CutPoint", ""},
	{"PerformanceLevels.Level5.CutPoint", ""},
	{"Claims.Claim1.Name", "name of the claim, at most 128 characters; for blocks the name of the block; blank for a claim that is not used"},
	{"Claims.Claim1.MinScore", "lowest possible score of the claim; blank or 0 for blocks and unused claims"},
	{"Claims.Claim1.MaxScore", "highest possible score of the claim; likewise"},
	{"Claims.Claim2.Name", "as claim 1; for blocks claims 2 to 4 are not used and what stands here is ignored"},
	{"Claims.Claim2.MinScore", ""},
	{"Claims.Claim2.MaxScore", ""},
	{"Claims.Claim3.Name", ""},
	{"Claims.Claim3.MinScore", ""},
	{"Claims.Claim3.MaxScore", ""},
	{"Claims.Claim4.Name", ""},
	{"Claims.Claim4.MinScore", ""},
	{"Claims.Claim4.MaxScore", ""},
	{"ClaimsPerformanceLevel.Level1.Name", "names of the claim levels, lowest first, at most 128 characters each; those above the highest are blank"},
	{"ClaimsPerformanceLevel.Level2.Name", ""},
	{"ClaimsPerformanceLevel.Level3.Name", ""},
}

// The numbers of levels, claims and claim levels that the format has room for.
const (
	maxLevels      = 5
	maxClaimLevels = 3
)

// ParseMetadata reads the JSON file of a package. It answers every problem it finds; with any, the Metadata is not usable.
// Rejects name the path and never repeat a value.
func ParseMetadata(document []byte) (Metadata, []Reject) {
	document = bytes.TrimPrefix(document, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(document) {
		return Metadata{}, []Reject{{Code: InvalidUTF8, Message: "The JSON file is not encoded in UTF-8. Export it as UTF-8."}}
	}
	m := metadataReader{values: make(map[string]value)}
	if err := m.decode(document); err != nil {
		return Metadata{}, []Reject{{Code: JSONMalformed, Line: lineOf(document, err), Message: Sentence(JSONMalformed)}}
	}
	return m.read()
}

// lineOf returns the line of a syntax error, 0 when unknown.
func lineOf(document []byte, err error) int64 {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return 0
	}
	at := min(max(syntax.Offset, 0), int64(len(document)))
	return int64(bytes.Count(document[:at], []byte("\n"))) + 1
}

// value is a leaf of the document.
type value struct {
	text   string // without surrounding blanks; "" for null
	scalar bool   // a text or a number, not an object, a list or a truth value
}

// metadataReader collects the values of a document by path and the problems met while reading them.
type metadataReader struct {
	values   map[string]value // by lower-case path
	problems []Reject
}

func (m *metadataReader) decode(document []byte) error {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	var root map[string]any
	if err := d.Decode(&root); err != nil {
		return err
	}
	if root == nil {
		return errors.New("null is not an object")
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more follows the object")
	}
	m.flatten("", root)
	return nil
}

// flatten notes every path of an object, three levels deep: deeper ones are not of the format.
func (m *metadataReader) flatten(prefix string, object map[string]any) {
	for name, v := range object {
		path := prefix + strings.ToLower(name)
		if _, ok := m.values[path]; ok {
			m.problem(path, "occurs more than once, in different letter case. Keep one.")
		}
		switch v := v.(type) {
		case map[string]any:
			m.values[path] = value{}
			if strings.Count(path, ".") < 2 {
				m.flatten(path+".", v)
			}
		case string:
			m.values[path] = value{text: strings.TrimSpace(v), scalar: true}
		case json.Number:
			m.values[path] = value{text: v.String(), scalar: true}
		case nil:
			m.values[path] = value{scalar: true}
		default:
			m.values[path] = value{}
		}
	}
}

func (m *metadataReader) read() (Metadata, []Reject) {
	content, ok := m.values["content"]
	switch {
	case !ok:
		m.problem("Content", "is missing. Its value is assessment.")
		return Metadata{}, m.problems
	case strings.EqualFold(content.text, "studentregistration"):
		return Metadata{}, []Reject{{Column: "Content", Code: NotAcceptedYet, Message: Sentence(NotAcceptedYet)}}
	case !strings.EqualFold(content.text, ContentAssessment):
		m.problem("Content", "must be assessment.")
		return Metadata{}, m.problems
	}
	for _, p := range JSONPaths {
		if v, ok := m.values[strings.ToLower(p.Path)]; !ok {
			m.problem(p.Path, "is missing. Add it; its value may be blank where the format allows that.")
		} else if !v.scalar {
			m.problem(p.Path, "must be a text or a number.")
		}
	}
	if len(m.problems) > 0 {
		return Metadata{}, m.problems
	}
	a := m.identification()
	if a.Type.HasOverallScore() {
		m.overall(&a)
	}
	m.claims(&a)
	return Metadata{Content: ContentAssessment, Assessment: a}, m.problems
}

func (m *metadataReader) identification() edu.Assessment {
	a := edu.Assessment{
		GUID:    m.text("Identification.Guid", maxGUID, true),
		Year:    edu.AcademicYear(m.number("Identification.Year", true)),
		Period:  m.text("Identification.Period", 32, false),
		Version: m.text("Identification.Version", 40, true),
	}
	if a.Year != 0 && (a.Year < 1990 || a.Year > 2100) {
		m.problem("Identification.Year", "is not a plausible year of four digits.")
	}
	for _, t := range edu.AssessmentTypes {
		if m.get("Identification.Type") == t.String() {
			a.Type = t
		}
	}
	if a.Type == 0 {
		m.problem("Identification.Type", "must be SUMMATIVE, INTERIM COMPREHENSIVE or INTERIM ASSESSMENT BLOCKS.")
	}
	subject := m.text("Identification.Subject", 64, true)
	a.Subject = parseSubject(subject)
	effective := m.text("Identification.EffectiveDate", 32, true)
	if day, ok := parseDate([]byte(effective), int(a.Year)+1); ok {
		a.EffectiveDate = day.String()
	} else if effective != "" {
		m.problem("Identification.EffectiveDate", "is not a date. Write it as YYYYMMDD.")
	}
	return a
}

// parseSubject reads the two subjects that every tenant has in any spelling and takes others as they are.
func parseSubject(s string) edu.Subject {
	if subject, ok := edu.ParseSubject(s); ok {
		return subject
	}
	return edu.Subject(s)
}

// overall reads score range and performance levels.
func (m *metadataReader) overall(a *edu.Assessment) {
	a.ScoreMin = m.number("Overall.MinScore", true)
	a.ScoreMax = m.number("Overall.MaxScore", true)
	if a.ScoreMin >= a.ScoreMax {
		m.problem("Overall.MaxScore", "must be greater than Overall.MinScore.")
	}
	previous := a.ScoreMin
	for n, name := range m.names("PerformanceLevels", maxLevels, 25) {
		level := edu.PerformanceLevel{Number: n + 1, Name: name, CutPoint: a.ScoreMin}
		if n > 0 {
			path := fmt.Sprintf("PerformanceLevels.Level%d.CutPoint", n+1)
			level.CutPoint = m.number(path, true)
			if level.CutPoint <= previous || level.CutPoint > a.ScoreMax {
				m.problem(path, "must be above the level below and within the score range.")
			}
			previous = level.CutPoint
		}
		a.Levels = append(a.Levels, level)
	}
	if len(a.Levels) < 2 {
		m.problem("PerformanceLevels.Level2.Name", "is blank: an assessment with scores has at least two levels.")
	}
}

// claims reads claims and claim levels.
func (m *metadataReader) claims(a *edu.Assessment) {
	last := maxClaims
	if a.Type == edu.InterimBlock {
		last = 1
	}
	for n := 1; n <= last; n++ {
		prefix := fmt.Sprintf("Claims.Claim%d.", n)
		claim := edu.Claim{
			Number: n,
			Name:   m.text(prefix+"Name", 128, a.Type == edu.InterimBlock),
			Min:    m.number(prefix+"MinScore", false),
			Max:    m.number(prefix+"MaxScore", false),
		}
		if claim.Name == "" {
			continue
		}
		if claim.Min > claim.Max || claim.Min == claim.Max && a.Type.HasOverallScore() {
			m.problem(prefix+"MaxScore", "must be greater than MinScore.")
		}
		a.Claims = append(a.Claims, claim)
	}
	a.ClaimLevels = m.names("ClaimsPerformanceLevel", maxClaimLevels, 128)
	if len(a.ClaimLevels) == 0 && a.Type == edu.InterimBlock {
		m.problem("ClaimsPerformanceLevel.Level1.Name", "is blank: blocks are reported by claim level.")
	}
}

// names reads the names of levels 1, 2, ... up to the last that is not blank.
func (m *metadataReader) names(group string, most, length int) []string {
	var names []string
	for n := 1; n <= most; n++ {
		path := fmt.Sprintf("%s.Level%d.Name", group, n)
		name := m.text(path, length, false)
		switch {
		case name != "" && len(names) < n-1:
			m.problem(path, "follows a level without a name.")
			return names
		case name != "":
			names = append(names, name)
		}
	}
	return names
}

func (m *metadataReader) get(path string) string { return m.values[strings.ToLower(path)].text }

// text reads a text of at most length characters.
func (m *metadataReader) text(path string, length int, required bool) string {
	s := m.get(path)
	switch {
	case s == "" && required:
		m.problem(path, "must not be blank.")
	case utf8.RuneCountInString(s) > length:
		m.problem(path, fmt.Sprintf("must have at most %d characters.", length))
	case hasControl([]byte(s)):
		m.problem(path, "holds a control character.")
	}
	return s
}

// number reads a whole number of 16 bits; blank is 0.
func (m *metadataReader) number(path string, required bool) int16 {
	s := m.get(path)
	if s == "" {
		if required {
			m.problem(path, "must not be blank.")
		}
		return 0
	}
	n, result := parseNumber([]byte(s))
	switch result {
	case notANumber:
		m.problem(path, "must be a whole number.")
	case numberTooLarge:
		m.problem(path, fmt.Sprintf("must be between %d and %d.", math.MinInt16, math.MaxInt16))
	}
	return n
}

func (m *metadataReader) problem(path, what string) {
	m.problems = append(m.problems, Reject{Column: path, Code: JSONInvalid, Message: path + " " + what})
}
