package audit

import (
	"net/netip"
	"time"

	"scorehouse/internal/edu"
	"scorehouse/internal/tenant"
)

// Stream is one of the two trails.
type Stream string

// The streams.
const (
	Audit    Stream = "audit"    // data read and exported, administrative acts; syslog local0
	Security Stream = "security" // sign-in, sign-out, refusals; syslog local2
)

// Streams lists the streams.
var Streams = []Stream{Audit, Security}

// Kind says what happened. The list is closed.
type Kind string

// The kinds. docs/operations/audit.md says what each means to an auditor.
const (
	StudentRead     Kind = "student.read"     // a page or an answer showed results of students
	StudentExport   Kind = "student.export"   // a file with results of students was given out or ordered
	AggregateRead   Kind = "aggregate.read"   // a page or an answer showed counts only
	AggregateExport Kind = "aggregate.export" // a file with counts only was given out or ordered

	SignInBegun    Kind = "signin.begun"    // a browser was sent to an identity provider
	SignIn         Kind = "signin"          // a session began
	SignInRefused  Kind = "signin.refused"  // an answer of an identity provider was refused
	GrantRefused   Kind = "grant.refused"   // a chain of the identity provider was malformed and gave nothing
	SignOut        Kind = "signout"         // a session ended at its person's wish or its identity provider's
	SignOutRefused Kind = "signout.refused" // a logout message was refused
	SessionRevoked Kind = "session.revoked" // an operator or a super user ended sessions
	AccessRefused  Kind = "access.refused"  // a request was outside its person's grants
	RequestRefused Kind = "request.refused" // a request of another site was refused

	AdminTenantAdd       Kind = "admin.tenant.add"
	AdminKeyImport       Kind = "admin.key.import"
	AdminKeyRemove       Kind = "admin.key.remove"
	AdminSenderAdd       Kind = "admin.sender.add"
	AdminSenderDisable   Kind = "admin.sender.disable"
	AdminJobRetry        Kind = "admin.job.retry"
	AdminJobCancel       Kind = "admin.job.cancel"
	AdminJobPurge        Kind = "admin.job.purge"
	AdminPDFPurge        Kind = "admin.pdf.purge"      // documents printed ahead were deleted
	AdminPDFRegenerate   Kind = "admin.pdf.regenerate" // documents printed ahead are printed anew
	AdminProviderAdd     Kind = "admin.provider.add"
	AdminProviderChange  Kind = "admin.provider.change"
	AdminProviderRemove  Kind = "admin.provider.remove"
	AdminSigningKey      Kind = "admin.signing_key" // keys of the SAML service provider were added, chosen or removed
	AdminDatabaseUpgrade Kind = "admin.database.upgrade"
	AdminSettings        Kind = "admin.settings"         // what a state has set for itself was changed
	AdminTexts           Kind = "admin.texts"            // texts of a state's own were changed
	AdminFlush           Kind = "admin.flush"            // caches or sessions were flushed
	AdminAccessExplain   Kind = "admin.access.explain"   // a super user looked at what somebody's grants permit
	AdminReleaseRead     Kind = "admin.release.read"     // the list of releases or of links, or what a release shows and hides
	AdminReleaseMake     Kind = "admin.release.make"     // a release was asked for
	AdminReleasePublish  Kind = "admin.release.publish"  // strict audiences read it from then on
	AdminReleaseWithdraw Kind = "admin.release.withdraw" // they read it no more, or never will
	AdminLinkIssue       Kind = "admin.link.issue"       // a link to the public pages was issued
	AdminLinkRevoke      Kind = "admin.link.revoke"
	AdminAnchorsThin     Kind = "admin.anchors.thin"
)

