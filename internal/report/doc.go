// Package report answers the questions educators ask: how do places compare, how did the students of a class
// do, how did one student do. It says what a page says, before how it looks.
//
// Its models (model.go) hold no SQL and no markup; the questions run through warehouse.Reader (one .sql file
// beside each Go file of the same name). What a person is told of a group is decided here (told.go), before any
// template, file or cache sees a number. Read model.go first.
package report
