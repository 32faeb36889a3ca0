package audit

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"time"

	"scorehouse/internal/tenant"
)

// Filter chooses records. Zero fields choose all.
type Filter struct {
	Tenant tenant.ID
	User   string // of a person, or operator
	Kind   string // a kind, or the beginning of one up to a dot: "admin", "student"
	Since  time.Time
	Limit  int // the newest so many; 0 is all
}

// Read returns the records of a directory that a filter chooses, oldest first. It does not verify them (see Verify) and passes over lines
// that cannot be read. keys find users whose ids are recorded as digests; they may be missing.
func Read(dir string, keys [][]byte, f Filter) ([]Record, error) {
	files, _, err := listFiles(dir)
	if err != nil {
		return nil, err
	}
	users := []Person{Person(f.User)}
	for _, key := range keys {
		users = append(users, formed(key, personForm, Person(f.User)))
	}
	var found []Record
	for _, file := range files {
		if info, err := os.Stat(file.path); err == nil && info.ModTime().Before(f.Since) {
			continue // nothing was written since
		}
		err := file.eachLine(func(_ int, line []byte, whole bool) error {
			if r, _, _, err := parseLine(line); err == nil && whole && f.chooses(r, users) {
				found = append(found, r)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(found, func(a, b Record) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Seq, b.Seq)) })
	if f.Limit > 0 && len(found) > f.Limit {
		found = found[len(found)-f.Limit:]
	}
	return found, nil
}

func (f Filter) chooses(r Record, users []Person) bool {
	switch {
	case r.Begin != nil || r.Kind == closed: // of the trail itself
		return false
	case f.Tenant != "" && r.Tenant != f.Tenant,
		f.User != "" && !slices.Contains(users, r.User) && !slices.Contains(users, r.Operator),
		f.Kind != "" && string(r.Kind) != f.Kind && !strings.HasPrefix(string(r.Kind), f.Kind+"."),
		r.Time.Before(f.Since):
		return false
	}
	return true
}
