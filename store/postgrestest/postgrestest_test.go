package postgrestest

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

// Databases are empty, each is another one, and texts are not sorted byte by byte in them.
func TestDatabase(t *testing.T) {
	first, second := Database(t), Database(t)
	if first == second {
		t.Fatalf("one database twice: %s", first)
	}
	for _, address := range []string{first, second} {
		conn, err := pgx.Connect(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), `CREATE TABLE t (a TEXT)`); err != nil {
			t.Error(err)
		}
		var bytewise bool
		if err := conn.QueryRow(t.Context(), `SELECT 'B'::text < 'a'::text`).Scan(&bytewise); err != nil || bytewise {
			t.Errorf("texts are sorted byte by byte, or: %v", err)
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
