package feed

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"
)

// trim removes spaces, tabs and line ends around a value.
func trim(b []byte) []byte {
	for len(b) > 0 && isBlank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isBlank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// longerThan reports whether a value has more than max characters.
func longerThan(b []byte, max int) bool { return len(b) > max && utf8.RuneCount(b) > max }

// hasControl reports whether a value holds a control character (C0, DEL or C1).
func hasControl(b []byte) bool {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		if (w-ones*0x20)&^w&highs != 0 || zeros(w^(ones*0x7f)) != 0 {
			return true
		}
	}
	for _, c := range b[i:] {
		if c < 0x20 || c == 0x7f {
			return true
		}
	}
	// C1 controls are U+0080 to U+009F: C2 80 to C2 9F in UTF-8.
	for rest := b; ; {
		n := bytes.IndexByte(rest, 0xc2)
		if n < 0 || n+1 >= len(rest) {
			return false
		}
		if rest[n+1] < 0xa0 {
			return true
		}
		rest = rest[n+2:]
	}
}

// number is the outcome of parseNumber.
type number int

const (
	numberOK number = iota
	notANumber
	numberTooLarge
)

// parseNumber reads a whole number that fits 16 bits: an optional sign and digits.
func parseNumber(b []byte) (int16, number) {
	digits := b
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		digits = b[1:]
	}
	if len(digits) == 0 {
		return 0, notANumber
	}
	n := 0
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, notANumber
		}
		if n < 1<<20 {
			n = n*10 + int(c-'0')
		}
	}
	if b[0] == '-' {
		n = -n
	}
	if n < -32768 || n > 32767 {
		return 0, numberTooLarge
	}
	return int16(n), numberOK
}

// date is a day: the number of days since 2000-01-01, as PostgreSQL stores it.
type date int32

// newDate returns the day of a calendar date; false when there is no such day.
func newDate(year, month, day int) (date, bool) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	// Days from civil: years begin in March, so that the leap day is the last of its year.
	y, m := year, month
	if m <= 2 {
		y--
		m += 12
	}
	days := 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + day - 1
	return date(days - daysTo2000), true
}

// daysTo2000 is newDate's count for 2000-01-01: year 1999 of the March calendar, month 13.
const daysTo2000 = 365*1999 + 1999/4 - 1999/100 + 1999/400 + (153*(13-3)+2)/5

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// parseDate reads a day in one of the accepted forms: 20260131, 2026-01-31, 01-31-2026, 1/31/2026, 1/31/26, 31 January 2026,
// 31 Jan 26. A year of two digits is the latest one that is not after newest (a year of four digits).
func parseDate(b []byte, newest int) (date, bool) {
	if len(b) == 8 {
		if n, ok := digits(b); ok {
			return newDate(n/10000, n/100%100, n%100)
		}
	}
	switch {
	case len(b) == 10 && b[4] == '-' && b[7] == '-':
		return parts(b[:4], b[5:7], b[8:], newest)
	case len(b) == 10 && b[2] == '-' && b[5] == '-':
		return parts(b[6:], b[:2], b[3:5], newest)
	}
	if f := bytes.Split(b, []byte("/")); len(f) == 3 {
		return parts(f[2], f[0], f[1], newest)
	}
	if f := bytes.Fields(b); len(f) == 3 {
		month := monthNamed(f[1])
		return parts(f[2], month, f[0], newest)
	}
	return 0, false
}

// parts makes a day of its parts in digits.
func parts(year, month, day []byte, newest int) (date, bool) {
	y, okY := digits(year)
	m, okM := digits(month)
	d, okD := digits(day)
	if !okY || !okM || !okD || len(month) > 2 || len(day) > 2 {
		return 0, false
	}
	switch len(year) {
	case 4:
	case 2:
		y += newest - newest%100
		if y > newest {
			y -= 100
		}
	default:
		return 0, false
	}
	return newDate(y, m, d)
}

// digits reads one to eight digits.
func digits(b []byte) (int, bool) {
	if len(b) == 0 || len(b) > 8 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

var monthNames = [12]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// monthNamed returns the month of an English name or its first three letters as two digits; nil when there is none.
func monthNamed(name []byte) []byte {
	s := strings.ToLower(string(name))
	for i, m := range monthNames {
		if s == m || s == m[:3] {
			return []byte{byte('0' + (i+1)/10), byte('0' + (i+1)%10)}
		}
	}
	return nil
}

// String returns the day as YYYYMMDD.
func (d date) String() string {
	// Civil from days, the reverse of newDate.
	days := int(d) + daysTo2000
	y := (10000*days + 14780) / 3652425
	rest := days - (365*y + y/4 - y/100 + y/400)
	if rest < 0 {
		y--
		rest = days - (365*y + y/4 - y/100 + y/400)
	}
	m := (100*rest + 52) / 3060
	day := rest - (m*306+5)/10 + 1
	if m += 3; m > 12 {
		m -= 12
		y++
	}
	return fmt.Sprintf("%04d%02d%02d", y, m, day)
}
