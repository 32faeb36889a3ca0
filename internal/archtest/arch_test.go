package archtest_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "scorehouse"

// layers is the drawing of docs/architecture.md, top to bottom: a package imports packages of its own layer or of lower ones.
// Within the stages the order is the path of data: a stage imports earlier stages, never later ones.
var layers = [][]string{
	{"cmd/scorehouse", "internal/bench", "internal/campaign", "internal/e2e", "scripts/lint"},
	{"internal/web", "internal/landing"},
	{"internal/printing", "internal/pdf", "internal/telling", "internal/population", "internal/release", "internal/report", "internal/migrate", "internal/load"},
	{"internal/feed", "internal/delivery", "internal/login", "internal/saml", "internal/access", "internal/draw", "internal/words", "internal/settings", "internal/disclosure"},
	{"internal/audit", "internal/keyring", "internal/batch", "internal/staging", "internal/warehouse", "internal/control"},
	{"internal/cache", "internal/jobs", "internal/pg", "internal/pgcluster", "internal/schema", "internal/config", "internal/fault", "internal/filestore", "internal/logging", "internal/metrics", "internal/certificate", "internal/crash"},
	{"internal/edu", "internal/tenant", "internal/scope"},
}

// forTests are packages for tests, tools and demonstrations. Only tests, each other and the importers named may import them.
var forTests = map[string][]string{
	"internal/pgtest":                       nil,
	"internal/pdf/pdftest":                  nil,
	"internal/pdf/studentreport/specimen":   {"internal/web/gallery", "internal/bench", "internal/campaign"},
	"internal/webtest":                      {"internal/e2e"},
	"internal/harness":                      {"internal/bench", "internal/campaign", "internal/e2e"},
	"internal/sample":                       {"internal/campaign", "internal/bench", "internal/e2e"},
	"internal/samltest":                     {"internal/bench", "internal/campaign", "internal/e2e"},
	"internal/demoidp":                      {"cmd/scorehouse", "internal/e2e"},
	"internal/report/released/releasedtest": {"internal/bench", "internal/campaign"},
	"internal/disclosure/attack":            {"internal/campaign"},
	"internal/disclosure/drawn":             {"internal/bench", "internal/campaign", "internal/report/released/releasedtest"},
	"internal/synth":                        {"cmd/scorehouse", "internal/sample", "internal/bench", "internal/campaign", "internal/e2e"},
}

// rules are the boundaries inside the drawing that matter most.
var rules = []struct {
	who     string   // package or, with a trailing /..., a tree
	mayNot  []string // likewise
	because string
}{
	{"internal/landing", []string{"internal/feed", "internal/delivery", "internal/staging", "internal/warehouse", "internal/report"},
		"the receiver that faces the Internet cannot read student data"},
	{"internal/web/...", []string{"internal/staging", "internal/load", "internal/migrate", "internal/delivery", "internal/keyring"},
		"a page can only show published data"},
	{"internal/report", []string{"internal/staging", "internal/batch"},
		"a report can only show published data"},
	{"internal/population", []string{"internal/staging", "internal/batch", "internal/scope", "internal/web/..."},
		"an index holds counts and nothing of a student"},
	{"internal/release", []string{"internal/staging", "internal/batch", "internal/scope", "internal/web/..."},
		"a release is made of counts and names of institutions, and nothing of a student"},
	{"internal/report", []string{"internal/web/...", "internal/draw"},
		"a report says what a page says, before how it looks"},
	{"internal/disclosure/...", []string{"internal/report", "internal/population", "internal/warehouse", "internal/pg", "internal/web/...", "internal/settings"},
		"what may be shown is decided from counts alone, before any report"},
	{"internal/disclosure/attack", []string{"internal/disclosure/decide"},
		"the attacker knows the rules, not the code of who decides"},
	{"internal/draw", []string{"internal/report", "internal/web/...", "internal/warehouse"},
		"a chart knows shapes, not where numbers come from"},
	{"internal/pdf/typeface", []string{"internal/..."},
		"letters know no documents, and nothing of this project"},
	{"internal/pdf", []string{"internal/pdf/compose", "internal/pdf/studentreport", "internal/draw/...", "internal/words/...", "internal/telling", "internal/report", "internal/edu", "internal/tenant", "internal/fault", "internal/web/..."},
		"another project could take the writer as it is"},
	{"internal/pdf/compose", []string{"internal/pdf/studentreport", "internal/words/...", "internal/telling", "internal/report", "internal/edu", "internal/web/..."},
		"composition knows paper and typography, and no report"},
	{"internal/pdf/...", []string{"internal/staging", "internal/warehouse", "internal/batch", "internal/web/..."},
		"paper can only show what a report says"},
	{"internal/telling", []string{"internal/pdf/...", "internal/web/...", "internal/warehouse"},
		"what a report says is the same on every medium"},
	{"internal/words/...", []string{"internal/report", "internal/web/...", "internal/warehouse", "internal/access", "internal/draw", "internal/pg"},
		"texts know the words of the field, not pages or where numbers come from"},
	{"internal/settings", []string{"internal/report", "internal/web/...", "internal/draw"},
		"what a state has set is known before any report or page"},
	{"internal/load", []string{"internal/warehouse", "internal/migrate"},
		"nothing is compared with the warehouse before migration"},
	{"internal/migrate", []string{"internal/load", "internal/feed", "internal/delivery"},
		"migration sees staged rows, never files"},
}

