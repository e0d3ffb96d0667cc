package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// smallDisk is a disk of its own, for a test that is inside of mounts.
type smallDisk struct {
	*site
	path string
}

const smallDiskSize = 32 << 20 // bytes

func newSmallDisk(s *site) *smallDisk {
	s.Helper()
	path := filepath.Join(s.dir, "disk")
	s.must(os.Mkdir(path, 0o700))
	return s.mount(path)
}

// mount makes a folder a small disk.
func (s *site) mount(path string) *smallDisk {
	s.Helper()
	s.must(unix.Mount("tmpfs", path, "tmpfs", 0, fmt.Sprint("mode=777,size=", smallDiskSize)))
	s.Cleanup(func() { _ = unix.Unmount(path, unix.MNT_DETACH) })
	return &smallDisk{s, path}
}

// fill fills the disk, but for so many bytes. What it returns makes room again.
func (d *smallDisk) fill(left int64) (free func()) {
	d.Helper()
	path := filepath.Join(d.path, "filler")
	var is unix.Statfs_t
	d.must(unix.Statfs(d.path, &is))
	f, err := os.Create(path)
	d.must(err)
	if n := int64(is.Bavail)*is.Bsize - left; n > 0 {
		d.must(unix.Fallocate(int(f.Fd()), 0, 0, n))
	}
	d.must(f.Close())
	return func() { d.must(os.Remove(path)) }
}

