// Package web serves the pages: routes, handlers, sessions in cookies, addresses of students.
//
// A handler reads: parse the address, take the scope of the person signed in, ask package report, render. It decides
// nothing about who may see what: the route table names what a route needs (routes.go), package access turns grants into
// a scope, and every question takes that scope. Pages are rendered to memory first, so that a page is sent whole or not at
// all. What a page looks like is in the packages below page and in layout.
//
// Read in this order: routes.go, server.go (what happens around every request), call.go (what a handler gets and gives),
// language.go, comparison.go, students.go, help.go, signon.go, heartbeat.go.
package web
