package pdftest

import (
	"bytes"
	"strconv"
	"strings"
)

// painting are the operators that leave marks.
var painting = map[string]bool{"f": true, "F": true, "f*": true, "S": true, "s": true, "B": true, "B*": true, "b": true, "b*": true,
	"Tj": true, "TJ": true, "'": true, "\"": true, "Do": true, "sh": true}

// marked returns the ids of marked content in the order they come, and the first operator that paints outside of any; empty when none does.
func marked(content []byte) (ids []int, loose string) {
	var open []bool // by level: whether it counts as tagged or artifact
	var operands []string
	counts := 0
	for _, token := range tokens(content) {
		switch token {
		case "BDC", "BMC":
			tag, all := "", strings.Join(operands, " ")
			if len(operands) > 0 {
				tag = operands[0]
			}
			_, rest, tagged := strings.Cut(all, "/MCID ")
			if tagged {
				id, err := strconv.Atoi(strings.Fields(rest)[0])
				if err != nil {
					id = -1
				}
				ids = append(ids, id)
			}
			counted := tagged || tag == "/Artifact"
			if open = append(open, counted); counted {
				counts++
			}
		case "EMC":
			if n := len(open); n > 0 {
				if open[n-1] {
					counts--
				}
				open = open[:n-1]
			}
		default:
			if painting[token] && counts == 0 && loose == "" {
				loose = token
			}
			if !operator(token) {
				operands = append(operands, token)
				continue
			}
		}
		operands = operands[:0]
	}
	return ids, loose
}

func operator(token string) bool {
	c := token[0]
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' && token != "true" && token != "false" && token != "null" || c == '\'' || c == '"'
}

// tokens cuts a content stream into operators and operands. Strings are one token without their content.
func tokens(b []byte) []string {
	var all []string
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case bytes.IndexByte([]byte(" \t\r\n\f\x00"), c) >= 0:
			i++
		case c == '(':
			depth := 0
			for ; i < len(b); i++ {
				switch b[i] {
				case '\\':
					i++
				case '(':
					depth++
				case ')':
					depth--
				}
				if depth == 0 {
					break
				}
			}
			i++
			all = append(all, "()")
		case bytes.HasPrefix(b[i:], []byte("<<")) || bytes.HasPrefix(b[i:], []byte(">>")):
			all, i = append(all, string(b[i:i+2])), i+2
		case c == '<':
			end := bytes.IndexByte(b[i:], '>')
			if end < 0 {
				return all
			}
			all, i = append(all, "<>"), i+end+1
		case c == '[' || c == ']' || c == '{' || c == '}':
			all, i = append(all, string(c)), i+1
		default:
			from := i
			for i++; i < len(b) && bytes.IndexByte([]byte(" \t\r\n\f\x00()<>[]{}/"), b[i]) < 0; i++ {
			}
			all = append(all, string(b[from:i]))
		}
	}
	return all
}
