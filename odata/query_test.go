package odata

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// shop is a model with everything that a query can meet: a shop has goods, some of which
// are books.
func shop() *Model {
	return &Model{
		Namespace: "sample.shop",
		Types: []*Type{
			{Name: "shop", Entity: true, Properties: []Property{
				{Name: "id", Type: "Edm.String", Access: ReadOnly},
				{Name: "goods", Type: "good", Collection: true, Navigation: true, Contained: true},
				{Name: "owner", Type: "person", Navigation: true},
			}},
			{Name: "good", Entity: true, Abstract: true, Properties: []Property{
				{Name: "id", Type: "Edm.String", Access: ReadOnly},
				{Name: "displayName", Type: "Edm.String"},
				{Name: "createdDateTime", Type: "Edm.DateTimeOffset", Nullable: true},
				{Name: "onSale", Type: "Edm.Date", Nullable: true},
				{Name: "state", Type: "state", Nullable: true},
				{Name: "stock", Type: "Edm.Int32", Nullable: true},
				{Name: "tags", Type: "Edm.String", Collection: true, Nullable: true},
				{Name: "sizes", Type: "size", Collection: true, Nullable: true},
				{Name: "label", Type: "label", Nullable: true},
				{Name: "reviews", Type: "review", Collection: true, Navigation: true, Contained: true},
				{Name: "parts", Type: "review", Collection: true, Navigation: true, Contained: true, Counted: true},
			}},
			{Name: "book", Base: "good", Entity: true, Properties: []Property{{Name: "isbn", Type: "Edm.String", Nullable: true}, {Name: "old", Type: "Edm.Boolean", Nullable: true}}},
			{Name: "toy", Base: "good", Entity: true, Properties: []Property{{Name: "old", Type: "Edm.Boolean", Nullable: true}, {Name: "pin", Type: "Edm.String", Access: Secret}}},
			{Name: "size", Properties: []Property{
				{Name: "name", Type: "Edm.String"},
				{Name: "states", Type: "state", Collection: true},
				{Name: "maker", Type: "person", Navigation: true, Inline: true, Nullable: true},
			}},
			{Name: "label", Abstract: true, Properties: []Property{{Name: "text", Type: "Edm.String", Nullable: true}}},
			{Name: "colorLabel", Base: "label", Properties: []Property{{Name: "in", Type: "Edm.String", Collection: true}, {Name: "shiny", Type: "Edm.Boolean"}}},
			{Name: "person", Entity: true, Properties: []Property{{Name: "id", Type: "Edm.String"}, {Name: "displayName", Type: "Edm.String"}, {Name: "shops", Type: "shop", Collection: true, Navigation: true}}},
			{Name: "review", Entity: true, Properties: []Property{{Name: "id", Type: "Edm.String"}, {Name: "text", Type: "Edm.String"}, {Name: "by", Type: "person", Navigation: true}}},
		},
		Enums: []*Enum{{Name: "state", Members: []string{"ready", "gone", "unknownFutureValue"}}},
	}
}

// book is a good with a value of everything.
func book(m *Model) *Entity {
	return &Entity{Type: m.Type("book"), Values: map[string]any{
		"id": "b1", "displayName": "L'été d'Ana", "isbn": "978", "old": true, "state": "ready", "stock": int64(3), "onSale": "2024-05-01",
		"createdDateTime": time.Date(2024, 5, 1, 10, 30, 0, 123456700, time.UTC),
		"tags":            []any{"a", "b", "it's"},
		"parts":           []any{&Entity{Type: m.Type("review")}, &Entity{Type: m.Type("review")}},
		"label":           &Entity{Type: m.Type("colorLabel"), Values: map[string]any{"text": nil, "in": []any{"red"}, "shiny": false}},
		"sizes": []any{
			&Entity{Type: m.Type("size"), Values: map[string]any{"name": "S", "states": []any{"ready", "gone"}, "maker": &Entity{Type: m.Type("person"), Values: map[string]any{"id": "p1"}}}},
			&Entity{Type: m.Type("size"), Values: map[string]any{"name": "M", "states": []any{}}},
		},
	}}
}

