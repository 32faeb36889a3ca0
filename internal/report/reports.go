package report

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/cache"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/scope"
	"scorehouse/internal/settings"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

// Settings are what Reports need besides the warehouse.
type Settings struct {
	Tenant     tenant.Tenant
	StudentKey func(studentID int) string // the opaque id of a student in addresses
	Counter    Counter                    // nil counts with SQL
	Own        *settings.Keeper           // what the state has set for itself; nil reads it at every question
	Releases   Releases                   // what everybody is told; nil when nothing is released
	Cache      *cache.Cache               // of comparisons; nil keeps none
	Today      func() time.Time           // nil is the clock
}

// Reports answers the questions of one tenant. It is safe for concurrent use.
type Reports struct {
	reader     *warehouse.Reader
	tenant     tenant.Tenant
	studentKey func(int) string
	counter    Counter
	own        *settings.Keeper
	releases   Releases
	cache      *cache.Cache
	facts      *cache.Cache // about institutions and years: small, asked for by every page
	today      func() time.Time
}

// New returns the reports of the tenant whose warehouse the reader reads.
func New(reader *warehouse.Reader, s Settings) *Reports {
	r := &Reports{reader: reader, tenant: s.Tenant, studentKey: s.StudentKey, counter: s.Counter, own: s.Own, releases: s.Releases, cache: s.Cache, facts: cache.New(factsBytes), today: s.Today}
	if r.counter == nil {
		r.counter = Remember(SQLCounter(reader))
	}
	if r.own == nil {
		r.own = settings.NewKeeper(reader, s.Tenant, 0, nil)
	}
	if r.today == nil {
		r.today = time.Now
	}
	return r
}

// Own returns what the state has set for itself.
func (r *Reports) Own(ctx context.Context) (*settings.Settings, error) { return r.own.Now(ctx) }

// mine refuses scopes of other tenants, as if nothing existed here.
func (r *Reports) mine(s scope.Scope) error {
	if s.Tenant != r.tenant.ID {
		return fault.New(fault.NotFound, "There is no such report.")
	}
	return nil
}

var (
	//go:embed districts.sql
	districtsSQL string
	//go:embed schools.sql
	schoolsSQL string
	//go:embed years.sql
	yearsSQL string
	//go:embed assessments.sql
	assessmentsSQL string
)

// part is a row of a comparison before it has numbers: a district, a school or a grade.
type part struct {
	id         int
	code, name string
}

func scanPart(row pgx.Rows) (p part, err error) { return p, row.Scan(&p.id, &p.code, &p.name) }

// factsBytes is how much of a state's institutions and years is remembered: 5,000 schools take about 500 kB.
const factsBytes = 4 << 20

// districts returns every district of the state in order of name. Callers share it.
func (r *Reports) districts(ctx context.Context, version int) ([]part, error) {
	return r.parts(ctx, cache.Key{Version: version, Question: "districts"}, districtsSQL)
}

// schools returns every school of a district in order of name. Callers share it.
func (r *Reports) schools(ctx context.Context, version, districtID int) ([]part, error) {
	return r.parts(ctx, cache.Key{Version: version, Question: "schools of " + strconv.Itoa(districtID)}, schoolsSQL, districtID)
}

func (r *Reports) parts(ctx context.Context, key cache.Key, sql string, args ...any) ([]part, error) {
	size := func(all []part) int { return 100 * len(all) }
	return cache.Recall(ctx, r.facts, key, size, func(ctx context.Context) ([]part, error) {
		all, err := aggregate(ctx, r.reader, key.Version, key.Question, sql, args, scanPart)
		slices.SortFunc(all, func(a, b part) int { return cmp.Or(compareNames(a.name, b.name), compareNames(a.code, b.code)) })
		return all, err
	})
}

// place is an institution with its ids in the warehouse and the parts it has, found on the way.
type place struct {
	Institution
	districtID, schoolID int
	districts, schools   []part
}

