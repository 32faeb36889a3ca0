// Package layout is what every page shares: the frame around it (header, breadcrumb, banner, footer), addresses
// made from the present one, and components that several pages use. What pages say is in package words; those of the
// reader's language are in the frame, and components take them.
//
// It knows no question and no handler. Read frame.go first, then address.go, then the templ files.
package layout
