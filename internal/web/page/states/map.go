package states

import (
	"fmt"
	"slices"
	"strings"
)

// place is a state, district or territory where a map of equal squares has it: rows from the north, columns from the west, both from 1.
type place struct {
	code, name  string // as the Postal Service has them; a soft hyphen says where a square may break a name
	row, column int
}

// The measures of the map; the style sheet has a class for each row and column.
const mapRows, mapColumns = 9, 11

// places are all there are, in order of name.
var places = []place{
	{"AL", "Alabama", 7, 7}, {"AK", "Alaska", 1, 1}, {"AS", "American Samoa", 9, 3}, {"AZ", "Arizona", 6, 2}, {"AR", "Arkansas", 6, 5},
	{"CA", "California", 5, 1}, {"CO", "Colorado", 5, 3}, {"CT", "Connecticut", 4, 10}, {"DE", "Delaware", 5, 10}, {"DC", "District of Columbia", 6, 9},
	{"FL", "Florida", 8, 9}, {"GA", "Georgia", 7, 8}, {"GU", "Guam", 9, 1}, {"HI", "Hawaii", 8, 1}, {"ID", "Idaho", 3, 2},
	{"IL", "Illinois", 3, 6}, {"IN", "Indiana", 4, 6}, {"IA", "Iowa", 4, 5}, {"KS", "Kansas", 6, 4}, {"KY", "Kentucky", 5, 6},
	{"LA", "Louisiana", 7, 5}, {"ME", "Maine", 1, 11}, {"MD", "Maryland", 5, 9}, {"MA", "Massa\u00adchusetts", 3, 10}, {"MI", "Michigan", 3, 7},
	{"MN", "Minnesota", 3, 5}, {"MS", "Mississippi", 7, 6}, {"MO", "Missouri", 5, 5}, {"MT", "Montana", 3, 3}, {"NE", "Nebraska", 5, 4},
	{"NV", "Nevada", 4, 2}, {"NH", "New Hampshire", 2, 11}, {"NJ", "New Jersey", 4, 9}, {"NM", "New Mexico", 6, 3}, {"NY", "New York", 3, 9},
	{"NC", "North Carolina", 6, 7}, {"ND", "North Dakota", 3, 4}, {"MP", "Northern Mariana Islands", 9, 2}, {"OH", "Ohio", 4, 7}, {"OK", "Oklahoma", 7, 4},
	{"OR", "Oregon", 4, 1}, {"PA", "Pennsyl\u00advania", 4, 8}, {"PR", "Puerto Rico", 9, 10}, {"RI", "Rhode Island", 4, 11}, {"SC", "South Carolina", 6, 8},
	{"SD", "South Dakota", 4, 4}, {"TN", "Tennessee", 6, 6}, {"TX", "Texas", 8, 4}, {"VI", "U.S. Virgin Islands", 9, 11}, {"UT", "Utah", 5, 2},
	{"VT", "Vermont", 2, 10}, {"VA", "Virginia", 5, 8}, {"WA", "Washington", 3, 1}, {"WV", "West Virginia", 5, 7}, {"WI", "Wisconsin", 2, 6}, {"WY", "Wyoming", 4, 3},
}

// tile is a square of the map, or beside it.
type tile struct {
	code, name string
	class      string // where it is
	address    string // "" where the person may see nothing
}

// tiles returns the squares in order of name: the whole map with the person's states on it, and beside it those that are on no map. There are
// none when no state of the person is on the map.
func tiles(v View) []tile {
	var all []tile
	mine := map[string]State{}
	for _, s := range v.States {
		mine[string(s.Code)] = s
	}
	onMap := false
	for _, p := range places {
		s, ok := mine[p.code]
		onMap = onMap || ok
		delete(mine, p.code)
		all = append(all, tile{p.code, p.name, fmt.Sprintf("tile-row-%d tile-column-%d", p.row, p.column), s.Address})
	}
	if !onMap {
		return nil
	}
	for code, s := range mine {
		all = append(all, tile{code, s.Name, "tile-beside", s.Address})
	}
	slices.SortFunc(all, func(a, b tile) int { return strings.Compare(a.name+a.code, b.name+b.code) })
	return all
}
