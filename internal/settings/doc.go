// Package settings holds what a state has set for itself: the smallest number of students shown and the rest of its disclosure policy, the
// colours of the performance levels, its name and picture on pages ("branding"), and texts of its own in place of ours.
//
// They lie in two tables of the state's warehouse: custom_metadata, as operators know it (a row per subject, or one for the whole state),
// and own_text. A Keeper reads both every two seconds when somebody asks, so that a change shows within five seconds on every server,
// however it was made. Two Settings of the same Version say the same; whatever is kept of pages and reports is kept by it.
//
// A document that is wrong takes no page down: each part of it that cannot be used is left out and said in Problems. The smallest number
// shown is the exception. Where a document mentions one that cannot be read, everybody is shown only what has been published until it is mended, for
// what the operator asked for cannot be known. The disclosure policy is another: where it cannot be read nothing is released.
//
// Read settings.go, then document.go, policy.go, color.go, brand.go, keeper.go; store.go is for operators' commands.
package settings
