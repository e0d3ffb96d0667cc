//go:build !windows

package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/district"
	"github.com/homeroomhq/homeroom/store/postgrestest"
)

var (
	killSeed  = flag.Uint64("kill.seed", 0, "seed of the moments at which TestKilled kills, to kill as an earlier test did; 0 for a new one")
	killCount = flag.Int("kills", 0, "how often TestKilled kills at each directory; 0 for a few times, or more in CI")
)

// crashConfig lets everything pass, so that what is compared is the directory.
const crashConfig = demoConfig + `guard: {removals: 1000000, creations: 1000000, renames: 1000000}
`

// site is where runs are killed: rosters, a configuration, and data folders.
type site struct {
	*testing.T
	dir     string
	config  string
	rosters []string
	urls    map[string]string // of PostgreSQL's databases, by data folder; nil for files in the folders
}

func newSite(t *testing.T, people int) *site {
	t.Helper()
	s := &site{T: t, dir: t.TempDir()}
	s.config = filepath.Join(s.dir, "homeroom.yaml")
	s.must(os.WriteFile(s.config, []byte(crashConfig), 0o600))
	first := filepath.Join(s.dir, "roster-1")
	_, err := district.Write(t.Context(), first, district.Options{People: people, Seed: 5, Year: 2027, Domain: "lakeside.example"}, nil)
	s.must(err)
	s.rosters = []string{first}
	return s
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// edit writes another roster: the last one with its rows changed, or left out
// where the change gives none.
func (s *site) edit(change func(file string, row []string) []string) {
	s.Helper()
	last := s.rosters[len(s.rosters)-1]
	next := filepath.Join(s.dir, fmt.Sprint("roster-", len(s.rosters)+1))
	s.must(os.Mkdir(next, 0o700))
	files, err := os.ReadDir(last)
	s.must(err)
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(last, file.Name()))
		s.must(err)
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		s.must(err)
		kept := rows[:1]
		for _, row := range rows[1:] {
			if row = change(file.Name(), row); row != nil {
				kept = append(kept, row)
			}
		}
		var out bytes.Buffer
		s.must(csv.NewWriter(&out).WriteAll(kept))
		s.must(os.WriteFile(filepath.Join(next, file.Name()), out.Bytes(), 0o600))
	}
	s.rosters = append(s.rosters, next)
}

// isPerson reports whether an id is that of a person of a district.
func isPerson(id string) bool { return len(id) == 9 && strings.HasPrefix(id, "1") }

// leave takes people out whose number ends so.
func leave(ends string) func(string, []string) []string {
	return func(file string, row []string) []string {
		switch {
		case isPerson(row[0]) && strings.HasSuffix(row[0], ends):
			return nil
		case (file == "enrollments.csv" || file == "relationships.csv") && strings.HasSuffix(row[1], ends):
			return nil
		case file == "classes.csv" && strings.HasSuffix(row[0], "-01"):
			row[2] = "Renamed " + row[2]
		case strings.HasSuffix(row[0], "-MAT-02") && (file == "classes.csv" || file == "enrollments.csv"):
			return nil
		}
		return row
	}
}

// arrive makes other people of some, so that they leave and others come, and
// moves some grades.
func arrive(file string, row []string) []string {
	other := func(id string) string {
		if isPerson(id) && strings.HasSuffix(id, "3") && id[7] < '5' {
			return "2" + id[1:]
		}
		return id
	}
	row[0] = other(row[0])
	if file == "enrollments.csv" || file == "relationships.csv" {
		row[1] = other(row[1])
	}
	if file == "users.csv" && strings.HasPrefix(row[0], "2") {
		row[1], row[4] = "new."+row[1], "new."+row[4]
	}
	if file == "roles.csv" && strings.HasSuffix(row[0], "5") && row[4] == "10" {
		row[4] = "11"
	}
	return row
}

