package e2e_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/jackc/pgx/v5"

	"scorehouse/internal/harness"
	"scorehouse/internal/synth"
	"scorehouse/internal/webtest"
)

// What the canaries are called. No word, number of a process or size of a page looks like this.
const (
	canaryFirst = "Zephyrinette"
	canaryLast  = "Quillfeather-Canary"
	canaryCode  = "CANARYCODE"
	canaryOther = "CANARYEXTERN" // the vendor's id of the student
	canaryFile  = "Quillfeather-Canary-file"
)

// canaryTexts may stand nowhere but in the database and on the pages of those who may see the students; canaryScores neither.
var (
	canaryTexts  = []string{"Zephyrinette", "Quillfeather", "CANARYCODE", "CANARYEXTERN"}
	canaryScores = regexp.MustCompile(`(^|[^0-9A-Za-z.])(21987|21,987|21931|21,931|22043|22,043|21911|21,911|21871|21,871)($|[^0-9A-Za-z])`)
)

// canaries is a delivery of fifteen students of one school, grade 4, with scores that nothing else has.
func canaries(guid, school string) results {
	r := results{guid: guid}
	r.add("CAGE", school, "Aviary Elementary", 3, 15)
	for i, row := range r.rows {
		row["FirstName"], row["LastOrSurname"] = canaryFirst, fmt.Sprintf("%s%d", canaryLast, i)
		row["StudentIdentifier"], row["ExternalSSID"] = fmt.Sprintf("%s%s%02d", canaryCode, school, i), fmt.Sprintf("%s%s%02d", canaryOther, school, i)
		for column, value := range row {
			switch {
			case column == "AssessmentSubtestResultScoreValue":
				row[column] = "21987"
			case column == "AssessmentSubtestMinimumValue":
				row[column] = "21931"
			case column == "AssessmentSubtestMaximumValue":
				row[column] = "22043"
			case strings.HasPrefix(column, "AssessmentSubtestResultScoreClaim"):
				row[column] = "21911"
			case strings.HasPrefix(column, "AssessmentSubtestClaim") && strings.HasSuffix(column, "MinimumValue"):
				row[column] = "21871"
			case strings.HasPrefix(column, "AssessmentSubtestClaim") && value != "":
				row[column] = "21951"
			}
		}
	}
	return r
}

var scoresOfMetadata = regexp.MustCompile(`"(1200|1400|1800|2100|2400)"`)

// wide is the metadata with a scale on which the canaries' scores lie.
func (r results) wide() []byte { return scoresOfMetadata.ReplaceAll(r.metadata(), []byte(`"2$1"`)) }

// TestNothingOfAStudentLeavesTheDatabase loads students with unmistakable names, codes and scores, reads every page about them, asks for what is not
// there or not permitted, sends packages that are refused, and makes PostgreSQL raise errors that quote rows, in every part. Nothing of the
// students may then stand in a log, in the audit trail, on an error page, or in any file outside the database's own, at any time.
func TestNothingOfAStudentLeavesTheDatabase(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	scratch, err := harness.TempHome()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(scratch) })
	temporary := filepath.Join(scratch, "tmp") // where a careless program would put things
	if err := os.Mkdir(temporary, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(temporary, 0o777); err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(scratch, "demo")
	demo, err := harness.Start(ctx, harness.Options{Binary: binary, Home: home, Args: []string{"--students", "0"}, Env: []string{"TMPDIR=" + temporary}})
	if err != nil {
		t.Fatal(err)
	}
	defer demo.Kill()
	cage := &cage{t: t, demo: demo}
	look := startLooking(scratch)

	good := canaries("canaries", "C1")
	cage.deliver(ctx, "published", map[string][]byte{"good.tar.gz.gpg": pack(t, demo, good.csv(t, "\n"), good.wide())})
	cage.readEveryPage()
	cage.askForWhatIsNotToBeHad()
	cage.sendWhatIsRefused(ctx)
	cage.makePostgreSQLQuoteRows(ctx)

	if err := demo.Stop(); err != nil {
		t.Fatal(err)
	}
	if found := look.stop(); len(found) > 0 {
		t.Errorf("something of a student is, or was for a moment, in\n%s", strings.Join(found, "\n"))
	}
	searchLogs(t, home)
	for _, canary := range canaryTexts {
		if strings.Contains(demo.Output(), canary) {
			t.Errorf("the process has printed %q", canary)
		}
	}
}

