package report

import (
	"cmp"
	"context"
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/unicode/norm"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/scope"
)

var (
	//go:embed find_students.sql
	findStudentsSQL string
	//go:embed find_students_of_state.sql
	findStudentsOfStateSQL string
	//go:embed find_places.sql
	findPlacesSQL string
	//go:embed places_by_code.sql
	placesByCodeSQL string
)

// MostFound is how many places and how many students a search gives at most.
const MostFound = 50

// shortest is how many letters or digits a search needs: fewer would find everybody.
const shortest = 2

// Found is what a search found: districts and schools of the state, and students of the scope.
type Found struct {
	TooShort bool // nothing was looked for
	Places   []Institution
	Students []FoundStudent
	More     bool // there are more than these
}

// FoundStudent is a student with where the newest result is.
type FoundStudent struct {
	Key     string // opaque id for addresses
	ID      int
	Student Student // names and code only
	Place   Institution
	Grade   edu.Grade
	Year    edu.AcademicYear
}

// Find looks for districts and schools whose name has all words of a text, or whose code it is, and for students of the scope each of whose
// names begins with a word of it, or whose identifier it is. Neither letter case nor accents matter. A scope of another tenant finds nothing.
func (r *Reports) Find(ctx context.Context, s scope.Scope, text string) (Found, error) {
	if err := r.mine(s); err != nil {
		return Found{}, err
	}
	if !s.Aggregates {
		return Found{}, fault.New(fault.Forbidden, "You may not see the results of this state.")
	}
	words := strings.Fields(searchable(text))
	if utf8.RuneCountInString(strings.Join(words, "")) < shortest {
		return Found{TooShort: true}, nil
	}
	version, err := r.reader.Version(ctx)
	if err != nil {
		return Found{}, err
	}
	var f Found
	if f.Places, err = r.findPlaces(ctx, version, strings.TrimSpace(text), words); err != nil {
		return Found{}, err
	}
	if f.Students, err = r.findStudents(ctx, version, s, strings.TrimSpace(text), words); err != nil {
		return Found{}, err
	}
	f.More = len(f.Places) > MostFound || len(f.Students) > MostFound
	f.Places, f.Students = f.Places[:min(len(f.Places), MostFound)], f.Students[:min(len(f.Students), MostFound)]
	return f, nil
}

// PlacesNamed returns the districts and schools with some codes, in order of name. Codes that there are not are left out.
func (r *Reports) PlacesNamed(ctx context.Context, districts []string, schools []scope.School) ([]Institution, error) {
	version, err := r.reader.Version(ctx)
	if err != nil {
		return nil, err
	}
	in, codes := make([]string, 0, len(schools)), make([]string, 0, len(schools))
	for _, s := range schools {
		in, codes = append(in, s.District), append(codes, s.School)
	}
	all, err := aggregate(ctx, r.reader, version, "places by code", placesByCodeSQL, []any{slices.Concat([]string{}, districts), in, codes}, r.scanPlace)
	slices.SortFunc(all, comparePlaces)
	return all, err
}

func (r *Reports) scanPlace(row pgx.Rows) (Institution, error) {
	p := Institution{StateName: r.tenant.Name}
	return p, row.Scan(&p.District.ID, &p.District.Name, &p.School.ID, &p.School.Name)
}

// comparePlaces orders districts before schools, each by name.
func comparePlaces(a, b Institution) int {
	rank := func(p Institution) int { return min(len(p.School.ID), 1) }
	return cmp.Or(rank(a)-rank(b), compareNames(a.School.Name, b.School.Name), compareNames(a.District.Name, b.District.Name), strings.Compare(a.School.ID, b.School.ID),
		strings.Compare(a.District.ID, b.District.ID))
}

// findPlaces returns the districts and schools with all words in their name or with the code, one more than MostFound when there are more.
func (r *Reports) findPlaces(ctx context.Context, version int, code string, words []string) ([]Institution, error) {
	all, err := aggregate(ctx, r.reader, version, "find places", findPlacesSQL, nil, r.scanPlace)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(p Institution) bool {
		own, name := p.School.ID, p.School.Name
		if own == "" {
			own, name = p.District.ID, p.District.Name
		}
		name = searchable(name)
		return own != code && slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) })
	})
	slices.SortFunc(all, comparePlaces)
	return all[:min(len(all), MostFound+1)], nil
}

// findStudents returns the students of a scope that a search finds, in order of name, one more than MostFound when there are more.
func (r *Reports) findStudents(ctx context.Context, version int, s scope.Scope, code string, words []string) ([]FoundStudent, error) {
	if s.SeesNoStudents() {
		return nil, nil
	}
	patterns := make([]string, len(words))
	for i, w := range words {
		patterns[i] = "% " + likeless.Replace(w) + "%"
	}
	sql := findStudentsSQL
	if s.AllStudents {
		sql = findStudentsOfStateSQL
	}
	found, err := students(ctx, r.reader, version, s, "find students", sql, []any{patterns, code, MostFound + 1}, func(row pgx.Rows) (f FoundStudent, err error) {
		f.Place.StateName = r.tenant.Name
		err = row.Scan(&f.ID, &f.Student.Code, &f.Student.First, &f.Student.Middle, &f.Student.Last, &f.Grade, &f.Year,
			&f.Place.District.ID, &f.Place.District.Name, &f.Place.School.ID, &f.Place.School.Name)
		f.Key = r.studentKey(f.ID)
		return f, err
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b FoundStudent) int {
		return cmp.Or(compareNames(a.Student.Last, b.Student.Last), compareNames(a.Student.First, b.Student.First), compareNames(a.Student.Middle, b.Student.Middle))
	})
	return found, nil
}

// likeless writes what has a meaning in patterns of LIKE as itself.
var likeless = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// folds are letters that Unicode does not take apart, and signs between the parts of names. The SQL files fold the same.
var folds = strings.NewReplacer("đ", "d", "ł", "l", "ø", "o", "ı", "i", "-", " ", "'", " ", "’", " ", ",", " ", ".", " ")

// searchable is a text as searches compare it: small letters without accents, a blank between the parts of a name.
func searchable(s string) string {
	letters := strings.Map(func(c rune) rune {
		if '\u0300' <= c && c <= '\u036f' {
			return -1
		}
		return unicode.ToLower(c)
	}, norm.NFD.String(s))
	return folds.Replace(letters)
}
