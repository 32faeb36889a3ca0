// Package migrate publishes staged batches: the job that moves a batch from staging to the warehouse, and the sweep that
// lets a batch's status follow the truth, which is the publication row in the warehouse.
//
// It decides what becomes of the batch; what becomes of its rows package warehouse decides. It sees staged tables only as a
// stream it hands on, never a file. Every step may be repeated: a batch that is published already is not published again.
//
// Read worker.go, then sweep.go.
package migrate
