// Package staging owns the staging database of a tenant: the place where the rows of a batch stand between file and
// warehouse. Each attempt at a batch has a PostgreSQL schema of its own, batch_<id>_<attempt>, so that attempts never meet.
//
// Begin makes the schema and opens a COPY for each of the two big tables, outcome and student, in a transaction that also makes
// the table: an attempt that dies leaves no half-filled table. Seal keeps one row per key, adds the small tables and marks the
// schema as sealed, in one transaction. Only sealed schemas count. Their tables are LOGGED: what is sealed survives a crash.
//
// It does not know file formats: rows come as tuples of PostgreSQL's binary COPY format. Every step may be repeated with a new
// attempt.
//
// Read in this order: store.go (schemas), attempt.go (from Begin to Seal), stream.go (one COPY); tables and long statements
// are in the .sql files.
package staging
