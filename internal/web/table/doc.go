// Package table makes files of what the pages show: the same question, the same numbers, told to the same people, as CSV for people with
// spreadsheets and as JSON for programs.
//
// A CSV file has the words of the reader's language in its head, one row per line of the page, and is safe to open in a spreadsheet
// (csv.go). JSON has field names that never change (docs/formats/tables.md, and /openapi.json, which is made from these very types).
// Numbers that may not be shown are absent from both.
//
// Read csv.go, then comparison.go, students.go, report.go (CSV) and json.go (JSON).
package table
