package harness

import (
	"slices"
	"testing"
)

func TestWordsOfStudentsAreFound(t *testing.T) {
	t.Parallel()
	w := studentWords{alone: map[string]bool{"0012345678": true, "Ombrelwhisk": true}, pairs: map[[2]string]bool{{"Zoë", "Þórsdóttir"}: true}}
	for text, want := range map[string][]string{
		`{"msg":"batch migrated","batch_id":68,"rows":46}`: nil,
		`Key (code)=(0012345678) already exists`:           {"code 0012345678"},
		`user Zoë Þórsdóttir, "Ombrelwhisk"`:               {"Zoë Þórsdóttir", "Þórsdóttir Ombrelwhisk"},
		`Zoë and Þórsdóttir, 10012345678, Ombrelwhisker`:   nil,
	} {
		if got := w.in(text); !slices.Equal(got, want) {
			t.Errorf("%s: found %q, want %q", text, got, want)
		}
	}
}
