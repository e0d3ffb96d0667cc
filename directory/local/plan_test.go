package local

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

// Looking for anchors goes by their index, however many there are. The database
// chooses, and has chosen to walk the whole table before, for every batch of a run.
func TestAnchorsGoByIndex(t *testing.T) {
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(t.TempDir(), "directory.db")))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := Open(t.Context(), db, "tenant"); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 10, batch} {
		rows, err := db.QueryContext(t.Context(), `EXPLAIN QUERY PLAN `+withAnchors(n), make([]any, n+2)...)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(step, "SCAN") || strings.HasSuffix(step, "(tenant=?)") {
				t.Errorf("%d anchors: %s", n, step)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
}