// toy is a good with nothing but its id.
func toy(m *Model) *Entity {
	return &Entity{Type: m.Type("toy"), Values: map[string]any{"id": "t1", "label": nil}}
}

func TestFilter(t *testing.T) {
	tests := []struct {
		filter    string
		book, toy bool
	}{
		// Comparison, and null (OData 4.01 URL Conventions 5.1.1.1).
		{"displayName eq 'L''été d''Ana'", true, false},
		{"DisplayName EQ 'L''été d''Ana'", true, false},
		{"'L''été d''Ana' eq displayName", true, false},
		{"displayName ne 'x'", true, true},
		{"displayName eq null", false, true},
		{"displayName ne null", true, false},
		{"null eq null", true, true},
		{"displayName gt 'K'", true, false},
		{"displayName lt 'Z'", true, false},
		{"stock gt 2 and stock lt 4", true, false},
		{"stock ge 3 and stock le 3", true, false},
		{"stock gt -5", true, false},
		{"stock gt null", false, false},
		{"stock ge null", false, true},
		{"stock le null", false, true},
		{"not (stock gt 5)", true, true},
		{"id eq 'b1' or id eq 't1'", true, true},
		// Null in and, or and not.
		{"sample.shop.book/old", true, false},
		{"not sample.shop.book/old", false, false},
		{"sample.shop.book/old eq null", false, true},
		{"sample.shop.book/old eq true or id eq 't1'", true, true},
		{"not (sample.shop.book/old and id eq 't1')", true, false},
		{"not (sample.shop.book/old and id eq 'x')", true, true},
		{"sample.shop.book/old or null", true, false},
		{"sample.shop.book/old and id eq 't1'", false, false},
		{"not (sample.shop.book/old or id eq 'x')", false, false},
		{"sample.shop.toy/old eq null", true, true},
		{"null or id eq 't1'", false, true},
		{"not null", false, false},
		{"not contains(displayName,'Q')", true, false},
		// Precedence: and before or, comparison before both, not before comparison.
		{"id eq 't1' or id eq 'b1' and id eq 'x'", false, true},
		{"(id eq 't1' or id eq 'b1') and id eq 'b1'", true, false},
		{"not contains(displayName,'Q') eq true", true, false},
		{"stock gt 2 eq true", true, false},
		// Texts.
		{"contains(displayName,'été')", true, false},
		{"contains(displayName,'ÉTÉ')", false, false},
		{"contains(tolower(displayName),tolower('ÉTÉ'))", true, false},
		{"contains(toupper(displayName),'ÉTÉ')", true, false},
		{"startswith(displayName,'L''')", true, false},
		{"startswith(displayName,'l''')", false, false},
		{"endswith(displayName,'Ana') eq true", true, false},
		{"length(displayName) eq 11", true, false},
		{"trim(' b1 ') eq id", true, false},
		{"concat(id,'x') eq 'b1x'", true, false},
		{"concat(id,null) eq null", true, true},
		{"indexof(displayName,'d''Ana') eq 6", true, false},
		{"indexof(displayName,'x') eq -1", true, false},
		{"indexof(id,'') eq 0", true, true},
		{"contains(displayName,null) eq null", true, true},
		{"contains(displayName,'')", true, false},
		// Dates.
		{"createdDateTime gt 2024-05-01T12:00:00+02:00", true, false},
		{"createdDateTime eq 2024-05-01T10:30:00.1234567Z", true, false},
		{"createdDateTime eq 2024-05-01T12:30:00.123456799+02:00", true, false},
		{"createdDateTime lt 2024-05-01T10:31Z", true, false},
		{"createdDateTime ge 2024-05-01 and createdDateTime lt 2024-05-02", true, false},
		{"onSale eq 2024-05-01", true, false},
		{"onSale lt 2024-10-01", true, false},
		{"year(createdDateTime) eq 2024 and month(createdDateTime) eq 5 and day(createdDateTime) eq 1", true, false},
		{"Year(onSale) eq 2024 and month(onSale) eq 5 and day(onSale) eq 1", true, false},
		{"hour(createdDateTime) eq 10 and minute(createdDateTime) eq 30 and second(createdDateTime) eq 0", true, false},
		{"hour(2024-05-01T00:30:00+02:00) eq 22", true, true},
		{"date(createdDateTime) eq 2024-05-01 and date(createdDateTime) eq onSale", true, false},
		{"date(now()) eq 2024-06-01 and createdDateTime lt now()", true, false},
		{"year(onSale) ne 2023", true, true},
		{"year(null) eq null", true, true},
		// Enums.
		{"state eq 'ready'", true, false},
		{"state eq 'READY'", true, false},
		{"state eq sample.shop.state'ready'", true, false},
		{"state ne 'gone'", true, true},
		{"state has sample.shop.state'ready'", true, false},
		{"not (state has 'ready')", false, false},
		{"state in ('gone','ready')", true, false},
		// in.
		{"id in ('b1', 'x')", true, false},
		{"not id in ('b1')", false, true},
		{"stock in (1,3)", true, false},
		{"stock in (1,null)", false, true},
		{"id eq 3FA85F64-5717-4562-b3fc-2c963f66afa6", false, false},
		// Paths, casts, types.
		{"label eq null", false, true},
		{"label/text eq null", true, true},
		{"label/sample.shop.colorLabel/shiny eq false", true, false},
		{"label/sample.shop.colorLabel eq null", false, true},
		{"isof('sample.shop.book')", true, false},
		{"isof(sample.shop.good)", true, true},
		{"isof(label,sample.shop.colorLabel)", true, false},
		{"isof(label,'sample.shop.label')", true, false},
		{"$it/id eq 'b1'", true, false},
		// Collections.
		{"tags/any()", true, false},
		{"tags/any(t:t eq 'it''s')", true, false},
		{"tags/any(t:startswith(t,'x'))", false, false},
		{"tags/all(t:length(t) gt 0)", true, true},
		{"tags/all(t:t eq 'a')", false, true},
		{"not tags/any(t:t eq 'a')", false, true},
		{"label/sample.shop.colorLabel/in/any(x:x in ('red','blue'))", true, false},
		{"sizes/any(s:s/name eq 'M' and not s/states/any())", true, false},
		{"sizes/any(s:s/states/any(x:x eq 'gone' and s/name eq 'S' and id eq 'b1'))", true, false},
		{"sizes/any(s:s/states/any(x:x eq 'gone' and s/name eq 'M'))", false, false},
		{"sizes/any(s:s/maker/id eq 'p1')", true, false},
		{"sizes/any(s:s/maker eq null)", true, false},
		{"tags/$count eq 3 and sizes/$count lt tags/$count", true, false},
		{"tags/$count eq 0", false, true},
		{"parts/$count gt 1", true, false},
		{"label/sample.shop.colorLabel/in/$count eq 1", true, false},
		{"sizes/any(s:s/states/$count eq 2 and s/name eq 'S')", true, false},
		{"tags/any(t:t eq 'a') and tags/any(t:t eq 'b')", true, false},
	}
	m := shop()
	m.Now = func() time.Time { return time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC) }
	for _, test := range tests {
		t.Run(test.filter, func(t *testing.T) {
			q, err := m.ParseQuery(m.Type("good"), "$filter="+url.QueryEscape(test.filter))
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Evaluate(q.Filter, book(m)); got != test.book {
				t.Errorf("of the book: %v, want %v", got, test.book)
			}
			if got := m.Evaluate(q.Filter, toy(m)); got != test.toy {
				t.Errorf("of the toy: %v, want %v", got, test.toy)
			}
		})
	}
}

