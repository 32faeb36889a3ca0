package feed

// Scope says what a code refuses.
type Scope string

// The scopes.
const (
	RefusesPackage Scope = "package" // the whole package is refused; nothing of it becomes visible
	RefusesRow     Scope = "row"     // the row is refused, the others go on
	OursToMend     Scope = "ours"    // our side has to act; the sender need not do anything
	Unused         Scope = "unused"  // kept because other systems know the number
)

// The codes that code refers to. Codes lists them all; never renumber one.
const (
	OK           = 0
	UnknownError = -3

	DeleteNotFound = 1000
	DeletedTwice   = 1001

	NotOpenPGP      = 2101
	NotForUs        = 2102
	Unsigned        = 2103
	UnknownSigner   = 2104
	WrongSignature  = 2105
	Damaged         = 2106
	WeakProtection  = 2107
	SignerExpired   = 2108
	BadChecksum     = 2110
	NotGzipTar      = 2201
	WrongMembers    = 2202
	UnsafeMember    = 2203
	TooLarge        = 2204
	FolderMissing   = 3001
	StoredFileGone  = 3002
	NoData          = 3003
	MemberMissing   = 3004
	WrongDelimiter  = 3005
	HeaderMismatch  = 3006
	RaggedRow       = 3008
	NoHeader        = 3009
	UnknownFileType = 3010
	DuplicateColumn = 3011
	JSONMalformed   = 3012
	JSONInvalid     = 3013
	GUIDMismatch    = 3014
	InvalidUTF8     = 3015
	NotAcceptedYet  = 3016
	BrokenQuotes    = 3017
	NoRowAccepted   = 3018

	Required         = 4001
	NotWholeNumber   = 4002
	OutOfRange       = 4003
	NotInCodeList    = 4004
	NotADate         = 4005
	TooLong          = 4006
	Repeated         = 4007
	OtherState       = 4008
	DiffersFromJSON  = 4009
	ControlCharacter = 4010
	Inconsistent     = 4011
)

// Code is one line of the table of codes.
type Code struct {
	Number  int
	Symbol  string // the name that other systems know for numbers they have, else ours
	Scope   Scope
	Meaning string // what is wrong, a sentence
	Remedy  string // what to do, a sentence; empty when there is nothing to do
}

