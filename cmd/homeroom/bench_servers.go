package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/district"
	"github.com/homeroomhq/homeroom/fault"
)

// serversOptions are the flags of bench servers.
type serversOptions struct {
	people, servers int
	call            time.Duration
}

const (
	serversPeople = 5000 // unless another number is asked for
	serversGoal   = 2    // times as fast as one, three of them
)

func newBenchServers(a *app) *cobra.Command {
	var o serversOptions
	cmd := &cobra.Command{
		Use:   "servers --database URL",
		Short: "Measure how much faster several servers carry out a run than one",
		Long: `Makes the first run of a made-up district with one server and with several that share
a database of PostgreSQL's: once with the embedded directory, which is in that database,
too, and once with the same behind calls that take as long, and as few changes, as those of
a directory far away. The tables are made in schemas of their own, and dropped in the end.

On a machine with few cores the embedded directory is as fast as the processor: what
several servers gain there is little, or nothing.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(a.checkOutput(), o.check()); err != nil {
				return err
			}
			return a.benchServers(cmd, o)
		},
	}
	a.outputFlag(cmd)
	flags := cmd.Flags()
	flags.IntVar(&o.people, "people", serversPeople, "people in the roster")
	flags.IntVar(&o.servers, "servers", 3, "how many servers are compared with one")
	flags.DurationVar(&o.call, "call", 200*time.Millisecond, "how long a call to a directory far away takes")
	return cmd
}

func (o *serversOptions) check() error {
	if o.people < 1 || o.servers < 2 || o.call <= 0 {
		return fault.New(fault.Invalid, "Some people, two servers or more, and calls that take some time are needed.")
	}
	return nil
}

// serversReport is what a measurement of servers tells.
type serversReport struct {
	People   int              `json:"people"`
	Servers  int              `json:"servers"`
	Cores    int              `json:"cores"`
	Call     float64          `json:"callSeconds"` // to a directory far away
	PerCall  int              `json:"changesPerCall"`
	Measured []serversCompare `json:"measured"`
	Numbers  []number         `json:"numbers"`
}

// serversCompare is one run by one server and by several.
type serversCompare struct {
	Target  string  `json:"target"` // embedded or far
	Steps   int     `json:"steps"`
	One     float64 `json:"oneSeconds"`
	Several float64 `json:"severalSeconds"`
	Ratio   float64 `json:"ratio"`
}

// serversBench makes a measurement.
type serversBench struct {
	*app
	cmd      *cobra.Command
	options  serversOptions
	program  string
	dir      string
	database string
	key      string // that all servers have
}

func (a *app) benchServers(cmd *cobra.Command, o serversOptions) (err error) {
	b := &serversBench{app: a, cmd: cmd, options: o, key: base64.StdEncoding.EncodeToString(randomKey())}
	if b.database, err = a.postgres(); err == nil && b.database == "" {
		err = fault.New(fault.Invalid, "Name a database of PostgreSQL's with --database or $%s: servers with files share nothing.", databaseVariable)
	}
	if err != nil {
		return err
	}
	if b.program, err = exec.LookPath(os.Args[0]); err != nil {
		return fault.Wrap(err, fault.Internal, "The program does not find itself")
	}
	if b.dir, err = os.MkdirTemp("", "homeroom-bench-"); err != nil {
		return fault.Wrap(err, fault.Invalid, "There is no place for the files")
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	report, err := b.run(cmd.Context())
	if err != nil {
		return err
	}
	if a.output == "json" {
		return writeJSON(cmd.OutOrStdout(), report)
	}
	return report.write(cmd.OutOrStdout())
}

func randomKey() []byte {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails
	return key
}

func (b *serversBench) run(ctx context.Context) (serversReport, error) {
	o := b.options
	report := serversReport{People: o.people, Servers: o.servers, Cores: runtime.NumCPU(), Call: o.call.Seconds(), PerCall: farPerCall}
	_, err := district.Write(ctx, b.roster(), district.Options{People: o.people, Seed: 1, Year: 2027, Domain: "bench.example"}, nil)
	if err == nil {
		err = os.WriteFile(filepath.Join(b.dir, benchConfig), []byte(demoConfig), 0o600)
	}
	if err != nil {
		return report, err
	}
	for _, target := range []struct {
		name string
		call time.Duration
	}{{"embedded", 0}, {"far", o.call}} {
		c := serversCompare{Target: target.name}
		one, err := b.measure(ctx, 1, target.call)
		if err != nil {
			return report, err
		}
		several, err := b.measure(ctx, o.servers, target.call)
		if err != nil {
			return report, err
		}
		c.Steps, c.One, c.Several, c.Ratio = one.Steps, one.Seconds, several.Seconds, one.Seconds/several.Seconds
		report.Measured = append(report.Measured, c)
	}
	report.judge()
	return report, nil
}

func (b *serversBench) roster() string { return filepath.Join(b.dir, "roster") }

// judge compares the servers with what is asked of three.
func (r *serversReport) judge() {
	var judged benchReport
	for _, c := range r.Measured {
		judged.atLeast("servers", phaseName(c.Target), fmt.Sprintf("%d servers, %s", r.Servers, r.title(c)), timesOne, serversGoal, c.Ratio)
	}
	r.Numbers = judged.Numbers
}

func (r *serversReport) title(c serversCompare) string {
	if c.Target == "embedded" {
		return "embedded directory"
	}
	return fmt.Sprintf("calls of %.0f ms and %d changes", r.Call*1000, r.PerCall)
}

func (r *serversReport) write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, err := fmt.Fprintf(w, "%d people, %s\n\nfirst run\tsteps\t1 server\t%d servers\tratio\t\n", r.People, count(r.Cores, "core", "cores"), r.Servers)
	for _, c := range r.Measured {
		if err == nil {
			_, err = fmt.Fprintf(w, "%s\t%d\t%.1f s\t%.1f s\t%.2f\t\n", r.title(c), c.Steps, c.One, c.Several, c.Ratio)
		}
	}
	return errors.Join(err, w.Flush(), (&benchReport{Numbers: r.Numbers}).writeNumbers(out))
}

// measure makes a run with so many servers, in a schema of its own.
func (b *serversBench) measure(ctx context.Context, servers int, call time.Duration) (told serverFigures, err error) {
	if _, err := fmt.Fprintf(b.cmd.ErrOrStderr(), "%s …\n", count(servers, "server", "servers")); err != nil {
		return told, err
	}
	schema := "homeroom_bench_" + strings.ToLower(rand.Text())
	if err := b.execute(ctx, `CREATE SCHEMA `+schema); err != nil {
		return told, err
	}
	defer func() {
		err = errors.Join(err, b.execute(context.WithoutCancel(ctx), `DROP SCHEMA `+schema+` CASCADE`))
	}()
	address, err := url.Parse(b.database)
	if err != nil {
		return told, fault.New(fault.Invalid, "The address of the database cannot be read.") // it may tell the password
	}
	query := address.Query()
	query.Set("search_path", schema)
	address.RawQuery = query.Encode()
	for i := 1; i < servers; i++ {
		end, err := b.start(ctx, address.String(), fmt.Sprint(schema, i), call)
		if err != nil {
			return told, err
		}
		defer func() { err = errors.Join(err, end()) }()
	}
	lead := b.command(ctx, address.String(), schema, call, "--lead")
	out, err := lead.Output()
	if err == nil {
		_, text, _ := strings.Cut(string(out), serverReady)
		err = json.Unmarshal([]byte(text), &told)
	}
	return told, fault.Wrap(err, fault.Internal, "Measuring a run failed")
}

func (b *serversBench) execute(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, b.database)
	if err != nil {
		return fault.New(fault.Unavailable, "The database does not answer.") // the error may tell the password
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// command is one of the servers.
func (b *serversBench) command(ctx context.Context, database, folder string, call time.Duration, more ...string) *exec.Cmd {
	args := append([]string{
		"bench", "server", b.roster(), "-c", filepath.Join(b.dir, benchConfig), "--data", filepath.Join(b.dir, folder), "--call", call.String(),
	}, more...)
	cmd := exec.CommandContext(ctx, b.program, args...) //nolint:gosec // the program itself, with arguments from here
	cmd.Env = append(os.Environ(), databaseVariable+"="+database, keyVariable+"="+b.key)
	cmd.Stderr = b.cmd.ErrOrStderr()
	return cmd
}

// start starts a server that takes part in the runs of another, and waits until it does. It
// ends when its input does.
func (b *serversBench) start(ctx context.Context, database, folder string, call time.Duration) (end func() error, err error) {
	cmd := b.command(ctx, database, folder, call)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	end = func() error { return errors.Join(in.Close(), cmd.Wait()) }
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return nil, errors.Join(err, end())
	}
	return end, nil
}
