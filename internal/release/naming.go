package release

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/pg"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

// placesSQL lists the institutions of a version. $1 version. One row: district id, school id (0 for a district), codes, name.
const placesSQL = `select d.district_id, 0, d.code, '', d.name from district d where d.from_version <= $1 and d.to_version > $1
	union all
	select s.district_id, s.school_id, d.code, s.code, s.name from school s
	join district d on d.district_id = s.district_id and d.from_version <= $1 and d.to_version > $1
	where s.from_version <= $1 and s.to_version > $1`

// codes are the codes of an institution; both are empty for the state.
type codes struct{ district, school string }

// name gives every institution of a release its name as of the version, and its public identifier.
func (w *Worker) name(ctx context.Context, reader *warehouse.Reader, t tenant.Tenant, d *decided) (Names, error) {
	type known struct {
		codes
		name string
	}
	all := map[disclosure.Row]known{{}: {name: t.Name}}
	err := reader.Aggregate(ctx, d.version, placesSQL, nil, func(row pgx.Rows) error {
		var r disclosure.Row
		var k known
		err := row.Scan(&r.District, &r.School, &k.district, &k.school, &k.name)
		all[r] = k
		return err
	})
	if err != nil {
		return Names{}, err
	}
	wanted := make([]codes, len(d.counts.Rows))
	for i, r := range d.counts.Rows {
		k, ok := all[r]
		if !ok {
			return Names{}, fmt.Errorf("results are of a %v that version %d does not have", r.Kind(), d.version)
		}
		wanted[i] = k.codes
	}
	ids, err := w.publicIDs(ctx, t.ID, wanted)
	if err != nil {
		return Names{}, err
	}
	places := make([]Place, len(d.counts.Rows))
	for i, r := range d.counts.Rows {
		places[i] = Place{Row: r, ID: ids[wanted[i]], Name: all[r].name}
	}
	return NewNames(places), nil
}

// publicIDs returns the public identifiers of institutions, and gives one to those that have none. Two workers that do so at once give the same.
func (w *Worker) publicIDs(ctx context.Context, id tenant.ID, wanted []codes) (map[codes]string, error) {
	districts, schools, fresh := make([]string, len(wanted)), make([]string, len(wanted)), make([]string, len(wanted))
	for i, c := range wanted {
		districts[i], schools[i] = c.district, c.school
	}
	known := map[codes]string{}
	for range 5 { // an identifier that another institution has is not given; then it is tried with another
		for i := range fresh {
			fresh[i] = strings.ToLower(rand.Text()[:10])
		}
		_, err := w.config.Pool.Exec(ctx, `insert into release.institution (tenant, district, school, public_id)
			select $1, x.* from unnest($2::text[], $3::text[], $4::text[]) as x on conflict do nothing`, id, districts, schools, fresh)
		if err != nil {
			return nil, fmt.Errorf("public identifiers: %w", pg.Clean(err))
		}
		rows, err := w.config.Pool.Query(ctx, `select district, school, public_id from release.institution where tenant = $1`, id)
		if err != nil {
			return nil, fmt.Errorf("public identifiers: %w", pg.Clean(err))
		}
		var c codes
		var public string
		if _, err := pgx.ForEachRow(rows, []any{&c.district, &c.school, &public}, func() error { known[c] = public; return nil }); err != nil {
			return nil, fmt.Errorf("public identifiers: %w", pg.Clean(err))
		}
		if allKnown(known, wanted) {
			return known, nil
		}
	}
	return nil, fmt.Errorf("public identifiers: none is free")
}

func allKnown(known map[codes]string, wanted []codes) bool {
	for _, c := range wanted {
		if known[c] == "" {
			return false
		}
	}
	return true
}
