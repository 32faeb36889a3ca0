//go:build lint

// Command lint runs the analyzers of go vet and of staticcheck in one program, which reads each package once; staticcheck.conf says which checks are
// off. It has a tag, so that it is no part of ./... and the tests need not compile it.
package main

import (
	"os"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/suite/vet"
	"honnef.co/go/tools/lintcmd"
	"honnef.co/go/tools/simple"
	"honnef.co/go/tools/staticcheck"
	"honnef.co/go/tools/stylecheck"
	"honnef.co/go/tools/unused"
)

func main() {
	command := lintcmd.NewCommand("lint")
	command.ParseFlags(os.Args[1:])
	command.AddAnalyzers(simple.Analyzers...)
	command.AddAnalyzers(staticcheck.Analyzers...)
	command.AddAnalyzers(stylecheck.Analyzers...)
	command.AddAnalyzers(unused.Analyzer)
	for _, a := range vet.Suite {
		command.AddBareAnalyzers(named(a))
	}
	command.Run()
}

// named reports under the analyzer's name what it finds: a finding with a name of its own would be taken for one of a check that is off.
func named(a *analysis.Analyzer) *analysis.Analyzer {
	n := *a
	n.Run = func(pass *analysis.Pass) (any, error) {
		p := *pass
		p.Report = func(d analysis.Diagnostic) {
			d.Category = ""
			pass.Report(d)
		}
		return a.Run(&p)
	}
	return &n
}
