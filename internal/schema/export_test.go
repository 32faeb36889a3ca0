package schema

// UpgradeFrom and StatusFrom work on other versions than the embedded ones.
var (
	UpgradeFrom = upgradeFrom
	StatusFrom  = statusFrom
)
