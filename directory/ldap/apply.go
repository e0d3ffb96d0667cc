package ldap

import (
	"context"
	"fmt"
	"maps"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
)

// job is a change on its way.
type job struct {
	*directory.Change
	class   Class
	node    node            // of the entry that is there
	people  map[string]node // who of those that are named is there
	settled bool            // nothing is to be done any more
	dn      string          // of an entry that was made
	outcome directory.Outcome
}

func (j *job) end(o directory.Outcome) { j.outcome, j.settled = o, true }

// done ends the job well, unless its new entry is still to be looked at.
func (j *job) done() { j.end(directory.Outcome{ID: j.ID, Verdict: directory.Done}) }

// Apply carries out the changes, each on one connection, several at once. One that is
// refused does not stop the others. When a connection breaks, the error says so: nobody
// knows what became of the change that was on it.
func (d *Directory) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	if n := d.profile.PerCall; len(changes) > n {
		return nil, fault.New(fault.Invalid, "The directory takes %d changes a call, not %d.", n, len(changes))
	}
	jobs, err := d.prepare(ctx, changes)
	if err == nil {
		err = d.carryAll(ctx, jobs)
	}
	if err != nil {
		return nil, fmt.Errorf("write to the directory: %w", err)
	}
	outcomes := make([]directory.Outcome, len(jobs))
	for i, j := range jobs {
		outcomes[i] = j.outcome
	}
	return outcomes, nil
}

// prepare checks the changes, and looks up whom they are about.
func (d *Directory) prepare(ctx context.Context, changes []directory.Change) ([]*job, error) {
	jobs := make([]*job, len(changes))
	ids := make(map[directory.Kind][]string)
	var joining, leaving []string
	for i := range changes {
		c := &changes[i]
		j := &job{Change: c, class: d.profile.Classes[c.Kind]}
		jobs[i] = j
		if err := d.check(c); err != nil {
			j.end(d.refused(c, err))
			continue
		}
		if c.ID != "" && !d.profile.inAttribute(c.Kind) {
			ids[c.Kind] = append(ids[c.Kind], c.ID)
		}
		joining = append(append(joining, c.AddOwners...), c.AddMembers...)
		leaving = append(append(leaving, c.RemoveOwners...), c.RemoveMembers...)
	}
	for kind, some := range ids {
		found, err := d.find(ctx, kind, some, false)
		if err != nil {
			return nil, err
		}
		for _, j := range jobs {
			if j.Kind == kind && j.ID != "" && !j.settled {
				j.meet(found)
			}
		}
	}
	people, err := d.people(ctx, joining, leaving)
	if err != nil {
		return nil, err
	}
	for _, j := range jobs {
		j.people = people
	}
	return jobs, d.refuseTaken(ctx, jobs)
}

// meet takes in what is known of the entry. One that is to be deleted is not missed.
func (j *job) meet(found map[string]node) {
	n, there := found[j.ID]
	switch {
	case there:
		j.node = n
	case j.Delete:
		j.done()
	default:
		j.missing()
	}
}

func (j *job) missing() {
	j.end(directory.Outcome{
		ID: j.ID, Verdict: directory.Never, Rule: directory.ObjectMissing,
		Message: fmt.Sprintf("There is no %s with the id %s.", j.Kind, j.ID),
	})
}

// people looks up users: those who join groups must be there now.
func (d *Directory) people(ctx context.Context, joining, leaving []string) (map[string]node, error) {
	there, err := d.find(ctx, directory.User, distinct(joining), true)
	if err != nil {
		return nil, err
	}
	left, err := d.find(ctx, directory.User, distinct(leaving), false)
	if err != nil {
		return nil, err
	}
	for _, id := range joining {
		delete(left, id) // what is known of them is older
	}
	maps.Copy(there, left)
	return there, nil
}
