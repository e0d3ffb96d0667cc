//go:build !windows

package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/district"
	"github.com/homeroomhq/homeroom/store/powertest"
)

var (
	cutSeed  = flag.Uint64("cut.seed", 0, "seed of what survives in TestPowerCut, to cut as an earlier test did; 0 for a new one")
	cutCount = flag.Int("cuts", 0, "at how many moments TestPowerCut cuts the power; 0 for a few, -1 for all")
)

// outage is where the power fails: a disk with a data folder, whose processes are recorded.
type outage struct {
	*site
	recording *powertest.Recording
	seed      uint64
}

// data is the data folder of a disk, as the site knows it.
func data(disk string) string { return filepath.Join(disk, "data") }

func newOutage(t *testing.T, people int) *outage {
	t.Helper()
	s := newSite(t, people)
	s.must(os.MkdirAll(filepath.Join(s.dir, data("disk")), 0o700))
	o := &outage{site: s, recording: powertest.New(t, filepath.Join(s.dir, "disk")), seed: *cutSeed}
	if o.seed == 0 {
		o.seed = rand.Uint64()
	}
	t.Logf("to keep the same of what was not synced: -cut.seed=%d", o.seed)
	return o
}

// watched runs the program, which has to succeed, while it is recorded.
func (o *outage) watched(cmd *exec.Cmd) string {
	o.Helper()
	return o.output(o.recording.Watch(cmd))
}

// everywhere ends the recording and lets the power fail at its moments: at the last one of
// each process, and at some or all of the others. Once nothing of that which was not synced
// survives, and once some. The test gets the disk's folder and the moment.
func (o *outage) everywhere(test func(s *site, disk string, m powertest.Moment)) {
	o.Helper()
	o.recording.Done()
	moments := o.recording.Moments()
	dice := rand.New(rand.NewPCG(o.seed, 0))
	count := *cutCount
	if count == 0 {
		count = 20
	}
	if count < 0 || count > len(moments) {
		count = len(moments)
	}
	chosen := dice.Perm(len(moments))[:count]
	for i, m := range moments {
		if i+1 == len(moments) || moments[i+1].Process != m.Process {
			chosen = append(chosen, i)
		}
	}
	slices.Sort(chosen)
	chosen = slices.Compact(chosen)
	o.Logf("%d of %d moments", len(chosen), len(moments))
	for _, number := range chosen {
		for _, keeps := range []bool{false, true} {
			disk := fmt.Sprintf("cut-%d-%t", number, keeps)
			o.Run(disk, func(t *testing.T) {
				t.Parallel()
				dice := rand.New(rand.NewPCG(o.seed, uint64(number)+1))
				if !keeps {
					dice = nil
				}
				folder := filepath.Join(o.dir, disk)
				defer os.RemoveAll(folder)
				if err := moments[number].Cut(folder, dice); err != nil {
					t.Fatal(err)
				}
				s := *o.site
				s.T = t
				test(&s, disk, moments[number])
			})
		}
	}
}

// The power fails in the middle of runs, on a disk that forgets what was not synced, and may
// keep the two databases at different moments. The same sync then leaves the directory,
// the ledger, the journal and the passwords of undisturbed runs, and what was said to be
// done is done.
func TestPowerCut(t *testing.T) {
	o := newOutage(t, 200)
	few := leave("no number")
	o.edit(func(file string, row []string) []string {
		if row = few(file, row); row != nil {
			row = arrive(file, row)
		}
		return row
	})
	var want []string
	var sheets [][][]string
	for i := range o.rosters {
		o.watched(o.sync(data("disk"), i))
		want = append(want, o.stable(data("disk")))
		aside := fmt.Sprint("aside-", i)
		o.must(os.CopyFS(filepath.Join(o.dir, aside), os.DirFS(filepath.Join(o.dir, data("disk")))))
		sheets = append(sheets, o.sheet(aside))
	}
	o.everywhere(func(s *site, disk string, m powertest.Moment) {
		run := m.Process
		if strings.Count(m.Said, "steps done") > run {
			s.settled(data(disk), run)
		}
		s.output(s.sync(data(disk), run))
		if diff := cmp.Diff(want[run], s.stable(data(disk))); diff != "" {
			s.Errorf("directory (-undisturbed +cut):\n%s", diff)
		}
		s.settled(data(disk), run)
		s.agree(data(disk))
		if diff := cmp.Diff(sheets[run], s.sheet(data(disk))); diff != "" {
			s.Errorf("whose passwords are kept (-undisturbed +cut):\n%s", diff)
		}
	})
}

// deed is a command of TestPowerCutOfCommands. It says so when it is done, and then done
// holds on every disk that the power left.
type deed struct {
	args []string
	says string
	done func(s *site, disk string)
}