// Codes lists every code, ascending by number within its hundred. docs/formats/codes.md is made from it.
var Codes = []Code{
	{-3, "STATUS_UNKNOWN_ERROR", OursToMend, "Loading stopped for a reason on our side.", "It is tried again; an operator looks at it when that does not help."},
	{-2, "STATUS_FAIL", Unused, "Not used.", ""},
	{-1, "NOT_IMPLEMENTED", Unused, "Not used.", ""},
	{0, "STATUS_OK", Unused, "Nothing is wrong.", ""},

	{1000, "DELETE_RECORD_NOT_FOUND", RefusesRow, "The row deletes a result that is not there.", "Check StudentIdentifier and AssessmentAdministrationFinishDate against the row that created the result."},
	{1001, "DATA_INTEGRITY_ERROR", RefusesRow, "The file deletes the same result more than once.", "Nothing to do when that was meant: the last of the rows is used."},

	{2005, "BATCH_REC_FAILED", Unused, "Not used.", ""},
	{2101, "SRC_NOT_OPENPGP", RefusesPackage, "The file is not an OpenPGP message.", "Encrypt and sign the archive with OpenPGP, for example: gpg --sign --encrypt --recipient KEY results.tar.gz."},
	{2102, "SRC_WRONG_RECIPIENT", RefusesPackage, "The file is not encrypted to a key of this installation.", "Ask the operator for the loader's current public key and encrypt to it."},
	{2103, "SRC_UNSIGNED", RefusesPackage, "The file is not signed.", "Sign it with the key that is registered for your state, for example with gpg --sign --encrypt."},
	{2104, "SRC_SIGNER_UNKNOWN", RefusesPackage, "The file is signed with a key that is not registered for this state.", "Sign with the registered key, or send the operator your new public key first."},
	{2105, "SRC_SIGNATURE_WRONG", RefusesPackage, "The signature does not fit the content.", "Build, sign and send the package again."},
	{2106, "SRC_DAMAGED", RefusesPackage, "The encrypted file is damaged or incomplete.", "Send the file again; when it is refused again, build the package anew."},
	{2107, "SRC_WEAK_PROTECTION", RefusesPackage, "The file is protected by means that are no longer safe: no integrity protection, a weak key or a weak hash.", "Use a current OpenPGP program and a key of at least 2048 bits (RSA) or an elliptic-curve key, with SHA-256 or stronger."},
	{2108, "SRC_SIGNER_EXPIRED", RefusesPackage, "The key or signature of the sender is expired, revoked or not yet valid.", "Renew the key, send the operator its new public part, and sign the package again."},

	{2110, "SRC_CHECKSUM_MISMATCH", RefusesPackage, "The checksum file does not match the upload.", "Send the file again, and its .done file after it."},

	{2201, "SRC_NOT_GZIP_TAR", RefusesPackage, "The decrypted content is not a gzip-compressed tar archive, or that archive is damaged.", "Build it with: tar -czf results.tar.gz results.csv results.json."},
	{2202, "SRC_WRONG_MEMBERS", RefusesPackage, "The archive does not hold exactly one CSV file and one JSON file (and at most one .err file).", "Put one result file and its metadata into each archive, nothing else."},
	{2203, "SRC_UNSAFE_MEMBER", RefusesPackage, "The archive holds a member that could leave its directory: an absolute path, a path with .., a link or a device.", "Pack plain files by their names, without links."},
	{2204, "SRC_TOO_LARGE", RefusesPackage, "The archive exceeds a limit of size, number of members or rate of compression.", "Split the delivery into several packages, or ask the operator about the limits."},

	{3001, "SRC_FOLDER_NOT_ACCESSIBLE_SFV", Unused, "Not used.", ""},
	{3002, "SRC_FILE_NOT_ACCESSIBLE_SFV", OursToMend, "The kept input file cannot be read.", "An operator restores it from backup, or asks the sender for it."},
	{3003, "SRC_FILE_HAS_NO_DATA", RefusesPackage, "The CSV file is empty or has only a header.", "Send at least one row of results."},
	{3004, "SRC_CSV_OR_JSON_DOESNT_EXIST", RefusesPackage, "The archive lacks the CSV file or the JSON file.", "Pack both: the results (.csv) and their metadata (.json)."},
	{3005, "SRC_FILE_WRONG_DELIMITER", RefusesPackage, "The fields of the CSV file are not separated by commas.", "Export it with a comma as the separator."},
	{3006, "SRC_FILE_HAS_HEADERS_MISMATCH_EXPECTED_FORMAT", RefusesPackage, "The header does not have the columns of the format.", "Add the missing columns and remove the unknown ones; docs/formats/assessment.md lists them."},
	{3008, "SRC_FILE_HEADERS_MISMATCH_DATA", RefusesPackage, "A row has more or fewer fields than the header.", "Put values that contain commas or quotes into quotes, and give every row all fields."},
	{3009, "SRC_FILE_HAS_NO_HEADERS", RefusesPackage, "The first row of the CSV file is not a header.", "Begin the file with the names of the columns."},
	{3010, "SRC_FILE_TYPE_NOT_SUPPORTED", RefusesPackage, "The upload is not named .gpg, or its archive holds a file that is not .csv, .json or .err.", "Name the upload NAME.tar.gz.gpg and pack only those files. On macOS pack with COPYFILE_DISABLE=1 so that no ._ files are added."},
	{3011, "SRC_FILE_HAS_DUPLICATE_HEADERS", RefusesPackage, "A column occurs more than once in the header.", "Keep one of them."},
	{3012, "SRC_JSON_INVALID_STRUCTURE", RefusesPackage, "The JSON file is not well-formed JSON.", "Check it with a JSON program; a comma or a bracket is often the cause."},
	{3013, "SRC_JSON_INVALID_FORMAT", RefusesPackage, "The JSON file lacks a path or has a value that does not fit it.", "Correct the path named; docs/formats/assessment.md lists them all."},
	{3014, "ASMT_GUID_MISMATCH_IN_JSON_CSV_PAIR", RefusesPackage, "AssessmentGuid of a row is not the Identification.Guid of the JSON file.", "Pack each assessment's rows with the metadata of that assessment."},
	{3015, "SRC_INVALID_UTF8", RefusesPackage, "The file is not encoded in UTF-8.", "Export it as UTF-8."},
	{3016, "SRC_CONTENT_NOT_ACCEPTED", RefusesPackage, "Student registration files are not accepted yet.", "Send assessment results only."},
	{3017, "SRC_BROKEN_QUOTES", RefusesPackage, "A quote in the CSV file is not closed, or stands inside a value without being doubled.", "Write a quote inside a quoted value as two quotes."},
	{3018, "SRC_NO_ROW_ACCEPTED", RefusesPackage, "Every row of the file was refused.", "Correct the rows; the rejects of the batch say what is wrong with each."},

	{4001, "ROW_VALUE_REQUIRED", RefusesRow, "The value is missing.", "Fill it in."},
	{4002, "ROW_NOT_A_WHOLE_NUMBER", RefusesRow, "The value is not a whole number.", "Write digits only, without decimals or separators."},
	{4003, "ROW_OUT_OF_RANGE", RefusesRow, "The value is outside its range.", "Correct it."},
	{4004, "ROW_NOT_IN_CODE_LIST", RefusesRow, "The value is not in the column's list of codes.", "Use one of the codes that docs/formats/assessment.md lists."},
	{4005, "ROW_NOT_A_DATE", RefusesRow, "The value is not a date in one of the accepted forms.", "Write it as YYYYMMDD."},
	{4006, "ROW_TOO_LONG", RefusesRow, "The value is longer than its column allows.", "Shorten it."},
	{4007, "ROW_REPEATED", RefusesRow, "A later row of this file brings the same result: same student, same day.", "Nothing to do when that was meant: the last of the rows is used."},
	{4008, "ROW_OTHER_STATE", RefusesRow, "The row belongs to another state.", "Send it with that state's account."},
	{4009, "ROW_DIFFERS_FROM_JSON", RefusesRow, "Type, subject or year of the row is not that of the JSON file.", "Pack each assessment's rows with the metadata of that assessment."},
	{4010, "ROW_CONTROL_CHARACTER", RefusesRow, "The value holds a control character.", "Remove it."},
	{4011, "ROW_INCONSISTENT", RefusesRow, "Values of the row contradict each other.", "Correct the one that is wrong."},
}

var codeByNumber = func() map[int]Code {
	m := make(map[int]Code, len(Codes))
	for _, c := range Codes {
		m[c.Number] = c
	}
	return m
}()

// Describe returns the table's line for a code; false when the code is unknown.
func Describe(number int) (Code, bool) {
	c, ok := codeByNumber[number]
	return c, ok
}

// Sentence returns meaning and remedy of a code as one text, without naming a place or a value.
func Sentence(number int) string {
	c := codeByNumber[number]
	if c.Remedy == "" {
		return c.Meaning
	}
	return c.Meaning + " " + c.Remedy
}