// find looks up an institution by its codes, empty where not chosen. Unknown codes are NotFound.
func (r *Reports) find(ctx context.Context, version int, district, school string) (place, error) {
	p := place{Institution: Institution{StateName: r.tenant.Name}}
	var err error
	if p.districts, err = r.districts(ctx, version); err != nil || district == "" {
		return p, err
	}
	i := slices.IndexFunc(p.districts, func(x part) bool { return x.code == district })
	if i < 0 {
		return p, fault.New(fault.NotFound, "There is no such district.")
	}
	d := p.districts[i]
	p.districtID, p.District = d.id, edu.District{ID: d.code, Name: d.name}
	if p.schools, err = r.schools(ctx, version, d.id); err != nil || school == "" {
		return p, err
	}
	i = slices.IndexFunc(p.schools, func(x part) bool { return x.code == school })
	if i < 0 {
		return p, fault.New(fault.NotFound, "There is no such school in the district.")
	}
	s := p.schools[i]
	p.schoolID, p.School = s.id, edu.School{ID: s.code, Name: s.name}
	return p, nil
}

// yearSubject is a subject assessed in a year, with the names of its levels.
type yearSubject struct {
	year    edu.AcademicYear
	subject edu.Subject
	levels  []string
}

// years returns what was assessed with a type, newest year first. Callers share it.
func (r *Reports) years(ctx context.Context, version int, t edu.AssessmentType) ([]yearSubject, error) {
	key := cache.Key{Version: version, Question: fmt.Sprintf("years of %v", t)}
	return cache.Recall(ctx, r.facts, key, func(all []yearSubject) int { return 200 * len(all) }, func(ctx context.Context) ([]yearSubject, error) {
		return aggregate(ctx, r.reader, version, "years", yearsSQL, []any{t}, func(row pgx.Rows) (y yearSubject, err error) {
			return y, row.Scan(&y.year, &y.subject, &y.levels)
		})
	})
}

// assessment is an assessment as reports use it.
type assessment struct {
	id          int
	guid        string
	kind        edu.AssessmentType
	subject     edu.Subject
	year        edu.AcademicYear
	period      string
	scale       Scale
	levelNames  []string
	claimLevels []string
}

// assessments returns the assessments with the ids, by id.
func (r *Reports) assessments(ctx context.Context, version int, ids []int) (map[int]assessment, error) {
	all, err := aggregate(ctx, r.reader, version, "assessments", assessmentsSQL, []any{ids}, scanAssessment)
	if err != nil {
		return nil, err
	}
	byID := make(map[int]assessment, len(all))
	for _, a := range all {
		byID[a.id] = a
	}
	return byID, nil
}

func scanAssessment(row pgx.Rows) (assessment, error) {
	var a assessment
	var cuts, numbers, claimMin, claimMax []int16
	var claims []string
	err := row.Scan(&a.id, &a.guid, &a.kind, &a.subject, &a.year, &a.period, &a.scale.Min, &a.scale.Max,
		&a.levelNames, &cuts, &numbers, &claims, &claimMin, &claimMax, &a.claimLevels)
	for i, name := range a.levelNames {
		l := edu.PerformanceLevel{Number: i + 1, Name: name, CutPoint: a.scale.Min}
		if 0 < i && i <= len(cuts) {
			l.CutPoint = cuts[i-1]
		}
		a.scale.Levels = append(a.scale.Levels, l)
	}
	for i, n := range numbers {
		c := edu.Claim{Number: int(n)}
		if i < len(claims) && i < len(claimMin) && i < len(claimMax) {
			c.Name, c.Min, c.Max = claims[i], claimMin[i], claimMax[i]
		}
		a.scale.Claims = append(a.scale.Claims, c)
	}
	a.scale.ClaimLevels = a.claimLevels
	return a, err
}

// sortSubjects orders subjects as reports show them: those of edu.Subjects first, others by name.
func sortSubjects(subjects []edu.Subject) {
	rank := func(s edu.Subject) int {
		if i := slices.Index(edu.Subjects, s); i >= 0 {
			return i
		}
		return len(edu.Subjects)
	}
	slices.SortFunc(subjects, func(a, b edu.Subject) int {
		if c := rank(a) - rank(b); c != 0 {
			return c
		}
		return compareNames(string(a), string(b))
	})
}