// protect makes the disk, or a file on it, one that can only be read, until what it returns
// is called.
func (d *smallDisk) protect(path string) (undo func()) {
	d.Helper()
	d.must(unix.Mount(path, path, "", unix.MS_BIND, ""))
	d.must(unix.Mount("", path, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	return func() { d.must(unix.Unmount(path, unix.MNT_DETACH)) }
}

// fails runs the program, which may succeed; if it does not, it says why in one line as
// wanted, behind the log of what it tried. It reports whether it failed.
func (s *site) fails(cmd *exec.Cmd, want *regexp.Regexp) bool {
	s.Helper()
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	said := loggedLine.ReplaceAllString(progressLine().ReplaceAllString(errOut.String(), ""), "")
	if err == nil {
		return false
	}
	if code := cmd.ProcessState.ExitCode(); code != exitFailed || !want.MatchString(said) {
		s.Errorf("%v ends with %d and says %q", cmd.Args, code, said)
	}
	return true
}

var (
	loggedLine   = regexp.MustCompile(`(?m)^time=.*level=WARN.*\n`)
	saysFull     = regexp.MustCompile(`^homeroom: [^\n]*(full|no space left on device)[^\n]*\n$`)
	saysReadOnly = regexp.MustCompile(`^homeroom: [^\n]*(cannot be (opened|written|made|locked)|can be written|Cannot use)[^\n]*\n$`)
)

// chore is a command that writes, on a data folder that is as another command left it.
type chore struct {
	name string
	on   string // the data folder to begin with
	args []string
}

// chores returns commands, once what they begin with is made in folders of the site.
func (d *smallDisk) chores() []chore {
	d.Helper()
	at := func(name string) string { return filepath.Join(d.path, name) }
	d.must(os.Mkdir(filepath.Join(d.dir, "empty"), 0o700))
	d.output(d.sync("synced", 0))
	d.output(d.command("synced", "backup", filepath.Join(d.dir, "kept"), "--with-key"))
	d.output(d.command("imported", "import", d.config))
	withConfig := func(args ...string) []string { return append(args, "-c", d.config, "--yes") }
	return []chore{
		{"sync", "empty", withConfig("sync", d.rosters[0])},
		{"sync of another roster", "synced", withConfig("sync", d.rosters[1])},
		{"sync, kept", "synced", withConfig("sync", d.rosters[1], "--keep")},
		{"revert", "synced", withConfig("revert", "1")},
		{"import", "empty", []string{"import", d.config}},
		{"export", "imported", []string{"export", "--out", at("homeroom.yaml")}},
		{"apps", "synced", []string{"apps", "create", "Timetable", "--permission", "IndustryData-Run.Start"}},
		{"people", "synced", []string{"people", "add", "anna"}},
		{"token", "synced", []string{"token", "--permission", "IndustryData-Run.Start"}},
		{"passwords", "synced", []string{"passwords", "export", "--out", at("sheet.csv")}},
		{"directory set", "synced", []string{"directory", "set", "User_100000000", "displayName=Somebody Else"}},
		{"person forget", "synced", []string{"person", "forget", "100000000", "--yes"}},
		{"backup", "synced", []string{"backup", at("kept")}},
		{"restore", "empty", []string{"restore", filepath.Join(d.dir, "kept")}},
		{"migrate", "empty", []string{"migrate"}},
		{"generate", "empty", []string{"generate", "--people", "200", "--out", at("roster")}},
		{"init", "empty", []string{"init", d.rosters[0], "--out", at("homeroom.yaml")}},
	}
}

// more returns for how many bytes there is room the next time. What makes a database meets a
// full disk in many places.
func (c chore) more(room int64) int64 {
	if c.name == "sync" || c.name == "migrate" {
		return room + max(1, room/(12<<10))*(4<<10)
	}
	return max(4<<10, 4*room)
}

// begin puts the data folder of a chore on the disk, and nothing else.
func (d *smallDisk) begin(c chore) {
	d.Helper()
	entries, err := os.ReadDir(d.path)
	d.must(err)
	for _, e := range entries {
		d.must(os.RemoveAll(filepath.Join(d.path, e.Name())))
	}
	d.must(os.CopyFS(filepath.Join(d.path, "data"), os.DirFS(filepath.Join(d.dir, c.on))))
}

// newDiskSite has two rosters, of which the second is like the first but for some.
func newDiskSite(t *testing.T) *site {
	t.Helper()
	s := newSite(t, 100)
	s.edit(arrive)
	return s
}

// left is what a chore leaves: the directory, and how many passwords there are.
type left struct {
	directory string
	passwords int
}

// Every command that writes says in one sentence that the disk is full, wherever it finds
// it so, and does what it is to do as soon as there is room, with nothing lost of what was
// there before.
func TestDiskFull(t *testing.T) {
	if !inside(t, unix.CLONE_NEWNS) {
		return
	}
	d := newSmallDisk(newDiskSite(t))
	for _, c := range d.chores() {
		var all []left // the last one undisturbed
		for room := int64(0); ; room = c.more(room) {
			d.begin(c)
			free := d.fill(room)
			full := d.fails(d.command("disk/data", c.args...), saysFull)
			free()
			if full {
				d.output(d.command("disk/data", c.args...))
			}
			all = append(all, left{d.stable("disk/data"), d.passwordsOn("disk")})
			if t.Failed() {
				t.Fatalf("%s, with room for %d bytes", c.name, room)
			}
			if !full {
				break
			}
		}
		t.Logf("%s failed %d times", c.name, len(all)-1)
		if len(all) == 1 {
			t.Errorf("%s needs no room", c.name)
		}
		for _, l := range all {
			if diff := cmp.Diff(all[len(all)-1], l, cmp.AllowUnexported(left{})); diff != "" {
				t.Errorf("%s (-undisturbed +on a full disk):\n%s", c.name, diff)
			}
		}
	}
}

// Every command that writes says in one sentence that it cannot, where the data folder or a
// database can only be read, and does what it is to do as soon as that has passed.
func TestDiskReadOnly(t *testing.T) {
	if !inside(t, unix.CLONE_NEWNS) {
		return
	}
	d := newSmallDisk(newDiskSite(t))
	failed := make(map[string]int)
	for _, c := range d.chores() {
		for _, name := range []string{".", databaseName, directoryName} {
			d.begin(c)
			path := filepath.Join(d.path, "data", name)
			if _, err := os.Stat(path); err != nil {
				continue // it is not there yet
			}
			undo := d.protect(path)
			refused := d.fails(d.command("disk/data", c.args...), saysReadOnly)
			undo()
			if refused {
				failed[name]++
				if c.name == "passwords" {
					_ = os.Remove(filepath.Join(d.path, "sheet.csv")) // as it says
				}
				d.output(d.command("disk/data", c.args...))
			}
			if t.Failed() {
				t.Fatalf("%s, with %s", c.name, name)
			}
		}
	}
	t.Logf("refused: %v", failed)
	if len(failed) != 3 {
		t.Errorf("refused: %v", failed)
	}
}

// A server on a full disk refuses what would be written, keeps what it acknowledged, and goes
// on as soon as there is room; so does a run.
func TestDiskFullServer(t *testing.T) {
	if !inside(t, unix.CLONE_NEWNS) {
		return
	}
	d := newSmallDisk(newDiskSite(t))
	d.output(d.command("disk/data", "import", d.config))
	s := serveHere(t, filepath.Join(d.path, "data"), "--roster", d.rosters[0])
	s.authorize()
	var there []string
	create := func() answer {
		a := s.do(s.request(t.Context(), "POST", "/outboundProvisioningFlowSets", `{"displayName":"Another"}`))
		if a.status == http.StatusCreated {
			var set struct{ ID string }
			d.must(json.Unmarshal(a.body, &set))
			there = append(there, set.ID)
		}
		return a
	}
	for _, left := range []int64{64 << 10, 16 << 10, 0} {
		free := d.fill(left)
		a := create()
		for ; a.status == http.StatusCreated; a = create() {
		}
		if a.status != http.StatusServiceUnavailable {
			t.Errorf("on a full disk: %d %s", a.status, a.body)
		}
		for _, id := range there {
			s.call(http.StatusOK, "GET", "/outboundProvisioningFlowSets/"+id, "")
		}
		free()
		if a := create(); a.status != http.StatusCreated {
			t.Errorf("with room again: %d %s", a.status, a.body)
		}
	}
	for _, id := range there {
		s.call(http.StatusNoContent, "DELETE", "/outboundProvisioningFlowSets/"+id, "")
	}
	free := d.fill(128 << 10)
	s.call(http.StatusAccepted, "POST", "/runs/start", "")
	if !s.errOut.await("run broke off") {
		t.Fatalf("the server ended:\n%s", s.errOut)
	}
	free()
	s.call(http.StatusAccepted, "POST", "/runs/start", "")
	s.newestRun()
	s.stop()
	d.output(d.sync("calm", 0))
	if diff := cmp.Diff(d.stable("calm"), d.stable("disk/data")); diff != "" {
		t.Errorf("the directory (-undisturbed +on a full disk):\n%s", diff)
	}
}
