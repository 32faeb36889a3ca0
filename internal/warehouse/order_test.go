package warehouse_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/edu"
)

// Whatever the order of publishing, and however often it is repeated, the warehouse ends as the order of arrival says.
func TestTheOrderOfPublishingDoesNotMatter(t *testing.T) {
	t.Parallel()
	cases := 16
	if testing.Short() {
		cases = 5
	}
	arrival, shuffled := open(t), open(t)
	for c := range cases {
		r := rand.New(rand.NewPCG(uint64(c), 4))
		prefix := fmt.Sprintf("c%d-", c)
		deliveries := randomDeliveries(r, prefix, int32(c*100))
		publishInOrder(arrival, deliveries, deliveries)
		order := slices.Concat(deliveries, deliveries[:r.IntN(3)])
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		publishInOrder(shuffled, deliveries, order)

		want, got := state(t, arrival.pool, 1<<30, prefix), state(t, shuffled.pool, 1<<30, prefix)
		if diff := cmp.Diff(want, got); diff != "" {
			var ids []int32
			for _, d := range order {
				ids = append(ids, d.id)
			}
			t.Fatalf("case %d, published in the order %d (-arrival +this order):\n%s\ndeliveries: %+v", c, ids, diff, deliveries)
		}
	}
	versionsDoNotOverlap(arrival)
	versionsDoNotOverlap(shuffled)
}

// publishInOrder publishes the deliveries, telling each which of the others it may still have to wait for.
func publishInOrder(h *house, all, order []delivery) {
	h.Helper()
	done := map[int32]bool{}
	for _, d := range order {
		d.awaited = 0
		for _, other := range all {
			if other.id < d.id && !done[other.id] {
				d.awaited = max(d.awaited, other.id)
			}
		}
		p, err := h.writer.Publish(h.Context(), batchOf(d), stage(h, h.scratch, d))
		if err != nil {
			h.Fatal(err)
		}
		done[d.id] = !p.AllRejected()
	}
}

// randomDeliveries makes a few deliveries over the same few results, names and descriptions, with few values, so that they meet.
func randomDeliveries(r *rand.Rand, prefix string, after int32) []delivery {
	var all []delivery
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	for n := range 3 + r.IntN(4) {
		d := delivery{id: after + int32(n) + 1, assessment: math7}
		d.assessment.GUID = prefix + "math"
		d.assessment.Period = pick("Spring", "Fall")
		d.assessment.Subject = edu.Subject(pick("Math", "Math", "ELA"))
		deletesOnly := r.IntN(4) == 0
		for _, student := range []string{"A", "B", "C"} {
			for day := 1; day <= 2; day++ {
				x := row{student: prefix + student, day: day, district: prefix + "D", school: pick("S1", "S2"), called: pick("Hill", "Lake"),
					name: pick("Ada", "Eve"), at: pick("", "room"), score: 1500 + int16(r.IntN(2))*100}
				gone := x
				gone.op = edu.Delete
				switch k := r.IntN(8); {
				case k < 4 && !deletesOnly:
					d.rows = append(d.rows, x)
				case k == 4 || k < 3 && deletesOnly:
					d.rows = append(d.rows, gone)
				case k == 5 && !deletesOnly:
					d.rows = append(d.rows, gone, x)
				}
			}
		}
		if len(d.rows) > 0 {
			all = append(all, d)
		}
	}
	return all
}

// versionsDoNotOverlap checks that each thing has one row per version, and that every row names a batch.
func versionsDoNotOverlap(h *house) {
	h.Helper()
	for table, key := range map[string]string{"assessment": "assessment_id", "district": "district_id", "school": "school_id",
		"student": "student_id", "assessment_outcome": "student_id, assessment_id, taken_on"} {
		var overlaps, empty int
		err := h.pool.QueryRow(h.Context(), fmt.Sprintf(`
			select count(*) filter (where from_version < before), count(*) filter (where from_version >= to_version or batch_id is null)
			from (select *, lag(to_version) over (partition by %s order by from_version, to_version) as before from %s) x`, key, table)).Scan(&overlaps, &empty)
		if err != nil {
			h.Fatal(err)
		}
		if overlaps > 0 || empty > 0 {
			h.Errorf("%s: %d rows overlap, %d hold in no version", table, overlaps, empty)
		}
	}
}
