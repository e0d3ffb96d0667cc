package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/store"
)

// app is what all commands share.
type app struct {
	dataDir  string
	database string // URL of one of PostgreSQL's; "" for what the environment says
	tenant   string // name or id; "" for the only one
	output   string // text or json
	progress *progress
	watch    func(directory.Target) directory.Target // puts somebody before the target of a sync; nil for nobody
	ahead    time.Duration                           // of the machine's clock; 0 but for tests
}

// now is what the clock says that runs, servers and tokens go by.
func (a *app) now() time.Time { return time.Now().Add(a.ahead) }

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "homeroom",
		Short: "Keep a school's directory true to its roster",
		Long: `Homeroom takes a school's roster (who learns what, where, with whom) and keeps
the school's directory true to it: user accounts, class groups and teams,
security groups, administrative units. It shows what it would do before it does
it, says why, and holds back what looks like an accident.

Begin with:  homeroom demo
Then:        homeroom check PATH    and    homeroom plan PATH -c homeroom.yaml`,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRun: func(cmd *cobra.Command, _ []string) {
			if form := cmd.Flags().Lookup("output"); form != nil && form.Value.String() == "json" {
				a.progress.silence() // a program reads
			}
		},
	}
	root.PersistentFlags().StringVar(&a.dataDir, "data", "", "folder of Homeroom's data (default $HOMEROOM_DATA, else the platform's data folder)")
	root.PersistentFlags().StringVar(&a.database, "database", "", "postgres:// URL of the database (default $"+databaseVariable+", else files in the data folder)")
	root.AddCommand(
		newServe(a), newDemo(a), newGenerate(a), newInit(a), newCheck(a), newMigrate(a), newMove(a), newBackup(a), newRestore(a), newBench(a), newTenants(a),
	)
	for _, cmd := range []*cobra.Command{
		newPlan(a), newExplain(a), newSync(a), newApprove(a), newReject(a), newAccept(a), newRevert(a), newResume(a), newCleanup(a), newDrift(a),
		newRuns(a), newNotices(a), newPlans(a), newPasswords(a), newImport(a), newExport(a), newAudit(a), newDirectoryCommand(a.openDirectory),
		newApps(a), newPerson(a), newPeople(a), newToken(a), newDecide(a), newDoctor(a),
	} { // which are about one tenant
		cmd.PersistentFlags().StringVar(&a.tenant, "tenant", "", "name or id of the tenant, where there are several")
		root.AddCommand(cmd)
	}
	sayUsage(root)
	return root
}

// sayUsage lets every command that is written wrongly say how it is written.
func sayUsage(cmd *cobra.Command) {
	usage := func(cmd *cobra.Command, err error) error {
		return fault.New(fault.Invalid, "%s. Write it as: %s. More: %s --help", err, cmd.UseLine(), cmd.CommandPath())
	}
	cmd.SetFlagErrorFunc(usage)
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usage(cmd, err)
			}
			return nil
		}
	}
	for _, c := range cmd.Commands() {
		sayUsage(c)
	}
}

// outputFlag adds the flag -o to a command, for text, JSON and other forms.
func (a *app) outputFlag(cmd *cobra.Command, others ...string) {
	cmd.Flags().StringVarP(&a.output, "output", "o", "text", "form of the output: "+anyOf(others))
}

// checkOutput refuses an unknown form of output.
func (a *app) checkOutput(others ...string) error {
	if a.output != "text" && a.output != "json" && !slices.Contains(others, a.output) {
		return fault.New(fault.Invalid, "Unknown output %q: it is %s.", a.output, anyOf(others))
	}
	return nil
}

// anyOf lists the forms of output that a command knows.
func anyOf(others []string) string {
	if len(others) == 0 {
		return "text or json"
	}
	last := len(others) - 1
	return strings.Join(append([]string{"text", "json"}, others[:last]...), ", ") + " or " + others[last]
}

// data returns the data folder.
func (a *app) data() (string, error) {
	if a.dataDir != "" {
		return a.dataDir, nil
	}
	if dir := os.Getenv("HOMEROOM_DATA"); dir != "" {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "There is no place for Homeroom's data; name one with --data")
	}
	switch runtime.GOOS {
	case "windows":
		if dir := os.Getenv("LocalAppData"); dir != "" {
			return filepath.Join(dir, "Homeroom"), nil
		}
		return filepath.Join(home, "AppData", "Local", "Homeroom"), nil
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "Homeroom"), nil
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "homeroom"), nil
	}
	return filepath.Join(home, ".local", "share", "homeroom"), nil
}

// databaseVariable may hold the database's URL: whoever looks at the processes of a machine
// sees the passwords that stand on command lines.
const databaseVariable = "HOMEROOM_DATABASE"

