package saml

// What the gate does without its recover, so that fuzzing sees what panics.
var (
	AcceptXML     = ServiceProvider.acceptXML
	ReadLogoutRaw = ServiceProvider.readLogout
)
