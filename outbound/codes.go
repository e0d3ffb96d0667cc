package outbound

import (
	"time"

	"github.com/homeroomhq/homeroom/roster"
)

// TenantDefined is the source of a code that a tenant added (contract C.2).
const TenantDefined = "Tenant Defined"

// BuiltInSource returns who defined a list, as the documentation's examples say it. Of its
// codes it is the source, also where a tenant changed them.
func BuiltInSource(list string) string {
	switch list {
	case roster.RefGradeLevel, "RefEmailAddressType":
		return "CEDS"
	case "RefIdentifierType":
		return "IMS Global"
	}
	return "microsoft.com"
}

// Codes returns the lists of values with the definitions of a tenant. The order of the
// definitions does not matter.
func Codes(base *roster.Codes, definitions []Definition) (*roster.Codes, error) {
	lists := make(map[string][]roster.Code)
	for _, d := range definitions {
		code := roster.Code{Code: d.Code, DisplayName: d.DisplayName, SortIndex: d.SortIndex, Disabled: d.Disabled}
		lists[d.Type] = append(lists[d.Type], code)
	}
	codes := base
	for list, given := range lists {
		var err error
		if codes, err = codes.DefineAll(list, given); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// Differences returns the definitions that make one set of lists of another: Codes turns
// them back. Those that are new are created at a time, and all are modified then.
func Differences(base, codes *roster.Codes, at time.Time) []Definition {
	var found []Definition
	for _, list := range codes.Types() {
		for _, code := range codes.List(list) {
			before, known := base.Find(list, code.Code)
			if known && before == code {
				continue
			}
			d := Definition{
				Type: list, Code: code.Code, DisplayName: code.DisplayName, Disabled: code.Disabled, SortIndex: code.SortIndex,
				Source: BuiltInSource(list), Modified: at, Revision: 1,
			}
			if !known {
				d.Source, d.Created = TenantDefined, at
			}
			found = append(found, d)
		}
	}
	return found
}
