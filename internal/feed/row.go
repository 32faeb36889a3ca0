package feed

import (
	"bytes"
	"fmt"
	"strings"

	"scorehouse/internal/edu"
)

// Row is an accepted row. Its byte slices belong to the reader and are valid until the next row is read; they hold
// trimmed UTF-8 text without control characters, empty where the file has no value.
type Row struct {
	Line      int64 // physical line in the file
	Operation edu.Operation

	DistrictCode, DistrictName []byte
	SchoolCode, SchoolName     []byte
	StudentCode                []byte
	TakenOn                    date

	// The rest is empty in rows that delete.
	ExternalID, FirstName, MiddleName, LastName []byte
	BirthOn                                     date
	HasBirthOn                                  bool
	GroupIDs, GroupNames                        [][]byte // equally long

	LocationCode, LocationName []byte
	Grade, EnrolledGrade       int16

	HasScore                   bool
	Score, ScoreLow, ScoreHigh int16
	Level                      int16
	Claims                     [maxClaims]ClaimValues // in the order of the assessment's claims
	Accommodations             [numberOfSupports]byte
	HasAccommodations          bool // one at least is not 0
	Sex, Ethnicity, Race       int16
	Programs                   [5]int16 // IEP, limited English, section 504, economic disadvantage, migrant
	Complete, Condition        int16
}

// ClaimValues are score, low, high and level of one claim.
type ClaimValues struct {
	HasScore, HasBand, HasLevel bool
	Score, Low, High, Level     int16
}

// checker applies the rules of one file to the rows of its CSV.
type checker struct {
	reader   *Reader
	options  Options
	layout   layout
	result   Result
	fatals   int
	messages map[messageKey]string

	row Row
	ok  bool // the current row keeps the rules so far

	agreed      [4][]byte // the last accepted spellings of state, type, subject and year
	sexes       codeList
	grades      codeList
	flags       codeList
	conditions  codeList
	completes   codeList
	operations  codeList
	lastTakenOn []byte
	takenOn     date
}

func newChecker(r *Reader, o Options) *checker {
	if o.MaxRejects == 0 {
		o.MaxRejects = 100_000
	}
	return &checker{
		reader: r, options: o, messages: make(map[messageKey]string),
		sexes:      newCodeList(edu.ParseSex),
		grades:     newCodeList(edu.ParseGrade),
		flags:      newCodeList(edu.ParseFlag),
		conditions: newCodeList(edu.ParseCondition),
		completes:  newCodeList(edu.ParseCompleteness),
		operations: newCodeList(edu.ParseOperation),
	}
}

// check applies every rule to the current record and leaves the values in c.row. It reports whether the row is accepted.
func (c *checker) check() bool {
	c.ok = true
	r := c.reader
	if r.Len() != c.layout.fields {
		c.ok = false
		c.reject(Reject{Line: r.Line(), Code: RaggedRow, Message: fmt.Sprintf(
			"The row has %d fields, the header %d. Put values that contain commas into quotes, and give every row all fields.", r.Len(), c.layout.fields)})
		return false
	}
	if !r.ValidUTF8() {
		c.ok = false
		c.reject(Reject{Line: r.Line(), Code: InvalidUTF8, Message: "The row is not encoded in UTF-8. Export the file as UTF-8."})
		return false
	}
	if guid := c.value(colGUID); string(guid) != c.options.Assessment.GUID {
		c.refuse(colGUID, GUIDMismatch)
		return false
	}
	groups, names := c.row.GroupIDs[:0], c.row.GroupNames[:0]
	c.row = Row{Line: r.Line(), GroupIDs: groups, GroupNames: names}
	c.row.Operation = edu.Operation(c.code(colOperation, &c.operations))
	c.key()
	if c.row.Operation != edu.Delete {
		c.student()
		c.groups()
		c.circumstances()
		c.score()
		c.claims()
	}
	return c.ok
}

