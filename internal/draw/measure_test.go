package draw

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTextsBreakIntoLinesOfAboutTheSameLength(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		width float64
		want  []string
	}{
		{"Adequate Understanding", 200, []string{"Adequate Understanding"}},
		{"Adequate Understanding", 90, []string{"Adequate", "Understanding"}},
		{"Hiểu biết đầy đủ", 82, []string{"Hiểu biết", "đầy đủ"}}, // as long as can be, the first line would leave đủ alone
		{"Adequate Understanding", 60, nil},                       // a word is wider
		{"a b c d", 12, nil},                                      // more lines than there may be
		{"Understanding 2", 80, nil},                              // 2 would stand alone
	} {
		got, ok := wrap(c.text, Small, c.width, 3)
		if diff := cmp.Diff(c.want, got); diff != "" || ok != (c.want != nil) {
			t.Errorf("%q in %v (-want +got):\n%s", c.text, c.width, diff)
		}
	}
}
