package campaign

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"unicode"

	"golang.org/x/net/html"

	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/pdf/studentreport/specimen"
	"scorehouse/internal/pdf/typeface"
	"scorehouse/internal/web/gallery"
	"scorehouse/internal/words"
)

// prints prints reports of random students, hostile names among them, and compares with the page that the screen shows.
var prints = Campaign{
	Name:     "print",
	Help:     "reports of random students: what is printed is what the screen says, nothing overlaps or leaves the page, and what a press keeps changes nothing",
	Default:  2000,
	Many:     true,
	Parallel: 2,
	Prepare:  preparePrints,
}

// noto is where Debian keeps fonts for other scripts.
const noto = "/usr/share/fonts/truetype/noto"

func preparePrints(context.Context, io.Writer) (func(context.Context, int) (string, error), func() error, error) {
	var presses []*compose.Press
	folders := []string{""}
	if _, err := os.Stat(noto); err == nil {
		folders = append(folders, noto)
	}
	for _, folder := range folders {
		press, _, err := studentreport.NewPress(folder)
		if err != nil {
			return nil, nil, err
		}
		presses = append(presses, press)
	}
	return func(ctx context.Context, i int) (string, error) {
		return "a random report", tryPrint(ctx, presses[i%len(presses)], i)
	}, finally(func() {}), nil
}

// tryPrint prints the i-th report and looks at it.
func tryPrint(ctx context.Context, press *compose.Press, i int) error {
	r := specimen.Random(rand.New(rand.NewPCG(6, uint64(i))))
	languages := words.Languages()
	o := specimen.Variant{}.Options(languages[i/2%len(languages)].Code, compose.Tone(i/6%2))
	o.ShowCode, o.Paper = true, []pdf.Size{pdf.Letter, pdf.A4}[i/12%2]
	var marks []compose.Mark
	o.Observe = func(m compose.Mark) { marks = append(marks, m) }
	document, err := printedBy(press, func(to io.Writer, s *compose.Setter) error { return studentreport.Write(to, s, r, o) })
	if err != nil {
		return err
	}
	if wrong := specimen.LaidOut(marks, o.Paper); len(wrong) > 0 {
		return fmt.Errorf("%d: %s", i, strings.Join(wrong, "; "))
	}
	page, err := gallery.Screen(o.Words, r)
	if err != nil {
		return err
	}
	said, err := tool(ctx, document, "pdftotext", "-raw", "-", "-")
	if err != nil {
		return err
	}
	if err := saysTheSame(page, marks, said); err != nil {
		return fmt.Errorf("%d: %w", i, err)
	}
	o.Observe = nil
	return samePlainly(ctx, press, document, said, func(to io.Writer, s *compose.Setter) error { return studentreport.Write(to, s, r, o) }, i)
}

func printedBy(press *compose.Press, print func(io.Writer, *compose.Setter) error) ([]byte, error) {
	var b bytes.Buffer
	err := print(&b, press.NewSetter())
	return b.Bytes(), err
}

// saysTheSame looks for every text of the page on paper: among what was painted, and, where poppler reads the script in its order, in what it
// reads.
func saysTheSame(page []byte, marks []compose.Mark, said string) error {
	var painted strings.Builder
	for _, m := range marks {
		painted.WriteString(squeezed(m.Text))
	}
	said = squeezed(said)
	texts, err := screenTexts(page)
	if err != nil {
		return err
	}
	if len(texts) < 5 {
		return fmt.Errorf("the screen says but %d texts", len(texts))
	}
	for _, text := range texts {
		if !strings.Contains(painted.String(), text) {
			return fmt.Errorf("the screen says %q, and paper does not", text)
		}
		if plainly(text) && !strings.Contains(said, text) {
			return fmt.Errorf("pdftotext does not find %q", text)
		}
	}
	return nil
}

// squeezed is a text as paper has it, without spaces: lines break elsewhere.
func squeezed(s string) string {
	return strings.Join(strings.FieldsFunc(typeface.Clean(s), func(r rune) bool { return unicode.IsSpace(r) || r == 0x2068 || r == 0x2069 }), "")
}

// plainly reports whether a text has letters only that poppler gives back in the order of reading.
func plainly(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 0x2FF && (r < 0x1E00 || r > 0x1EFF) && (r < 0x2010 || r > 0x203A) }) < 0
}

// screenTexts are the sentences, names and numbers of the page's report.
func screenTexts(page []byte) ([]string, error) {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil, err
	}
	var all []string
	var walk func(n *html.Node, inside bool)
	walk = func(n *html.Node, inside bool) {
		if n.Type == html.ElementNode {
			class := " " + attribute(n, "class") + " "
			for _, other := range []string{" no-print ", " running ", " visually-hidden ", " narrow-figure ", " wide-figure ", " title-place ", " lead ", " groups "} {
				if strings.Contains(class, other) {
					return
				}
			}
			if n.Data == "svg" || n.Data == "h2" && strings.Contains(" "+attribute(n.Parent, "class")+" ", " report-aside ") {
				return
			}
			inside = inside || strings.Contains(class, " report ")
			if inside && leaf(n) {
				if text := squeezed(textOf(n)); text != "" {
					all = append(all, text)
				}
				return
			}
		}
		for kid := n.FirstChild; kid != nil; kid = kid.NextSibling {
			walk(kid, inside)
		}
	}
	walk(root, false)
	return all, nil
}

// leaf reports whether an element is a text of its own.
func leaf(n *html.Node) bool {
	switch n.Data {
	case "h1", "h3", "p", "dd", "dt", "li", "figcaption", "strong":
		return true
	case "th", "td", "span", "bdi":
		for kid := n.FirstChild; kid != nil; kid = kid.NextSibling {
			if kid.Type == html.ElementNode && kid.Data != "bdi" && kid.Data != "time" {
				return false
			}
		}
		return true
	}
	return false
}

func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	if n.Type == html.ElementNode && n.Data == "svg" {
		return ""
	}
	var b strings.Builder
	for kid := n.FirstChild; kid != nil; kid = kid.NextSibling {
		b.WriteString(textOf(kid))
	}
	return b.String()
}

func attribute(n *html.Node, key string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// samePlainly compares with a press that keeps nothing: structure and text always, the picture sometimes.
func samePlainly(ctx context.Context, press *compose.Press, document []byte, said string, print func(io.Writer, *compose.Setter) error, i int) error {
	plain, err := printedBy(press.Plainly(), print)
	if err != nil {
		return err
	}
	for _, look := range [][]string{{"pdftotext", "-raw", "-", "-"}, {"pdfinfo", "-struct", "-"}, {"pdftoppm", "-r", "50", "-gray", "-"}} {
		if look[0] == "pdftoppm" && i%20 > 0 {
			break
		}
		a, err := said, error(nil)
		if look[0] != "pdftotext" {
			a, err = tool(ctx, document, look[0], look[1:]...)
		}
		if err != nil {
			return err
		}
		b, err := tool(ctx, plain, look[0], look[1:]...)
		if err != nil {
			return err
		}
		if differing(a, b) > 0 && (look[0] != "pdftoppm" || differing(a, b) > 100) { // a glyph between two places of poppler's may fall either way
			return fmt.Errorf("%d: what %s sees differs from what a press that keeps nothing prints", i, look[0])
		}
	}
	return nil
}

func differing(a, b string) int {
	if len(a) != len(b) {
		return max(len(a), len(b))
	}
	n := 0
	for i := range len(a) {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func tool(ctx context.Context, document []byte, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = bytes.NewReader(document)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", name, err, complaint.String())
	}
	return string(out), nil
}