// key reads what every row has: whose result, of what, when.
func (c *checker) key() {
	row, a := &c.row, &c.options.Assessment
	c.agree(0, colState, OtherState, func(v string) bool { return strings.EqualFold(v, string(c.options.State)) })
	c.agree(1, colType, DiffersFromJSON, func(v string) bool { t, ok := edu.ParseAssessmentType(v); return ok && t == a.Type })
	c.agree(2, colSubject, DiffersFromJSON, func(v string) bool {
		return strings.EqualFold(string(parseSubject(v)), string(a.Subject))
	})
	c.agree(3, colYear, DiffersFromJSON, func(v string) bool {
		n, result := parseNumber([]byte(v))
		return result == numberOK && n == int16(a.Year)
	})
	row.DistrictCode = c.identifier(colDistrict)
	row.DistrictName = c.text(colDistrictName)
	row.SchoolCode = c.identifier(colSchool)
	row.SchoolName = c.text(colSchoolName)
	row.StudentCode = c.identifier(colStudent)
	row.TakenOn = c.dayTaken()
}

// agree refuses a row whose value is not the one that the package is about.
func (c *checker) agree(slot, column, code int, same func(string) bool) {
	v := c.value(column)
	switch {
	case len(v) > 0 && bytes.Equal(v, c.agreed[slot]):
	case len(v) == 0:
		c.refuse(column, Required)
	case same(string(v)):
		c.agreed[slot] = append(c.agreed[slot][:0], v...)
	default:
		c.refuse(column, code)
	}
}

// dayTaken reads the day of the assessment: in the calendar years that the academic year touches.
func (c *checker) dayTaken() date {
	v := c.value(colTakenOn)
	if len(v) > 0 && bytes.Equal(v, c.lastTakenOn) {
		return c.takenOn
	}
	if len(v) == 0 {
		c.refuse(colTakenOn, Required)
		return 0
	}
	year := int(c.options.Assessment.Year)
	day, ok := parseDate(v, year)
	if !ok {
		c.refuse(colTakenOn, NotADate)
		return 0
	}
	first, _ := newDate(year-1, 1, 1)
	last, _ := newDate(year, 12, 31)
	if day < first || day > last {
		c.refuseWith(colTakenOn, OutOfRange, "The day is not within a year of the academic year. Correct it, or the year of the assessment.")
		return 0
	}
	c.lastTakenOn, c.takenOn = append(c.lastTakenOn[:0], v...), day
	return day
}

// student reads who the student is.
func (c *checker) student() {
	row := &c.row
	row.ExternalID = c.identifier(colExternalID)
	row.FirstName = c.text(colFirstName)
	row.MiddleName = c.text(colMiddleName)
	row.LastName = c.text(colLastName)
	row.Sex = c.code(colSex, &c.sexes)
	row.EnrolledGrade = c.code(colEnrolledGrade, &c.grades)
	if v := c.value(colBirthdate); len(v) > 0 {
		c.birth(v)
	}
	var race edu.Race
	for i := range race {
		race[i] = edu.Flag(c.code(colRace+i, &c.flags))
	}
	row.Race, row.Ethnicity = race.Pack(), int16(race.Ethnicity())
	for i := range row.Programs {
		row.Programs[i] = c.code(colIEP+i, &c.flags)
	}
}

// daysOfYear is an average year in hundredths of a day.
const daysOfYear = 36525

func (c *checker) birth(v []byte) {
	day, ok := parseDate(v, int(c.options.Assessment.Year))
	if !ok {
		c.refuse(colBirthdate, NotADate)
		return
	}
	age := int(c.row.TakenOn-day) * 100 / daysOfYear
	if c.ok && (age < 2 || age > 40) {
		c.refuseWith(colBirthdate, OutOfRange, "The day is not 2 to 40 years before the assessment. Correct it.")
	}
	c.row.BirthOn, c.row.HasBirthOn = day, true
}

func (c *checker) groups() {
	row := &c.row
	for i := range edu.MaxGroups {
		id := c.identifier(colGroups + 2*i)
		name := c.text(colGroups + 2*i + 1)
		switch {
		case len(id) > 0:
			row.GroupIDs, row.GroupNames = append(row.GroupIDs, id), append(row.GroupNames, name)
		case len(name) > 0:
			c.refuseWith(colGroups+2*i, Required, "The group has a name but no code. Give it a code, or leave both blank.")
		}
	}
}

