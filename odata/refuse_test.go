package odata_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/homeroomhq/homeroom/odata"
)

// What is refused: where, and with which sentence.
func TestRefused(t *testing.T) {
	in := func(configuration string) string {
		return `{` + ofUser + `,"creationOptions":{"configurations":[` + configuration + `]}}`
	}
	for _, test := range []struct{ name, declared, body, target, sentence string }{
		{"nothing", "flowSet", " \n", "", "The body is empty. Write a JSON object."},
		{"no object", "flowSet", `["a"]`, "", "The body is an array. Write a JSON object."},
		{"null", "flowSet", `null`, "", "The body is null. Write a JSON object."},
		{"no JSON", "flowSet", `{"displayName":'A'}`, "", "The body is not JSON at byte 16: invalid character '\\'' looking for beginning of value. Write one JSON object."},
		{"a comma too many", "flowSet", `{"displayName":"A",}`, "", "The body is not JSON at byte 20: invalid character '}' looking for beginning of object key string. Write one JSON object."},
		{"an early end", "flowSet", `{"displayName":"A"`, "", "The JSON ends early: an object, an array or a string is not closed."},
		{"a second object", "flowSet", `{"displayName":"A"} {}`, "", "The body is not JSON at byte 21: invalid character '{' after top-level value. Write one JSON object."},
		{"no UTF-8", "flowSet", "{\"displayName\":\"\xff\"}", "", "The body is not UTF-8. Write JSON in UTF-8."},
		{"U+0000", "flowSet", `{"displayName":"A\u0000"}`, "displayName", "A string has the character U+0000. Leave it out."},
		{"too deep", "flowSet", strings.Repeat(`{"filter":`, 33) + "1" + strings.Repeat("}", 33), "", "The body nests deeper than 32 levels. No type of this API is that deep."},
		{"too many", "flowSet", `{"@a":1,` + many(100) + `}`, "p99", "An object has more than 100 properties. No type of this API has as many."},
		{"twice", "flowSet", `{"displayName":"A","displayName":"B"}`, "displayName", "The property 'displayName' is there twice. Write it once: names are the same in any case."},
		{"twice in two cases", "flowSet", `{"filter":{"a":1,"A":1}}`, "filter/A", "The property 'A' is there twice. Write it once: names are the same in any case."},
		{"a type twice", "flowSet", `{"@odata.type":"x","@odata.Type":"x"}`, "@odata.Type", "The property '@odata.Type' is there twice. Write it once: names are the same in any case."},

		{"an unknown name near another", "flowSet", `{"displaName":"A"}`, "displaName",
			`The property 'displaName' does not exist on type 'microsoft.graph.industryData.flowSet'. Write "displayName".`},
		{"far from any", "flow", `{` + ofGroup + `,"creationOptions":{"color":1}}`, "creationOptions/color",
			`The property 'color' does not exist on type 'microsoft.graph.industryData.groupOptions'. Write "createBasedOnOrg" or "createBasedOnOrgPlusRoleGroup".`},
		{"that is bound", "flowSet", `{"roleGroup@odata.bind":"roleGroups/staff"}`, "roleGroup",
			`The property 'roleGroup' does not exist on type 'microsoft.graph.industryData.flowSet'. Write "displayName", "filter", "sortIndex", "startDate", "effectiveDateTime", "flows" or "groups".`},
		{"of a sibling", "flow", `{` + ofGroup + `,"createUnmatchedUsers":true}`, "createUnmatchedUsers",
			`The property 'createUnmatchedUsers' does not exist on type 'microsoft.graph.industryData.groupFlow'. Write "creationOptions".`},

		{"no type", "flow", `{"creationOptions":{}}`, "@odata.type",
			`The @odata.type is missing. Write "#microsoft.graph.industryData.groupFlow" or "#microsoft.graph.industryData.userFlow".`},
		{"a type that is none", "flow", `{"@odata.type":7}`, "@odata.type",
			`The @odata.type is not one that can stand here. Write "#microsoft.graph.industryData.groupFlow" or "#microsoft.graph.industryData.userFlow".`},
		{"an abstract type", "flowSet", `{"displayName":"A","filter":{"@odata.type":"#microsoft.graph.industryData.filter"}}`, "filter/@odata.type",
			`The @odata.type is not one that can stand here. Write "#microsoft.graph.industryData.basicFilter".`},
		{"a type of elsewhere", "flowSet", `{"displayName":"A","filter":{` + ofSet + `}}`, "filter/@odata.type",
			`The @odata.type is not one that can stand here. Write "#microsoft.graph.industryData.basicFilter".`},

		{"what is required", "flowSet", `{"sortIndex":1}`, "displayName", `A microsoft.graph.industryData.flowSet needs "displayName".`},
		{"what is required, of nothing", "flowSet", `{}`, "displayName", `A microsoft.graph.industryData.flowSet needs "displayName".`},
		{"several things", "flowSet", `{"displayName":"A","filter":{` + basic + `,"x@y":1}}`, "filter/attribute", `A microsoft.graph.industryData.basicFilter needs "attribute" and "in".`},
		{"all but the type (A.6 1)", "flow", `{` + ofGroup + `}`, "creationOptions",
			`A microsoft.graph.industryData.groupFlow needs "creationOptions". Nothing but a type arrived: some SDKs drop the properties of derived types (TypeScript: give them as additionalData).`},
		{"a link", "flow", in(`{"licenseSkus":[]}`), "creationOptions/configurations/0/roleGroup", `A microsoft.graph.industryData.userConfiguration needs "roleGroup".`},

		{"null", "flowSet", `{"displayName":null}`, "displayName", "The property 'displayName' cannot be null. Write a string."},
		{"null in a collection", "flow", `{` + ofUser + `,"additionalAttributes":["userNumber",null]}`, "additionalAttributes/1",
			`The value of 'additionalAttributes' is null. Write "userGradeLevel" or "userNumber".`},
		{"no link", "flow", in(`{"roleGroup":null}`), "creationOptions/configurations/0/roleGroup",
			`The property 'roleGroup' cannot be null. Write "roleGroup@odata.bind" with an address, or an object with an "id".`},
		{"no array", "flow", `{` + ofUser + `,"additionalAttributes":"userNumber"}`, "additionalAttributes", "The property 'additionalAttributes' is a string. Write an array."},
		{"no object", "flowSet", `{"filter":"x"}`, "filter", "The value of 'filter' is a string. Write an object."},
		{"no string", "flow", in(`{"licenseSkus":["a",{}]}`), "creationOptions/configurations/0/licenseSkus/1", "The value of 'licenseSkus' is an object. Write a string."},
		{"no boolean", "flow", `{` + ofUser + `,"createUnmatchedUsers":"true"}`, "createUnmatchedUsers", "The value of 'createUnmatchedUsers' is a string. Write true or false."},
		{"no secret", "flow", in(`{"defaultPasswordSettings":{` + simple + `,"password":12345}}`), "creationOptions/configurations/0/defaultPasswordSettings/password",
			"The value of 'password' is a number. Write a string."},
		{"no number", "flowSet", `{"sortIndex":true}`, "sortIndex", "The value of 'sortIndex' is a boolean. Write a whole number from -2147483648 to 2147483647."},
		{"too large a number", "flowSet", `{"sortIndex":2147483648}`, "sortIndex", "The value of 'sortIndex' is a number. Write a whole number from -2147483648 to 2147483647."},
		{"a part of a number", "flowSet", `{"sortIndex":1.5}`, "sortIndex", "The value of 'sortIndex' is a number. Write a whole number from -2147483648 to 2147483647."},
		{"no member", "flow", `{` + ofUser + `,"studentAgeGroup":"Minr"}`, "studentAgeGroup", `The value 'Minr' of 'studentAgeGroup' is not known. Write "userGradeLevel" or "userNumber".`},
		{"the member of the future", "flowSet", `{"filter":{` + basic + `,"attribute":"unknownFutureValue"}}`, "filter/attribute",
			`The value 'unknownFutureValue' of 'attribute' is not known. Write "orgExternalId".`},
		{"no time", "flowSet", `{"effectiveDateTime":"2026-08-17T10:00:00"}`, "effectiveDateTime",
			`The value '2026-08-17T10:00:00' of 'effectiveDateTime' is not known. Write a date and time with an offset, such as "2026-08-17T08:00:00Z".`},
		{"a time that UTC does not have", "flowSet", `{"effectiveDateTime":"9999-12-31T23:00:00-02:00"}`, "effectiveDateTime",
			`The value '9999-12-31T23:00:00-02:00' of 'effectiveDateTime' is not known. Write a date and time with an offset, such as "2026-08-17T08:00:00Z".`},
		{"no day", "flowSet", `{"startDate":"2026-02-30"}`, "startDate", `The value '2026-02-30' of 'startDate' is not known. Write a date, such as "2026-08-17".`},
		{"a long value", "flowSet", `{"startDate":"` + strings.Repeat("ü", 100) + `"}`, "startDate",
			"The value '" + strings.Repeat("ü", 30) + "…' of 'startDate' is not known. Write a date, such as \"2026-08-17\"."},

		{"a link to nothing", "flow", in(`{"roleGroup@odata.bind":"roleGroups/cooks"}`), "creationOptions/configurations/0/roleGroup", "The role group 'cooks' does not exist."},
		{"a link to a collection", "flow", in(`{"roleGroup@odata.bind":"roleGroups"}`), "creationOptions/configurations/0/roleGroup",
			"What 'roleGroup' is bound to is not the address of an entity. Write an address that ends in /{collection}/{id}."},
		{"a link to a function", "flow", in(`{"roleGroup@odata.bind":"beta/roleGroups()"}`), "creationOptions/configurations/0/roleGroup",
			"What 'roleGroup' is bound to is not the address of an entity. Write an address that ends in /{collection}/{id}."},
		{"a link to the root", "flow", in(`{"roleGroup@odata.bind":"https://graph.microsoft.com/"}`), "creationOptions/configurations/0/roleGroup",
			"What 'roleGroup' is bound to is not the address of an entity. Write an address that ends in /{collection}/{id}."},
		{"a broken address", "flow", in(`{"roleGroup@odata.bind":"roleGroups/%zz"}`), "creationOptions/configurations/0/roleGroup",
			"What 'roleGroup' is bound to is not the address of an entity. Write an address that ends in /{collection}/{id}."},
		{"a link without an id", "flow", in(`{"roleGroup":{"displayName":"Staff"}}`), "creationOptions/configurations/0/roleGroup/id",
			`The entity of 'roleGroup' has no id. Write "roleGroup@odata.bind" with an address, or an object with an "id".`},
		{"a value that is bound", "flowSet", `{"displayName@odata.bind":"x/y"}`, "displayName", `The property 'displayName' cannot be bound. Write its value as "displayName".`},
		{"what is contained, bound", "flowSet", `{"flows@odata.bind":["x/y"]}`, "flows", `The property 'flows' cannot be bound. Write its value as "flows".`},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := industry()
			r := odata.Reader{Model: m, Bind: groups(m)}
			_, err := r.Create(m.Type(test.declared), []byte(test.body))
			refused(t, err, test.target, test.sentence)
		})
	}
}

