package studentreport

import (
	"strings"

	"scorehouse/internal/edu"
)

// span is a range of grades that share descriptions.
type span int

const (
	elementary span = iota // to grade 5
	middle                 // grades 6 to 8
	high                   // from grade 9
)

func spanOf(g edu.Grade) span {
	switch {
	case g <= 5:
		return elementary
	case g <= 8:
		return middle
	}
	return high
}

// meanings say what students at a level can usually do, by subject and span, lowest level first. They are the
// plain wording for assessments with four levels; a tenant's own texts take their place when it has some.
var meanings = map[edu.Subject]map[span][4]string{
	edu.Math: {
		elementary: {
			"Students at this level can add, subtract and work with simple shapes and numbers in familiar tasks. They need much help with fractions, with problems of more than one step, and with explaining how they found an answer.",
			"Students at this level can solve many one-step problems and know most number facts. They still need help to use fractions, to choose a way to solve a new problem, and to explain their thinking.",
			"Students at this level can solve problems of several steps with whole numbers and fractions, read graphs and tables, and explain how they found an answer. They are ready for the mathematics of the next grade.",
			"Students at this level can solve new and hard problems with whole numbers and fractions, choose between ways to solve them, and say clearly why an answer is right. They are well prepared for the mathematics of the next grade.",
		},
		middle: {
			"Students at this level can do simple calculations and read simple graphs. They need much help with ratios, negative numbers and equations, and with problems of more than one step.",
			"Students at this level can solve many familiar problems with ratios, percents and simple equations. They still need help to set up a problem on their own and to explain why a method works.",
			"Students at this level can work with ratios, percents, equations and graphs, solve problems of several steps, and explain their reasoning. They are on track for the mathematics of high school.",
			"Students at this level can use ratios, equations, functions and data to solve new and hard problems, and can judge whether an argument is sound. They are well prepared for the mathematics of high school.",
		},
		high: {
			"Students at this level can carry out simple procedures with numbers and expressions. They need much help with equations, functions and graphs, and with using mathematics in situations from life.",
			"Students at this level can solve many familiar equations and read graphs of functions. They still need help to model a situation with mathematics and to explain why a method works.",
			"Students at this level can use algebra, functions, geometry and data to solve problems of several steps and can explain their reasoning. They are likely ready for first-year college mathematics.",
			"Students at this level can choose and combine algebra, functions, geometry and data to solve new and hard problems and can build a sound argument. They are ready for first-year college mathematics.",
		},
	},
	edu.ELA: {
		elementary: {
			"Students at this level can find facts stated plainly in a short, easy text and write simple sentences. They need much help to understand longer texts and to put their ideas in order.",
			"Students at this level can understand the main idea of many texts for their grade and write short pieces. They still need help to find reasons and proof in a text and to explain their ideas fully.",
			"Students at this level can read stories and informational texts for their grade, say what they mean and point to proof, and write clear pieces with a beginning, a middle and an end. They are ready for the reading and writing of the next grade.",
			"Students at this level can read hard texts closely, compare what different texts say, and write well-ordered pieces with strong details. They are well prepared for the reading and writing of the next grade.",
		},
		middle: {
			"Students at this level can find plainly stated information in easy texts and write short pieces. They need much help to understand what a writer suggests without saying it, and to support their own ideas.",
			"Students at this level can understand the main points of many texts for their grade and write pieces with a clear topic. They still need help to judge a writer’s reasons and to use evidence from more than one source.",
			"Students at this level can understand and discuss texts for their grade, judge a writer’s reasons, use evidence from several sources, and write clear, well-ordered pieces. They are on track for the reading and writing of high school.",
			"Students at this level can read hard texts closely, weigh how writers argue, bring sources together, and write with skill for different readers. They are well prepared for the reading and writing of high school.",
		},
		high: {
			"Students at this level can find plainly stated information and write short, simple pieces. They need much help to understand hard texts, to judge arguments, and to support a position of their own.",
			"Students at this level can understand the main points of many texts and write pieces with a clear position. They still need help to judge evidence, to compare sources, and to keep a longer piece in order.",
			"Students at this level can understand hard texts, judge arguments and evidence, compare sources, and write clear, well-supported pieces. They are likely ready for first-year college reading and writing.",
			"Students at this level can read very hard texts closely, weigh arguments, bring many sources together, and write with skill and purpose. They are ready for first-year college reading and writing.",
		},
	},
}

// plainMeanings serve subjects and numbers of levels without texts of their own: below, at and above the standard.
var plainMeanings = [3]string{
	"Students at this level have learned part of what their grade is expected to know. They need help before the next grade’s work.",
	"Students at this level have learned what their grade is expected to know. They are ready for the next grade’s work.",
	"Students at this level have learned more than their grade is expected to know. They are well prepared for the next grade’s work.",
}

// meaning returns what students at a level can usually do.
func meaning(subject edu.Subject, grade edu.Grade, level, levels int) string {
	if texts, ok := meanings[subject]; ok && levels == 4 && level >= 1 && level <= 4 {
		return texts[spanOf(grade)][level-1]
	}
	standard := edu.StandardLevel(levels)
	switch {
	case level < standard:
		return plainMeanings[0]
	case level == standard:
		return plainMeanings[1]
	}
	return plainMeanings[2]
}

// claimTexts say what the parts of a test cover, by a word of their names.
var claimTexts = []struct{ word, text string }{
	{"concepts", "Knowing numbers, shapes and rules, and calculating correctly"},
	{"problem", "Using mathematics to solve problems, also with data from life"},
	{"modeling", "Using mathematics to describe situations from life"},
	{"communicating", "Explaining why an answer or a method is right"},
	{"reading", "Understanding stories and informational texts"},
	{"writing", "Writing clear pieces for a purpose and a reader"},
	{"listening", "Understanding and using what is said"},
	{"research", "Finding, judging and bringing together information"},
}

// claimText says what a part of the test covers; empty when there is nothing to say beyond its name.
func claimText(name string) string {
	name = strings.ToLower(name)
	for _, c := range claimTexts {
		if strings.Contains(name, c.word) {
			return c.text
		}
	}
	return ""
}
