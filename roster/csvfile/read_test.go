package csvfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/rostertest"
)

// smallFormat is a format of three files.
func smallFormat() []File {
	column := func(header string, f roster.Field) Column { return Column{Header: header, Field: f, Need: Required} }
	return []File{
		{Name: "orgs.csv", Add: (*roster.Builder).AddOrg, Columns: []Column{
			column("id", roster.ID), column("name", roster.NameField), column("type", roster.TypeField),
		}},
		{Name: "users.csv", Add: (*roster.Builder).AddPerson, Columns: []Column{
			column("id", roster.ID), column("name", roster.UsernameField), {Header: "status", Field: roster.StatusField, Form: lowerCase},
		}},
		{Name: "roles.csv", Required: true, Add: (*roster.Builder).AddRole, Columns: []Column{
			column("user", roster.PersonField), column("org", roster.OrgField), column("role", roster.RoleField),
		}},
	}
}

func lowerCase(value string) (string, *roster.Remark) {
	if small := strings.ToLower(value); small != value {
		return small, &roster.Remark{Rule: roster.NotStandard, Severity: roster.Warning, Deviation: true, Message: "Large letters."}
	}
	return value, nil
}

// drawDelivery draws files of several blocks, most of them with defects.
func drawDelivery(t *rapid.T) rostertest.Delivery {
	text := func(name, header string, rows ...string) []byte {
		number := 0
		lines := rapid.SliceOfN(rapid.SampledFrom(rows), 0, 3).Draw(t, name)
		var s strings.Builder
		s.WriteString(header + "\n")
		for _, line := range lines {
			for range rapid.SampledFrom([]int{1, 3, blockRows}).Draw(t, "times") {
				s.WriteString(strings.ReplaceAll(line, "#", fmt.Sprint(number)) + "\n")
				number++
			}
		}
		return []byte(s.String())
	}
	return rostertest.Delivery{
		"orgs.csv":  text("orgs.csv", "id,name,type", "O#,Name,school", "O#,Name,school", "O0,Again,school", "O#,Name"),
		"users.csv": text("users.csv", "id,name,status", "P#,n,", "P#, n ,Active", "P#,n,tobedeleted", ",,", "p#,n\x01,", "P#,n,delta", "P#,\"n", "P#,\xff,", "P#,a\"b,"),
		"roles.csv": text("roles.csv", "user,org,role", "P#,O0,student", "P#,O0,teacher", "P#,O1,\"stu\ndent\"", "P0,nowhere,student", "P0,O0,pupil"),
	}
}

// Rows that are read ahead give what rows that are read when they are needed give.
func TestReadingAheadChangesNothing(t *testing.T) {
	whenNeeded := func(blocks iter.Seq[*block]) iter.Seq[*block] { return blocks }
	rapid.Check(t, func(t *rapid.T) {
		delivery := drawDelivery(t)
		want, got := outcome(t, delivery, whenNeeded), outcome(t, delivery, ahead)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-when needed +ahead):\n%s", diff)
		}
	})
}

func outcome(t *rapid.T, delivery rostertest.Delivery, pace func(iter.Seq[*block]) iter.Seq[*block]) string {
	b := roster.NewBuilder(roster.DefaultCodes())
	if err := read(context.Background(), b, delivery, smallFormat(), pace); err != nil {
		t.Fatal(err)
	}
	r, problems := b.Build("small", "")
	if r == nil {
		return rostertest.Outcome(r, problems)
	}
	return rostertest.Outcome(r, problems) + rostertest.Dump(r)
}

// watched is a delivery whose files must not be read after they were closed.
type watched struct {
	rostertest.Delivery
	t    *testing.T
	open int
}

type watchedFile struct {
	io.Reader
	of     *watched
	closed bool
}

func (w *watched) Open(name string) (io.ReadCloser, error) {
	w.open++
	return &watchedFile{Reader: bytes.NewReader(w.Delivery[name]), of: w}, nil
}

func (f *watchedFile) Read(p []byte) (int, error) {
	if f.closed {
		f.of.t.Error("read after it was closed")
	}
	return f.Reader.Read(p[:min(len(p), 512)])
}

func (f *watchedFile) Close() error {
	f.closed = true
	f.of.open--
	return nil
}

// Wherever reading stops, the goroutine has ended and the files are closed.
func TestReadingStops(t *testing.T) {
	rows := strings.Repeat("P,n,\n", 30*blockRows)
	files := smallFormat()[:2]
	for name, c := range map[string]struct {
		row  string
		stop func(n int, cancel func()) // is told of every row
		kind fault.Kind
	}{
		"by the context": {"", func(n int, cancel func()) {
			if n == blockRows+1 {
				cancel()
			}
		}, fault.Canceled},
		"by a catastrophe": {"P,n,delta\n", func(int, func()) {}, ""},
		"in a panic": {"", func(n int, _ func()) {
			if n == blockRows+1 {
				panic("stop")
			}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // fails when a goroutine is left behind
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				n := 0
				first, second := files[1], files[1]
				first.Name = "first.csv"
				first.Add = func(b *roster.Builder, row *roster.Row) {
					n++
					c.stop(n, cancel)
					b.AddPerson(row)
				}
				second.Add = func(*roster.Builder, *roster.Row) { t.Error("a row of the second file") }
				all := &watched{t: t, Delivery: rostertest.Delivery{
					"first.csv": []byte("id,name,status\n" + c.row + rows), "users.csv": []byte("id,name,status\n" + rows),
				}}
				defer func() {
					if _ = recover(); all.open != 0 {
						t.Errorf("%d files are open", all.open)
					}
				}()
				err := Read(ctx, roster.NewBuilder(roster.DefaultCodes()), all, []File{first, second})
				if fault.KindOf(err) != c.kind {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// An error of the source comes after the rows before it.
func TestSourceFails(t *testing.T) {
	broken := errors.New("broken")
	n := 0
	f := smallFormat()[1]
	f.Add = func(*roster.Builder, *roster.Row) { n++ }
	err := Read(context.Background(), roster.NewBuilder(roster.DefaultCodes()), failing{broken}, []File{f})
	if !errors.Is(err, broken) || n != 3*blockRows {
		t.Errorf("got %v after %d rows", err, n)
	}
}

// failing is a snapshot of a file that breaks off.
type failing struct{ err error }

func (failing) Names() []string  { return []string{"users.csv"} }
func (failing) Lines(string) int { return 1 }
func (failing) SHA256() string   { return "" }
func (s failing) Open(string) (io.ReadCloser, error) {
	rows := "id,name,status\n" + strings.Repeat("P,n,\n", 3*blockRows)
	return io.NopCloser(io.MultiReader(strings.NewReader(rows), iotest.ErrReader(s.err))), nil
}
