package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the Makefile (-ldflags "-X main.version=..."); a plain `go build` falls back to the build information.
var version string

type versionCommand struct{}

// Run prints the version of the binary and of the Go that built it.
func (versionCommand) Run(a *app) error {
	fmt.Fprintf(a.stdout, "scorehouse %s (%s %s/%s)\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
