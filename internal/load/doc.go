// Package load takes a batch from its arrival to staged rows: it opens the package, checks and loads its rows in one stream, and
// stages them. pipeline.go lists the stages; each leaves a line in the batch's story.
//
// A batch ends staged (with the job that migrates it enqueued in the same transaction), rejected when its sender must act, or
// failed when we must. Every attempt works in a staging schema of its own and every change of the batch names its attempt, so
// that the work may be repeated and a worker that was given up cannot finish what its successor has begun.
//
// Read in this order: worker.go (the job), pipeline.go (its stages), rows.go (from accepted row to COPY), repeats.go (which
// students occur twice).
package load
