package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/store/postgrestest"
)

// goods is a model with everything that a filter can meet.
func goods() *odata.Model {
	return &odata.Model{
		Namespace: "sample.shop",
		Types: []*odata.Type{
			{Name: "good", Entity: true, Properties: []odata.Property{
				{Name: "id", Type: "Edm.String", Access: odata.ReadOnly},
				{Name: "createdDateTime", Type: "Edm.DateTimeOffset", Access: odata.ReadOnly},
				{Name: "displayName", Type: "Edm.String", Nullable: true},
				{Name: "opened", Type: "Edm.DateTimeOffset", Nullable: true},
				{Name: "day", Type: "Edm.Date", Nullable: true},
				{Name: "state", Type: "state", Nullable: true},
				{Name: "stock", Type: "Edm.Int32", Nullable: true},
				{Name: "old", Type: "Edm.Boolean", Nullable: true},
				{Name: "tags", Type: "Edm.String", Collection: true, Nullable: true},
				{Name: "sizes", Type: "label", Collection: true, Nullable: true},
				{Name: "label", Type: "label", Nullable: true},
				{Name: "parts", Type: "person", Collection: true, Navigation: true, Contained: true, Counted: true},
			}},
			{Name: "book", Base: "good", Entity: true, Properties: []odata.Property{{Name: "isbn", Type: "Edm.String", Nullable: true}}},
			{Name: "label", Properties: []odata.Property{{Name: "text", Type: "Edm.String", Nullable: true}}},
			{Name: "colorLabel", Base: "label", Properties: []odata.Property{
				{Name: "in", Type: "Edm.String", Collection: true, Nullable: true},
				{Name: "shiny", Type: "Edm.Boolean", Nullable: true},
				{Name: "maker", Type: "person", Navigation: true, Inline: true, Nullable: true},
			}},
			{Name: "person", Entity: true, Properties: []odata.Property{{Name: "id", Type: "Edm.String"}}},
		},
		Enums: []*odata.Enum{{Name: "state", Members: []string{"ready", "gone", "unknownFutureValue"}}},
	}
}

func goodsColumns() columns {
	return columns{Body: "body", Kind: "'sample.shop.' || kind", Fields: map[string]string{"id": "id", "createdDateTime": "created"}, Counts: map[string]string{"parts": "parts"}}
}

// goodsDB is a database with a table of goods.
type goodsDB struct {
	*sql.DB
	dialect dialect
}

// onBoth runs a test on an empty table of each database.
func onBoth(t *testing.T, test func(t *testing.T, db goodsDB)) {
	for name, open := range map[string]func(t *testing.T) (*sql.DB, error){
		"sqlite":   func(*testing.T) (*sql.DB, error) { return openPool(memoryAddress() + fleeing) },
		"postgres": func(t *testing.T) (*sql.DB, error) { return Handle(postgrestest.Database(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			db, err := open(t)
			check(t, err)
			defer db.Close()
			db.SetMaxOpenConns(1)
			_, err = db.ExecContext(t.Context(),
				`CREATE TABLE goods (id TEXT PRIMARY KEY, kind TEXT NOT NULL, created BIGINT NOT NULL, body TEXT NOT NULL, parts INTEGER NOT NULL)`)
			check(t, err)
			test(t, goodsDB{db, dialectNamed(name)})
		})
	}
}

func dialectNamed(name string) dialect {
	if name == "postgres" {
		return postgresDialect{}
	}
	return sqliteDialect{}
}

// put makes goods what is in the table.
func (db goodsDB) put(t rapid.TB, m *odata.Model, list []*odata.Entity) {
	t.Helper()
	ctx := context.Background()
	if _, err := db.ExecContext(ctx, `DELETE FROM goods`); err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		body, err := m.Stored(e)
		if err != nil {
			t.Fatal(err)
		}
		parts, _ := e.Values["parts"].([]any)
		_, err = db.ExecContext(ctx, `INSERT INTO goods VALUES ($1, $2, $3, $4, $5)`,
			e.Values["id"], e.Type.Name, micros(e.Values["createdDateTime"].(time.Time)), string(body), len(parts))
		if err != nil {
			t.Fatal(err)
		}
	}
}

// findGoods returns the ids of the goods that a condition holds of, in an order.
func findGoods(t rapid.TB, db goodsDB, condition, order string, args []any) []string {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), "SELECT id FROM goods WHERE "+condition+" ORDER BY "+order, args...)
	if err != nil {
		t.Fatalf("%s: %v", condition, err)
	}
	defer rows.Close()
	ids := []string{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return ids
}

