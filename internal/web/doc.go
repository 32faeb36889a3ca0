// Package web serves the pages: routes, handlers, sessions in cookies, addresses of students.
//
// A handler reads: parse the address, take the scope of the person signed in, ask package report, render. It decides
// nothing about who may see what: the route table names what a route needs (routes.go), package access turns grants into
// a scope, and every question takes that scope. Pages are rendered to memory first, so that a page is sent whole or not at
// all. What a page looks like is in the packages below page and in layout.
//
// Nothing is sent before what it shows of people is recorded (record.go), and what a person may not see does not exist for that person
// (call.go, conceal).
//
// Read in this order: routes.go (the table), server.go (what happens around every request), call.go (what a handler gets and gives),
// problem.go, record.go, language.go; then the handlers: start.go, comparison.go, students.go, search.go, help.go; tables.go and openapi.go (the same for spreadsheets and programs); cookies.go, signon.go, session.go (signing in and out);
// admin.go, heartbeat.go. shared.go (what many people are shown alike is made once), package body (what is sent, compressed), look.go (a state's own colours and picture), warm.go (what is
// computed ahead). Package origin says where a request comes from, package meter how often one address may ask.
package web
