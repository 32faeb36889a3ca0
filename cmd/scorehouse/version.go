package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"scorehouse/internal/fault"
	"scorehouse/internal/scope"
)

// version is set by the Makefile (-ldflags "-X main.version=..."); a plain `go build` falls back to the build information.
var version string

type versionCommand struct{}

// Run prints the version of the binary and of the Go that built it.
func (versionCommand) Run(a *app) error {
	fmt.Fprintf(a.stdout, "scorehouse %s (%s %s/%s)\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// versionText names the version, and a binary that must never serve anybody.
func versionText() string {
	if scope.Unfiltered() {
		return builtVersion() + "-UNFILTERED, for tests only: does not check who may see which student"
	}
	return builtVersion()
}

func builtVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

// unfilteredTest is the variable by which a test starts a binary that was linked unfiltered.
const unfilteredTest = "SCOREHOUSE_UNFILTERED_TEST"

// refuseUnfiltered keeps a binary that was built for tests of row-level security, without the application's own filter, from serving.
func refuseUnfiltered() error {
	if scope.Unfiltered() && os.Getenv(unfilteredTest) != "1" {
		return fault.New(fault.Invalid, "this binary was linked unfiltered, for tests: it does not check who may see which student. Use one that `make build` made")
	}
	return nil
}
