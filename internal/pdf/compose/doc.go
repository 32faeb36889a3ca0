// Package compose sets printed pages: paragraphs, tables, lists and charts one below the other, on as many pages as they take, each with its
// place in the structure that assistive technology reads. It knows paper and typography, and no report.
//
// A Press is what many documents share: fonts, inks, and texts that have been set already. A Setter is one goroutine's. A Job is one document
// being set. Blocks are made first and measured; Flow.Plan puts them on pages; Paint paints them.
//
// Read press.go first, then block.go, table.go, flow.go, chart.go and ink.go.
package compose