// circumstances reads where and how the assessment was taken.
func (c *checker) circumstances() {
	row := &c.row
	row.LocationCode = c.identifier(colLocation)
	row.LocationName = c.text(colLocationName)
	row.Grade = c.code(colGrade, &c.grades)
	row.Condition = c.code(colCondition, &c.conditions)
	row.Complete = c.code(colComplete, &c.completes)
	for i := range row.Accommodations {
		column := colAccommodations + i
		v := c.value(column)
		if len(v) == 1 && v[0] == '0' {
			continue
		}
		if len(v) == 0 {
			c.refuseWith(column, Required, "The value is missing. Write 0 for no data.")
			continue
		}
		if n, ok := c.number(column); ok && !edu.ValidAccommodationCode(int(n)) {
			c.refuseWith(column, NotInCodeList, "The code is neither 0 nor 4 to 26. Correct it.")
		} else if n != 0 {
			row.Accommodations[i], row.HasAccommodations = byte(n), true
		}
	}
}

// score reads the overall result. Blocks have none: there the columns need only be numbers.
func (c *checker) score() {
	row, a := &c.row, &c.options.Assessment
	score, hasScore := c.number(colScore)
	low, hasLow := c.number(colScoreLow)
	high, hasHigh := c.number(colScoreHigh)
	level, hasLevel := c.number(colLevel)
	if !a.Type.HasOverallScore() {
		return
	}
	for i, has := range [4]bool{hasScore, hasLow, hasHigh, hasLevel} {
		if !has && len(c.value(colScore+i)) == 0 {
			c.refuse(colScore+i, Required)
		}
	}
	if hasScore && (score < a.ScoreMin || score > a.ScoreMax) {
		c.refuseWith(colScore, OutOfRange, fmt.Sprintf("The score is not within the range of the JSON file, %d to %d. Correct it.", a.ScoreMin, a.ScoreMax))
	}
	if hasScore && hasLow && hasHigh {
		c.band(colScoreLow, low, score, high)
	}
	if hasLevel && (level < 1 || int(level) > len(a.Levels)) {
		c.refuseWith(colLevel, Inconsistent, fmt.Sprintf("The level is not one of the %d levels of the JSON file. Correct it.", len(a.Levels)))
	}
	row.HasScore, row.Score, row.ScoreLow, row.ScoreHigh, row.Level = true, score, low, high, level
}

func (c *checker) band(column int, low, score, high int16) {
	if low > score || score > high {
		c.refuseWith(column, Inconsistent, "Low end, score and high end do not ascend. Correct the one that is wrong.")
	}
}

// claims reads the four claims. Those that the assessment does not use must be 0 or blank, except for blocks, whose other
// columns are not read.
func (c *checker) claims() {
	a := &c.options.Assessment
	used := 0
	for n := 1; n <= maxClaims; n++ {
		if used < len(a.Claims) && a.Claims[used].Number == n {
			c.row.Claims[used] = c.claim(&a.Claims[used])
			used++
		} else {
			c.unusedClaim(n)
		}
	}
}

func (c *checker) claim(claim *edu.Claim) ClaimValues {
	a := &c.options.Assessment
	first := colClaims + valuesPerClaim*(claim.Number-1)
	score, hasScore := c.number(first)
	low, hasLow := c.number(first + 1)
	high, hasHigh := c.number(first + 2)
	level, hasLevel := c.number(first + 3)
	var v ClaimValues
	if level != 0 {
		v.HasLevel, v.Level = true, level
	}
	if v.HasLevel && (level < 1 || int(level) > len(a.ClaimLevels)) {
		c.refuseWith(first+3, Inconsistent, fmt.Sprintf("The level is not one of the %d claim levels of the JSON file. Correct it.", len(a.ClaimLevels)))
	}
	if a.Type == edu.InterimBlock && level == 0 && (hasLevel || len(c.value(first+3)) == 0) {
		c.refuseWith(first+3, Required, "The value is missing. The level of claim 1 is the result of a block.")
	}
	zeroIsAScore := hasScore && claim.Min <= 0 && claim.Min < claim.Max
	if score == 0 && low == 0 && high == 0 && !zeroIsAScore {
		return v
	}
	if !hasScore {
		if len(c.value(first)) == 0 {
			c.refuseWith(first, Inconsistent, "The claim has an error band but no score. Give both or neither.")
		}
		return v
	}
	v.HasScore, v.Score = true, score
	if claim.Max > claim.Min && (score < claim.Min || score > claim.Max) {
		c.refuseWith(first, OutOfRange, fmt.Sprintf("The score is not within the claim's range of the JSON file, %d to %d. Correct it.", claim.Min, claim.Max))
	}
	switch {
	case hasLow && hasHigh:
		v.HasBand, v.Low, v.High = true, low, high
		c.band(first+1, low, score, high)
	case hasLow != hasHigh:
		c.refuseWith(first+1, Inconsistent, "The error band has one end only. Give both or neither.")
	}
	return v
}

