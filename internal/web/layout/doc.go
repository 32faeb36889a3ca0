// Package layout is what every page shares: the frame around it (header, breadcrumb, banner, footer), addresses
// made from the present one, words for numbers and days, and components that several pages use.
//
// It knows no question and no handler. Read frame.go first, then address.go, then the templ files.
package layout
