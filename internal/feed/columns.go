package feed

import "scorehouse/internal/edu"

// Column is one column of the CSV file of assessment results.
type Column struct {
	Name     string // header, compared without regard to letter case
	Optional bool   // the column may be left out of the file
	Required bool   // the value may not be blank in a row that creates a result
	MaxLen   int    // characters; 0 where the form of the value limits it
	Rule     string // form and rules of the value, for people
}

// Columns lists the columns in the canonical order, the order in which we write them. Files may use any order.
var Columns = makeColumns()

// OptionalColumns is how many columns at the end of Columns a file may leave out.
const OptionalColumns = 3

// Positions of the columns in Columns.
const (
	colState = iota
	colDistrict
	colDistrictName
	colSchool
	colSchoolName
	colStudent
	colExternalID
	colFirstName
	colMiddleName
	colLastName
	colSex
	colBirthdate
	colEnrolledGrade
	colRace
	colIEP             = colRace + 7
	colLimitedEnglish  = colIEP + 1
	colSection504      = colIEP + 2
	colEconomic        = colIEP + 3
	colMigrant         = colIEP + 4
	colGroups          = colMigrant + 1
	colGUID            = colGroups + 2*edu.MaxGroups
	colLocation        = colGUID + 1
	colLocationName    = colGUID + 2
	colTakenOn         = colGUID + 3
	colYear            = colGUID + 4
	colType            = colGUID + 5
	colSubject         = colGUID + 6
	colGrade           = colGUID + 7
	colScore           = colGrade + 1
	colScoreLow        = colScore + 1
	colScoreHigh       = colScore + 2
	colLevel           = colScore + 3
	colClaims          = colScore + 4
	colAccommodations  = colClaims + 4*maxClaims
	colCondition       = colAccommodations + 15
	colComplete        = colCondition + 1
	colOperation       = colCondition + 2
	numberOfColumns    = colCondition + 3
	mandatoryColumns   = numberOfColumns - OptionalColumns
	maxClaims          = 4
	valuesPerClaim     = 4
	numberOfRaceFlags  = 7
	numberOfSupports   = 15
	maxIdentifier      = 40
	maxInstitutionName = 60
	maxPersonName      = 35
	maxGUID            = 255
)

const (
	ruleFlag    = "Y, yes, T, true, 1 or N, no, F, false, 0; blank means not stated"
	ruleGrade   = "KG, or 1 to 13 (01 to 13)"
	ruleDate    = "date, see [Dates](#dates)"
	ruleSupport = "whole number: 0 or 4 to 26"
)

func makeColumns() []Column {
	id := func(name, rule string) Column {
		return Column{Name: name, Required: true, MaxLen: maxIdentifier, Rule: rule}
	}
	text := func(name string, length int, rule string) Column {
		return Column{Name: name, MaxLen: length, Rule: rule}
	}
	need := func(name, rule string) Column { return Column{Name: name, Required: true, Rule: rule} }
	may := func(name, rule string) Column { return Column{Name: name, Rule: rule} }

	c := []Column{
		need("StateAbbreviation", "two letters, the sender's own state"),
		id("ResponsibleDistrictIdentifier", "code of the district"),
		{Name: "OrganizationName", Required: true, MaxLen: maxInstitutionName, Rule: "name of the district; the last row's name is used"},
		id("ResponsibleSchoolIdentifier", "code of the school, unique within its district"),
		{Name: "NameOfInstitution", Required: true, MaxLen: maxInstitutionName, Rule: "name of the school; the last row's name is used"},
		id("StudentIdentifier", "unique in the state; part of the key of a result"),
		text("ExternalSSID", maxIdentifier, "another identifier of the student"),
		text("FirstName", maxPersonName, ""),
		text("MiddleName", maxPersonName, ""),
		text("LastOrSurname", maxPersonName, ""),
		need("Sex", "male (M, boy), female (F, girl), not_stated (NS, not specified)"),
		may("Birthdate", ruleDate+"; 2 to 40 years before the assessment"),
		need("GradeLevelWhenAssessed", "grade in which the student sits: "+ruleGrade),
	}
	for _, name := range edu.RaceColumns {
		c = append(c, may(name, ruleFlag))
	}
	for _, name := range []string{"IDEAIndicator", "LEPStatus", "Section504Status", "EconomicDisadvantageStatus", "MigrantStatus"} {
		c = append(c, may(name, ruleFlag))
	}
	for _, n := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"} {
		c = append(c, text("Group"+n+"Id", maxIdentifier, "code of a student group"),
			text("Group"+n+"Text", maxInstitutionName, "its name; only with a code"))
	}
	c = append(c,
		Column{Name: "AssessmentGuid", Required: true, MaxLen: maxGUID, Rule: "equals Identification.Guid of the JSON file in every row"},
		text("AssessmentSessionLocationId", maxIdentifier, "where the assessment was taken"),
		text("AssessmentSessionLocation", maxInstitutionName, ""),
		need("AssessmentAdministrationFinishDate", ruleDate+"; within a year of the academic year; part of the key of a result"),
		need("AssessmentYear", "equals Identification.Year"),
		need("AssessmentType", "equals Identification.Type"),
		need("AssessmentAcademicSubject", "equals Identification.Subject"),
		need("AssessmentLevelForWhichDesigned", "grade that was assessed: "+ruleGrade),
		may("AssessmentSubtestResultScoreValue", "whole number within Overall.MinScore and MaxScore; required except for blocks, which ignore it"),
		may("AssessmentSubtestMinimumValue", "low end of the error band, at most the score; required likewise"),
		may("AssessmentSubtestMaximumValue", "high end of the error band, at least the score; required likewise"),
		may("AssessmentPerformanceLevelIdentifier", "1 to the number of performance levels; required likewise"),
	)
	for _, n := range []string{"1", "2", "3", "4"} {
		c = append(c,
			may("AssessmentSubtestResultScoreClaim"+n+"Value", "whole number within the claim's range; 0 or blank with the claim's other values when there is no result"),
			may("AssessmentSubtestClaim"+n+"MinimumValue", "low end of the error band"),
			may("AssessmentSubtestClaim"+n+"MaximumValue", "high end of the error band"),
			may("AssessmentClaim"+n+"PerformanceLevelIdentifier", "1 to the number of claim levels; 0 or blank for none; claim 1 is required for blocks"),
		)
	}
	for _, a := range edu.Accommodations {
		c = append(c, need(a.Column, ruleSupport))
	}
	return append(c,
		Column{Name: "AdministrationCondition", Optional: true, Rule: "blank or valid, SD standardized, NS non-standardized, IN invalid"},
		Column{Name: "CompleteStatus", Optional: true, Rule: "Complete, Partial or blank"},
		Column{Name: "Op", Optional: true, Rule: "blank, C or I create the result, D deletes it"},
	)
}

// Header returns the names of all columns in canonical order.
func Header() []string {
	names := make([]string, len(Columns))
	for i, c := range Columns {
		names[i] = c.Name
	}
	return names
}
