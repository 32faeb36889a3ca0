package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	templ "github.com/a-h/templ/parser/v2"
	"github.com/a-h/templ/parser/v2/visitor"
)

// names are literals in the packages of pages that are names in the data, not words of a page.
var names = []string{
	"State of ", // before the name of a state, as tenants are called
	"Concepts & Procedures", "Problem Solving and Modeling & Data Analysis", "Communicating Reasoning", "Below Standard", "At/Near Standard", "Above Standard",
}

// namesOfStates is a file of names, too: those that the Postal Service has for the states.
const namesOfStates = "page/states/map.go"

// sentence is what a literal of Go looks like when people shall read it: it begins like a name or a sentence, or has several words.
var sentence = regexp.MustCompile(`^[A-Z][a-z]|^%[sd].* |[a-z]+ [a-z]+ [a-z]+`)

// Everything that people read comes from package words, in their language.
func TestPagesHaveNoWordsOfTheirOwn(t *testing.T) {
	t.Parallel()
	files := 0
	for _, dir := range []string{"page", "layout", "filter"} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			switch {
			case err != nil || strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") || path == namesOfStates:
				return err
			case strings.HasSuffix(path, ".templ"):
				files++
				return checkTemplate(t, path)
			case strings.HasSuffix(path, ".go"):
				files++
				source, err := os.ReadFile(path)
				checkGo(t, path, string(source), false)
				return err
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 30 {
		t.Errorf("only %d files were looked at", files)
	}
}

func checkTemplate(t *testing.T, path string) error {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	file, err := templ.ParseString(string(source))
	if err != nil {
		return err
	}
	v := visitor.New()
	v.Text = func(n *templ.Text) error {
		if strings.ContainsFunc(n.Value, unicode.IsLetter) {
			t.Errorf("%s: the text %q", path, n.Value)
		}
		return nil
	}
	v.StringExpression = func(n *templ.StringExpression) error {
		checkGo(t, path, "package p; var _ = "+n.Expression.Value, true)
		return nil
	}
	v.ConstantAttribute = func(n *templ.ConstantAttribute) error {
		if read(n.Key.String()) {
			t.Errorf("%s: the attribute %s=%q", path, n.Key, n.Value)
		}
		return nil
	}
	v.ExpressionAttribute = func(n *templ.ExpressionAttribute) error {
		checkGo(t, path, "package p; var _ = "+n.Expression.Value, read(n.Key.String()))
		return nil
	}
	v.TemplateFileGoExpression = func(n *templ.TemplateFileGoExpression) error {
		checkGo(t, path, "package p\n"+n.Expression.Value, false)
		return nil
	}
	plain := v.TemplElementExpression
	v.TemplElementExpression = func(n *templ.TemplElementExpression) error {
		checkGo(t, path, "package p; var _ = "+n.Expression.Value, false)
		return plain(n)
	}
	return file.Visit(v)
}

// read reports whether people read or hear an attribute.
func read(attribute string) bool {
	return slices.Contains([]string{"alt", "aria-description", "aria-label", "aria-roledescription", "label", "placeholder", "title"}, attribute)
}

// checkGo looks for literals that people would read. Strictly, no literal may have a letter in it.
func checkGo(t *testing.T, path, source string, strictly bool) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
	if err != nil {
		return // a piece that stands alone only in a template: imports, a type's beginning
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if _, ok := n.(*ast.ImportSpec); ok {
			return false
		}
		l, ok := n.(*ast.BasicLit)
		if !ok || l.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(l.Value)
		if err == nil && !slices.Contains(names, text) && (sentence.MatchString(text) || strictly && strings.ContainsFunc(text, unicode.IsLetter)) {
			t.Errorf("%s: the literal %q", path, text)
		}
		return true
	})
}
