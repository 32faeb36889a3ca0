// Package e2e holds the stories of the whole system: the built binary, real SFTP, real PostgreSQL, pages read over HTTP. Read
// story_test.go first: it follows one delivery from arrival to report. There is no code here for others.
package e2e