// streamOf holds every kind with its stream.
var streamOf = map[Kind]Stream{
	StudentRead: Audit, StudentExport: Audit, AggregateRead: Audit, AggregateExport: Audit,
	SignInBegun: Security, SignIn: Security, SignInRefused: Security, GrantRefused: Security, SignOut: Security, SignOutRefused: Security,
	SessionRevoked: Security, AccessRefused: Security, RequestRefused: Security,
	AdminTenantAdd: Audit, AdminKeyImport: Audit, AdminKeyRemove: Audit, AdminSenderAdd: Audit, AdminSenderDisable: Audit,
	AdminJobRetry: Audit, AdminJobCancel: Audit, AdminJobPurge: Audit, AdminProviderAdd: Audit, AdminProviderChange: Audit,
	AdminPDFPurge: Audit, AdminPDFRegenerate: Audit, AdminProviderRemove: Audit, AdminSigningKey: Audit, AdminDatabaseUpgrade: Audit, AdminSettings: Audit, AdminTexts: Audit, AdminFlush: Audit, AdminAnchorsThin: Audit, AdminAccessExplain: Audit,
	AdminReleaseRead: Audit, AdminReleaseMake: Audit, AdminReleasePublish: Audit, AdminReleaseWithdraw: Audit, AdminLinkIssue: Audit, AdminLinkRevoke: Audit,
}

// Stream returns the stream of a kind, "" for one that is not in the list.
func (k Kind) Stream() Stream { return streamOf[k] }

// Outcome says how it ended.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"    // the default
	Begun   Outcome = "begun"   // an administrative act is about to be tried; its end follows
	Refused Outcome = "refused" // nothing was shown or changed, as the rules have it
	Failed  Outcome = "failed"  // nothing was shown, or it is unknown what was changed, because something broke
)

// Code is the state's code of an institution: 1 to 64 letters, digits and . _ : - with at least one digit. Others, which might be
// words, are recorded as a keyed digest that begins with "x-".
type Code string

// Person is the id of a person at an identity provider or of a user of the operating system: 1 to 128 printable characters of ASCII without
// spaces, quotes and brackets. Others are recorded as a keyed digest.
type Person string

// ID is an identifier of our own or an operator's making: of a session, a request, a provider, a key, a job. 1 to 128
// letters, digits and . _ : - beginning with a letter or digit. Others are recorded as a keyed digest.
type ID string

// Reason is a class of refusals or failures, such as "signature_invalid": 1 to 64 lower-case letters, digits, underscores and dots. It
// never holds a value. Anything else is recorded as "other".
type Reason string

// Route is the pattern of a route, such as "GET /s/{state}/d/{district}", never an address. Anything else is recorded as "other".
type Route string

// Format is what the data were given as.
type Format string

// The formats.
const (
	Page Format = "page"
	CSV  Format = "csv"
	JSON Format = "json"
	XML  Format = "xml"
	PDF  Format = "pdf"
	Zip  Format = "zip"
)

var formats = []Format{Page, CSV, JSON, XML, PDF, Zip}

// Event is something to be remembered. Kind is required; what is unknown or does not apply is left at its zero value.
type Event struct {
	Kind      Kind
	Outcome   Outcome   // "" is Done
	Time      time.Time // zero is now
	Tenant    tenant.ID
	Who       Who
	Grants    []Grant // the grants that opened what was given
	What      What
	Students  int // how many students' data were given; a student counts once
	Client    netip.Addr
	RequestID ID
	Reason    Reason
}

// Who is who did it: a person with a session, or an operator at a command line.
type Who struct {
	User     Person // the person's id at the identity provider, never a name or an address of a mailbox
	Session  ID     // the session's id for lists, never its token
	Provider ID     // name of the identity provider in our table
	Roles    []Role // of all the person's grants
	Operator Person // user of the operating system
}

// Role is a role of a grant: upper-case letters, digits and underscores. Anything else is recorded as "OTHER".
type Role string

// Grant is a role at an institution.
type Grant struct {
	Role             Role
	Tenant           tenant.ID
	District, School Code
}

// What is what was asked for or acted on.
type What struct {
	Route            Route
	District, School Code
	Grade            *edu.Grade
	Subject          edu.Subject // only the two that every tenant has; others are recorded as "other"
	Year             edu.AcademicYear
	Type             edu.AssessmentType
	Student          int64 // the warehouse's own number of one student, never the state's code
	Format           Format
	Object           ID  // of an administrative act: a key's fingerprint, an account, a job, a provider, a person's id at the identity provider
	Count            int // how many things an act changed, such as jobs or sessions
}