// The database and the evaluation in memory are each other's oracle: of random goods they
// find the same ones by a random filter, in the same order.
func TestWhereIsEvaluate(t *testing.T) { onBoth(t, testWhereIsEvaluate) }

func testWhereIsEvaluate(t *testing.T, db goodsDB) {
	m := goods()
	rapid.Check(t, func(t *rapid.T) {
		list := drawGoods(t, m)
		db.put(t, m, list)
		for range 20 {
			filter, order := drawCondition(t, 4, nil), drawOrder(t)
			q, err := m.ParseQuery(m.Type("good"), "$filter="+url.QueryEscape(filter)+"&$orderby="+url.QueryEscape(order))
			if err != nil {
				t.Fatalf("%s: %v", filter, err)
			}
			condition, args := where(db.dialect, q.Filter, goodsColumns(), []any{"x"})
			got := findGoods(t, db, "$1 = 'x' AND "+condition, orderBy(db.dialect, q.OrderBy, goodsColumns()), args)
			want := []string{}
			sorted := slices.Clone(list)
			m.Sort(sorted, q.OrderBy)
			for _, e := range sorted {
				if m.Evaluate(q.Filter, e) {
					want = append(want, e.Values["id"].(string))
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s order by %s\n%s\n%v\n(-memory +database):\n%s", filter, order, condition, args, diff)
			}
		}
	})
}

// Pages, one after the other by their links, are the whole list, whatever the order.
func TestPages(t *testing.T) { onBoth(t, testPages) }

func testPages(t *testing.T, db goodsDB) {
	m := goods()
	rapid.Check(t, func(t *rapid.T) {
		list := drawGoods(t, m)
		db.put(t, m, list)
		byID := make(map[string]*odata.Entity)
		for _, e := range list {
			byID[e.Values["id"].(string)] = e
		}
		raw := "$orderby=" + url.QueryEscape(drawOrder(t))
		if rapid.Bool().Draw(t, "by id") {
			raw = ""
		}
		got, want := []string{}, []string{}
		for range len(list) + 1 {
			q, err := m.ParseQuery(m.Type("good"), raw)
			if err != nil {
				t.Fatal(err)
			}
			if len(want) == 0 {
				m.Sort(list, q.OrderBy)
				for _, e := range list {
					want = append(want, e.Values["id"].(string))
				}
			}
			condition, args := where(db.dialect, q.After, goodsColumns(), nil)
			page := findGoods(t, db, condition, orderBy(db.dialect, q.OrderBy, goodsColumns())+" LIMIT 2", args)
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			_, raw, _ = strings.Cut(m.NextLink("https://host/beta/goods", q, byID[page[len(page)-1]]), "?")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s (-whole +pages):\n%s", raw, diff)
		}
	})
}

func drawGoods(t *rapid.T, m *odata.Model) []*odata.Entity {
	var list []*odata.Entity
	for i := range rapid.IntRange(0, 8).Draw(t, "goods") {
		e := &odata.Entity{Type: m.Type(rapid.SampledFrom([]string{"good", "book"}).Draw(t, "type"))}
		e.Values = map[string]any{
			"id":              fmt.Sprintf("%08d-0000-4000-8000-000000000000", i),
			"createdDateTime": drawTime(t, time.Microsecond),
		}
		put := func(name string, draw func() any) {
			switch rapid.IntRange(0, 5).Draw(t, name) {
			case 0: // not said
			case 1:
				e.Values[name] = nil
			default:
				e.Values[name] = draw()
			}
		}
		put("displayName", func() any { return drawText(t) })
		put("opened", func() any { return drawTime(t, 100*time.Nanosecond) })
		put("day", func() any { return drawTime(t, time.Hour).Format(time.DateOnly) })
		put("state", func() any { return rapid.SampledFrom([]string{"ready", "gone"}).Draw(t, "state") })
		put("stock", func() any { return int64(rapid.IntRange(-2, 2).Draw(t, "stock")) })
		put("old", func() any { return rapid.Bool().Draw(t, "old") })
		put("tags", func() any { return drawTexts(t) })
		put("label", func() any { return drawLabel(t, m) })
		put("sizes", func() any {
			items := []any{}
			for range rapid.IntRange(0, 3).Draw(t, "sizes") {
				items = append(items, drawLabel(t, m))
			}
			return items
		})
		put("parts", func() any { return make([]any, rapid.IntRange(0, 2).Draw(t, "parts")) })
		if e.Type.Name == "book" {
			put("isbn", func() any { return drawText(t) })
		}
		list = append(list, e)
	}
	return list
}

func drawLabel(t *rapid.T, m *odata.Model) *odata.Entity {
	e := &odata.Entity{Type: m.Type("label"), Values: map[string]any{}}
	if rapid.Bool().Draw(t, "text") {
		e.Values["text"] = drawText(t)
	}
	if rapid.Bool().Draw(t, "color") {
		e.Type = m.Type("colorLabel")
		e.Values["in"] = drawTexts(t)
		if rapid.Bool().Draw(t, "said") {
			e.Values["shiny"] = rapid.Bool().Draw(t, "shiny")
			e.Values["maker"] = &odata.Entity{Type: m.Type("person"), Values: map[string]any{"id": drawText(t)}}
		}
	}
	return e
}

func drawTexts(t *rapid.T) []any {
	items := []any{}
	for range rapid.IntRange(0, 3).Draw(t, "texts") {
		items = append(items, drawText(t))
	}
	return items
}

// drawText draws a short text of few letters, so that texts often meet.
func drawText(t *rapid.T) string {
	return rapid.StringOfN(rapid.SampledFrom([]rune("aAbéÉß' 1\"\\%_🎓")), 0, 4, -1).Draw(t, "text")
}

// drawTime draws one of few times, before and after 1970.
func drawTime(t *rapid.T, unit time.Duration) time.Time {
	base := rapid.SampledFrom([]time.Time{
		time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC), time.Date(1960, 2, 29, 23, 59, 59, 0, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Second),
	}).Draw(t, "time")
	return base.Add(time.Duration(rapid.IntRange(0, 12).Draw(t, "units")) * unit)
}

