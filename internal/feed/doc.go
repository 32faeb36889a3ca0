// Package feed knows the file formats that senders deliver: the columns of the CSV file and the paths of the JSON file, the
// code lists and rules of each value, and the codes with which a package or a row is refused.
//
// It reads bytes and answers with accepted rows and with rejects that name line, column, code and a sentence; it opens no
// file and no database. A row that breaks a rule is not an error: it is a Reject. A few faults make the whole file
// unusable (a missing column, a ragged row, another assessment's rows): their codes have the scope "package".
//
// Read in this order: codes.go (every code), metadata.go (the JSON file), columns.go (the CSV's columns), reader.go (records
// and fields), header.go, check.go (one file), row.go (the rules of one row), values.go (numbers, dates, text),
// binary.go (accepted rows in PostgreSQL's binary COPY format).
//
// The format is told for senders in docs/formats/assessment.md, the codes in docs/formats/codes.md; both have parts that a test of
// this package generates.
package feed