// command returns the program with the arguments, on a data folder.
func (s *site) command(data string, args ...string) *exec.Cmd {
	cmd := exec.Command("homeroom", args...)
	cmd.Env = append(os.Environ(), "HOMEROOM_DATA="+filepath.Join(s.dir, data), databaseVariable+"="+s.url(data))
	return cmd
}

// url returns that of the database that goes with a data folder, "" for files in it.
func (s *site) url(data string) string {
	if s.urls == nil {
		return ""
	}
	if s.urls[data] == "" {
		s.urls[data] = postgrestest.Database(s.T)
	}
	return s.urls[data]
}

func (s *site) sync(data string, roster int) *exec.Cmd {
	return s.command(data, "sync", s.rosters[roster], "-c", s.config, "--yes")
}

// output runs the program, which has to succeed, and returns what it prints.
func (s *site) output(cmd *exec.Cmd) string {
	s.Helper()
	out, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		s.Fatalf("%v: %v\n%s%s", cmd.Args, err, out, failed.Stderr)
	}
	s.must(err)
	return string(out)
}

// stable returns the directory in the form in which it can be compared.
func (s *site) stable(data string) string {
	s.Helper()
	return s.output(s.command(data, "directory", "export", "--stable"))
}

// sheet hands out the passwords and returns to whom, without the passwords.
func (s *site) sheet(data string) [][]string {
	s.Helper()
	path := filepath.Join(s.dir, data+".csv")
	s.output(s.command(data, "passwords", "export", "--out", path))
	text, err := os.ReadFile(path)
	s.must(err)
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	s.must(err)
	for i := range rows {
		last := len(rows[i]) - 1
		if rows[i][last] == "" {
			s.Errorf("a user without a password: %v", rows[i])
		}
		rows[i] = rows[i][:last]
	}
	return rows
}

// settled checks that a plan has nothing to do: it exits with 0.
func (s *site) settled(data string, roster int) {
	s.Helper()
	s.output(s.command(data, "plan", s.rosters[roster], "-c", s.config, "--detailed-exitcode"))
}

// lasting is how long an undisturbed run took: until it said what it would do, and
// in all.
type lasting struct{ plan, all time.Duration }

// first notes when something is written for the first time.
type first struct {
	text []byte
	at   time.Time
}

func (f *first) Write(p []byte) (int, error) {
	if f.at.IsZero() {
		f.at = time.Now()
	}
	f.text = append(f.text, p...)
	return len(p), nil
}

// measure runs the program, which has to succeed, and says how long it took.
func (s *site) measure(cmd *exec.Cmd) lasting {
	s.Helper()
	var out first
	var errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	began := time.Now()
	if err := cmd.Run(); err != nil {
		s.Fatalf("%v: %v\n%s%s", cmd.Args, err, out.text, errOut.String())
	}
	return lasting{plan: out.at.Sub(began), all: time.Since(began)}
}

// kill runs the program and kills it after a while, unless it ends before. It returns its exit
// code, which is negative when it was killed, and what it printed.
func (s *site) kill(cmd *exec.Cmd, after time.Duration) (code int, printed string) {
	s.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	s.must(cmd.Start())
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // it may have ended
	_ = cmd.Wait()                                                    // its state tells
	timer.Stop()
	return cmd.ProcessState.ExitCode(), out.String()
}

// suffering is where runs are killed again and again.
type suffering struct {
	*site
	program  string // that is killed
	dice     *rand.Rand
	want     []string // the directory after each roster
	sheet    [][]string
	took     []lasting
	resumed  int
	kills    int
	attempts int
}

// A real process is killed at random moments of runs with changing rosters. After each run
// that came to its end, the directory is the one of an undisturbed run, and ledger and journal
// agree with it.
func TestKilled(t *testing.T) { testKilled(newSite(t, 800), "homeroom") }

// It is the same at a directory with which things go wrong.
func TestKilledInTrouble(t *testing.T) { testKilled(newSite(t, 800), "troubled") }

// On PostgreSQL it is the same, and the same as on SQLite.
func TestKilledOnPostgres(t *testing.T) { testKilledOnPostgres(t, "homeroom") }

