package store

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

// Whatever one tenant asks for, with the ids of another one's rows, is answered as if those
// were not there, and leaves them as they are. All methods are walked through that are about
// a tenant, and all tables that have one.
func testStrangers(t *testing.T, s *Store) {
	s.KeyTombstones(func() ([]byte, error) { return []byte("a key of the tests"), nil })
	ours := tenantOf(t, s)
	const first, second = "c5b7e0f4-51f9-4a3a-9d4e-61f2d0a1b001", "c5b7e0f4-51f9-4a3a-9d4e-61f2d0a1b002"
	for _, id := range []string{first, second} {
		check(t, s.AddTenant(t.Context(), access.Tenant{ID: id}, access.By{At: monday}))
	}
	alone := newStranger(t, s, first).walk(nil)
	tables := tenantedTables(t, s)
	for table, columns := range tables {
		for variant := range variants {
			putRow(t, s, ours, table, columns, variant)
		}
	}
	there := allRows(t, s, ours, tables)
	beside := newStranger(t, s, second).walk(func(method string) {
		if diff := cmp.Diff(there, allRows(t, s, ours, tables)); diff != "" {
			t.Fatalf("%s changed what another tenant has (-want +got):\n%s", method, diff)
		}
	})
	if diff := cmp.Diff(alone, beside); diff != "" {
		t.Errorf("who has nothing is told of what another tenant has (-alone +beside):\n%s", diff)
	}
	if len(alone) < 200 {
		t.Errorf("only %d calls were made", len(alone))
	}
}

// Tenants are in the order in which they were made, also within one moment of the clock.
func testTenantOrder(t *testing.T, s *Store) {
	want := []string{tenantOf(t, s)}
	for i := range 20 {
		id := fmt.Sprint("tenant ", 9-i%10, i)
		want = append(want, id)
		check(t, s.AddTenant(t.Context(), access.Tenant{ID: id}, access.By{At: monday}))
	}
	got, err := s.Tenants(t.Context())
	check(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tenants (-want +got):\n%s", diff)
	}
	check(t, s.RenameTenant(t.Context(), want[2], "north", access.By{At: monday}))
	check(t, s.RenameTenant(t.Context(), want[2], "north", access.By{At: monday}))
	wantKind(t, s.RenameTenant(t.Context(), want[3], "north", access.By{At: monday}), fault.Conflict)
	wantKind(t, s.AddTenant(t.Context(), access.Tenant{ID: "new", Name: "north"}, access.By{At: monday}), fault.Conflict)
	wantKind(t, s.AddTenant(t.Context(), access.Tenant{ID: want[0], Name: "south"}, access.By{At: monday}), fault.Conflict)
	_, err = s.VerifyAudit(t.Context(), want[2], outbound.Mark{})
	check(t, err)
}

// What is removed with a tenant is all that it has, and nothing of another one.
func testRemoveTenant(t *testing.T, s *Store) {
	ours, tables := tenantOf(t, s), tenantedTables(t, s)
	scope := ledger.Scope{Tenant: "other", Target: "local"}
	lease, err := s.Acquire(t.Context(), ledger.Scope{Tenant: ours, Target: "local"}, "test", ttl)
	check(t, err)
	if err := s.RemoveTenant(t.Context(), lease); err == nil {
		t.Error("the only tenant was removed")
	}
	check(t, s.Release(t.Context(), lease))
	check(t, s.AddTenant(t.Context(), access.Tenant{ID: "other", Name: "other"}, access.By{At: monday}))
	for table, columns := range tables {
		for variant := range variants {
			putRow(t, s, ours, table, columns, variant)
			putRow(t, s, "other", table, columns, variant)
		}
	}
	there := allRows(t, s, ours, tables)
	lease, err = s.Takeover(t.Context(), scope, "test", ttl)
	check(t, err)
	check(t, s.RemoveTenant(t.Context(), lease))
	if left := allRows(t, s, "other", tables); len(left) > 0 {
		t.Errorf("of the tenant there is still: %v", left)
	}
	if diff := cmp.Diff(there, allRows(t, s, ours, tables)); diff != "" {
		t.Errorf("of the other tenant (-want +got):\n%s", diff)
	}
	if left, err := s.Tenants(t.Context()); err != nil || !slices.Equal(left, []string{ours}) {
		t.Errorf("the tenants are %v, %v", left, err)
	}
}

