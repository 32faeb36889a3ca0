package load

import (
	"testing"

	"scorehouse/internal/batch"
	"scorehouse/internal/staging"
)

func TestOnlySchemasThatABatchMayStillUseAreKept(t *testing.T) {
	const schema = "batch_7_3"
	for _, c := range []struct {
		name string
		b    batch.Batch
		l    staging.Leftover
		want bool
	}{
		{"the running attempt's", batch.Batch{Status: batch.Loading, Attempt: 3}, staging.Leftover{Schema: schema, Attempt: 3}, true},
		{"a replaced attempt's", batch.Batch{Status: batch.Loading, Attempt: 4}, staging.Leftover{Schema: schema, Attempt: 3}, false},
		{"staged rows", batch.Batch{Status: batch.Staged, Attempt: 3, StagingSchema: schema}, staging.Leftover{Schema: schema, Attempt: 3}, true},
		{"rows being migrated by a later attempt", batch.Batch{Status: batch.Migrating, Attempt: 5, StagingSchema: schema}, staging.Leftover{Schema: schema, Attempt: 3}, true},
		{"an earlier attempt's beside staged rows", batch.Batch{Status: batch.Staged, Attempt: 3, StagingSchema: schema}, staging.Leftover{Schema: "batch_7_2", Attempt: 2}, false},
		{"failed, kept for a look", batch.Batch{Status: batch.Failed, Attempt: 4, StagingSchema: schema}, staging.Leftover{Schema: schema, Attempt: 3}, true},
		{"published", batch.Batch{Status: batch.Published, Attempt: 4, StagingSchema: schema}, staging.Leftover{Schema: schema, Attempt: 3}, false},
		{"rejected", batch.Batch{Status: batch.Rejected, Attempt: 3}, staging.Leftover{Schema: schema, Attempt: 3}, false},
	} {
		if got := needs(c.b, c.l); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}