// So it is there at a directory with which things go wrong.
func TestKilledInTroubleOnPostgres(t *testing.T) { testKilledOnPostgres(t, "troubled") }

func testKilledOnPostgres(t *testing.T, program string) {
	t.Helper()
	s := newSite(t, 800)
	s.urls = map[string]string{}
	want := testKilled(s, program)
	s.urls = nil
	for i := range s.rosters {
		s.output(s.sync("plain", i))
		if diff := cmp.Diff(s.stable("plain"), want[i]); diff != "" {
			t.Errorf("roster %d (-SQLite +PostgreSQL):\n%s", i+1, diff)
		}
	}
}

// testKilled returns the directories of undisturbed runs.
func testKilled(at *site, program string) (want []string) {
	at.Helper()
	seed, kills := *killSeed, *killCount
	if seed == 0 {
		seed = rand.Uint64()
	}
	if kills == 0 {
		kills = 15
		if os.Getenv("CI") != "" {
			kills = 100
		}
	}
	at.Logf("to kill at the same moments: -kill.seed=%d", seed)
	s := &suffering{site: at, program: program, dice: rand.New(rand.NewPCG(seed, 1))}
	s.edit(leave("7"))
	s.edit(arrive)
	s.edit(leave("12"))
	for i := range s.rosters {
		s.took = append(s.took, s.measure(s.sync("calm", i)))
		s.want = append(s.want, s.stable("calm"))
	}
	s.sheet = s.site.sheet("calm")
	for round := 0; s.kills < kills; round++ {
		s.suffer(fmt.Sprint("killed-", round))
	}
	s.Logf("%d kills, %d runs carried on, %d attempts; undisturbed: %v", s.kills, s.resumed, s.attempts, s.took)
	if s.resumed == 0 {
		s.Error("no kill hit a run that was being carried out")
	}
	return s.want
}

// suffer leads a data folder through all rosters.
func (s *suffering) suffer(data string) {
	s.Helper()
	defer os.RemoveAll(filepath.Join(s.dir, data)) // there may be thousands
	for i := range s.rosters {
		s.arriveAt(data, i)
		if diff := cmp.Diff(s.want[i], s.stable(data)); diff != "" {
			s.Fatalf("%s, roster %d (-undisturbed +killed):\n%s", data, i+1, diff)
		}
		s.settled(data, i)
		s.agree(data)
	}
	if diff := cmp.Diff(s.sheet, s.site.sheet(data)); diff != "" {
		s.Fatalf("%s, whose passwords are kept (-undisturbed +killed):\n%s", data, diff)
	}
}

// arriveAt kills runs until one comes to its end: most of them while they are carried out,
// some while they are made ready. The more often it is killed the longer it is left alone, so
// that it ends on a machine that became slower, too.
func (s *suffering) arriveAt(data string, roster int) {
	s.Helper()
	took := s.took[roster]
	for patience := took.all; ; patience += took.all / 10 {
		cmd := s.sync(data, roster)
		cmd.Path, cmd.Args[0] = s.path(s.program), s.program
		cmd.Env = append(cmd.Env, fmt.Sprint(troubleVariable, "=", s.dice.Uint64()))
		begin := took.plan
		if s.dice.IntN(4) == 0 {
			begin = 0
		}
		after := begin + time.Duration(s.dice.Int64N(int64(patience-begin)))
		code, printed := s.kill(cmd, after)
		s.attempts++
		carriedOn := strings.Contains(printed, "it was carried on")
		if carriedOn {
			s.resumed++
		}
		switch {
		case code < 0:
			s.kills++
		case code == exitDone:
			return
		case s.program == "homeroom":
			s.Fatalf("%v: exit code %d\n%s", cmd.Args, code, printed)
		}
	}
}

// path returns where a program is that the test binary plays.
func (s *site) path(program string) string {
	s.Helper()
	path, err := exec.LookPath(program)
	s.must(err)
	return path
}

