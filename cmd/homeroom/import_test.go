package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/store"
)

func memoryFor(t *testing.T, dir string, open func(context.Context) (*store.Store, error)) *memory {
	t.Helper()
	s, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m, err := remember(&memory{Store: s, dir: dir}).forTenant(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// A configuration means the same as a file, once it is imported, and as the file that is
// exported then.
func TestImportMeansTheSame(t *testing.T) {
	dir := t.TempDir()
	for name, m := range map[string]*memory{
		"memory": memoryFor(t, dir, store.OpenMemory),
		"disk": memoryFor(t, dir, func(ctx context.Context) (*store.Store, error) {
			return store.Open(ctx, filepath.Join(dir, databaseName))
		}),
	} {
		t.Run(name, func(t *testing.T) { importMeansTheSame(t, m) })
	}
}

func importMeansTheSame(t *testing.T, m *memory) {
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(drawConfig(t))
		want, err := parseConfig("homeroom.yaml", text, passwords)
		if err != nil {
			t.Fatalf("%v in:\n%s", err, text)
		}
		if err := m.importConfig(t.Context(), want, text, true); err != nil {
			t.Fatal(err)
		}
		got, err := m.configured(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, compareConfigs()...); diff != "" {
			t.Errorf("imported (-want +got):\n%s\nof:\n%s", diff, text)
		}
		exported, _, err := m.exportConfig(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(exported, "p<w>d") {
			t.Errorf("a password is in the export:\n%s", exported)
		}
		again, err := parseConfig("exported.yaml", []byte(exported), passwords)
		if err != nil {
			t.Fatalf("%v in:\n%s", err, exported)
		}
		if diff := cmp.Diff(want, again, compareConfigs()...); diff != "" {
			t.Errorf("exported (-want +got):\n%s\nof:\n%s", diff, exported)
		}
	})
}

// passwords is an environment with the passwords of students.
func passwords(name string) (string, bool) { return "p<w>d", strings.Contains(name, "STUDENTS") }

func compareConfigs() []cmp.Option {
	return []cmp.Option{
		cmp.AllowUnexported(period{}),
		cmp.Transformer("codes", func(c *roster.Codes) map[string][]roster.Code {
			lists := make(map[string][]roster.Code)
			for _, list := range c.Types() {
				lists[list] = c.List(list)
			}
			return lists
		}),
		cmp.Comparer(func(a, b schedule) bool { return a.text == b.text }),
		cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
	}
}

// drawConfig draws a configuration file.
func drawConfig(t *rapid.T) string {
	var b strings.Builder
	some := func(lines string) {
		if rapid.Bool().Draw(t, strings.TrimSpace(strings.SplitN(lines, "\n", 2)[0])) {
			b.WriteString(lines)
		}
	}
	some("# a comment\ntarget: {type: local}\n")
	some("timeZone: Europe/Berlin\n")
	some("userMatchingSettings:\n  - {roleGroup: {id: STAFF}, sourceIdentifier: {code: email}, matchTarget: {code: mail}, priorityOrder: 3}\n" +
		"  - roleGroup: {id: students}\n    sourceIdentifier: {code: username}\n    domainName: school.example\n    priorityOrder: 1\n")
	some("guard: {removals: 5, rollover: 2026-07-01..2026-08-31}\n")
	some("passwords: generate\n")
	some("domains: [a.example, b.example]\n")
	some("usageLocations: {\"0012\": us}\n")
	some("dates: honour\ngraceDays: 3\n")
	some("fallbackOwners: {\"1\": [p1, \"002\"]}\n")
	some("displayNames:\n  classGroup: \"{title} * # {org}\"\n")
	some("referenceDefinitions:\n  - {referenceType: RefGradeLevel, code: prep, displayName: \"Prep: 1\", sortIndex: 999}\n" +
		"  - {referenceType: RefRole, code: AIDE, isDisabled: true}\n")
	b.WriteString("outboundProvisioningFlowSets:\n")
	for i := range rapid.IntRange(1, 3).Draw(t, "sets") {
		drawConfigSet(t, &b, i)
	}
	return b.String()
}

func drawConfigSet(t *rapid.T, b *strings.Builder, i int) {
	fmt.Fprintf(b, "  - displayName: %q\n", rapid.SampledFrom([]string{"All", "1", "yes", "a: b # c", "${X}", "*", "Ünï"}).Draw(t, "name"))
	some := func(lines string) {
		if rapid.Bool().Draw(t, strings.TrimSpace(lines)) {
			b.WriteString(lines)
		}
	}
	some(fmt.Sprintf("    id: set %d\n", 9-i))
	some("    filter: {attribute: ORGEXTERNALID, in: [\"007\", 12, \"12\", \"1e3\"]}\n")
	b.WriteString("    provisioningFlows:\n      - \"@odata.type\": \"#microsoft.graph.industryData.userProvisioningFlow\"\n")
	some("        createUnmatchedUsers: true\n")
	switch rapid.IntRange(0, 3).Draw(t, "creation") {
	case 1:
		b.WriteString("        creationOptions: null\n")
	case 2:
		b.WriteString("        creationOptions: {configurations: []}\n")
	case 3:
		b.WriteString("        creationOptions:\n          configurations:\n          - {roleGroup: {id: staff}, licenseSkus: [A, A, b]}\n" +
			"          - roleGroup: {id: students}\n            defaultPasswordSettings: {password: \"${STUDENTS}\"}\n")
	}
	some("        managementOptions: {additionalAttributes: [userNumber], additionalOptions: {allowStudentContactAssociation: true, markAllStudentsAsMinors: true}}\n")
	if rapid.Bool().Draw(t, "classes") {
		b.WriteString("      - \"@odata.type\": \"microsoft.graph.industryData.classGroupProvisioningFlow\"\n        configuration:\n" +
			"          additionalOptions: {createTeam: true}\n")
		some("          additionalAttributes: [classcode, courseTitle]\n")
		switch rapid.IntRange(0, 2).Draw(t, "mappings") {
		case 1:
			b.WriteString("          enrollmentMappings: {ownerEnrollmentMappings: [], memberEnrollmentMappings: null}\n")
		case 2:
			b.WriteString("          enrollmentMappings: {ownerEnrollmentMappings: [{code: TEACHER}, {code: teacher}], memberEnrollmentMappings: [{code: student}]}\n")
		}
	}
	some("      - {\"@odata.type\": \"#microsoft.graph.industryData.securityGroupProvisioningFlow\", creationOptions: {createBasedOnRoleGroup: true}}\n")
	some("      - {\"@odata.type\": \"#microsoft.graph.industryData.administrativeUnitProvisioningFlow\", creationOptions: {createBasedOnOrg: true}}\n")
}

// Who configures a tenant is settled by who comes first, until an import.
func TestOwners(t *testing.T) {
	dir := t.TempDir()
	m := memoryFor(t, dir, store.OpenMemory)
	file, stored := &runOptions{config: "homeroom.yaml"}, &runOptions{ofAPI: true}
	text, err := os.ReadFile(exampleConfig)
	if err != nil {
		t.Fatal(err)
	}
	c, err := parseConfig(exampleConfig, text, os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = m.exportConfig(t.Context())
	wantFault(t, "export of nothing", err, fault.NotFound)
	for range 2 {
		wantFault(t, "sync -c", m.settleOwner(t.Context(), file), "")
	}
	_, _, err = m.exportConfig(t.Context())
	wantFault(t, "export of a file's", err, fault.NotFound)
	wantFault(t, "import", m.importConfig(t.Context(), c, text, false), "")
	wantFault(t, "second import", m.importConfig(t.Context(), c, text, false), fault.Conflict)
	wantFault(t, "sync -c of the API's", m.settleOwner(t.Context(), file), fault.Conflict)
	wantFault(t, "sync", m.settleOwner(t.Context(), stored), "")
	wantFault(t, "import --replace", m.importConfig(t.Context(), c, text, true), "")
}

func wantFault(t *testing.T, what string, err error, kind fault.Kind) {
	t.Helper()
	if fault.KindOf(err) != kind {
		t.Errorf("%s: %v of kind %q, want %q", what, err, fault.KindOf(err), kind)
	}
}
