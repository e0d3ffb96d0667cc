package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/explain"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/roster"
)

// subjects returns what a name may stand for, with what ledger and directory
// know of it.
func (q *question) subjects(ctx context.Context, what string) ([]explain.Subject, error) {
	var failed error
	names, err := explain.Find(q.wanted, what, func(name explain.Name) bool {
		have, err := q.have(ctx, name)
		if err != nil {
			failed = err
		}
		return have != nil
	})
	if failed != nil {
		return nil, failed
	}
	if fault.KindOf(err) == fault.NotFound {
		if shown, failed := q.inDirectory(ctx, what); failed != nil || len(shown) > 0 {
			names, err = shown, failed
		}
	}
	if fault.KindOf(err) == fault.NotFound && exists(what) {
		return nil, fault.New(fault.NotFound, "%q is a file or folder. Name what you ask about before it: homeroom explain User_114001 %s", what, what)
	}
	if err != nil {
		return nil, err
	}
	return q.know(ctx, names)
}

// inDirectory looks a name up in the directory, whose users have names that no
// roster knows, or no longer.
func (q *question) inDirectory(ctx context.Context, what string) ([]explain.Name, error) {
	for _, kind := range directory.Kinds() {
		for o, err := range q.target.Observe(ctx, kind, directory.Whole) {
			if err != nil {
				return nil, err
			}
			if o.Deleted || !isCalled(&o, what) {
				continue
			}
			key := o.Anchor()
			if holders := q.wanted.Holders(o.ID); kind == directory.User && len(holders) > 0 {
				key = holders[0]
			}
			if key == "" {
				return nil, fault.New(fault.NotFound, "The directory has something called %q (%s), but it bears no anchor, and nobody in the roster is matched with it: Homeroom leaves it alone.", what, o.ID)
			}
			return []explain.Name{{Kind: kind, Key: key}}, nil
		}
	}
	return nil, nil
}

// isCalled reports whether an object of the directory has a name.
func isCalled(o *directory.Object, what string) bool {
	for _, attribute := range []string{directory.UserPrincipalName, directory.Mail, directory.MailNickname, directory.DisplayName} {
		if strings.EqualFold(o.Attributes[attribute], what) {
			return true
		}
	}
	return o.ID == what
}

// know adds to names what ledger and directory know.
func (q *question) know(ctx context.Context, names []explain.Name) ([]explain.Subject, error) {
	var subjects []explain.Subject
	for _, name := range names {
		s, err := q.subject(ctx, name)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, s)
	}
	return subjects, nil
}

func (q *question) subject(ctx context.Context, name explain.Name) (explain.Subject, error) {
	s := explain.Subject{Kind: name.Kind, Key: name.Key}
	scope := q.memory.scope(q.scope)
	var err error
	if s.Have, err = q.have(ctx, name); err != nil {
		return s, err
	}
	if s.Found, err = q.find(ctx, name); err != nil {
		return s, err
	}
	if name.Kind != directory.User {
		s.Released, err = q.memory.Released(ctx, scope, name.Kind, name.Key)
		return s, err
	}
	link, err := q.memory.Link(ctx, scope, name.Key)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return s, err
	}
	s.Via = link.Via
	if s.Rivals, err = q.rivals(ctx, name.Key); err != nil {
		return s, err
	}
	if p, known := q.wanted.Person(name.Key); s.Have == nil || known && p.Provisioned {
		return s, nil
	}
	for _, kind := range directory.Kinds()[1:] {
		keys, err := q.memory.Memberships(ctx, scope, kind, name.Key)
		if err != nil {
			return s, err
		}
		s.Groups = append(s.Groups, keys...)
	}
	return s, nil
}

// rivals returns the names of the directory users of whom none is taken for a
// person, since there are several.
func (q *question) rivals(ctx context.Context, user string) ([]string, error) {
	p, _ := q.wanted.Person(user)
	if p.Match.Finding != roster.AmbiguousMatch {
		return nil, nil
	}
	var names []string
	for o, err := range q.target.Observe(ctx, directory.User, directory.Whole) {
		if err != nil {
			return nil, err
		}
		byRule := p.Match.Value != "" && strings.EqualFold(o.Attributes[p.Match.Rule.Target], p.Match.Value)
		if !o.Deleted && (byRule || o.Anchor() == user) {
			names = append(names, cmp.Or(o.Attributes[directory.UserPrincipalName], o.ID))
		}
	}
	slices.Sort(names)
	return names, nil
}

// have returns what the ledger knows of an object, or nil.
func (q *question) have(ctx context.Context, name explain.Name) (*directory.Have, error) {
	have, err := q.memory.Have(ctx, q.memory.scope(q.scope), name.Kind, name.Key)
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil
	}
	return &have, err
}

// find returns the object that bears a key in the directory, or nil.
func (q *question) find(ctx context.Context, name explain.Name) (*directory.Object, error) {
	objects, err := q.target.Find(ctx, name.Kind, []string{name.Key})
	for i := range objects {
		if !objects[i].Deleted {
			return &objects[i], err
		}
	}
	return nil, err
}