// bound is a variable of a lambda around: of texts, or of labels.
type bound struct {
	name   string
	labels bool
}

func drawCondition(t *rapid.T, depth int, variables []bound) string {
	simple := []func() string{
		func() string {
			left, right, kind := drawOperands(t, variables, depth)
			return drawComparison(t, left, right, kind)
		},
		func() string { return drawPath(t, "boolean", variables) },
		func() string { return drawIn(t, variables) },
		func() string {
			return rapid.SampledFrom([]string{"contains", "startswith", "endswith"}).Draw(t, "function") +
				"(" + drawTextOperand(t, variables, depth) + "," + drawTextOperand(t, variables, depth) + ")"
		},
		func() string {
			return rapid.SampledFrom([]string{
				"null", "true", "isof(sample.shop.book)", "isof(label,sample.shop.colorLabel)", "isof(label,'sample.shop.label')", "label eq null",
				"label/sample.shop.colorLabel ne null", "state has 'ready'",
			}).Draw(t, "constant")
		},
	}
	if depth <= 0 {
		return rapid.SampledFrom(simple).Draw(t, "simple")()
	}
	sub := func() string { return drawCondition(t, depth-1, variables) }
	return rapid.SampledFrom(append(simple,
		func() string { return "(" + sub() + ") and (" + sub() + ")" },
		func() string { return "(" + sub() + ") or (" + sub() + ")" },
		func() string { return "not (" + sub() + ")" },
		func() string { return "(" + sub() + ") eq (" + sub() + ")" },
		func() string {
			if len(variables) > 0 && !variables[len(variables)-1].labels {
				return sub() // a text has no collections
			}
			return drawLambda(t, depth, variables)
		},
	)).Draw(t, "condition")()
}

func drawLambda(t *rapid.T, depth int, variables []bound) string {
	v := bound{name: fmt.Sprintf("v%d", len(variables))}
	of := rapid.SampledFrom([]string{"tags", "label/sample.shop.colorLabel/in", "sizes"}).Draw(t, "collection")
	v.labels = of == "sizes"
	if len(variables) > 0 { // the collections of the innermost variable alone
		of, v.labels = variables[len(variables)-1].name+"/sample.shop.colorLabel/in", false
	}
	kind := rapid.SampledFrom([]string{"any", "any", "all", "some"}).Draw(t, "kind")
	if kind == "some" {
		return of + "/any()"
	}
	return of + "/" + kind + "(" + v.name + ":" + drawCondition(t, depth-1, append(slices.Clone(variables), v)) + ")"
}

