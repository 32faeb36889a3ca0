package webtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// selector is a chain of simple selectors, each a descendant of the one before.
type selector []simple

// simple is one element's conditions: tag, classes, attributes (an id is one).
type simple struct {
	tag        string
	classes    []string
	attributes []condition
}

// condition asks for an attribute, with a value unless any is set.
type condition struct {
	name, value string
	any         bool
}

var (
	simplePattern = regexp.MustCompile(`^([a-z][a-z0-9]*|\*)?((?:[.#][\w-]+|\[[\w-]+(?:="[^"\]]*"|=[^"\]]*)?\])*)$`)
	partPattern   = regexp.MustCompile(`[.#][\w-]+|\[[^\]]+\]`)
)

// parseSelector reads the part of CSS selectors that tests need: tag, .class, #id, [name], [name=value] and [name="value"]
// without blanks, joined by blanks for descendants.
func parseSelector(s string) (selector, error) {
	var all selector
	for _, field := range strings.Fields(s) {
		m := simplePattern.FindStringSubmatch(field)
		if m == nil {
			return nil, fmt.Errorf("selector %q: %q is not understood", s, field)
		}
		one := simple{tag: m[1]}
		for _, part := range partPattern.FindAllString(m[2], -1) {
			switch part[0] {
			case '.':
				one.classes = append(one.classes, part[1:])
			case '#':
				one.attributes = append(one.attributes, condition{name: "id", value: part[1:]})
			default:
				name, value, has := strings.Cut(part[1:len(part)-1], "=")
				one.attributes = append(one.attributes, condition{name: name, value: strings.Trim(value, `"`), any: !has})
			}
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("selector is empty")
	}
	return all, nil
}

func (s selector) matches(n *html.Node) bool {
	last := len(s) - 1
	if !s[last].matches(n) {
		return false
	}
	rest := s[:last]
	for a := n.Parent; a != nil && len(rest) > 0; a = a.Parent {
		if rest[len(rest)-1].matches(a) {
			rest = rest[:len(rest)-1]
		}
	}
	return len(rest) == 0
}

func (s simple) matches(n *html.Node) bool {
	if n.Type != html.ElementNode || s.tag != "" && s.tag != "*" && s.tag != n.Data {
		return false
	}
	class, _ := attribute(n, "class")
	classes := strings.Fields(class)
	for _, c := range s.classes {
		if !slices.Contains(classes, c) {
			return false
		}
	}
	for _, a := range s.attributes {
		if v, ok := attribute(n, a.name); !ok || !a.any && v != a.value {
			return false
		}
	}
	return true
}