// many is a number of members.
func many(n int) string {
	var members []string
	for i := range n {
		members = append(members, fmt.Sprintf(`"p%d":{"a":[-1.5e+3,true,false,null,"",{}]}`, i))
	}
	return strings.Join(members, " , ")
}

// refused checks an answer of 400.
func refused(t *testing.T, err error, target, sentence string) {
	t.Helper()
	told, ok := errors.AsType[*odata.Error](err)
	if !ok {
		t.Fatalf("error %v", err)
	}
	if told.Status != 400 || told.Code != "BadRequest" || told.Target != target || told.Message != sentence {
		t.Errorf("got  %d %s %q %s\nwant %q %s", told.Status, told.Code, told.Target, told.Message, target, sentence)
	}
}

// All that is missing is told at once.
func TestRequiredDetails(t *testing.T) {
	m := industry()
	r := odata.Reader{Model: m}
	_, err := r.Create(m.Type("flowSet"), []byte(`{"displayName":"A","filter":{`+basic+`,"b@c":1}}`))
	told, _ := errors.AsType[*odata.Error](err)
	if told == nil || len(told.Details) != 2 || told.Details[1] != (odata.Detail{Code: "BadRequest", Message: "Write an array.", Target: "filter/in"}) {
		t.Errorf("%+v", told)
	}
}

func TestNoBind(t *testing.T) {
	m := industry()
	r := odata.Reader{Model: m}
	_, err := r.Create(m.Type("flowSet"), []byte(`{"displayName":"A","groups@odata.bind":["roleGroups/staff"]}`))
	refused(t, err, "groups/0", "The property 'groups' cannot be bound here. Leave it out.")
}

// A type that has no properties of its own is not told to be written with them.
func TestUnknownOfATypeWithoutProperties(t *testing.T) {
	m := industry()
	_, err := m.ParseQuery(m.Type("flowSet"), "$orderby=filter/color")
	refusal, ok := errors.AsType[*odata.Error](err)
	want := "$orderby: The property 'color' does not exist on type 'microsoft.graph.industryData.filter'. It has none."
	if !ok || refusal.Message != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
