// Package internal lists the packages of Scorehouse in the order data meets them; it has no code.
//
// Vocabulary (no input or output, standard library only):
//
//	edu         assessments, outcomes, claims, performance levels, students, districts, schools
//	tenant      a customer state
//	scope       what a person may see
//
// The path of data:
//
//	landing     arrive: SFTP server; complete files become batches
//	batch       the life of a batch: status, attempts, events, rejects; the thread through all stages
//	keyring     OpenPGP keys of the loader and of senders
//	delivery    open: one received package, decrypted and verified in two streaming passes
//	feed        check: the file format, its columns, codes and rules
//	staging     load, stage: the staging database
//	load        the pipeline from arrival to staged rows
//	warehouse   publish: the star schema with versioned rows; its Writer and its Reader
//	migrate     from staged to published
//	population  counts of whole states, held in memory
//	disclosure  which numbers of a release may be shown; deciding it (disclosure/decide)
//	report      what a page says, before how it looks; who is told exact numbers
//	draw        charts as display lists
//	words       what pages say, in each language
//	settings    what a state has set for itself: smallest numbers shown, colours, name, texts of its own
//	telling     what a student's report says, for pages and paper alike
//	pdf         printed reports: the PDF writer, and the sheets laid out with it
//	printing    reports printed for whoever asks, and ahead
//	web         pages: routes, handlers, templates, static files
//
// Who may see what:
//
//	access      a person's grants become a scope
//	login       sign-in and sessions
//	audit       the trail of who saw what and who did what
//	saml        what an identity provider says, and whether it may be believed
//
// Platform:
//
//	cache       answers kept in memory, never stale
//	config      configuration files, described and checked from one struct
//	control     the list of tenants and their databases
//	fault       kinds of errors, mapped once to pages and exit codes
//	filestore   files kept in a directory, written safely
//	jobs        the queue
//	logging     the application's log, syslog
//	metrics     what monitoring reads
//	certificate a TLS certificate that is read again when its files change
//	crash       places where the kill campaign ends the process
//	pg          connection pools, clean errors
//	pgcluster   a private PostgreSQL as a child process
//	schema      schema versions of the databases
//
// For tests, tools and demonstrations:
//
//	pgtest      PostgreSQL for tests
//	sample      packages built from readable text
//	specimen    (pdf/studentreport/specimen) student reports to print, as awkward as they come
//	drawn       (disclosure/drawn) random states for trying disclosure control
//	attack      (disclosure/attack) whoever tries to work out what is hidden
//	samltest    a foreign identity provider, signed responses, attacks
//	synth       the synthetic State of Tamarack
//	demoidp     the demo's identity provider
//	webtest     page checks and shared access tests
//	harness     the built binary as a child process
//	bench       make bench
//	campaign    make campaign
//	e2e         the whole system, as stories
//	archtest    the import rules
//
// docs/flow.md tells the same as a story.
package internal
