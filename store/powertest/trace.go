package powertest

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// maxWrite is how many bytes of a write are recorded. More are an error.
const maxWrite = 16 << 20

// watched are the calls that change files, or by which they last. What is not modeled of
// them is an error when it touches the folder.
const watched = "trace=open,openat,creat,write,pwrite64,writev,pwritev,pwritev2,copy_file_range,sendfile,splice,lseek," +
	"ftruncate,truncate,fallocate,fsync,fdatasync,sync_file_range,sync,syncfs,link,linkat,unlink,unlinkat,rename,renameat," +
	"renameat2,mkdir,mkdirat,rmdir,symlink,symlinkat"

// deed is what an event did.
type deed int

const (
	writes    deed = iota // data at offset of path
	truncates             // path to offset
	creates               // path, which is empty
	makes                 // path, a folder
	links                 // path to other
	removes               // path
	renames               // path to other
	syncs                 // path
	says                  // data, to somebody else
)

// event is a call that succeeded. Paths are relative to the folder.
type event struct {
	what        deed
	path, other string
	offset      int64
	data        []byte
	process     int
	from, to    int // lines of the trace: where the call began, and where it was done
	began       int // number of the first event that was not done when this one began
}

// present returns what makes a folder that is there, and syncs it.
func present(folder string) (events []event, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(folder, path) // it is below
		switch {
		case name == ".":
		case entry.IsDir():
			events = append(events, event{what: makes, path: name}, event{what: syncs, path: filepath.Dir(name)})
		default:
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			events = append(events, event{what: creates, path: name}, event{what: writes, path: name, data: text},
				event{what: syncs, path: name}, event{what: syncs, path: filepath.Dir(name)})
		}
		return nil
	})
	return events, err
}

// number notes for every event which others were done when it began. Events stand in the
// order in which they were done.
func number(events []event) {
	for i := range events {
		began := i
		for began > 0 && events[began-1].process == events[i].process && events[began-1].to > events[i].from {
			began--
		}
		events[i].began = began
	}
}

// trace is a file of strace that is being read.
type trace struct {
	folder  string
	process int
	line    int
	cut     map[string]call // by thread: calls that are not done
	places  map[string]int64
	events  []event
}

// call is a call and the line at which it began.
type call struct {
	text string
	line int
}

// parse reads what strace wrote of a process.
func parse(path, folder string, process int) ([]event, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t := &trace{folder: folder, process: process, cut: make(map[string]call), places: make(map[string]int64)}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 5*maxWrite) // four letters for a byte
	for lines.Scan() {
		t.line++
		if err := t.read(lines.Text()); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, t.line, err)
		}
	}
	return t.events, lines.Err()
}

// read reads a line. Where another thread comes between, a call is two of them.
func (t *trace) read(line string) error {
	thread, text, _ := strings.Cut(line, " ")
	text = strings.TrimLeft(text, " ")
	if begun, unfinished := strings.CutSuffix(text, " <unfinished ...>"); unfinished {
		t.cut[thread] = call{begun, t.line}
		return nil
	}
	if _, rest, resumed := strings.Cut(text, " resumed>"); resumed && strings.HasPrefix(text, "<... ") {
		c := t.cut[thread]
		delete(t.cut, thread)
		return t.take(c.text+rest, c.line)
	}
	if strings.HasPrefix(text, "+++") || strings.HasSuffix(text, "<detached ...>") { // the process ended
		return nil
	}
	return t.take(text, t.line)
}

var (
	whole      = regexp.MustCompile(`^(\w+)\((.*)\)\s+= (-?\d+)(.*)$`)
	errUnknown = errors.New("a call that is not modeled")
)

// take notes a call that is done, and began at a line.
func (t *trace) take(text string, line int) error {
	found := whole.FindStringSubmatch(text)
	if found == nil {
		if strings.HasSuffix(text, "= ?") { // the process ended in it
			return nil
		}
		return fmt.Errorf("%w: %.100s", errUnknown, text)
	}
	name, args, result, rest := found[1], strings.Split(found[2], ", "), found[3], found[4]
	if strings.HasPrefix(result, "-") {
		return nil
	}
	before := len(t.events)
	if err := t.note(name, args, result, rest); err != nil {
		return fmt.Errorf("%w: %.300s", err, text)
	}
	for i := range t.events[before:] {
		e := &t.events[before+i]
		e.process, e.from, e.to = t.process, line, t.line
	}
	return nil
}

func (t *trace) add(e event) { t.events = append(t.events, e) }