func drawComparison(t *rapid.T, left, right, kind string) string {
	operators := []string{"eq", "ne", "gt", "ge", "lt", "le"}
	if kind == "boolean" || kind == "state" {
		operators = operators[:2]
	}
	return left + " " + rapid.SampledFrom(operators).Draw(t, "operator") + " " + right
}

// drawOperands draws two operands of one kind.
func drawOperands(t *rapid.T, variables []bound, depth int) (left, right, kind string) {
	kind = rapid.SampledFrom([]string{"text", "integer", "time", "day", "boolean", "state"}).Draw(t, "kind")
	one := func() string {
		switch {
		case rapid.IntRange(0, 8).Draw(t, "null") == 0:
			return "null"
		case kind == "text":
			return drawTextOperand(t, variables, depth)
		case kind == "integer" && rapid.Bool().Draw(t, "function"):
			return drawInteger(t, variables, depth)
		case kind == "day" && rapid.IntRange(0, 3).Draw(t, "date") == 0:
			return "date(" + drawMoment(t, variables) + ")"
		case rapid.Bool().Draw(t, "literal"):
			return drawLiteral(t, kind)
		}
		return drawPath(t, kind, variables)
	}
	return one(), one(), kind
}

// drawInteger draws what is counted, or found out about texts, times and days.
func drawInteger(t *rapid.T, variables []bound, depth int) string {
	draws := []func() string{
		func() string { return "length(" + drawTextOperand(t, variables, depth) + ")" },
		func() string {
			return "indexof(" + drawTextOperand(t, variables, depth) + "," + drawTextOperand(t, variables, depth) + ")"
		},
		func() string {
			return rapid.SampledFrom([]string{"hour", "minute", "second", "day", "month", "year"}).Draw(t, "part") + "(" + drawMoment(t, variables) + ")"
		},
		func() string {
			return rapid.SampledFrom([]string{"day", "month", "year"}).Draw(t, "part") + "(" + drawPath(t, "day", variables) + ")"
		},
	}
	switch {
	case len(variables) == 0:
		draws = append(draws, func() string {
			of := []string{"tags", "sizes", "label/sample.shop.colorLabel/in", "parts", "sample.shop.book/parts"}
			return rapid.SampledFrom(of).Draw(t, "collection") + "/$count"
		})
	case variables[len(variables)-1].labels:
		draws = append(draws, func() string { return variables[len(variables)-1].name + "/sample.shop.colorLabel/in/$count" })
	}
	return rapid.SampledFrom(draws).Draw(t, "integer")()
}

// drawMoment draws a time.
func drawMoment(t *rapid.T, variables []bound) string {
	switch rapid.IntRange(0, 5).Draw(t, "moment") {
	case 0:
		return "now()"
	case 1:
		return drawLiteral(t, "time")
	}
	return drawPath(t, "time", variables)
}

func drawTextOperand(t *rapid.T, variables []bound, depth int) string {
	switch rapid.IntRange(0, 8).Draw(t, "operand") {
	case 0, 1:
		return drawLiteral(t, "text")
	case 2:
		if depth > 0 {
			return rapid.SampledFrom([]string{"tolower", "toupper", "trim"}).Draw(t, "function") + "(" + drawTextOperand(t, variables, depth-1) + ")"
		}
	case 3:
		if depth > 0 {
			return "concat(" + drawTextOperand(t, variables, depth-1) + "," + drawTextOperand(t, variables, depth-1) + ")"
		}
	}
	return drawPath(t, "text", variables)
}

func drawLiteral(t *rapid.T, kind string) string {
	switch kind {
	case "integer":
		return fmt.Sprint(rapid.IntRange(-2, 4).Draw(t, "integer"))
	case "time":
		return drawTime(t, 100*time.Nanosecond).Format(time.RFC3339Nano)
	case "day":
		return drawTime(t, time.Hour).Format(time.DateOnly)
	case "boolean":
		return fmt.Sprint(rapid.Bool().Draw(t, "boolean"))
	case "state":
		return rapid.SampledFrom([]string{"'ready'", "sample.shop.state'gone'"}).Draw(t, "state")
	}
	return "'" + strings.ReplaceAll(drawText(t), "'", "''") + "'"
}

