package campaign

import (
	"time"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/disclosure/drawn"
	"scorehouse/internal/release"
	"scorehouse/internal/report/released/releasedtest"
	"scorehouse/internal/tenant"
)

// publishedToken opens what is published of the state: numbers of a drawn one, of which nobody may learn a student of the world.
const publishedToken = "campaign-public-token"

func publishedOf(id tenant.ID) (*releasedtest.Memory, error) {
	m, err := releasedtest.New(id, disclosure.DefaultPolicy(), drawn.Size{Districts: 2, Schools: 4, Students: 600}, 2026, 2025)
	if err == nil {
		m.AddLink(publishedToken, release.Link{ID: 1, Tenant: id, Expires: time.Now().Add(24 * time.Hour)})
	}
	return m, err
}