func (t *trace) note(name string, args []string, result, rest string) error {
	switch name {
	case "open", "openat", "creat":
		return t.opened(name, args, result+rest)
	case "write", "pwrite64", "ftruncate", "fsync", "fdatasync", "lseek":
		return t.onFile(name, args, result)
	}
	paths, touched, err := t.named(args)
	if err != nil {
		return err
	}
	if strings.Join(paths, "") == "" && !touched && name != "sync" {
		return nil
	}
	switch name {
	case "mkdir", "mkdirat":
		t.add(event{what: makes, path: paths[0]})
	case "unlink", "unlinkat", "rmdir":
		t.add(event{what: removes, path: paths[0]})
	case "link", "linkat":
		t.add(event{what: links, path: paths[0], other: paths[1]})
	case "rename", "renameat", "renameat2":
		t.add(event{what: renames, path: paths[0], other: paths[1]})
	default:
		return errUnknown
	}
	return nil
}

// named returns the paths that a call names, relative to the folder, "" for what is not in
// it. A path may be relative to the descriptor before it. touched is that a descriptor is of
// the folder.
func (t *trace) named(args []string) (paths []string, touched bool, err error) {
	var base string
	for _, arg := range args {
		if !strings.HasPrefix(arg, `"`) {
			if base, err = place(arg); err != nil {
				return nil, false, err
			}
			touched = touched || t.below(base) != ""
			continue
		}
		path, err := unquote(arg)
		if err != nil {
			return nil, false, err
		}
		if !filepath.IsAbs(string(path)) {
			path = []byte(filepath.Join(base, string(path)))
		}
		paths = append(paths, t.below(string(path)))
	}
	return paths, touched, nil
}

// opened notes a file that is made or emptied.
func (t *trace) opened(name string, args []string, result string) error {
	if name == "openat" {
		args = args[1:]
	}
	path, err := t.fileOf(result)
	if err != nil || path == "" || len(args) < 2 {
		return err
	}
	flags := args[1]
	if strings.Contains(flags, "O_APPEND") {
		return errUnknown
	}
	t.places[result] = 0
	if strings.Contains(flags, "O_CREAT") {
		t.add(event{what: creates, path: path}) // of no effect where it is there
	}
	if strings.Contains(flags, "O_TRUNC") {
		t.add(event{what: truncates, path: path})
	}
	return nil
}

// onFile notes a call with an open file.
func (t *trace) onFile(name string, args []string, result string) error {
	path, err := t.fileOf(args[0])
	if err != nil {
		return err
	}
	if path == "" {
		if name == "write" && !strings.Contains(args[0], "(deleted)") {
			text, err := unquote(args[1])
			if err != nil {
				return err
			}
			t.add(event{what: says, data: text})
		}
		return nil
	}
	n, err := strconv.ParseInt(result, 10, 64)
	if err != nil {
		return err
	}
	switch name {
	case "fsync", "fdatasync":
		t.add(event{what: syncs, path: path})
		return nil
	case "lseek":
		t.places[args[0]] = n
		return nil
	case "ftruncate":
		length, err := strconv.ParseInt(args[1], 10, 64)
		t.add(event{what: truncates, path: path, offset: length})
		return err
	}
	return t.wrote(name, path, args, n)
}

// wrote notes that n bytes were written.
func (t *trace) wrote(name, path string, args []string, n int64) error {
	text, err := unquote(args[1])
	if err != nil {
		return err
	}
	if n > int64(len(text)) {
		return fmt.Errorf("%d bytes were written and %d recorded", n, len(text))
	}
	offset := t.places[args[0]]
	if name == "pwrite64" {
		if offset, err = strconv.ParseInt(args[3], 10, 64); err != nil {
			return err
		}
	} else {
		t.places[args[0]] += n
	}
	t.add(event{what: writes, path: path, offset: offset, data: text[:n]})
	return nil
}

// fileOf returns which file of the folder a descriptor is of; "" for any other, and for one
// that has no name any more.
func (t *trace) fileOf(descriptor string) (string, error) {
	path, err := place(descriptor)
	return t.below(path), err
}

// place returns what a descriptor is of, as in 5<\x2f\x74>.
func place(descriptor string) (string, error) {
	_, after, _ := strings.Cut(descriptor, "<")
	quoted, mark, named := strings.Cut(after, ">")
	if !named || strings.HasPrefix(mark, "(deleted)") {
		return "", nil
	}
	path, err := unquote(quoted)
	return string(path), err
}

// below returns a path relative to the folder, "" for what is not in it.
func (t *trace) below(path string) string {
	name, err := filepath.Rel(t.folder, path)
	if err != nil || !filepath.IsLocal(name) {
		return ""
	}
	return name
}

// unquote reads a text whose bytes are all escaped.
func unquote(quoted string) ([]byte, error) {
	if strings.HasSuffix(quoted, "...") {
		return nil, errors.New("more was written than is recorded")
	}
	return hex.DecodeString(strings.ReplaceAll(strings.Trim(quoted, `"`), `\x`, ""))
}
