// Package warehouse owns the warehouse database of a tenant: every write to it, and the only way to read it.
//
// Writer.Publish brings one staged batch into it, in one transaction. Rows carry the versions in which they hold
// (from_version <= v < to_version) and are closed, never changed, so a reader that names its version sees one
// state however long it reads. A row of the table publication is the truth about what is in the warehouse.
//
// Where two batches bring the same thing (a result, the names of a student or a school, the description of an
// assessment) the one that arrived later wins, whichever is published first. Three tables make that so: rows
// carry the batch that brought them; deleted_outcome keeps what senders asked to delete; confirmed_outcome and
// confirmed_dimension keep which later batch brought the very same again, where an earlier one is still to come.
//
// Reader runs the statements of reports and extracts, read-only, at a version, within a scope. The package knows
// no report and no file format.
//
// Read in this order: writer.go (a publication from begin to commit), its .sql files in the order in which
// steps.go lists them, copy.go (the staged rows), reader.go, statement.go (what the reader refuses).
package warehouse
