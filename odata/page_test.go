package odata

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const guid = "3fa85f64-5717-4562-b3fc-2c963f66afa6"

func TestNextLink(t *testing.T) {
	m := shop()
	last := book(m)
	last.Values["id"] = guid
	tests := map[string]string{
		"":       "?$skiptoken=id-%27" + guid + "%27",
		"$top=2": "?$top=2&$skiptoken=id-%27" + guid + "%27",
		"$skiptoken=id-'a'&top=2&$skip=4&foo=%2B+%26":  "?$top=2&foo=%2B%20%26&$skiptoken=id-%27" + guid + "%27",
		"$filter=displayName ne 'a%26b'&%24count=true": "?$filter=displayName%20ne%20%27a%26b%27&$count=true&$skiptoken=id-%27" + guid + "%27",
		"$orderby=displayName desc,label/text,sample.shop.book/old": "?$orderby=displayName%20desc%2Clabel%2Ftext%2Csample.shop.book%2Fold" +
			"&$skiptoken=displayName-%27L%27%27%C3%A9t%C3%A9%20d%27%27Ana%27%2Clabel%2Ftext-null%2Csample.shop.book%2Fold-true%2Cid-%27" + guid + "%27",
		"$orderby=createdDateTime,stock": "?$orderby=createdDateTime%2Cstock" +
			"&$skiptoken=createdDateTime-2024-05-01T10%3A30%3A00.1234567Z%2Cstock-3%2Cid-%27" + guid + "%27",
	}
	for raw, want := range tests {
		t.Run(raw, func(t *testing.T) {
			q, err := m.ParseQuery(m.Type("good"), raw)
			if err != nil {
				t.Fatal(err)
			}
			link := m.NextLink("https://host/beta/goods", q, last)
			if want := "https://host/beta/goods" + want; link != want {
				t.Errorf("got  %s\nwant %s", link, want)
			}
			next, err := url.Parse(link)
			if err != nil {
				t.Fatal(err)
			}
			again, err := m.ParseQuery(m.Type("good"), next.RawQuery)
			if err != nil {
				t.Fatal(err)
			}
			if m.Evaluate(again.After, last) {
				t.Error("the last entity of the page stands on the next one, too")
			}
		})
	}
}

func TestSkipTokenErrors(t *testing.T) {
	tests := []struct{ order, token string }{
		{"", "x"},
		{"", "id-"},
		{"", "id-'a"},
		{"", "id-'a'b"},
		{"", "id-'a',id-'b'"},
		{"", "id-null"},
		{"", "id-5"},
		{"", "id-('a')"},
		{"", "ID-'a'"},
		{"", "id-'a' or true"},
		{"displayName", "id-'a'"},
		{"displayName", "displayName-'a'"},
		{"displayName", "displayName-5,id-'a'"},
		{"displayName", "stock-5,id-'a'"},
		{"displayName", "id-'a',displayName-'a'"},
		{"createdDateTime", "createdDateTime-'2024-01-01T00:00:00Z',id-'a'"},
		{"state", "state-'lost',id-'a'"},
		{"stock", "stock-'5',id-'a'"},
	}
	m := shop()
	for _, test := range tests {
		t.Run(test.order+" "+test.token, func(t *testing.T) {
			query := url.Values{"$skiptoken": {test.token}}
			if test.order != "" {
				query.Set("$orderby", test.order)
			}
			_, err := m.ParseQuery(m.Type("good"), query.Encode())
			checkBadRequest(t, err, "$skiptoken", "@odata.nextLink")
		})
	}
}

// What is inserted or deleted between two pages neither hides nor doubles what was there.
func TestPagesAreStable(t *testing.T) {
	for _, order := range []string{"", "$orderby=displayName", "$orderby=stock desc,displayName"} {
		t.Run(order, func(t *testing.T) {
			m := shop()
			var list []*Entity
			add := func(id string, name any, stock any) {
				list = append(list, &Entity{Type: m.Type("book"), Values: map[string]any{"id": id, "displayName": name, "stock": stock}})
			}
			want := map[string]bool{}
			for i, name := range []any{"b", "b", nil, "d", "a", nil, "c", "b"} {
				id := fmt.Sprintf("m%d", i)
				want[id] = true
				add(id, name, []any{nil, int64(1), int64(2)}[i%3])
			}
			got := map[string]bool{}
			raw := order
			for page := 0; ; page++ {
				q, err := m.ParseQuery(m.Type("good"), raw)
				if err != nil {
					t.Fatal(err)
				}
				m.Sort(list, q.OrderBy)
				var last *Entity
				at := -1
				for i, e := range list {
					if m.Evaluate(q.After, e) {
						last, at = e, i
						break
					}
				}
				if last == nil {
					break
				}
				id := last.Values["id"].(string)
				if got[id] {
					t.Fatalf("%s stands on two pages", id)
				}
				got[id] = true
				_, raw, _ = strings.Cut(m.NextLink("", q, last), "?")
				if page%2 == 0 {
					list = append(list[:at], list[at+1:]...) // the next page starts from what is gone
				}
				add(fmt.Sprintf("a%d", page), "b", nil)
				if page > 100 {
					t.Fatal("the pages have no end")
				}
			}
			for id := range want {
				if !got[id] {
					t.Errorf("%s stands on no page", id)
				}
			}
		})
	}
}

func TestSort(t *testing.T) {
	m := shop()
	day := func(n int) time.Time { return time.Date(2024, 1, n, 0, 0, 0, 0, time.UTC) }
	good := func(id string, values map[string]any) *Entity {
		values["id"] = id
		return &Entity{Type: m.Type("book"), Values: values}
	}
	list := func() []*Entity {
		return []*Entity{
			good("1", map[string]any{"displayName": "b", "createdDateTime": day(3), "old": true}),
			good("2", map[string]any{"displayName": "B", "createdDateTime": day(2), "old": nil}),
			good("4", map[string]any{"displayName": "a", "createdDateTime": day(1)}),
			good("3", map[string]any{"displayName": nil, "createdDateTime": day(1), "old": false}),
		}
	}
	tests := map[string]string{
		"id desc":                               "4321",
		"displayName":                           "3241",
		"displayName desc":                      "1423",
		"createdDateTime":                       "3421",
		"createdDateTime,id desc":               "4321",
		"sample.shop.book/old":                  "2431",
		"sample.shop.book/old desc,displayName": "1324",
	}
	for order, want := range tests {
		t.Run(order, func(t *testing.T) {
			q, err := m.ParseQuery(m.Type("good"), "$orderby="+url.QueryEscape(order))
			if err != nil {
				t.Fatal(err)
			}
			sorted := list()
			m.Sort(sorted, q.OrderBy)
			got := ""
			for _, e := range sorted {
				got += e.Values["id"].(string)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
