package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/district"
	"github.com/homeroomhq/homeroom/fault"
)

// The demonstration's district.
const (
	demoPeople = 200
	demoSeed   = 1
	demoDomain = "lakeside.example"
)

func newDemo(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show all of it on a small district that is made up on the spot",
		Long: `Makes up a district, plans, carries the plan out in the embedded directory, runs
again and finds nothing to do, and shows what is now in the directory.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDemo(cmd, a, dir)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "a new folder for the demonstration (default: one among the system's temporary files)")
	return cmd
}

// demoConfig is the configuration of the demonstration.
const demoConfig = `# The configuration of the demonstration. examples/homeroom.yaml explains every
# setting.
passwords: generate
usageLocation: US
userMatchingSettings:
  - roleGroup: {id: staff}
    sourceIdentifier: {code: username}
    matchTarget: {code: userPrincipalName}
    priorityOrder: 0
  - roleGroup: {id: students}
    sourceIdentifier: {code: username}
    matchTarget: {code: userPrincipalName}
    priorityOrder: 1
outboundProvisioningFlowSets:
  - displayName: All schools
    provisioningFlows:
      - "@odata.type": "#microsoft.graph.industryData.userProvisioningFlow"
        createUnmatchedUsers: true
        creationOptions:
          configurations:
            - roleGroup: {id: staff}
            - roleGroup: {id: students}
        managementOptions:
          additionalAttributes: [userGradeLevel]
          additionalOptions:
            studentAgeGroup: minor
            allowStudentContactAssociation: true
      - "@odata.type": "#microsoft.graph.industryData.classGroupProvisioningFlow"
        configuration:
          additionalAttributes: [courseTitle, courseSubject, academicSessionTitle]
          additionalOptions: {createTeam: true, writeDisplayNameOnCreateOnly: false}
      - "@odata.type": "#microsoft.graph.industryData.securityGroupProvisioningFlow"
        creationOptions: {createBasedOnRoleGroup: true, createBasedOnOrgPlusRoleGroup: true}
      - "@odata.type": "#microsoft.graph.industryData.administrativeUnitProvisioningFlow"
        creationOptions: {createBasedOnOrg: true, createBasedOnOrgPlusRoleGroup: true}
`

// demo is one demonstration.
type demo struct {
	cmd    *cobra.Command
	out    io.Writer
	dir    string
	roster string
	config string
	data   string
}

func runDemo(cmd *cobra.Command, a *app, dir string) error {
	d := &demo{cmd: cmd, out: cmd.OutOrStdout()}
	if err := d.settle(dir); err != nil {
		return err
	}
	data := *a
	data.dataDir, data.output = d.data, "text"
	err := d.show(&data)
	if err != nil && cmd.Context().Err() != nil {
		return fault.New(fault.Canceled, "The demonstration was stopped. Delete %s, where its files are.", d.dir)
	}
	return err
}

// show goes through the demonstration.
func (d *demo) show(data *app) error {
	if err := d.makeDistrict(); err != nil {
		return err
	}
	if err := d.sync(data, "2. The plan, and the first run"); err != nil {
		return err
	}
	if err := d.sync(data, "3. The same again"); err != nil {
		return err
	}
	if err := d.tour(data); err != nil {
		return err
	}
	return d.end()
}

// settle finds a place for the demonstration.
func (d *demo) settle(dir string) error {
	var err error
	if dir == "" {
		dir, err = os.MkdirTemp("", "homeroom-demo-")
	} else if err = os.Mkdir(dir, 0o700); errors.Is(err, os.ErrExist) {
		return fault.New(fault.Conflict, "There is something at %s already; name a folder that is not there yet.", dir)
	}
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "The demonstration finds no place for its files")
	}
	d.dir = dir
	d.roster = filepath.Join(dir, "roster")
	d.config = filepath.Join(dir, "homeroom.yaml")
	d.data = filepath.Join(dir, "data")
	return os.WriteFile(d.config, []byte(demoConfig), 0o600)
}

func (d *demo) say(format string, args ...any) error {
	_, err := fmt.Fprintf(d.out, format+"\n", args...)
	return err
}

func (d *demo) makeDistrict() error {
	counts, err := district.Write(d.cmd.Context(), d.roster, district.Options{
		People: demoPeople, Seed: demoSeed, Year: schoolYear(time.Now()), Domain: demoDomain,
	}, nil)
	if err != nil {
		return err
	}
	return d.say("1. A district\n\n%d schools, %d students, %d staff, %d guardians, %d classes, %d enrollments, as SDS V2.1 files in\n%s\n",
		counts.Schools, counts.Students, counts.Staff, counts.Guardians, counts.Classes, counts.Enrollments, d.roster)
}

// schoolYear returns the year in which the school year of a day ends.
func schoolYear(day time.Time) int {
	if day.Month() >= time.August {
		return day.Year() + 1
	}
	return day.Year()
}

func (d *demo) sync(a *app, title string) error {
	if err := d.say("%s\n\n$ %s sync %s -c %s --data %s --yes\n", title, called(), d.roster, d.config, d.data); err != nil {
		return err
	}
	s := syncRun{app: a, cmd: d.cmd, options: runOptions{config: d.config, limit: demoSteps}, yes: true}
	if err := s.run(d.cmd.Context(), d.roster); err != nil {
		return err
	}
	return d.say("")
}

// demoSteps is how many steps of a group the demonstration shows.
const demoSteps = 5

// tour shows what is in the directory now.
func (d *demo) tour(a *app) error {
	if err := d.say("4. What is in the directory now\n"); err != nil {
		return err
	}
	ctx := d.cmd.Context()
	m, err := a.look(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }() // nothing was written
	dir, err := m.embedded(ctx)
	if err != nil {
		return err
	}
	for _, kind := range directory.Kinds() {
		if err := d.showKind(ctx, dir, kind); err != nil {
			return err
		}
	}
	return nil
}

// shownOf is how many objects of a kind the tour shows: a few users, and one of
// the others.
func shownOf(kind directory.Kind) int {
	if kind == directory.User {
		return 3
	}
	return 1
}

// showKind counts the objects of a kind and shows some.
func (d *demo) showKind(ctx context.Context, dir *local.Directory, kind directory.Kind) error {
	var shown []string
	n := 0
	for o, err := range dir.Observe(ctx, kind, directory.Whole) {
		if err != nil {
			return err
		}
		if n++; len(shown) < shownOf(kind) {
			shown = append(shown, o.Anchor())
		}
	}
	if err := d.say("%d of kind %s, for example:\n", n, kind); err != nil {
		return err
	}
	for _, key := range shown {
		item, err := dir.Show(ctx, local.Name{Text: key, Kind: kind})
		if err != nil {
			return err
		}
		if err := local.WriteShown(d.out, item); err != nil {
			return err
		}
		if err := d.say(""); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) end() error {
	return d.say(`5. Go on from here

Everything lies in %[1]s: the roster, homeroom.yaml, and the data.
Look at more of it, or change the roster's files and see what that would do:

  %[5]s directory ls classGroup --data %[2]s
  %[5]s plan %[3]s -c %[4]s --data %[2]s

Delete the folder when you are done.`, d.dir, d.data, d.roster, d.config, called())
}
