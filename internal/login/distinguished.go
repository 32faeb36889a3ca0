package login

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"scorehouse/internal/access"
)

// attributeValue is one part of a distinguished name: "ou=tamarack".
type attributeValue struct{ attribute, value string }

var errNotADN = errors.New("not a distinguished name")

// parseDN reads a distinguished name (RFC 4514) into its parts, in order. Attribute names become lower-case, values keep their case. Parts of
// several attributes, quoted and encoded values are refused: no role or tenant is named by them.
func parseDN(s string) ([]attributeValue, error) {
	var parts []attributeValue
	var b strings.Builder
	end := func() error {
		attribute, value, ok := strings.Cut(b.String(), "=")
		attribute, value = strings.ToLower(strings.TrimSpace(attribute)), strings.TrimSpace(value)
		if !ok || attribute == "" || value == "" || value[0] == '#' || !utf8.ValidString(value) {
			return errNotADN
		}
		parts = append(parts, attributeValue{attribute, value})
		b.Reset()
		return nil
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '+', '"', ';', 0:
			return nil, errNotADN
		case '\\':
			escaped, length := unescape(s[i+1:])
			if length == 0 {
				return nil, errNotADN
			}
			b.WriteByte(escaped)
			i += length
		case ',':
			if err := end(); err != nil {
				return nil, err
			}
		default:
			b.WriteByte(c)
		}
	}
	return parts, end()
}

// unescape reads what follows a backslash: two hexadecimal digits, or one character that stands for itself. length is 0 for anything else.
func unescape(s string) (c byte, length int) {
	if len(s) >= 2 {
		if raw, err := hex.DecodeString(s[:2]); err == nil {
			return raw[0], 2
		}
	}
	if s != "" && strings.IndexByte(` "#+,;<=>\`, s[0]) >= 0 {
		return s[0], 1
	}
	return 0, 0
}

// groupParser reads the name of a group as a role in the person's tenant: the role is the group's cn, in capitals; the tenant the last ou of the
// person's own name below the base.
func groupParser(dn []string, base string) func(string) (access.Chain, error) {
	owner := ""
	if len(dn) == 1 {
		owner = tenantOf(dn[0], base)
	}
	return func(group string) (access.Chain, error) {
		parts, err := parseDN(group)
		if err != nil {
			return access.Chain{}, err
		}
		i := slices.IndexFunc(parts, func(p attributeValue) bool { return p.attribute == "cn" })
		if i < 0 || owner == "" {
			return access.Chain{}, errNotADN
		}
		return access.Chain{Role: access.Role(strings.ToUpper(parts[i].value)), Tenant: owner}, nil
	}
}

// tenantOf returns the last ou of a name below the base, "" when there is none or the name does not lie below the base.
func tenantOf(dn, base string) string {
	parts, err := parseDN(dn)
	if err != nil {
		return ""
	}
	if base != "" {
		below, err := parseDN(base)
		same := func(a, b attributeValue) bool {
			return a.attribute == b.attribute && strings.EqualFold(a.value, b.value)
		}
		if err != nil || len(parts) < len(below) || !slices.EqualFunc(parts[len(parts)-len(below):], below, same) {
			return ""
		}
		parts = parts[:len(parts)-len(below)]
	}
	for _, p := range slices.Backward(parts) {
		if p.attribute == "ou" {
			return p.value
		}
	}
	return ""
}
