package access

import "testing"

func TestIsTenantName(t *testing.T) {
	for name, want := range map[string]bool{
		"lakeside": true, "l": true, "7": true, "lakeside.example": true, "north-2": true,
		"": false, "Lakeside": false, "-north": false, "north-": false, ".": false, "a/b": false, "a=b": false, "a,b": false, "süd": false, "a b": false,
		"beta": false, "homeroom": false, "common": false, "organizations": false, "consumers": false, "default": false,
		"0b1f6c0e-6a51-4d0c-9d0b-0e6a6f4d0001":                             false,
		"a23456789012345678901234567890123456789012345678901234567890123":  true,
		"a234567890123456789012345678901234567890123456789012345678901234": false,
	} {
		if got := IsTenantName(name); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}