// tenantedTables returns the tables whose rows are of a tenant or of a scope, with their
// columns. A tenant that is removed must take all of them along.
func tenantedTables(t *testing.T, s *Store) map[string][]column {
	t.Helper()
	names := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	columns := `SELECT name, lower(type) FROM pragma_table_info($1)`
	if _, ok := s.dialect.(sqliteDialect); !ok {
		names = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`
		columns = `SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1`
	}
	all, err := query(t.Context(), s.read, scanText, names)
	check(t, err)
	tables := make(map[string][]column)
	for _, name := range all {
		of, err := query(t.Context(), s.read, scanColumn, columns, name)
		check(t, err)
		if slices.ContainsFunc(of, func(c column) bool { return c.name == "tenant" || c.name == "scope" }) {
			tables[name] = of
			if !slices.Contains(append(tenantTables(), scopedTables()...), name) {
				t.Errorf("a tenant that is removed leaves its rows in %s: name it in store/tenant.go", name)
			}
		}
	}
	if want := len(tenantTables()) + len(scopedTables()); len(tables) != want {
		t.Errorf("there are %d tables, want %d", len(tables), want)
	}
	return tables
}

// variants is how many rows a tenant is given in each table. They differ in every column.
const variants = 3

// putRow gives a tenant a row of a table. Some columns have values that queries look for.
func putRow(t *testing.T, s *Store, tenant, table string, columns []column, variant int) {
	t.Helper()
	if table == "scopes" && variant > 0 {
		return // all else is of the first one
	}
	var names, places []string
	var values []any
	for i, c := range columns {
		names, places = append(names, c.name), append(places, fmt.Sprint("$", i+1))
		values = append(values, cellOf(t, s, tenant, table, c, variant))
	}
	_, err := s.write.ExecContext(t.Context(), `INSERT INTO `+table+` (`+strings.Join(names, ", ")+`)
		VALUES (`+strings.Join(places, ", ")+`) ON CONFLICT DO NOTHING`, values...)
	check(t, err)
}

func cellOf(t *testing.T, s *Store, tenant, table string, c column, variant int) any {
	t.Helper()
	switch {
	case c.name == "tenant":
		return tenant
	case table == "scopes" && c.name == "target":
		return "local"
	case c.name == "scope", table == "scopes" && c.name == "id":
		return scopeNumber(t, s, tenant)
	case c.name == "status":
		return []string{"running", "completed", "failed"}[variant]
	case c.name == "kind" && table == "runs":
		return []string{"", "revert", "cleanup"}[variant]
	}
	switch c.kind {
	case "bigint", "integer":
		return int64(variant + 1)
	case "boolean":
		return variant != 1
	case "bytea", "blob":
		return []byte{'x', byte(variant)}[:min(2, variant+1)]
	}
	return []string{"x", "", "y"}[variant]
}

// scopeNumber returns the number of the scope of a tenant, which it may not have yet.
func scopeNumber(t *testing.T, s *Store, tenant string) int64 {
	t.Helper()
	numbers, err := query(t.Context(), s.read, func(row rowScanner) (n int64, err error) { return n, row.Scan(&n) },
		`SELECT id FROM scopes WHERE tenant = $1`, tenant)
	check(t, err)
	if len(numbers) > 0 {
		return numbers[0]
	}
	numbers, err = query(t.Context(), s.read, func(row rowScanner) (n int64, err error) { return n, row.Scan(&n) },
		`SELECT COALESCE(MAX(id), 0) + 1 FROM scopes`)
	check(t, err)
	return numbers[0]
}

// allRows returns all that a tenant has, table by table.
func allRows(t *testing.T, s *Store, tenant string, tables map[string][]column) map[string][]string {
	t.Helper()
	all := make(map[string][]string)
	for table, columns := range tables {
		where := `tenant = $1`
		if slices.ContainsFunc(columns, func(c column) bool { return c.name == "scope" }) && table != "runs" {
			where = `scope IN (SELECT id FROM scopes WHERE tenant = $1)`
		}
		rows, err := query(t.Context(), s.read, func(row rowScanner) (string, error) {
			values, places := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				places[i] = &values[i]
			}
			err := row.Scan(places...)
			return fmt.Sprint(values...), err
		}, `SELECT * FROM `+table+` WHERE `+where, tenant)
		check(t, err)
		if slices.Sort(rows); len(rows) > 0 {
			all[table] = rows
		}
	}
	return all
}

// stranger calls everything that is about a tenant, with ids that another one has.
type stranger struct {
	*testing.T
	s     *Store
	scope ledger.Scope
	at    time.Time
}

func newStranger(t *testing.T, s *Store, tenant string) *stranger {
	return &stranger{T: t, s: s, scope: ledger.Scope{Tenant: tenant, Target: "local"}}
}

// notWalked are methods that are about more than one tenant: a name is no other's, and an
// id is nobody's yet.
func notWalked() []string { return []string{"AddTenant", "RenameTenant", "Backup"} }

// walk calls all methods, at two times, and returns what they say. After each call it calls
// f, if that is not nil.
func (w *stranger) walk(f func(method string)) (said []string) {
	w.Helper()
	store := reflect.ValueOf(w.s)
	for _, w.at = range []time.Time{monday.AddDate(-100, 0, 0), monday.AddDate(100, 0, 0)} {
		for i := range store.NumMethod() {
			name, method := store.Type().Method(i).Name, store.Method(i)
			if name == "RemoveTenant" || slices.Contains(notWalked(), name) || !isOfTenant(method.Type()) {
				continue
			}
			said = append(said, name+": "+w.call(name, method))
			if f != nil {
				f(name)
			}
		}
	}
	said = append(said, "RemoveTenant: "+w.call("RemoveTenant", store.MethodByName("RemoveTenant")))
	if f != nil {
		f("RemoveTenant")
	}
	return said
}

// isOfTenant reports whether a method is about a tenant: that stands behind the context, by
// itself or in what a row is made of.
func isOfTenant(method reflect.Type) bool {
	if method.NumIn() < 2 || method.In(0) != reflect.TypeFor[context.Context]() {
		return false
	}
	of := method.In(1)
	if of.Kind() == reflect.Struct {
		_, named := of.FieldByName("Tenant")
		return named || of == reflect.TypeFor[ledger.Lease]()
	}
	return of.Kind() == reflect.String
}

func (w *stranger) call(name string, method reflect.Value) string {
	w.Helper()
	in := []reflect.Value{reflect.ValueOf(w.Context())}
	of := method.Type()
	for i := 1; i < of.NumIn(); i++ {
		if i == 1 && of.In(i).Kind() == reflect.String {
			in = append(in, reflect.ValueOf(w.scope.Tenant))
			continue
		}
		in = append(in, w.value(of.In(i)))
	}
	var out []reflect.Value
	if of.IsVariadic() {
		out = method.CallSlice(in)
	} else {
		out = method.Call(in)
	}
	var said []string
	for _, value := range out {
		said = append(said, w.told(value))
	}
	w.Logf("%s%v", name, said)
	return strings.Join(said, ", ")
}

// value makes something to call with.
func (w *stranger) value(of reflect.Type) reflect.Value {
	w.Helper()
	switch of {
	case reflect.TypeFor[ledger.Scope]():
		return reflect.ValueOf(w.scope)
	case reflect.TypeFor[ledger.Lease]():
		lease, err := w.s.Takeover(w.Context(), w.scope, "test", ttl)
		check(w.T, err)
		return reflect.ValueOf(lease)
	case reflect.TypeFor[time.Time]():
		return reflect.ValueOf(w.at)
	case reflect.TypeFor[time.Duration]():
		return reflect.ValueOf(ttl)
	case reflect.TypeFor[directory.Kind]():
		return reflect.ValueOf(directory.ClassGroup)
	case reflect.TypeFor[outbound.Owner]():
		return reflect.ValueOf(outbound.API)
	case reflect.TypeFor[[]byte]():
		return reflect.ValueOf([]byte("x"))
	case reflect.TypeFor[outbound.Page]():
		return reflect.ValueOf(outbound.Page{}) // everything
	}
	value := reflect.New(of).Elem()
	switch of.Kind() {
	case reflect.String:
		value.SetString("x")
	case reflect.Int, reflect.Int64:
		value.SetInt(1)
	case reflect.Bool:
		value.SetBool(true)
	case reflect.Slice:
		value.Set(reflect.Append(value, w.value(of.Elem())))
	case reflect.Struct:
		for i := range of.NumField() {
			if f := of.Field(i); f.Name == "Tenant" {
				value.Field(i).SetString(w.scope.Tenant)
			} else if f.IsExported() {
				value.Field(i).Set(w.value(f.Type))
			}
		}
	case reflect.Func: // that does nothing, such as a sequence of nothing
		value.Set(reflect.MakeFunc(of, func([]reflect.Value) (out []reflect.Value) {
			for i := range of.NumOut() {
				out = append(out, reflect.Zero(of.Out(i)))
			}
			return out
		}))
	}
	return value
}

// told returns what was answered as a text, without what is drawn or goes by the clock.
func (w *stranger) told(value reflect.Value) string {
	w.Helper()
	text := ""
	switch of := value.Type(); {
	case of.Kind() == reflect.Func: // a sequence
		yield := reflect.MakeFunc(of.In(0), func(items []reflect.Value) []reflect.Value {
			for _, item := range items {
				text += w.told(item) + " "
			}
			return []reflect.Value{reflect.ValueOf(true)}
		})
		value.Call([]reflect.Value{yield})
		return "[" + text + "]"
	case of == reflect.TypeFor[ledger.Lease]():
		lease := value.Interface().(ledger.Lease)
		lease.Expires = time.Time{}
		text = fmt.Sprintf("%+v", lease)
	case of == reflect.TypeFor[ledger.Handed]():
		handed := value.Interface().(ledger.Handed)
		handed.Left = 0
		text = fmt.Sprintf("%+v", handed)
	case of == reflect.TypeFor[time.Duration]():
		text = value.Interface().(time.Duration).Round(time.Minute).String()
	case of == reflect.TypeFor[outbound.Mark](): // its hash is one of ids that were drawn, too
		text = fmt.Sprint(value.Interface().(outbound.Mark).Record)
	case of == reflect.TypeFor[error]() && !value.IsNil():
		text = value.Interface().(error).Error()
	default:
		text = fmt.Sprintf("%+v", value.Interface())
	}
	text = strings.ReplaceAll(text, w.scope.Tenant, "TENANT")
	text = regexp.MustCompile(`until [-0-9: .]+`).ReplaceAllString(text, "until TIME ") // of a lease
	return regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`).ReplaceAllString(text, "GUID")
}
