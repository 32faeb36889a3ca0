package edu

import "strings"

// Sex as files and reports write it.
type Sex int16

// The values of Sex. The numbers are stored in the databases.
const (
	SexNotStated Sex = 0
	Male         Sex = 1
	Female       Sex = 2
)

// Code returns the value of reports and filters: male, female or not_stated.
func (s Sex) Code() string {
	switch s {
	case Male:
		return "male"
	case Female:
		return "female"
	}
	return "not_stated"
}

// ParseSex reads the value of a vendor file: M, male, boy; F, female, girl; NS, not_stated, not stated,
// not_specified. Letter case does not matter. Blank answers false: the column is required.
func ParseSex(s string) (Sex, bool) {
	switch strings.ToUpper(strings.TrimSpace(s)) {
	case "M", "MALE", "B", "BOY":
		return Male, true
	case "F", "FEMALE", "G", "GIRL":
		return Female, true
	case "NS", "NOT_STATED", "NOT STATED", "NOT_SPECIFIED", "NOT SPECIFIED":
		return SexNotStated, true
	}
	return 0, false
}

// Ethnicity is the one derived group that reports use.
type Ethnicity int16

// The derived ethnicity codes; wire values of filters and extracts.
const (
	EthnicityNotStated     Ethnicity = 0
	Black                  Ethnicity = 1
	Asian                  Ethnicity = 2
	Hispanic               Ethnicity = 3
	AmericanIndian         Ethnicity = 4
	PacificIslander        Ethnicity = 5
	White                  Ethnicity = 6
	TwoOrMoreRaces         Ethnicity = 7
	numberOfEthnicityCodes           = 8
)

// Ethnicities lists the codes in the order filters show them, not stated last.
var Ethnicities = []Ethnicity{Hispanic, AmericanIndian, Asian, Black, PacificIslander, White, TwoOrMoreRaces, EthnicityNotStated}

// Label returns the words for people.
func (e Ethnicity) Label() string {
	labels := [numberOfEthnicityCodes]string{
		"Not stated", "Black or African American", "Asian", "Hispanic/Latino of any race",
		"American Indian or Alaska Native", "Native Hawaiian or Pacific Islander", "White", "Two or more races",
	}
	if e < 0 || e >= numberOfEthnicityCodes {
		return labels[0]
	}
	return labels[e]
}

// Race holds the seven flags of the file as sent, in this order: Hispanic, AmericanIndian, Asian, Black,
// PacificIslander, White, TwoOrMore.
type Race [7]Flag

// RaceColumns are the headers of the flags in vendor files, in the order of Race.
var RaceColumns = [7]string{
	"HispanicOrLatinoEthnicity", "AmericanIndianOrAlaskaNative", "Asian", "BlackOrAfricanAmerican",
	"NativeHawaiianOrOtherPacificIslander", "White", "DemographicRaceTwoOrMoreRaces",
}

// Pack returns the flags as two bits each, the first flag in the lowest bits: the stored form.
func (r Race) Pack() int16 {
	var packed int16
	for i, f := range r {
		packed |= int16(f) << (2 * i)
	}
	return packed
}

// UnpackRace is the reverse of Pack.
func UnpackRace(packed int16) Race {
	var r Race
	for i := range r {
		r[i] = Flag(packed >> (2 * i) & 3)
	}
	return r
}

// Ethnicity derives the one reporting group: Hispanic of any race first, then two or more races, then the
// first of Black, Asian, American Indian, Pacific Islander, White that is Yes; else not stated.
func (r Race) Ethnicity() Ethnicity {
	switch {
	case r[0] == Yes:
		return Hispanic
	case r[6] == Yes:
		return TwoOrMoreRaces
	case r[3] == Yes:
		return Black
	case r[2] == Yes:
		return Asian
	case r[1] == Yes:
		return AmericanIndian
	case r[4] == Yes:
		return PacificIslander
	case r[5] == Yes:
		return White
	}
	return EthnicityNotStated
}

// Demographics are the groups used in reports, as they were when the student was tested.
type Demographics struct {
	Sex                  Sex
	Race                 Race
	IEP                  Flag // IDEAIndicator: has an individual education program
	LimitedEnglish       Flag // LEPStatus
	Section504           Flag // Section504Status
	EconomicDisadvantage Flag // EconomicDisadvantageStatus
	Migrant              Flag // MigrantStatus
}

// Group is a student group (a class, a club) that a file names. A student has up to ten.
type Group struct {
	ID, Name string
}

// MaxGroups is how many groups a row of a file can name.
const MaxGroups = 10

// District and School identify institutions by the codes of the state's own directory.
type (
	// District is the responsible district.
	District struct {
		ID   string // ResponsibleDistrictIdentifier
		Name string // OrganizationName
	}
	// School is the responsible school. Its ID is unique within its district only.
	School struct {
		ID   string // ResponsibleSchoolIdentifier
		Name string // NameOfInstitution
	}
)

// StateCode is a two-letter code, upper case.
type StateCode string

// ParseStateCode accepts two letters in any case.
func ParseStateCode(s string) (StateCode, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z' {
		return "", false
	}
	return StateCode(s), true
}
