package roster

import (
	"fmt"
	"strings"
)

// parent is the parent of an organization before all organizations are known.
type parent struct {
	org    Ref
	id     Text
	column int32
	header string
}

// AddOrg takes a row about an organization: ID, NameField, TypeField,
// ParentField, StatusField.
func (b *Builder) AddOrg(row *Row) {
	at, ok := b.claim(b.orgs, row, b.begin(row), true)
	if at < 0 {
		return
	}
	var org Org
	if ok {
		org, ok = b.org(row)
	}
	if !ok {
		b.roster.Unknown.Orgs = append(b.roster.Unknown.Orgs, strings.Clone(row.Cell(ID)))
		return
	}
	org.ID = b.orgs.slots[at].id
	b.orgs.slots[at].ref = Ref(len(b.roster.Orgs))
	if id := row.Cell(ParentField); id != "" {
		b.parents = append(b.parents, parent{
			org: Ref(len(b.roster.Orgs)), id: b.roster.arena.add(id),
			column: int32(row.column(ParentField)), header: row.header(ParentField),
		})
	}
	push(b, &b.roster.Orgs, org)
}

func (b *Builder) org(row *Row) (Org, bool) {
	named := b.require(row, NameField)
	kind, known := b.code(row, TypeField, b.orgTypes, Error)
	active, ok := b.status(row)
	return Org{
		Name: b.roster.arena.add(row.Cell(NameField)), Type: kind.text,
		Parent: None, Record: b.record(row), Active: active,
	}, named && known && ok
}

// linkParents resolves the parents, which may stand behind their children.
func (b *Builder) linkParents() {
	for _, p := range b.parents {
		org, id := &b.roster.Orgs[p.org], b.roster.Str(p.id)
		if at := b.orgs.find(id); at >= 0 && b.orgs.slots[at].ref != None {
			org.Parent = b.orgs.slots[at].ref
			continue
		}
		b.late(org.Record, Problem{
			Rule: ReferenceNotFound, Severity: Warning, Column: int(p.column),
			Record: shorten(b.roster.Str(org.ID)), Field: p.header, Value: shorten(id),
			Message: b.dangling(b.orgs, id),
		})
	}
}

// late reports a problem of a record that was read before.
func (b *Builder) late(record Record, p Problem) {
	if b.found.full(record.File(), p.Rule) {
		return
	}
	p.File, p.Line = b.roster.Files[record.File()].Name, record.Line()
	b.found.add(record.File(), p)
}

// cutCycles takes the parent from the last organization by id of every loop, so
// that walking up always ends.
func (b *Builder) cutCycles() {
	orgs := b.roster.Orgs
	walk := make([]int32, len(orgs)) // by organization: the walk that came by, or 0
	for i := range orgs {
		number := int32(i + 1)
		at := Ref(i)
		for at != None && walk[at] == 0 {
			walk[at] = number
			at = orgs[at].Parent
		}
		if at != None && walk[at] == number {
			b.cut(at)
		}
	}
}

// cut cuts the loop that an organization is part of.
func (b *Builder) cut(member Ref) {
	orgs := b.roster.Orgs
	last := member
	for at := orgs[member].Parent; at != member; at = orgs[at].Parent {
		last = max(last, at)
	}
	org := &orgs[last]
	parent := b.roster.Str(orgs[org.Parent].ID)
	org.Parent = None
	if b.found.full(org.Record.File(), OrgCycle) {
		return
	}
	b.found.add(org.Record.File(), Problem{
		Rule: OrgCycle, Severity: Error,
		File: b.roster.Files[org.Record.File()].Name, Line: org.Record.Line(),
		Record: shorten(b.roster.Str(org.ID)), Value: shorten(parent),
		Message: fmt.Sprintf("The organization is below itself; its parent %q is left out.", shorten(parent)),
	})
}
