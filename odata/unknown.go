package odata

import (
	"slices"
	"strconv"
	"strings"
)

// unknown refuses a member that is no property, and says which one may be meant.
func (d *reading) unknown(t *Type, m *entry) error {
	name, _, _ := strings.Cut(m.name, "@")
	name = clip(name)
	var writable []string
	for _, f := range d.model.lookup().fields[t] {
		if f.Access != ReadOnly {
			writable = append(writable, f.Name)
		}
	}
	advice := "It has no properties that can be written"
	if near := Nearest(name, writable); near != "" {
		advice = "Write " + strconv.Quote(near)
	} else if len(writable) > 0 {
		advice = "Write " + either(writable)
	}
	return BadRequest(d.target(name), "The property '%s' does not exist on type '%s.%s'. %s.", name, d.model.Namespace, t.Name, advice)
}

// Nearest returns the name that differs least from a misspelt one, or "" when none is
// near.
func Nearest(name string, names []string) string {
	best, least := "", len(name)/3+1
	for _, n := range names {
		if len(name)-len(n) >= least {
			continue // so many bytes would have to go
		}
		if distance := edits(strings.ToLower(name), strings.ToLower(n)); distance < least {
			best, least = n, distance
		}
	}
	return best
}

// edits counts the bytes to insert, drop or replace until a is b.
func edits(a, b string) int {
	row := make([]int, len(b)+1) // of the part of a so far, to each part of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j]+1, row[j+1]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}

// required refuses a new value that lacks what it must have.
func (d *reading) required(e *Entity, o *object) error {
	var missing []Detail
	var names []string
	fields := d.model.lookup().fields[e.Type]
	for i := range fields {
		f := &fields[i]
		if _, said := e.Values[f.Name]; f.Required && !said {
			names = append(names, f.Name)
			missing = append(missing, Detail{
				Code: "BadRequest", Message: "Write " + wanted(f) + ".", Target: d.target(f.Name),
			})
		}
	}
	if len(missing) == 0 {
		return nil
	}
	hint := ""
	if !slices.ContainsFunc(o.entries, func(m entry) bool { return !strings.HasPrefix(m.name, "@") }) && len(o.entries) > 0 {
		hint = " Nothing but a type arrived: some SDKs drop the properties of derived types (TypeScript: give them as additionalData)."
	}
	refusal := BadRequest(missing[0].Target, "A %s.%s needs %s.%s", d.model.Namespace, e.Type.Name, listed(names, " and "), hint)
	if len(missing) > 1 {
		refusal.Details = missing
	}
	return refusal
}