// postgres returns the URL of the database, "" for files in the data folder.
func (a *app) postgres() (string, error) {
	address := cmp.Or(a.database, os.Getenv(databaseVariable))
	if address != "" && !store.OnPostgreSQL(address) {
		return "", fault.New(fault.Invalid, "The database must be one of PostgreSQL's, as in postgres://USER:PASSWORD@HOST/DATABASE. "+
			"Files in a folder are named with --data.")
	}
	return address, nil
}

// The files of a data folder.
const (
	databaseName  = "homeroom.db"  // what Homeroom remembers
	directoryName = "directory.db" // the embedded directory
)

// memory is an open data folder.
type memory struct {
	*store.Store
	dir       string
	postgres  string  // URL of the database; "" for files in the data folder
	tenant    string  // its id; "" when all are meant
	reading   bool    // nothing is written
	directory *sql.DB // the embedded directory's, once somebody asked for it
}

// open opens the data folder, and the database that goes with it, for writing, for the
// tenant that was named or the only one, and makes what is not there.
func (a *app) open(ctx context.Context) (*memory, error) {
	m, err := a.openAll(ctx)
	if err != nil {
		return nil, err
	}
	return m.forTenant(ctx, a.tenant)
}

// openAll opens the same for all tenants.
func (a *app) openAll(ctx context.Context) (*memory, error) {
	dir, err := a.makeData()
	if err != nil {
		return nil, err
	}
	postgres, err := a.postgres()
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, cmp.Or(postgres, filepath.Join(dir, databaseName)))
	if err != nil {
		return nil, err
	}
	return remember(&memory{Store: s, dir: dir, postgres: postgres}), nil
}

// makeData returns the data folder, and makes it if it is not there.
func (a *app) makeData() (string, error) {
	dir, err := a.data()
	if err != nil {
		return "", err
	}
	if there, err := os.Stat(dir); err == nil && there.IsDir() {
		return dir, nil
	}
	if err = os.MkdirAll(dir, 0o700); err == nil {
		err = syncFolder(dir)
	}
	return dir, fault.Wrap(err, fault.Invalid, "The data folder %s cannot be made", dir)
}

// look opens the data folder for reading, for the tenant that was named or the only one, and
// makes nothing. Where there is none, it is as if it were empty.
func (a *app) look(ctx context.Context) (*memory, error) {
	m, err := a.lookAtAll(ctx)
	if err != nil {
		return nil, err
	}
	return m.forTenant(ctx, a.tenant)
}

// lookAtAll opens the same for all tenants.
func (a *app) lookAtAll(ctx context.Context) (*memory, error) {
	dir, err := a.data()
	if err != nil {
		return nil, err
	}
	postgres, err := a.postgres()
	if err != nil {
		return nil, err
	}
	s, err := store.OpenReadOnly(ctx, cmp.Or(postgres, filepath.Join(dir, databaseName)))
	if err == nil {
		if _, err = s.DefaultTenant(ctx); err != nil { // whoever made it did not come so far
			_ = s.Close() // the first error says more
		}
	}
	if fault.KindOf(err) == fault.NotFound {
		s, err = store.OpenMemory(ctx)
	}
	if err != nil {
		return nil, err
	}
	return remember(&memory{Store: s, dir: dir, postgres: postgres, reading: true}), nil
}

// remember lets what was opened know those who were forgotten.
func remember(m *memory) *memory {
	m.KeyTombstones(func() ([]byte, error) { return tombstoneKey(m.dir) })
	return m
}

// Close closes the data folder.
func (m *memory) Close() error {
	err := m.Store.Close()
	if m.directory != nil {
		err = errors.Join(err, m.directory.Close())
	}
	return err
}

func (m *memory) scope(target string) ledger.Scope {
	return ledger.Scope{Tenant: m.tenant, Target: target}
}

// openDirectory opens the embedded directory for the commands that look at it or
// change it by hand.
func (a *app) openDirectory(cmd *cobra.Command) (*local.Directory, func(), error) {
	open := a.open
	if cmd.Annotations[onlyReads] != "" {
		open = a.look
	}
	a.progress.begin("directory " + cmd.Name())
	m, err := open(cmd.Context())
	if err != nil {
		return nil, nil, err
	}
	d, err := m.embedded(cmd.Context())
	if err != nil {
		_ = m.Close() // the first error says more
		return nil, nil, err
	}
	return d, func() { _ = m.Close() }, nil
}

// closing closes a data folder when a command is done, and reports what went
// wrong if nothing did before.
func closing(m *memory, err *error) {
	if closed := m.Close(); *err == nil && closed != nil {
		*err = fmt.Errorf("closing the data folder: %w", closed)
	}
}

// wait waits, or returns the context's error when that ends first.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