func TestFilterErrors(t *testing.T) {
	tests := map[string]string{ // filter -> part of the sentence
		"name eq 'a'":                                  "'name' does not exist on type 'sample.shop.good'",
		"isbn eq 'a'":                                  "write sample.shop.book/isbn",
		"sample.shop.toy/pin eq 'a'":                   "pin is secret",
		"startswith(sample.shop.toy/pin,'a')":          "pin is secret",
		"reviews/any()":                                "leads to other entities",
		"displayName":                                  "a condition is true or false",
		"displayName eq 3":                             "Edm.String cannot be compared with Edm.Int32",
		"displayName eq 'a":                            "is not closed",
		"displayName eq":                               "expected where it ends",
		"displayName eq 'a' 'b'":                       "an operator such as eq or and was expected",
		"displayName eq \"a\"":                         `"\"" is not understood`,
		"(displayName eq 'a'":                          "')' was expected",
		"not displayName eq 'a'":                       "stands in parentheses",
		"state eq 'lost'":                              `"lost" is no state; it is one of ready, gone`,
		"state gt 'ready'":                             "not with state",
		"createdDateTime gt '2024-01-01T00:00:00Z'":    "without quotes",
		"createdDateTime gt 2024-01-01T00:00:00 02:00": "%2B",
		"createdDateTime gt 2024-13-01":                "is no integer, date, or time",
		"createdDateTime gt 0000-01-01T00:00:00Z":      "is no integer, date, or time",
		strings.Repeat("x", 9000):                      "does not exist on type",
		"stock eq 1.5":                                 "is no integer",
		"stock eq 99999999999999999999":                "is no integer",
		"label eq 'a'":                                 "cannot be compared",
		"label eq label":                               "with null only",
		"tags eq 'a'":                                  "use any or all",
		"tags/length eq 1":                             "any or all",
		"displayName/any()":                            "goes with collections",
		"tags/any(x)":                                  "':' was expected",
		"tags/all()":                                   "begin with a variable",
		"sizes/any(s:s/states/any(s:s eq 'gone'))":     "taken already",
		"sizes/any(s:tags/any(x:x eq s/name))":         "only collections of its variable",
		"sizes/any(s:s/maker/displayName eq 'a')":      "only the id",
		"sizes/any(s:s/name)":                          "a condition is true or false",
		"substring(displayName,1) eq 'a'":              `no function "substring"; there are contains, `,
		"year(displayName) eq 2024":                    "year goes with dates and times, not with Edm.String",
		"hour(onSale) eq 1":                            "hour goes with times, not with Edm.Date",
		"year(tags) eq 1":                              "goes with dates",
		"concat(displayName,stock) eq 'a'":             "concat goes with texts",
		"now(1) gt createdDateTime":                    "')' was expected",
		"stock/$count eq 1":                            "$count goes with collections",
		"$count eq 1":                                  "'$count' does not exist",
		"reviews/$count eq 1":                          "leads to other entities",
		"parts/any()":                                  "leads to other entities",
		"parts/$count":                                 "a condition is true or false",
		"parts/$count/id eq 'a'":                       "this is a Edm.Int32",
		"tags/any(t:sizes/$count eq 1)":                "only collections of its variable",
		"contains(displayName)":                        "',' was expected",
		"contains(tags,'1')":                           "goes with texts",
		"contains(stock,'1')":                          "goes with texts",
		"displayName in 'a'":                           "a list in parentheses",
		"displayName in ()":                            "a value was expected",
		"displayName in (stock)":                       "a value was expected",
		"displayName in ('a',1)":                       "cannot be compared",
		"sample.shop.person/id eq 'a'":                 "does not derive",
		"sample.shop.nothing/id eq 'a'":                "there is no type",
		"isof(label,'sample.shop.book')":               "does not derive",
		"isof(stock,sample.shop.book)":                 "isof goes with",
		"stock has 'a'":                                "members of an enumeration",
		"x/displayName eq 'a'":                         "does not exist on type",
		"displayName eq x'a'":                          "no enumeration",
		strings.Repeat("(", 100):                       "nested deeper",
		strings.Repeat("not ", 100):                    "nested deeper",
		strings.TrimSuffix(strings.Repeat("stock eq 1 or ", 300), " or "): "more than 200 operators",
	}
	m := shop()
	for filter, want := range tests {
		t.Run(filter[:min(len(filter), 60)], func(t *testing.T) {
			_, err := m.ParseQuery(m.Type("good"), "$filter="+url.QueryEscape(filter))
			checkBadRequest(t, err, "$filter", want)
		})
	}
}

