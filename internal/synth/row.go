package synth

import (
	"strconv"

	"scorehouse/internal/edu"
)

// Header is the first line of the CSV file, without its line end: the 91 columns in canonical order.
const Header = "" +
	"StateAbbreviation,ResponsibleDistrictIdentifier,OrganizationName,ResponsibleSchoolIdentifier," +
	"NameOfInstitution,StudentIdentifier,ExternalSSID,FirstName,MiddleName,LastOrSurname,Sex,Birthdate," +
	"GradeLevelWhenAssessed,HispanicOrLatinoEthnicity,AmericanIndianOrAlaskaNative,Asian,BlackOrAfricanAmerican," +
	"NativeHawaiianOrOtherPacificIslander,White,DemographicRaceTwoOrMoreRaces,IDEAIndicator,LEPStatus," +
	"Section504Status,EconomicDisadvantageStatus,MigrantStatus,Group1Id,Group1Text,Group2Id,Group2Text,Group3Id," +
	"Group3Text,Group4Id,Group4Text,Group5Id,Group5Text,Group6Id,Group6Text,Group7Id,Group7Text,Group8Id," +
	"Group8Text,Group9Id,Group9Text,Group10Id,Group10Text,AssessmentGuid,AssessmentSessionLocationId," +
	"AssessmentSessionLocation,AssessmentAdministrationFinishDate,AssessmentYear,AssessmentType," +
	"AssessmentAcademicSubject,AssessmentLevelForWhichDesigned,AssessmentSubtestResultScoreValue," +
	"AssessmentSubtestMinimumValue,AssessmentSubtestMaximumValue,AssessmentPerformanceLevelIdentifier," +
	"AssessmentSubtestResultScoreClaim1Value,AssessmentSubtestClaim1MinimumValue," +
	"AssessmentSubtestClaim1MaximumValue,AssessmentClaim1PerformanceLevelIdentifier," +
	"AssessmentSubtestResultScoreClaim2Value,AssessmentSubtestClaim2MinimumValue," +
	"AssessmentSubtestClaim2MaximumValue,AssessmentClaim2PerformanceLevelIdentifier," +
	"AssessmentSubtestResultScoreClaim3Value,AssessmentSubtestClaim3MinimumValue," +
	"AssessmentSubtestClaim3MaximumValue,AssessmentClaim3PerformanceLevelIdentifier," +
	"AssessmentSubtestResultScoreClaim4Value,AssessmentSubtestClaim4MinimumValue," +
	"AssessmentSubtestClaim4MaximumValue,AssessmentClaim4PerformanceLevelIdentifier," +
	"AccommodationAmericanSignLanguage,AccommodationBraille,AccommodationClosedCaptioning," +
	"AccommodationTextToSpeech,AccommodationAbacus,AccommodationAlternateResponseOptions,AccommodationCalculator," +
	"AccommodationMultiplicationTable,AccommodationPrintOnDemand,AccommodationPrintOnDemandItems," +
	"AccommodationReadAloud,AccommodationScribe,AccommodationSpeechToText,AccommodationStreamlineMode," +
	"AccommodationNoiseBuffer,AdministrationCondition,CompleteStatus,Op"

// appendRow appends the row of an outcome, fields 1 to 91 and the line end.
func (t *test) appendRow(b []byte, s *State, st *student, o *outcome) []byte {
	b = append(b, st.school.csv...)
	b = append(s.appendID(b, st.index), ',')
	b = append(s.appendExternalID(b, st), ',')
	b = append(append(b, st.name.First...), ',')
	b = append(append(b, st.name.Middle...), ',')
	b = append(append(b, st.name.Last...), ',')
	b = append(b, [...]string{"NS,", "Male,", "Female,"}[st.Sex]...)
	b = append(st.appendBirth(b), ',')
	b = append(b, byte('0'+st.grade/10), byte('0'+st.grade%10), ',')
	b = st.appendFlags(b)
	b = st.appendGroups(b, t.year)
	b = append(append(b, t.guid...), ',')
	if o.where < len(st.school.locations) {
		b = append(b, st.school.locations[o.where]...)
	} else {
		b = append(b, ',')
	}
	b = append(append(b, ','), o.date...)
	b = append(b, t.middle...)
	b = t.appendScores(b, o)
	b = o.appendCodes(b)
	b = append(append(b, o.cond.Code()...), ',')
	if o.whole {
		b = append(b, "Complete,C"...)
	} else {
		b = append(b, "Partial,C"...)
	}
	if s.config.CRLF {
		b = append(b, '\r')
	}
	return append(b, '\n')
}

// appendFlags appends the twelve yes-or-no fields with the comma behind each.
func (st *student) appendFlags(b []byte) []byte {
	for _, f := range st.Race {
		b = append(b, flagText[f]...)
	}
	for _, f := range [...]edu.Flag{st.IEP, st.LimitedEnglish, st.Section504, st.EconomicDisadvantage, st.Migrant} {
		b = append(b, flagText[f]...)
	}
	return b
}

var flagText = [3]string{edu.NotStated: ",", edu.No: "N,", edu.Yes: "Y,"}

// appendScores appends the overall score and the four claims, each with the comma behind it. A block has no
// overall score; what does not apply is blank.
func (t *test) appendScores(b []byte, o *outcome) []byte {
	if t.kind.HasOverallScore() {
		b = appendBand(b, o.overall, o.level)
	} else {
		b = append(b, ",,,,"...)
	}
	for i := range o.claims {
		if i < t.claims && o.levels[i] > 0 {
			b = appendBand(b, o.claims[i], o.levels[i])
		} else {
			b = append(b, ",,,,"...)
		}
	}
	return b
}

func appendBand(b []byte, s band, level int) []byte {
	for _, v := range [...]int{s.value, s.low, s.high} {
		b = append(b, byte('0'+v/1000), byte('0'+v/100%10), byte('0'+v/10%10), byte('0'+v%10), ',')
	}
	return append(b, byte('0'+level), ',')
}

func (o *outcome) appendCodes(b []byte) []byte {
	if o.plain {
		return append(b, plainCodes[o.codes[0]/4]...)
	}
	for _, c := range o.codes {
		b = append(strconv.AppendInt(b, int64(c), 10), ',')
	}
	return b
}

var plainCodes = [2]string{"0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,", "4,4,4,4,4,4,4,4,4,4,4,4,4,4,4,"}