// agree checks that the ledger says what the directory shows, and that nothing in the journal
// is open.
func (s *site) agree(data string) {
	s.Helper()
	a := &app{dataDir: filepath.Join(s.dir, data), database: s.url(data), progress: newProgress(io.Discard)}
	m, err := a.open(s.Context())
	s.must(err)
	defer m.Close()
	d, err := m.embedded(s.Context())
	s.must(err)
	scope := m.scope(localTarget)
	if run, open, err := m.OpenRun(s.Context(), scope); err != nil || open {
		s.Errorf("%s: run %d is open, %v", data, run.ID, err)
	}
	runs, err := m.Runs(s.Context(), scope, 1000)
	s.must(err)
	for _, run := range runs {
		if batches, err := m.Unanswered(s.Context(), m.tenant, run.ID); err != nil || len(batches) > 0 {
			s.Errorf("%s: batches of run %d were never answered: %v, %v", data, run.ID, batches, err)
		}
	}
	keys := make(map[string]string) // of users, by directory id
	for _, kind := range directory.Kinds() {
		there := make(map[string]directory.Object)
		for o, err := range d.Observe(s.Context(), kind, directory.Whole) {
			s.must(err)
			there[o.Anchor()] = o
			if kind == directory.User {
				keys[o.ID] = o.Anchor()
			}
		}
		for have, err := range m.Haves(s.Context(), scope, kind, directory.Span{}) {
			s.must(err)
			s.alike(have, there[have.Key], keys)
			delete(there, have.Key)
		}
		for key := range there {
			s.Errorf("%s: %s %s is in the directory and not in the ledger", data, kind, key)
		}
	}
}

// alike checks that the ledger says of an object what the directory shows.
func (s *site) alike(have directory.Have, there directory.Object, keys map[string]string) {
	s.Helper()
	if have.ID != there.ID {
		s.Errorf("the ledger has %s %s as %q, the directory as %q", have.Kind, have.Key, have.ID, there.ID)
	}
	for name, value := range have.Attributes {
		if name != directory.SchoolYears && there.Attributes[name] != value { // which no directory is given
			s.Errorf("%s of %s %s is %q in the ledger, %q in the directory", name, have.Kind, have.Key, value, there.Attributes[name])
		}
	}
	called := func(ids []string) []string {
		var called []string
		for _, id := range ids {
			called = append(called, keys[id])
		}
		slices.Sort(called)
		return called
	}
	if diff := cmp.Diff([][]string{have.Owners, have.Members}, [][]string{called(there.Owners), called(there.Members)}, cmpopts.EquateEmpty()); diff != "" {
		s.Errorf("owners and members of %s %s (-ledger +directory):\n%s", have.Kind, have.Key, diff)
	}
}

// asks starts a sync, and waits until it asks whether to carry out its plan. What it returns
// takes the answer.
func (s *site) asks(cmd *exec.Cmd) io.WriteCloser {
	s.Helper()
	answer, err := cmd.StdinPipe()
	s.must(err)
	out, err := cmd.StdoutPipe()
	s.must(err)
	s.must(cmd.Start())
	asked := bufio.NewReader(out)
	for line := ""; !strings.Contains(line, "Carry this out?"); {
		line, err = asked.ReadString('?')
		s.must(err)
	}
	return answer
}

// Of two at once the second is told who is at work; when the first is killed the
// second runs at once.
func TestTwoAtOnce(t *testing.T) {
	s := newSite(t, district.MinPeople)
	first := s.command("data", "sync", s.rosters[0], "-c", s.config)
	defer s.asks(first).Close() // never answered
	second := s.sync("data", 0)
	printed, err := second.CombinedOutput()
	if code := second.ProcessState.ExitCode(); code != exitFailed {
		t.Errorf("exit code %d, %v", code, err)
	}
	if who := fmt.Sprintf("process %d", first.Process.Pid); !strings.Contains(string(printed), who) {
		t.Errorf("the second is not told of %s: %s", who, printed)
	}
	s.must(first.Process.Kill())
	_ = first.Wait() // it was killed
	s.output(s.sync("data", 0))
	s.settled("data", 0)
}