func checkBadRequest(t *testing.T, err error, target, want string) {
	t.Helper()
	refusal, ok := errors.AsType[*Error](err)
	switch {
	case !ok || refusal.Status != 400 || refusal.Code != "BadRequest":
		t.Fatalf("got %#v, want a BadRequest", err)
	case refusal.Target != target:
		t.Errorf("the target is %q, want %q", refusal.Target, target)
	case len(refusal.Message) > 1000:
		t.Errorf("the sentence has %d bytes", len(refusal.Message))
	case !strings.Contains(refusal.Message, want):
		t.Errorf("got %q, want something with %q", refusal.Message, want)
	}
}

func TestQuery(t *testing.T) {
	number := func(n int) *int { return &n }
	tests := map[string]Query{
		"":                            {},
		"$top=5&$skip=0&$count=true":  {Top: number(5), Skip: number(0), Count: true},
		"top=5&Skip=2&%24count=false": {Top: number(5), Skip: number(2)},
		"$format=json":                {Format: "json"},
		"$format=application/json;odata.metadata=none": {Format: "application/json;odata.metadata=none"},
		"session=1&session=2&&foo":                     {},
		"$select=id,DISPLAYNAME,id":                    {Select: []Selected{{Name: "id"}, {Name: "displayName"}}},
		"$select=*":                                    {},
		"$select=id,*":                                 {},
		"select=sample.shop.book/isbn,%20old":          {Select: []Selected{{Name: "isbn", Cast: "book"}, {Name: "old"}}},
		"$select=sample.shop.good/id":                  {Select: []Selected{{Name: "id"}}},
		"$orderby=displayName+desc,stock asc,id": {OrderBy: []Order{
			{Path{Steps: []Step{{Property: "displayName"}}, Type: "Edm.String"}, true},
			{Path{Steps: []Step{{Property: "stock"}}, Type: "Edm.Int32"}, false},
			{Path{Steps: []Step{{Property: "id"}}, Type: "Edm.String"}, false},
		}},
		"$orderby=sample.shop.good/id": {OrderBy: []Order{{Path{Steps: []Step{{Property: "id"}}, Type: "Edm.String"}, false}}},
		"$filter=id eq 3FA85F64-5717-4562-B3FC-2C963F66AFA6": {
			Filter: Compare{Equal, Path{Steps: []Step{{Property: "id"}}, Type: "Edm.String"}, Literal{guid}},
		},
		"$filter=isof(label,sample.shop.label)": {
			Filter: Compare{NotEqual, Path{Steps: []Step{{Property: "label"}}, Type: "label"}, Literal{nil}},
		},
		"$orderby=label/sample.shop.colorLabel/shiny": {OrderBy: []Order{
			{Path{Steps: []Step{{Property: "label"}, {Types: []string{"sample.shop.colorLabel"}}, {Property: "shiny"}}, Type: "Edm.Boolean"}, false},
		}},
		"$expand=reviews": {Expand: []Expanded{{"reviews", &Query{}}}},
		"$expand=*":       {Expand: []Expanded{{"reviews", &Query{}}, {"parts", &Query{}}}},
		"$expand=Reviews($select=id;$top=1;$skip=1;count=true;$expand=by($select=displayName))": {Expand: []Expanded{{"reviews", &Query{
			Select: []Selected{{Name: "id"}}, Top: number(1), Skip: number(1), Count: true,
			Expand: []Expanded{{"by", &Query{Select: []Selected{{Name: "displayName"}}}}},
		}}}},
		"$expand=reviews($filter=text eq 'a;)b,c';$orderby=text desc)": {Expand: []Expanded{{"reviews", &Query{
			Filter:  Compare{Equal, Path{Steps: []Step{{Property: "text"}}, Type: "Edm.String"}, Literal{"a;)b,c"}},
			OrderBy: []Order{{Path{Steps: []Step{{Property: "text"}}, Type: "Edm.String"}, true}},
		}}}},
	}
	m := shop()
	for raw, want := range tests {
		t.Run(raw, func(t *testing.T) {
			got, err := m.ParseQuery(m.Type("good"), raw)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".options" }, cmp.Ignore())); diff != "" {
				t.Errorf("query (-want +got):\n%s", diff)
			}
		})
	}
}