// drawPath draws a path to a value of a kind.
func drawPath(t *rapid.T, kind string, variables []bound) string {
	paths := map[string][]string{
		"text":    {"id", "displayName", "sample.shop.book/isbn", "label/text", "label/sample.shop.colorLabel/maker/id"},
		"integer": {"stock"},
		"time":    {"createdDateTime", "opened"},
		"day":     {"day"},
		"boolean": {"old", "label/sample.shop.colorLabel/shiny"},
		"state":   {"state"},
	}[kind]
	for _, v := range variables {
		switch {
		case kind == "text" && v.labels:
			paths = append(paths, v.name+"/text", v.name+"/text", v.name+"/sample.shop.colorLabel/maker/id")
		case kind == "text":
			paths = append(paths, v.name, v.name, v.name)
		case kind == "boolean" && v.labels:
			paths = append(paths, v.name+"/sample.shop.colorLabel/shiny")
		}
	}
	return rapid.SampledFrom(paths).Draw(t, "path")
}

func drawIn(t *rapid.T, variables []bound) string {
	kind := rapid.SampledFrom([]string{"text", "integer", "time", "state", "boolean"}).Draw(t, "kind")
	var items []string
	for range rapid.IntRange(1, 3).Draw(t, "items") {
		if item := drawLiteral(t, kind); rapid.IntRange(0, 3).Draw(t, "null") > 0 {
			items = append(items, item)
		} else {
			items = append(items, "null")
		}
	}
	return drawPath(t, kind, variables) + " in (" + strings.Join(items, ",") + ")"
}

func drawOrder(t *rapid.T) string {
	keys := []string{}
	for range rapid.IntRange(1, 3).Draw(t, "keys") {
		kind := rapid.SampledFrom([]string{"text", "integer", "time", "day", "boolean", "state"}).Draw(t, "kind")
		keys = append(keys, drawPath(t, kind, nil)+rapid.SampledFrom([]string{"", " asc", " desc"}).Draw(t, "direction"))
	}
	return strings.Join(keys, ",")
}

// The longest and the deepest filters that are read are ones that the database takes.
func TestLongestFilters(t *testing.T) { onBoth(t, testLongestFilters) }

func testLongestFilters(t *testing.T, db goodsDB) {
	m := goods()
	tests := map[string]string{
		"operators":   "stock eq 1" + strings.Repeat(" or createdDateTime le 2024-01-01", 99),
		"list":        "stock in (1" + strings.Repeat(",1", 3000) + ")",
		"parentheses": strings.Repeat("(", 32) + "old" + strings.Repeat(")", 32),
		"nots":        strings.Repeat("not ", 32) + "old",
		"ins":         strings.Repeat("(", 32) + "old" + strings.Repeat(" in (true,null))", 32),
		"functions":   "contains(" + strings.Repeat("tolower(", 31) + "displayName" + strings.Repeat(")", 31) + ",'a')",
		"dates":       strings.Repeat("date(opened) eq date(createdDateTime) and ", 65) + "sizes/$count ge tags/$count",
	}
	for name, filter := range tests {
		t.Run(name, func(t *testing.T) {
			q, err := m.ParseQuery(m.Type("good"), "$filter="+url.QueryEscape(filter))
			if err != nil {
				t.Fatal(err)
			}
			condition, args := where(db.dialect, q.Filter, goodsColumns(), nil)
			findGoods(t, db, condition, "id", args)
		})
	}
}

// Flows are counted for the set of this tenant alone: an import can give two tenants sets
// of one id.
func TestCountedFlows(t *testing.T) {
	s, err := OpenMemory(t.Context())
	check(t, err)
	defer s.Close()
	check(t, s.AddTenant(t.Context(), access.Tenant{ID: "somebody"}, access.By{}))
	set := flowSet(1)
	check(t, s.CreateFlowSet(t.Context(), tenantOf(t, s), set, nil, written))
	check(t, s.CreateFlowSet(t.Context(), "somebody", set, []outbound.Flow{setFlow(set, 1, "userProvisioningFlow")}, written))
	count := odata.Count{Of: odata.Path{Steps: []odata.Step{{Property: "provisioningFlows"}}, Collection: true}}
	for tenant, want := range map[string]int{tenantOf(t, s): 0, "somebody": 1} {
		got, err := s.CountFlowSets(t.Context(), tenant, odata.Compare{Operator: odata.Equal, Left: count, Right: odata.Literal{Value: int64(1)}})
		check(t, err)
		if got != want {
			t.Errorf("%s: %d sets with a flow, want %d", tenant, got, want)
		}
	}
}
