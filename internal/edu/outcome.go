package edu

import "strings"

// Score is a score with its error band. Low and High are the stored ends; the band need not be symmetric.
type Score struct {
	Value, Low, High int16
}

// Crosses reports whether the error band reaches both sides of a cut point.
func (s Score) Crosses(cut int16) bool { return s.Low < cut && s.High >= cut }

// ClaimScore is how a student did on one claim. Level 0 means that the claim has no level.
type ClaimScore struct {
	Number int
	Score  Score
	Level  int16
}

// Condition is how the assessment was administered.
type Condition int16

// Administration conditions. The numbers are stored in the databases.
const (
	ConditionValid           Condition = 0 // blank in files
	ConditionStandardized    Condition = 1 // SD
	ConditionNonStandardized Condition = 2 // NS
	ConditionInvalid         Condition = 3 // IN: kept, shown with a warning, not counted in comparisons
)

// Code returns the value of files: empty, SD, NS or IN.
func (c Condition) Code() string {
	switch c {
	case ConditionStandardized:
		return "SD"
	case ConditionNonStandardized:
		return "NS"
	case ConditionInvalid:
		return "IN"
	}
	return ""
}

// Counted reports whether a result enters comparisons: valid and standardized results do.
func (c Condition) Counted() bool { return c == ConditionValid || c == ConditionStandardized }

// ParseCondition reads the value of a vendor file. Blank and VALID (or VA) are valid.
func ParseCondition(s string) (Condition, bool) {
	switch strings.ToUpper(strings.TrimSpace(s)) {
	case "", "VALID", "VA":
		return ConditionValid, true
	case "SD":
		return ConditionStandardized, true
	case "NS":
		return ConditionNonStandardized, true
	case "IN", "INVALID":
		return ConditionInvalid, true
	}
	return 0, false
}

// Flag is a yes or no that may be absent: NotStated, No or Yes. The numbers are stored in packed columns.
type Flag int8

// The three values of a Flag.
const (
	NotStated Flag = 0
	No        Flag = 1
	Yes       Flag = 2
)

// ParseFlag reads Y, YES, T, TRUE, 1 and N, NO, F, FALSE, 0 in any letter case; blank is NotStated.
func ParseFlag(s string) (Flag, bool) {
	switch strings.ToUpper(strings.TrimSpace(s)) {
	case "":
		return NotStated, true
	case "Y", "YES", "T", "TRUE", "1":
		return Yes, true
	case "N", "NO", "F", "FALSE", "0":
		return No, true
	}
	return 0, false
}

// ParseCompleteness reads CompleteStatus: Complete (or Y, TRUE, 1) is Yes, Partial (or N, FALSE, 0) is No, blank NotStated.
func ParseCompleteness(s string) (Flag, bool) {
	switch strings.ToUpper(strings.TrimSpace(s)) {
	case "COMPLETE":
		return Yes, true
	case "PARTIAL":
		return No, true
	}
	return ParseFlag(s)
}

// Operation is what a row asks for.
type Operation int16

// The operations. The numbers are stored in staging.
const (
	Create Operation = 1 // blank, C or I in files
	Delete Operation = 2 // D
)

// ParseOperation reads the Op column: blank, C, I and NULL create, D and DELETE delete.
func ParseOperation(s string) (Operation, bool) {
	switch strings.ToUpper(strings.TrimSpace(s)) {
	case "", "C", "I", "NULL", "CREATE", "INSERT":
		return Create, true
	case "D", "DELETE":
		return Delete, true
	}
	return 0, false
}

// Accommodation is a support given during testing.
type Accommodation struct {
	Column string // header in vendor files
	Label  string // words for people
}

// Accommodations lists the fifteen accommodations in the canonical order of the file format. The position in
// this list is the position of the use-code in stored byte strings: append, never reorder.
var Accommodations = []Accommodation{
	{"AccommodationAmericanSignLanguage", "American Sign Language"},
	{"AccommodationBraille", "Braille"},
	{"AccommodationClosedCaptioning", "Closed captioning"},
	{"AccommodationTextToSpeech", "Text-to-speech"},
	{"AccommodationAbacus", "Abacus"},
	{"AccommodationAlternateResponseOptions", "Alternate response options"},
	{"AccommodationCalculator", "Calculator"},
	{"AccommodationMultiplicationTable", "Multiplication table"},
	{"AccommodationPrintOnDemand", "Printed passages and stimuli"},
	{"AccommodationPrintOnDemandItems", "Printed items"},
	{"AccommodationReadAloud", "Read aloud"},
	{"AccommodationScribe", "Scribe"},
	{"AccommodationSpeechToText", "Speech-to-text"},
	{"AccommodationStreamlineMode", "Streamlined mode"},
	{"AccommodationNoiseBuffer", "Noise buffer"},
}

// ValidAccommodationCode reports whether a use-code is one that assessment systems send: 0 (no data) or 4 to 26.
func ValidAccommodationCode(code int) bool { return code == 0 || code >= 4 && code <= 26 }

// AccommodationMadeAvailable reports whether a use-code means that the support was made available to the student.
func AccommodationMadeAvailable(code byte) bool {
	switch code {
	case 6, 7, 8, 15, 16, 17, 24, 25, 26:
		return true
	}
	return false
}