func TestQueryErrors(t *testing.T) {
	tests := []struct{ raw, target, want string }{
		{"$fliter=a", "$fliter", `no query option "$fliter"`},
		{"$apply=x", "$apply", "no query option"},
		{"$select=" + strings.Repeat("x", 9000), "$select", "does not exist on type"},
		{"$top=1&$top=1", "$top", "given twice"},
		{"$top=1&top=2", "$top", "given twice"},
		{"$top=-1", "$top", "whole number"},
		{"$top=x", "$top", "whole number"},
		{"$skip=99999999999", "$skip", "whole number"},
		{"$count=yes", "$count", "true or false"},
		{"$search=a", "$search", "$filter"},
		{"$format=xml", "$format", "json"},
		{"$filter=", "$filter", "empty"},
		{"$filter=%zz", "", "not well escaped"},
		{"%zz=a", "", "not well escaped"},
		{"$filter=displayName%20eq%20'%00'", "", "not well escaped"},
		{"$filter=displayName%20eq%20'%ff'", "", "not well escaped"},
		{"$select=nothing", "$select", "does not exist on type"},
		{"$select=label/text", "$select", "selected whole: write label"},
		{"$select=sample.shop.person/id", "$select", "does not derive"},
		{"$select=id,,id", "$select", "does not exist on type"},
		{"$select='", "$select", "not closed"},
		{"$orderby=tags", "$orderby", "the order goes by"},
		{"$orderby=label", "$orderby", "the order goes by"},
		{"$orderby=id up", "$orderby", "a comma, asc or desc"},
		{"$orderby=id,", "$orderby", "the name of a property"},
		{"$orderby=sample.shop.toy/pin", "$orderby", "secret"},
		{"$orderby=" + strings.Repeat("id,", 9) + "id", "$orderby", "more than 8"},
		{"$expand=label", "$expand", "there can be reviews"},
		{"$expand=nothing", "$expand", "cannot be expanded"},
		{"$expand=reviews,reviews", "$expand", "twice"},
		{"$expand=reviews(", "$expand", "not closed"},
		{"$expand=reviews($levels=2)", "$levels", "no query option"},
		{"$expand=reviews(foo=2)", "foo", "no query option"},
		{"$expand=reviews($skiptoken=id-'a')", "$expand", "inside of an $expand"},
		{"$expand=reviews($filter=isbn eq 'a')", "$filter", "does not exist on type"},
		{"$expand=" + strings.Repeat("reviews($expand=by($expand=shops($expand=goods($expand=", 3) + "*" + strings.Repeat("))))", 3), "$expand", "deeper than 8"},
		{"$expand=reviews()x", "$expand", "not understood"},
		{"$" + strings.Repeat("x", 20000), "", "longer than"},
	}
	m := shop()
	for _, test := range tests {
		t.Run(test.raw[:min(len(test.raw), 60)], func(t *testing.T) {
			_, err := m.ParseQuery(m.Type("good"), test.raw)
			checkBadRequest(t, err, test.target, test.want)
		})
	}
	_, err := m.ParseQuery(nil, "$select=id")
	checkBadRequest(t, err, "$select", "does not go with")
}

func TestAllow(t *testing.T) {
	m := shop()
	q, err := m.ParseQuery(m.Type("good"), "$select=id&$format=json&foo=1&top=1")
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Allow("$select", "$top"); err != nil {
		t.Error(err)
	}
	checkBadRequest(t, q.Allow("$select", "$expand"), "$top", "does not go with")
}

// A plus is a space, as forms have it; the plus of an offset is %2B.
func TestPlus(t *testing.T) {
	m := shop()
	q, err := m.ParseQuery(m.Type("good"), "$filter=createdDateTime+gt+2024-05-01T12:00:00%2B02:00")
	if err != nil {
		t.Fatal(err)
	}
	if !m.Evaluate(q.Filter, book(m)) {
		t.Error("the offset was not read")
	}
}
