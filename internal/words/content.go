package words

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"scorehouse/internal/edu"
	"scorehouse/internal/words/text"
)

// vocabulary is the part of the content that pages ask for often, by the values of edu.
type vocabulary struct {
	subjects                               map[edu.Subject]names
	types                                  map[edu.AssessmentType]string
	grades                                 [14]names
	ethnicities                            [8]string
	sexes                                  [3]string
	flags, completeness                    [3]string
	accommodations                         map[string]string // by column and by English label
	levels, claims, claimLevels, blockKeys map[string]string // key of the content by known name
}

// names are the ways a thing is named.
type names struct{ title, sentence, short string }

func newVocabulary(content map[string]string, texts *text.All) vocabulary {
	v := vocabulary{subjects: map[edu.Subject]names{}, types: map[edu.AssessmentType]string{}, accommodations: map[string]string{}}
	for _, s := range edu.Subjects {
		key := "vocabulary.subject." + strings.ToLower(string(s))
		v.subjects[s] = names{content[key+".title"], content[key+".sentence"], ""}
	}
	for _, t := range edu.AssessmentTypes {
		v.types[t] = content["vocabulary.type."+t.Slug()]
	}
	for g := range v.grades {
		key := "vocabulary.grade." + strconv.Itoa(g)
		v.grades[g] = names{content[key+".title"], content[key+".sentence"], content[key+".short"]}
	}
	for e := range v.ethnicities {
		v.ethnicities[e] = content["vocabulary.ethnicity."+strconv.Itoa(e)]
	}
	for s := range v.sexes {
		v.sexes[s] = content["vocabulary.sex."+edu.Sex(s).Code()]
	}
	for i, name := range []string{"not_stated", "no", "yes"} {
		v.flags[i], v.completeness[i] = content["vocabulary.flag."+name], content["vocabulary.complete."+name]
	}
	for _, a := range edu.Accommodations {
		label := content["vocabulary.accommodation."+strings.TrimPrefix(a.Column, "Accommodation")]
		v.accommodations[a.Column], v.accommodations[a.Label] = label, label
	}
	v.levels, v.claims = known(texts.Aliases.Levels), known(texts.Aliases.Claims)
	v.claimLevels, v.blockKeys = known(texts.Aliases.ClaimLevels), known(texts.Aliases.Blocks)
	return v
}

// known turns aliases around: the key by each name, as it is usually written and simplified.
func known(aliases map[string][]string) map[string]string {
	keys := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(aliases)) {
		for _, name := range aliases[key] {
			keys[name], keys[simple(name)] = key, key
		}
	}
	return keys
}

// find is the key of a name.
func find(keys map[string]string, name string) (string, bool) {
	if key, ok := keys[name]; ok {
		return key, true
	}
	key, ok := keys[simple(name)]
	return key, ok
}

// simple makes names comparable: letters and digits only, lower case, and for &.
func simple(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, strings.ReplaceAll(name, "&", "and"))
}

// Subject names a subject: Mathematics. Subjects that only a tenant has keep the name of the data.
func (w *Words) Subject(s edu.Subject) string {
	if n, ok := w.vocabulary.subjects[s]; ok {
		return n.title
	}
	return s.Label()
}

// SubjectInSentence names a subject in the middle of a sentence.
func (w *Words) SubjectInSentence(s edu.Subject) string {
	if n, ok := w.vocabulary.subjects[s]; ok {
		return n.sentence
	}
	return s.Label()
}

// Subjects names several subjects in the middle of a sentence.
func (w *Words) Subjects(all []edu.Subject) string {
	var named []string
	for _, s := range all {
		named = append(named, w.SubjectInSentence(s))
	}
	return w.List(named)
}

// Type names a kind of assessment: Summative.
func (w *Words) Type(t edu.AssessmentType) string { return w.vocabulary.types[t] }

// Grade names a grade, alone or at the beginning of a sentence: Grade 3.
func (w *Words) Grade(g edu.Grade) string { return w.grade(g).title }

// GradeInSentence names a grade in the middle of a sentence: grade 3.
func (w *Words) GradeInSentence(g edu.Grade) string { return w.grade(g).sentence }

// ShortGrade names a grade where there is little room: Gr. 3.
func (w *Words) ShortGrade(g edu.Grade) string { return w.grade(g).short }

func (w *Words) grade(g edu.Grade) names {
	if g < 0 || int(g) >= len(w.vocabulary.grades) {
		return names{g.String(), g.String(), g.String()}
	}
	return w.vocabulary.grades[g]
}

// Ethnicity names a group of race and ethnicity; anything else is not stated.
func (w *Words) Ethnicity(e edu.Ethnicity) string {
	if e < 0 || int(e) >= len(w.vocabulary.ethnicities) {
		e = edu.EthnicityNotStated
	}
	return w.vocabulary.ethnicities[e]
}

// Sex names a sex; anything else is not stated.
func (w *Words) Sex(s edu.Sex) string {
	if s < 0 || int(s) >= len(w.vocabulary.sexes) {
		s = edu.SexNotStated
	}
	return w.vocabulary.sexes[s]
}

// Flag says yes, no or not stated.
func (w *Words) Flag(f edu.Flag) string { return w.vocabulary.flags[inFlags(f)] }

// Completeness says whether a test was completed.
func (w *Words) Completeness(f edu.Flag) string { return w.vocabulary.completeness[inFlags(f)] }

func inFlags(f edu.Flag) edu.Flag {
	if f < edu.NotStated || f > edu.Yes {
		return edu.NotStated
	}
	return f
}

// Accommodation names a support, given its column in files or its label (edu.Accommodations); others are returned as they are.
func (w *Words) Accommodation(column string) string {
	if label, ok := w.vocabulary.accommodations[column]; ok {
		return label
	}
	return column
}