// What any command said to be done is done when the power fails after it. Passwords that are
// handed out are in the file or still here, whenever it fails.
func TestPowerCutOfCommands(t *testing.T) {
	o := newOutage(t, 60)
	at := func(disk, name string) string { return filepath.Join(o.dir, disk, name) }
	passwords := 0
	deeds := []deed{
		{[]string{"import", o.config}, "was imported.", func(s *site, disk string) {
			s.output(s.command(data(disk), "export", "--out", at(disk, "homeroom.yaml")))
		}},
		{[]string{"apps", "create", "Timetable", "--permission", "IndustryData-Run.Start"}, "Timetable is registered.", func(s *site, disk string) {
			if list := s.output(s.command(data(disk), "apps", "list")); !strings.Contains(list, "Timetable") {
				s.Errorf("the app is gone: %s", list)
			}
		}},
		{[]string{"sync", o.rosters[0], "--yes"}, "steps done.", func(s *site, disk string) {
			if n := s.passwordsOn(disk); n < passwords {
				s.Errorf("of %d passwords there are %d", passwords, n)
			}
		}},
		{[]string{"directory", "set", "User_100000000", "displayName=Somebody Else"}, "Changed User_100000000.", func(s *site, disk string) {
			if shown := s.output(s.command(data(disk), "directory", "show", "User_100000000")); !strings.Contains(shown, "Somebody Else") {
				s.Errorf("the change is gone: %s", shown)
			}
		}},
		{[]string{"passwords", "export", "--out", at("disk", "sheet.csv")}, "and nowhere else.", func(*site, string) {}},
		{[]string{"backup", at("disk", "kept"), "--with-key"}, "kept holds", func(s *site, disk string) {
			s.output(s.command(filepath.Join(disk, "another"), "restore", at(disk, "kept")))
		}},
		{[]string{"restore", at("disk", "kept"), "--data", at("disk", "again")}, "again holds", func(s *site, disk string) {
			s.output(s.command(filepath.Join(disk, "again"), "directory", "show", "User_100000000"))
		}},
	}
	for _, d := range deeds {
		if said := o.watched(o.command(data("disk"), d.args...)); !strings.Contains(said, d.says) {
			t.Fatalf("%v says %s", d.args, said)
		}
	}
	passwords = o.passwordsOn("disk")
	o.everywhere(func(s *site, disk string, m powertest.Moment) {
		for _, d := range deeds {
			if strings.Contains(m.Said, d.says) {
				d.done(s, disk)
			}
		}
	})
}

// passwordsOn returns how many passwords can be handed out or were, on a disk.
func (s *site) passwordsOn(disk string) int {
	s.Helper()
	handed := make(map[string]bool)
	s.command(data(disk), "passwords", "export", "--out", filepath.Join(s.dir, disk, "rest.csv")).Run() //nolint:errcheck // there may be none
	for _, name := range []string{"sheet.csv", "rest.csv"} {
		text, err := os.ReadFile(filepath.Join(s.dir, disk, name))
		if err != nil {
			continue // it is not there
		}
		for line := range strings.Lines(string(text)) {
			row := strings.Split(strings.TrimSpace(line), ",")
			if len(row) == 4 && len(row[3]) == passwordLength && strings.HasSuffix(line, "\n") {
				handed[row[1]] = true
			}
		}
	}
	return len(handed)
}

// What the API answered to be there is there after the power failed, whoever else's request
// shared its commit.
func TestPowerCutOfServer(t *testing.T) {
	o := newOutage(t, district.MinPeople)
	folder := filepath.Join(o.dir, data("disk"))
	token := o.watched(o.command(data("disk"), "token", "--permission", "IndustryData-OutboundFlow.ReadWrite.All"))
	s := serveAs(t, o.recording.Watch, folder)
	s.token = strings.TrimSpace(token)
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			for j := range 5 {
				r := s.request(t.Context(), "POST", "/outboundProvisioningFlowSets", fmt.Sprintf(`{"displayName":"Set %d of %d"}`, j, i))
				r.Header.Set("Accept-Encoding", "identity") // so that the recording can be read
				if got := s.do(r); got.status != http.StatusCreated {
					t.Errorf("%d: %s", got.status, got.body)
				}
			}
		})
	}
	clients.Wait()
	s.stop()
	created := regexp.MustCompile(`"id":"([0-9a-f-]{36})"`)
	answered := 0
	o.everywhere(func(s *site, disk string, m powertest.Moment) {
		folder, err := (&app{dataDir: filepath.Join(s.dir, data(disk)), progress: newProgress(io.Discard)}).open(s.Context())
		s.must(err)
		defer folder.Close()
		for _, id := range created.FindAllStringSubmatch(m.Said, -1) {
			answered++
			_, err := folder.FlowSet(s.Context(), folder.tenant, id[1])
			s.must(err)
		}
	})
	t.Cleanup(func() {
		if answered == 0 {
			t.Error("no request was answered before the power failed")
		}
	})
}