// unusedClaim refuses values of a claim that the JSON file does not name.
func (c *checker) unusedClaim(n int) {
	block := c.options.Assessment.Type == edu.InterimBlock
	for i := range valuesPerClaim {
		column := colClaims + valuesPerClaim*(n-1) + i
		if v, _ := c.number(column); v != 0 && !block {
			c.refuseWith(column, Inconsistent, "The JSON file does not name this claim. Leave its values blank or 0, or add the claim.")
			return
		}
	}
}

// value returns the trimmed value of a column, empty for a column that the file leaves out.
func (c *checker) value(column int) []byte {
	p := c.layout.position[column]
	if p < 0 {
		return nil
	}
	return trim(c.reader.Field(int(p)))
}

// identifier reads a code: no line breaks, at most MaxLen characters.
func (c *checker) identifier(column int) []byte {
	v := c.value(column)
	if len(v) == 0 {
		if Columns[column].Required {
			c.refuse(column, Required)
		}
		return nil
	}
	if longerThan(v, Columns[column].MaxLen) {
		c.refuse(column, TooLong)
		return nil
	}
	if hasControl(v) {
		c.refuse(column, ControlCharacter)
		return nil
	}
	return v
}

// text reads a name. A line break inside becomes a space.
func (c *checker) text(column int) []byte {
	v := c.value(column)
	if bytes.IndexByte(v, '\n') >= 0 || bytes.IndexByte(v, '\r') >= 0 {
		v = bytes.Join(bytes.FieldsFunc(v, func(r rune) bool { return r == '\n' || r == '\r' }), []byte(" "))
	}
	switch {
	case len(v) == 0:
		if Columns[column].Required {
			c.refuse(column, Required)
		}
		return nil
	case longerThan(v, Columns[column].MaxLen):
		c.refuse(column, TooLong)
		return nil
	case hasControl(v):
		c.refuse(column, ControlCharacter)
		return nil
	}
	return v
}

// number reads a whole number of 16 bits; false when it is blank or refused.
func (c *checker) number(column int) (int16, bool) {
	v := c.value(column)
	if len(v) == 0 {
		return 0, false
	}
	n, result := parseNumber(v)
	switch result {
	case notANumber:
		c.refuse(column, NotWholeNumber)
	case numberTooLarge:
		c.refuse(column, OutOfRange)
	}
	return n, result == numberOK
}

// code reads a value of a code list; 0 when it is refused.
func (c *checker) code(column int, list *codeList) int16 {
	v := c.value(column)
	n, ok := list.look(v)
	if !ok {
		if len(v) == 0 {
			c.refuse(column, Required)
		} else {
			c.refuse(column, NotInCodeList)
		}
	}
	return n
}

// codeList reads values of a code list and remembers the spellings met.
type codeList struct {
	parse  func(string) (int16, bool)
	blank  int16
	noneOK bool // blank is a value
	single [256]int16
	known  map[string]int16
}

func newCodeList[T ~int8 | ~int16](parse func(string) (T, bool)) codeList {
	l := codeList{known: make(map[string]int16)}
	l.parse = func(s string) (int16, bool) { v, ok := parse(s); return int16(v), ok }
	l.blank, l.noneOK = l.parse("")
	for i := range l.single {
		l.single[i] = -1
		if i < 0x80 {
			if v, ok := l.parse(string(rune(i))); ok && i > ' ' {
				l.single[i] = v
			}
		}
	}
	return l
}

// look returns the value of a spelling.
func (l *codeList) look(v []byte) (int16, bool) {
	switch len(v) {
	case 0:
		return l.blank, l.noneOK
	case 1:
		n := l.single[v[0]]
		return max(n, 0), n >= 0
	}
	if n, ok := l.known[string(v)]; ok {
		return n, true
	}
	n, ok := l.parse(string(v))
	if ok && len(l.known) < 100 {
		l.known[string(v)] = n
	}
	return n, ok
}

// Creates reports whether the row creates a result rather than deleting one.
func (r *Row) Creates() bool { return r.Operation == edu.Create }
