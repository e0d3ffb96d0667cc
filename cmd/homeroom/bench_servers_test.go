package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/homeroomhq/homeroom/store"
	"github.com/homeroomhq/homeroom/store/postgrestest"
)

// A measurement of servers makes the same run four times, and leaves nothing behind.
func TestBenchServers(t *testing.T) {
	database := postgrestest.Database(t)
	cmd := exec.Command("homeroom", "bench", "servers", "--people", "200", "--servers", "2", "--call", "1ms", "-o", "json")
	cmd.Env = append(os.Environ(), databaseVariable+"="+database, "TMPDIR="+t.TempDir())
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var report serversReport
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Measured) != 2 || len(report.Numbers) != 2 || report.Servers != 2 {
		t.Fatalf("the report says %s", out)
	}
	for _, c := range report.Measured {
		if c.Steps < 100 || c.Steps != report.Measured[0].Steps || c.One <= 0 || c.Several <= 0 || c.Ratio != c.One/c.Several {
			t.Errorf("measured: %+v", c)
		}
	}
	db, err := store.HandleReadOnly(database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	left := 0
	err = db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`).Scan(&left)
	if err != nil || left != 0 {
		t.Errorf("there are %d tables left; %v", left, err)
	}
}
