package decide

import "scorehouse/internal/disclosure"

// Unprotected decides by primary suppression alone: small groups are hidden and nothing for their sake.
func Unprotected(n *disclosure.Counts) *disclosure.Decision {
	d := disclosure.NewDecision(n)
	for i, s := range n.Subjects {
		for row := range n.Rows {
			for q := range n.Catalogue.Len() {
				if k := n.Students(i, row, disclosure.Question(q)); k == 0 || k >= n.Catalogue.Policy().MinNFor(s.Subject) {
					d.Show(i, row, disclosure.Question(q))
				}
			}
		}
	}
	return d
}
