package feed

import "encoding/binary"

// OutcomeColumns and StudentColumns are the columns that AppendOutcome and AppendStudent write, in their order. Package staging
// has the tables.
var (
	OutcomeColumns = []string{
		"line", "operation", "student_code", "school_number", "taken_on", "location_code", "location_name", "grade",
		"enrolled_grade", "score", "score_low", "score_high", "performance_level", "sex", "ethnicity", "race", "iep",
		"limited_english", "section_504", "economic_disadvantage", "migrant", "complete", "condition", "claims", "accommodations",
	}
	StudentColumns = []string{
		"line", "code", "external_id", "first_name", "middle_name", "last_name", "birth_on", "sex", "group_ids", "group_names",
	}
)

// Types of array elements in PostgreSQL's catalogue.
const (
	oidInt2 = 21
	oidText = 25
)

// AppendOutcome appends the row's result as one tuple of PostgreSQL's binary COPY format. school is the number that the
// caller gave the row's school; claims is how many claims the assessment has.
func AppendOutcome(b []byte, r *Row, school int32, claims int) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(OutcomeColumns)))
	b = appendInt4(b, int32(r.Line))
	b = appendInt2(b, int16(r.Operation))
	b = appendText(b, r.StudentCode)
	b = appendInt4(b, school)
	b = appendInt4(b, int32(r.TakenOn))
	b = appendText(b, r.LocationCode)
	b = appendText(b, r.LocationName)
	b = appendInt2(b, r.Grade)
	b = appendInt2(b, r.EnrolledGrade)
	b = appendInt2If(b, r.Score, r.HasScore)
	b = appendInt2If(b, r.ScoreLow, r.HasScore)
	b = appendInt2If(b, r.ScoreHigh, r.HasScore)
	b = appendInt2If(b, r.Level, r.HasScore)
	b = appendInt2(b, r.Sex)
	b = appendInt2(b, r.Ethnicity)
	b = appendInt2(b, r.Race)
	for _, p := range r.Programs {
		b = appendInt2(b, p)
	}
	b = appendInt2(b, r.Complete)
	b = appendInt2(b, r.Condition)
	b = appendClaims(b, r.Claims[:claims])
	if !r.HasAccommodations {
		return appendNull(b)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.Accommodations)))
	return append(b, r.Accommodations[:]...)
}

// AppendStudent appends the row's student as one tuple of PostgreSQL's binary COPY format.
func AppendStudent(b []byte, r *Row) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(StudentColumns)))
	b = appendInt4(b, int32(r.Line))
	b = appendText(b, r.StudentCode)
	b = appendText(b, r.ExternalID)
	b = appendText(b, r.FirstName)
	b = appendText(b, r.MiddleName)
	b = appendText(b, r.LastName)
	if r.HasBirthOn {
		b = appendInt4(b, int32(r.BirthOn))
	} else {
		b = appendNull(b)
	}
	b = appendInt2(b, r.Sex)
	b = appendTexts(b, r.GroupIDs)
	return appendTexts(b, r.GroupNames)
}

func appendNull(b []byte) []byte { return append(b, 0xff, 0xff, 0xff, 0xff) }

func appendInt2(b []byte, n int16) []byte { return append(b, 0, 0, 0, 2, byte(n>>8), byte(n)) }

func appendInt2If(b []byte, n int16, has bool) []byte {
	if !has {
		return appendNull(b)
	}
	return appendInt2(b, n)
}

func appendInt4(b []byte, n int32) []byte {
	return append(b, 0, 0, 0, 4, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

// appendText appends a text, null when it is empty.
func appendText(b, s []byte) []byte {
	if len(s) == 0 {
		return appendNull(b)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

// appendClaims appends four numbers per claim, null without claims.
func appendClaims(b []byte, claims []ClaimValues) []byte {
	if len(claims) == 0 {
		return appendNull(b)
	}
	b, start := appendArray(b, oidInt2, len(claims)*valuesPerClaim)
	for i := range claims {
		c := &claims[i]
		b = appendInt2If(b, c.Score, c.HasScore)
		b = appendInt2If(b, c.Low, c.HasBand)
		b = appendInt2If(b, c.High, c.HasBand)
		b = appendInt2If(b, c.Level, c.HasLevel)
	}
	return endField(b, start)
}

// appendTexts appends an array of texts, which may be empty texts; null without elements.
func appendTexts(b []byte, list [][]byte) []byte {
	if len(list) == 0 {
		return appendNull(b)
	}
	b, start := appendArray(b, oidText, len(list))
	for _, s := range list {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	return endField(b, start)
}

// appendArray begins a field that is an array of one dimension; endField completes its length.
func appendArray(b []byte, element uint32, n int) (_ []byte, start int) {
	b = append(b, 0, 0, 0, 0)
	start = len(b)
	b = binary.BigEndian.AppendUint32(b, 1) // dimensions
	b = binary.BigEndian.AppendUint32(b, 1) // may hold nulls
	b = binary.BigEndian.AppendUint32(b, element)
	b = binary.BigEndian.AppendUint32(b, uint32(n))
	b = binary.BigEndian.AppendUint32(b, 1) // lowest index
	return b, start
}

func endField(b []byte, start int) []byte {
	binary.BigEndian.PutUint32(b[start-4:], uint32(len(b)-start))
	return b
}