// standardLibraryOnly are the packages of the vocabulary.
var standardLibraryOnly = []string{"internal/edu", "internal/tenant", "internal/scope"}

// readers of the environment and the command line.
var mayReadEnvironment = []string{"cmd/scorehouse", "internal/crash", "internal/pgtest", "internal/e2e", "internal/campaign", "internal/bench", "internal/webtest", "scripts/lint"}

type source struct {
	pkg     string // path below the module
	file    string
	imports []string
	test    bool
	text    string
}

func TestImportsPointDownward(t *testing.T) {
	layerOf := func(pkg string) int {
		for i, names := range layers {
			for _, name := range names {
				if pkg == name || strings.HasPrefix(pkg, name+"/") {
					return i
				}
			}
		}
		return -1
	}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		from := layerOf(s.pkg)
		if _, ok := forTests[s.pkg]; from < 0 && !ok && s.pkg != "internal" && s.pkg != "internal/archtest" {
			t.Errorf("%s: package %s has no place in the drawing: add it to layers", s.file, s.pkg)
		}
		for _, imp := range s.imports {
			if to := layerOf(imp); from >= 0 && to >= 0 && to < from {
				t.Errorf("%s imports %s, which lies above it in the drawing", s.file, imp)
			}
		}
	}
}

func TestBoundariesHold(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, r := range rules {
			if !matches(s.pkg, r.who) {
				continue
			}
			for _, imp := range s.imports {
				if slices.ContainsFunc(r.mayNot, func(p string) bool { return matches(imp, p) }) {
					t.Errorf("%s imports %s: %s", s.file, imp, r.because)
				}
			}
		}
	}
}

func TestPackagesForTestsStayOutOfProduction(t *testing.T) {
	for _, s := range sources(t) {
		if _, itself := forTests[s.pkg]; s.test || itself {
			continue
		}
		for _, imp := range s.imports {
			allowed, special := forTests[imp]
			if special && !slices.ContainsFunc(allowed, func(p string) bool { return matches(s.pkg, p) || matches(s.pkg, p+"/...") }) {
				t.Errorf("%s imports %s, which is for tests and demonstrations", s.file, imp)
			}
		}
	}
}

func TestTheVocabularyImportsOnlyTheStandardLibrary(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || !slices.Contains(standardLibraryOnly, s.pkg) {
			continue
		}
		for _, imp := range s.imports {
			if strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") || !slices.Contains(standardLibraryOnly, imp) && strings.HasPrefix(imp, "internal/") {
				t.Errorf("%s imports %s: the vocabulary outlives every technology", s.file, imp)
			}
		}
	}
}

func TestOnlyCommandsReadTheEnvironment(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || slices.ContainsFunc(mayReadEnvironment, func(p string) bool { return matches(s.pkg, p) || matches(s.pkg, p+"/...") }) {
			continue
		}
		for _, call := range []string{"os.Getenv(", "os.LookupEnv(", "os.Args", "flag.Parse("} {
			if strings.Contains(s.text, call) {
				t.Errorf("%s uses %s): packages receive values", s.file, call)
			}
		}
	}
}

// What makes a binary for tests differ from the product is set by the linker, for harness.Build and make campaign alone: no code sets it, and make build does not.
func TestSeamsForTestsAreSetByTheLinkerAlone(t *testing.T) {
	seams := map[string]*regexp.Regexp{
		"internal/scope": regexp.MustCompile(`&unfiltered\b|\bunfiltered\b[^\n"]*[^!=]=[^=]`),
		"internal/crash": regexp.MustCompile(`&armed\b|\barmed\b[^\n"]*[^!=]=[^=]`),
	}
	for _, s := range sources(t) {
		if seam, ok := seams[s.pkg]; ok {
			for line := range strings.Lines(s.text) {
				if !strings.HasPrefix(strings.TrimSpace(line), "//") && seam.MatchString(line) {
					t.Errorf("%s: %s: only the linker may set this", s.file, strings.TrimSpace(line))
				}
			}
		}
		if strings.Contains(s.text, "//go:link"+"name ") {
			t.Errorf("%s reaches into another package", s.file)
		}
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(makefile)) {
		if strings.Contains(line, "scorehouse/internal/") && !strings.Contains(line, "./internal/campaign/cmd") {
			t.Errorf("the Makefile sets a seam for tests outside of the campaign: %s", line)
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	said := map[string]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, s.file), s.text, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		said[s.pkg] = said[s.pkg] || f.Doc != nil && len(f.Doc.Text()) > 60
	}
	for pkg, ok := range said {
		if !ok {
			t.Errorf("package %s has no package comment (or a thin one)", pkg)
		}
	}
}

// root is the top of the repository, seen from this package.
const root = "../.."

func matches(pkg, pattern string) bool {
	tree, isTree := strings.CutSuffix(pattern, "/...")
	return pkg == tree || isTree && strings.HasPrefix(pkg, tree+"/")
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (name != "." && strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || name == "bin") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		s := source{pkg: path.Dir(name), file: name, test: strings.HasSuffix(name, "_test.go"), text: string(text)}
		for _, imp := range f.Imports {
			p, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, strings.TrimPrefix(p, module+"/"))
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("found only %d Go files: is the root right?", len(all))
	}
	return all
}
