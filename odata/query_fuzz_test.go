package odata

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

// checkRefusal fails unless an error is one that clients are to blame for, and says so in
// a sentence of bounded length.
func checkRefusal(t *testing.T, err error) {
	t.Helper()
	if refusal, ok := errors.AsType[*Error](err); !ok || refusal.Status != 400 || refusal.Message == "" || len(refusal.Message) > 2000 {
		t.Errorf("got %#v, want a BadRequest", err)
	}
}

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"external/industryData/sets('a''b')/flows/x", "sets(id='x')", "f(a=1,b='2')", "a%2Fb//()", "('", "a(((", "%zz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		segments, err := ParsePath(path)
		if err != nil {
			checkRefusal(t, err)
		}
		for _, s := range segments {
			if s.Name == "" || s.Call && s.HasKey || strings.ContainsAny(s.Name+s.Key, "\x00\n") {
				t.Errorf("%q became %#v", path, s)
			}
		}
	})
}

func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{
		"$filter=displayName eq 'a''b' and not (stock gt 2 or old ne null)",
		"$filter=sizes/any(s:s/states/all(x:x in ('ready',null)) and isof(label,sample.shop.colorLabel))",
		"$filter=label/sample.shop.colorLabel/in/any(x:contains(tolower(x),'A'))&$count=true",
		"$filter=createdDateTime ge 2024-05-01T00:00:00%2B02:00 and onSale lt 2024-06-01",
		"$filter=state has sample.shop.state'gone' or id eq " + guid,
		"$orderby=displayName desc,label/text&$top=2&$skiptoken=displayName-'a',label/text-null,id-'x'",
		"$select=id,sample.shop.book/isbn&$expand=reviews($select=id;$expand=by;$filter=text eq ';')",
		"top=1&skip=2&format=json&foo=bar",
		"$filter=parts/$count gt 1 and year(createdDateTime) le year(now()) and date(createdDateTime) eq onSale",
		"$filter=indexof(concat(id,'x'),'1') eq second(createdDateTime) or sizes/any(s:s/states/$count gt 0)",
		"$filter=((((((1 eq 1) eq true)))))",
	} {
		f.Add(seed)
	}
	m := shop()
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := m.ParseQuery(m.Type("good"), raw)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		list := []*Entity{book(m), toy(m)}
		m.Sort(list, q.OrderBy)
		for _, e := range list {
			m.Evaluate(q.Filter, e)
			m.Evaluate(q.After, e)
		}
		link, err := url.Parse(m.NextLink("https://host/beta/goods", q, list[0]))
		if err != nil {
			t.Fatal(err)
		}
		if len(link.RawQuery) > maxQuery {
			return
		}
		next, err := m.ParseQuery(m.Type("good"), link.RawQuery)
		if err != nil {
			t.Fatalf("the next link %s of %q: %v", link, raw, err)
		}
		if m.Evaluate(next.After, list[0]) {
			t.Errorf("the entity before %s comes after it", link)
		}
	})
}
