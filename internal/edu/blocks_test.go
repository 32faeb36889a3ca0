package edu_test

import (
	"testing"

	"scorehouse/internal/edu"
)

func TestBlocksAreFoundByTheTitlesTheyAreDeliveredUnder(t *testing.T) {
	t.Parallel()
	order := func(title string) int { return edu.BlockOrder(edu.ELA, title) }
	for _, same := range [][2]string{{"Edit and Revise", "EDIT/REVISE"}, {"Brief Writes", "Brief Writes Block"}, {"Listen and Interpret", "Listen & Interpret"}} {
		if order(same[0]) != order(same[1]) || order(same[0]) == len(edu.Blocks) {
			t.Errorf("%q is at %d, %q at %d", same[0], order(same[0]), same[1], order(same[1]))
		}
	}
	if got := order("Geometry"); got != len(edu.Blocks) {
		t.Errorf("a block of another subject is at %d", got)
	}
	if got := order("Underwater Basket Weaving"); got != len(edu.Blocks) {
		t.Errorf("an unknown block is at %d", got)
	}
}

func TestTheCatalogueNamesEveryBlockOnce(t *testing.T) {
	t.Parallel()
	for i, b := range edu.Blocks {
		for _, title := range append([]string{b.Title}, b.Aliases...) {
			if got := edu.BlockOrder(b.Subject, title); got != i {
				t.Errorf("%s %q is found at %d, not %d", b.Subject, title, got, i)
			}
		}
	}
}