// Accommodations names several supports, in the order of the language.
func (w *Words) Accommodations(columns []string) []string {
	labels := make([]string, len(columns))
	for i, c := range columns {
		labels[i] = w.Accommodation(c)
	}
	slices.SortFunc(labels, w.compare())
	return labels
}

// LevelName names a performance level. English keeps the name of the data; other languages translate the names they know
// (text/aliases.yaml) and keep the others. Without a name it is "Level 3".
func (w *Words) LevelName(number int, name string) string {
	if numbered(number, name) {
		return w.Score.LevelNumbered(number)
	}
	return w.translated("levels.name.", w.vocabulary.levels, name)
}

// LevelInTable names a level in a table: "2 – Partial Understanding", or "Level 2".
func (w *Words) LevelInTable(number int, name string) string {
	if numbered(number, name) {
		return w.Score.LevelNumbered(number)
	}
	return w.Frame.LevelNamed(number, w.LevelName(number, name))
}

// LevelInSentence names a level in the middle of a sentence: "level 2, Partial Understanding", or "level 2".
func (w *Words) LevelInSentence(number int, name string) string {
	if numbered(number, name) {
		return w.Score.LevelNumberedInSentence(number)
	}
	return w.Score.LevelInSentence(number, w.LevelName(number, name))
}

// numbered reports whether the name of a level is no more than its number.
func numbered(number int, name string) bool {
	return name == "" || len(name) < len("level 1000") && simple(name) == "level"+strconv.Itoa(number)
}

// PlainLevelName names a level in the words of families, for assessments with four levels: Meets the standard. Others get the name of the data.
func (w *Words) PlainLevelName(number, levels int, name string) string {
	if levels == 4 && number >= 1 && number <= 4 {
		return w.content["levels.plain."+strconv.Itoa(number)]
	}
	return w.LevelName(number, name)
}

// ClaimName names a part of a test, as LevelName does.
func (w *Words) ClaimName(name string) string {
	if key, ok := find(w.vocabulary.claims, name); ok && w.Language.Code != text.Source {
		return w.content["claims.claim."+key+".name"]
	}
	return w.BlockName(name)
}

// BlockName names an interim block, as LevelName does.
func (w *Words) BlockName(name string) string {
	return w.translated("blocks.name.", w.vocabulary.blockKeys, name)
}

// ClaimCovers says what a part of a test covers; empty when its name is not known.
func (w *Words) ClaimCovers(name string) string {
	if key, ok := find(w.vocabulary.claims, name); ok {
		return w.content["claims.claim."+key+".covers"]
	}
	return ""
}

// ClaimLevelName names the level of a part of a test or of a block, as LevelName does.
func (w *Words) ClaimLevelName(name string) string {
	if key, ok := find(w.vocabulary.claimLevels, name); ok && w.Language.Code != text.Source {
		return w.content["claims.level."+key+".name"]
	}
	return name
}

// ShortClaimLevel is ClaimLevelName for narrow columns: Below, Near, Above.
func (w *Words) ShortClaimLevel(name string) string {
	if key, ok := find(w.vocabulary.claimLevels, name); ok {
		return w.content["claims.level."+key+".short"]
	}
	return name
}

// ClaimLevelMeaning says what the level of a part of a test means: 1 below, 2 near, 3 above the standard; empty for others.
func (w *Words) ClaimLevelMeaning(level int) string {
	if level < 1 || level > 3 {
		return ""
	}
	return w.content["claims.level."+[]string{"below", "near", "above"}[level-1]+".meaning"]
}

// translated is the text that a known name of the data has in this language. English keeps the name.
func (w *Words) translated(prefix string, known map[string]string, name string) string {
	if w.Language.Code == text.Source {
		return name
	}
	if key, ok := find(known, name); ok {
		return w.content[prefix+key]
	}
	return name
}

// spanOf is the range of grades that share descriptions.
func spanOf(g edu.Grade) string {
	switch {
	case g <= 5:
		return "elementary"
	case g <= 8:
		return "middle"
	}
	return "high"
}

// Meaning says what students at a level can usually do, by subject and range of grades. Subjects and numbers of levels without texts of
// their own get what holds for everything below, at or above the standard.
func (w *Words) Meaning(s edu.Subject, g edu.Grade, level, levels int) string {
	if levels == 4 {
		if t, ok := w.content["meaning."+strings.ToLower(string(s))+"."+spanOf(g)+"."+strconv.Itoa(level)]; ok {
			return t
		}
	}
	return w.content["meaning.any."+standing(level, levels)]
}

// NextStep says what may help a student at a level, as Meaning does.
func (w *Words) NextStep(s edu.Subject, level, levels int) string {
	if levels == 4 {
		if t, ok := w.content["next.step."+strings.ToLower(string(s))+"."+strconv.Itoa(level)]; ok {
			return t
		}
	}
	return w.content["next.step.any."+standing(level, levels)]
}

// Questions are what a family may ask the teacher.
func (w *Words) Questions() []string {
	var all []string
	for i := 1; w.content["next.question."+strconv.Itoa(i)] != ""; i++ {
		all = append(all, w.content["next.question."+strconv.Itoa(i)])
	}
	return all
}

func standing(level, levels int) string {
	switch standard := edu.StandardLevel(levels); {
	case level < standard:
		return "below"
	case level == standard:
		return "at"
	}
	return "above"
}

// ContentVersion is the version of a file of content ("meaning"): it is raised when a text says something else than before, so that a
// printed report can be traced to its words. 0 when there is no such file.
func (w *Words) ContentVersion(file string) int { return w.source.Versions[file] }
