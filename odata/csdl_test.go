package odata_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/odata"
)

var update = flag.Bool("update", false, "write the golden files anew")

func csdlOf(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	err := industry().WriteCSDL(&b, []odata.Root{
		{Path: "external/industryData/sets", Type: "flowSet", Collection: true, Doc: "All sets."},
		{Path: "external/industryData/root", Type: "roleGroup"},
		{Path: "groups", Type: "roleGroup", Collection: true, Doc: "The role groups."},
		{Path: "me", Type: "roleGroup", Doc: "One's own."},
	}, []odata.Operation{
		{Name: "reset", Type: "flow", Doc: "Starts anew."},
		{Name: "start", Type: "flow", OnCollection: true},
		{Name: "getFilter", Type: "flowSet", Function: true, Returns: "filter", Doc: "Its filter."},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCSDL(t *testing.T) {
	const golden = "testdata/metadata.xml"
	got := csdlOf(t)
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

// Every type that is named is there, so that generators of clients can read the document.
func TestCSDLNames(t *testing.T) {
	names, used := map[string]bool{}, map[string]bool{}
	decoder := xml.NewDecoder(bytes.NewReader(csdlOf(t)))
	for {
		token, err := decoder.Token()
		if token == nil {
			if err.Error() != "EOF" {
				t.Fatal(err)
			}
			break
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range start.Attr {
			switch a.Name.Local {
			case "Name":
				names["microsoft.graph.industryData."+a.Value] = true
			case "Type", "BaseType", "EntityType":
				used[unwrapped(a.Value)] = true
			}
		}
	}
	for name := range used {
		if !names[name] && name[:4] != "Edm." {
			t.Errorf("there is no %s", name)
		}
	}
	if len(used) < 15 {
		t.Errorf("only %d types are used", len(used))
	}
}

func unwrapped(name string) string {
	if inner, ok := bytes.CutPrefix([]byte(name), []byte("Collection(")); ok {
		return string(bytes.TrimSuffix(inner, []byte(")")))
	}
	return name
}

type broken struct{ after int }

func (b *broken) Write(p []byte) (int, error) {
	if b.after -= len(p); b.after < 0 {
		return 0, errors.New("the line is cut")
	}
	return len(p), nil
}

func TestCSDLWriteFails(t *testing.T) {
	whole := len(csdlOf(t))
	for _, after := range []int{0, 100, whole - 1} {
		if err := industry().WriteCSDL(&broken{after}, nil, nil); err == nil && after < 100 {
			t.Errorf("no error after %d bytes", after)
		}
	}
}
