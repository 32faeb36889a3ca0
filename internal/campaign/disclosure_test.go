package campaign

import (
	"testing"

	"scorehouse/internal/disclosure/attack"
)

func TestTheCampaignDisclosureFailsWhenItsControlsDo(t *testing.T) {
	t.Parallel()
	good := func() *disclosureTotals {
		return &disclosureTotals{releases: 100, refused: 4, cells: 100, unknown: 1, single: attack.Score{Small: 100, Recovered: 35}, together: attack.Score{Small: 100, Recovered: 95}}
	}
	if err := good().controls(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*disclosureTotals){
		"an attacker who adds nothing up":               func(t *disclosureTotals) { t.single.Recovered = 34 },
		"an attacker who asks for single options alone": func(t *disclosureTotals) { t.together.Recovered = 94 },
		"no attack on what is unprotected":              func(t *disclosureTotals) { t.single, t.together = attack.Score{}, attack.Score{} },
		"releases refused":                              func(t *disclosureTotals) { t.refused = 5 },
		"searches given up":                             func(t *disclosureTotals) { t.unknown = 2 },
		"no searches":                                   func(t *disclosureTotals) { t.cells, t.unknown = 0, 0 },
	} {
		totals := good()
		if spoil(totals); totals.controls() == nil {
			t.Errorf("%s: nobody noticed", name)
		}
	}
}