// cage is where the canaries are.
type cage struct {
	t     *testing.T
	demo  *harness.System
	child string // address of a canary's report
}

// deliver sends packages and waits until each has come to the end that is wanted.
func (c *cage) deliver(ctx context.Context, want string, packages map[string][]byte) {
	c.t.Helper()
	for name, content := range packages {
		if err := c.demo.Send(ctx, name, bytes.NewReader(content)); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := c.demo.Wait(ctx, slices.Collect(maps.Keys(packages)), "published", "rejected", "failed"); err != nil {
		c.t.Fatal(err)
	}
	batches, err := c.demo.Batches(ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, b := range batches {
		if _, ours := packages[b.File]; ours && b.Status != want {
			c.t.Fatalf("%s is %s (%d %s), want %s", b.File, b.Status, b.Code, b.Reason, want)
		}
	}
	c.readStories(ctx, batches, packages)
}

// quoted are the packages of which operators are told the name of a column or of a member of the archive, which the sender chose.
var quoted = []string{"stranger.tar.gz.gpg", "header.tar.gz.gpg", canaryFile + ".csv", canaryFile + ".gpg"}

// readStories wants operators to be told nothing of a student by the story of a batch.
func (c *cage) readStories(ctx context.Context, batches []harness.Batch, packages map[string][]byte) {
	c.t.Helper()
	for _, b := range batches {
		if _, ours := packages[b.File]; !ours || slices.Contains(quoted, b.File) {
			continue
		}
		story, err := c.demo.Run(ctx, "batch", "show", strconv.Itoa(b.ID))
		if err != nil {
			c.t.Fatal(err)
		}
		for _, canary := range canaryTexts {
			if strings.Contains(story, canary) {
				c.t.Errorf("the story of %s holds %q:\n%s", b.File, canary, story)
			}
		}
	}
}

const canaryList = "/s/TK/d/CAGE/sc/C1/g/04?year=2026&type=summative"

// readEveryPage follows every link that somebody of the state has, and makes sure that the canaries are seen where they should be.
func (c *cage) readEveryPage() {
	c.t.Helper()
	reader := signIn(c.t, c.demo, "state")
	if list := reader.get(canaryList).OK(); !strings.Contains(list.Body, canaryLast) || !strings.Contains(list.Body, "21,987") && !strings.Contains(list.Body, "21987") {
		c.t.Fatal("the list does not show the canaries: this test would prove nothing")
	}
	seen, queue := map[string]bool{}, []string{"/", "/s/TK?year=2026", canaryList}
	for len(queue) > 0 && len(seen) < 60 {
		address := queue[0]
		queue = queue[1:]
		if seen[address] {
			continue
		}
		seen[address] = true
		page := reader.get(address)
		for _, href := range page.Attributes("a[href]", "href") {
			if strings.HasPrefix(href, "/s/TK") || strings.HasPrefix(href, "/students/") {
				queue = append(queue, href)
			}
			if strings.HasPrefix(href, "/students/") && c.child == "" {
				c.child = href
			}
		}
	}
	if c.child == "" {
		c.t.Fatal("no page leads to a student's report")
	}
	if report := reader.get(c.child).OK(); !strings.Contains(report.Body, canaryFirst) {
		c.t.Fatal("the report does not show the canary")
	}
	super := signIn(c.t, c.demo, "super")
	super.get("/admin/access?user=teacher&state=TK&student=" + c.child).OK()
	super.get("/admin/access?user=" + canaryFirst + "&state=TK&student=" + canaryCode).OK()
	c.t.Logf("%d pages read", len(seen))
}

// askForWhatIsNotToBeHad reads every kind of error page, with canaries in addresses and forms.
func (c *cage) askForWhatIsNotToBeHad() {
	c.t.Helper()
	student, _, _ := strings.Cut(c.child, "/reports")
	own := []string{canaryList, c.child, student, "/students/" + canaryCode + "C101", "/students/" + canaryCode + "C101/reports/summative?year=2026"}
	odd := []string{
		"/s/TK/d/" + canaryLast, "/s/" + canaryLast, "/" + canaryLast, "/s/TK?year=21987", canaryList + "&sort=" + canaryFirst, canaryList + "&ethnicity=" + canaryLast,
		"/s/TK/d/CAGE/sc/C1/g/" + canaryLast, c.child + "&taken=" + canaryLast, "/students/%ff%fe" + canaryLast, "/s/TK/d/%00" + canaryLast, "/services/flush/" + canaryLast,
		"/login?provider=" + canaryLast, "/assets/html/studentList.html?stateCode=TK&districtId=" + canaryLast, "/static/" + canaryLast,
	}
	for _, person := range []string{"teacher", "general", "super", "none", "state", ""} {
		visitor := &visitor{t: c.t, client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, base: "http://" + c.demo.Web}
		if person != "" {
			visitor = signIn(c.t, c.demo, person)
		}
		addresses := odd
		if person != "state" {
			addresses = append(slices.Clone(own), odd...)
		}
		for _, address := range addresses {
			for _, accept := range []string{"text/html", "application/json"} {
				c.errorPage(visitor.send(http.MethodGet, address, http.Header{"Accept": {accept}}, ""), person+" "+address)
			}
		}
		form := "SAMLResponse=" + canaryLast + "&RelayState=" + canaryCode + "&return=/" + canaryFirst
		for _, address := range []string{"/saml_post", "/saml/logout", "/session", "/students/" + canaryCode} {
			header := http.Header{"Origin": {"https://elsewhere.example"}, "Sec-Fetch-Site": {"cross-site"}, "Content-Type": {"application/x-www-form-urlencoded"}}
			c.errorPage(visitor.send(http.MethodPost, address, header, form), person+" POST "+address)
		}
	}
}

// errorPage wants a page to be none with a student's results, and to hold nothing of one.
func (c *cage) errorPage(page *webtest.Page, what string) {
	c.t.Helper()
	if page.Status >= http.StatusInternalServerError && !strings.Contains(what, "cry") {
		c.t.Errorf("%s: status %d", what, page.Status)
	}
	if page.Status == http.StatusOK && !strings.HasSuffix(what, "login?provider="+canaryLast) {
		c.t.Errorf("%s: status 200", what)
	}
	for _, canary := range canaryTexts {
		if strings.Contains(page.Body, canary) {
			c.t.Errorf("%s: the page for status %d holds %q", what, page.Status, canary)
		}
	}
	if page.Status >= http.StatusBadRequest && canaryScores.MatchString(page.Body) {
		c.t.Errorf("%s: the page for status %d holds a score", what, page.Status)
	}
}

// send asks for an address with a method and headers.
func (v *visitor) send(method, address string, header http.Header, body string) *webtest.Page {
	v.t.Helper()
	request, err := http.NewRequestWithContext(v.t.Context(), method, v.base+address, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	maps.Copy(request.Header, header)
	client := *v.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return webtest.ParsePage(v.t, address, response.StatusCode, response.Header, string(text))
}

// sendWhatIsRefused sends every kind of package that is refused with the canaries in it, also such as are not encrypted.
func (c *cage) sendWhatIsRefused(ctx context.Context) {
	t, r := c.t, canaries("refused", "C2")
	t.Helper()
	signer, err := synth.ReadKey(c.demo.VendorFile("vendor-private.asc"))
	if err != nil {
		t.Fatal(err)
	}
	recipient, err := synth.ReadKey(c.demo.VendorFile("loader-public.asc"))
	if err != nil {
		t.Fatal(err)
	}
	csv := r.csv(t, "\n")
	mixed := canaries("refused", "C2")
	for _, row := range mixed.rows { // each value where it does not belong
		row["GradeLevelWhenAssessed"], row["Birthdate"], row["AssessmentSubtestResultScoreValue"] = canaryLast, canaryCode, canaryFirst
		row["Sex"], row["AssessmentPerformanceLevelIdentifier"], row["CompleteStatus"] = "21987", canaryLast, "21987"
	}
	var signed, unsigned, strange bytes.Buffer
	w, err := openpgp.Sign(&signed, signer, &openpgp.FileHints{IsBinary: true}, nil)
	if err == nil {
		if _, err = w.Write(csv); err == nil {
			err = w.Close()
		}
	}
	if err == nil {
		err = synth.PackFiles(&unsigned, "results", csv, r.wide(), nil, recipient)
	}
	if err == nil {
		err = synth.Seal(&strange, signer, recipient, func(w *tar.Writer) error {
			if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: canaryLast + ".txt", Size: int64(len(csv)), Mode: 0o600}); err != nil {
				return err
			}
			_, err := w.Write(csv)
			return err
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	c.deliver(ctx, "rejected", map[string][]byte{
		"plain.csv":            csv,
		"plain.tar.gz.gpg":     csv,
		"signed.tar.gz.gpg":    signed.Bytes(),
		"unsigned.tar.gz.gpg":  unsigned.Bytes(),
		"stranger.tar.gz.gpg":  strange.Bytes(),
		"header.tar.gz.gpg":    pack(t, c.demo, bytes.Replace(csv, []byte("FirstName"), []byte(canaryFirst), 1), r.wide()),
		"noheader.tar.gz.gpg":  pack(t, c.demo, csv[bytes.IndexByte(csv, '\n')+1:], r.wide()),
		"ragged.tar.gz.gpg":    pack(t, c.demo, bytes.ReplaceAll(csv, []byte(canaryFirst), []byte(canaryFirst+",surplus")), r.wide()),
		"values.tar.gz.gpg":    pack(t, c.demo, mixed.csv(t, "\n"), r.wide()),
		"metadata.tar.gz.gpg":  pack(t, c.demo, csv, []byte(`{"Content": "assessment", "`+canaryLast+`": `+canaryFirst+`}`)),
		"identity.tar.gz.gpg":  pack(t, c.demo, csv, bytes.Replace(r.wide(), []byte(`"SUMMATIVE"`), []byte(`"`+canaryLast+`"`), 1)),
		canaryFile + ".csv":    []byte("nothing"),
		canaryFile + ".gpg":    []byte("nothing"),
		"elsewhere.tar.gz.gpg": pack(t, c.demo, bytes.ReplaceAll(csv, []byte("TK,CAGE"), []byte("HM,CAGE")), r.wide()),
	})
}

// makePostgreSQLQuoteRows makes errors whose message, detail or context quote a row: to the web server when it reads, to the loader while it copies, to the
// migrator when it publishes.
func (c *cage) makePostgreSQLQuoteRows(ctx context.Context) {
	c.t.Helper()
	owner := func(database string, statements ...string) {
		c.t.Helper()
		conn, err := pgx.Connect(ctx, c.demo.Database(database))
		if err != nil {
			c.t.Fatal(err)
		}
		defer conn.Close(ctx)
		for _, s := range statements {
			if _, err := conn.Exec(ctx, s); err != nil {
				c.t.Fatalf("%s: %v", s, err)
			}
		}
	}
	owner("warehouse_"+tenant,
		`create function cry(name text) returns boolean language plpgsql as $$ begin raise exception 'student % is not numeric', name using errcode = '22P02', detail = name, hint = name; end $$`,
		`create policy cry on student as restrictive for select to scorehouse_reader using (cry(last_name))`)
	reader := signIn(c.t, c.demo, "state")
	for _, address := range []string{canaryList, c.child} {
		for _, accept := range []string{"text/html", "application/json"} {
			page := reader.send(http.MethodGet, address, http.Header{"Accept": {accept}}, "")
			if page.Status != http.StatusInternalServerError {
				c.t.Errorf("%s: status %d, want 500", address, page.Status)
			}
			c.errorPage(page, "cry "+address)
		}
	}
	owner("warehouse_"+tenant, `drop policy cry on student`, shout, `create trigger shout before insert on student_current for each row execute function shout()`)
	third := canaries("third", "C3")
	c.deliver(ctx, "failed", map[string][]byte{"third.tar.gz.gpg": pack(c.t, c.demo, third.csv(c.t, "\n"), third.wide())})
	owner("warehouse_"+tenant, `drop trigger shout on student_current`)

	owner("staging_"+tenant, shout, `create function cage() returns event_trigger language plpgsql security definer as $$
		declare c record;
		begin
			for c in select object_identity from pg_event_trigger_ddl_commands() where object_type = 'table' and object_identity like 'batch\_%.student%' loop
				execute format('create trigger shout before insert on %s for each row execute function public.shout()', c.object_identity);
			end loop;
		end $$`,
		`create event trigger cage on ddl_command_end when tag in ('CREATE TABLE') execute function cage()`)
	fourth := canaries("fourth", "C4")
	c.deliver(ctx, "failed", map[string][]byte{"fourth.tar.gz.gpg": pack(c.t, c.demo, fourth.csv(c.t, "\n"), fourth.wide())})
	owner("staging_"+tenant, `drop event trigger cage`)

	for _, state := range []string{"cancelled", "discarded", "retryable"} {
		jobs, err := c.demo.Run(ctx, "jobs", "list", "--state", state, "--json")
		if err != nil {
			c.t.Fatal(err)
		}
		if state == "cancelled" && strings.Count(jobs, "22P02") < 2 {
			c.t.Errorf("the two jobs that failed do not say why:\n%s", jobs)
		}
		for _, canary := range canaryTexts {
			if strings.Contains(jobs, canary) {
				c.t.Errorf("jobs that are %s hold %q:\n%s", state, canary, jobs)
			}
		}
	}
}

// shout is a trigger whose error quotes a whole row in its message, its detail and its hint, as some of PostgreSQL's own do.
const shout = `create function shout() returns trigger language plpgsql security definer as $$
	begin raise exception 'invalid input: %', new using errcode = '22P02', detail = new::text, hint = new::text; end $$`

// looking looks at every file outside the database again and again while the system works, so that files which are there for a moment are seen too.
type looking struct {
	root  string
	done  chan struct{}
	ended sync.WaitGroup
	found map[string]bool
}

func startLooking(root string) *looking {
	l := &looking{root: root, done: make(chan struct{}), found: map[string]bool{}}
	l.ended.Go(func() {
		for {
			l.look()
			select {
			case <-l.done:
				l.look()
				return
			case <-time.After(250 * time.Millisecond):
			}
		}
	})
	return l
}

func (l *looking) look() {
	_ = filepath.WalkDir(l.root, func(path string, entry fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(l.root, path)
		switch {
		case err != nil || relErr != nil: // gone meanwhile
			return nil
		case rel == "demo/postgres/data":
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		for _, canary := range canaryTexts {
			if bytes.Contains(content, []byte(canary)) {
				l.found[rel+": "+canary] = true
			}
		}
		return nil
	})
}

// stop looks a last time and returns what was found: in the landing zone and the file store, where plain files lie until they are refused, only what
// is still there.
func (l *looking) stop() []string {
	close(l.done)
	l.ended.Wait()
	passing := func(where string) bool {
		return strings.HasPrefix(where, "demo/landing/") || strings.HasPrefix(where, "demo/files/")
	}
	maps.DeleteFunc(l.found, func(where string, _ bool) bool { return passing(where) })
	l.look()
	return slices.Sorted(maps.Keys(l.found))
}

// measured are the fields of log lines whose numbers measure something, and may look like a score.
var measured = []string{"bytes", "took", "seconds", "size"}

// searchLogs wants each log to be there, to tell what happened, and to hold nothing of a student.
func searchLogs(t *testing.T, home string) {
	t.Helper()
	trail, err := filepath.Glob(filepath.Join(home, "audit", "*.log"))
	if err != nil || len(trail) < 2 {
		t.Fatalf("the audit trail has %d files, %v", len(trail), err)
	}
	var told strings.Builder
	for _, name := range append(trail, filepath.Join(home, "scorehouse.log"), filepath.Join(home, "postgres", "server.log")) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		told.Write(text)
		for number, line := range strings.Split(string(text), "\n") {
			for _, canary := range canaryTexts {
				if strings.Contains(line, canary) {
					t.Errorf("%s:%d holds %q: %s", name, number+1, canary, line)
				}
			}
			if canaryScores.MatchString(withoutMeasures(line)) {
				t.Errorf("%s:%d holds a score: %s", name, number+1, line)
			}
		}
	}
	for _, want := range []string{`"student.read"`, `"signin"`, `"access.refused"`, `"request.refused"`, `"signin.refused"`, `"msg":"request failed"`, `"msg":"batch rejected"`, "22P02",
		"database system is ready"} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("the logs do not tell about %s: this test would prove little", want)
		}
	}
}

var processID = regexp.MustCompile(`\[[0-9]+\]|PID [0-9]+`)

// withoutMeasures returns a line without the numbers that measure something.
func withoutMeasures(line string) string {
	var fields map[string]any
	if json.Unmarshal([]byte(line), &fields) != nil {
		return processID.ReplaceAllString(line, "")
	}
	for _, name := range measured {
		if _, number := fields[name].(float64); number {
			delete(fields, name)
		}
	}
	return fmt.Sprintf("%v", fields)
}
