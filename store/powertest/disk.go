package powertest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// sector is how many bytes a disk writes whole or not at all.
const sector = 512

// disk is a folder as processes see it, with what of it lasts.
type disk struct{ root *node }

// node is a file, or a folder with names.
type node struct {
	names   map[string]*node // as they are seen; nil for a file
	lasting []change         // what a sync covers, in order
	pending []change         // what none does
}

// change is one of a file's content, or of a folder's names.
type change struct {
	done   int // number of the event
	data   []byte
	offset int64
	cuts   bool // the file is offset long

	name string
	node *node // nil: the name is taken away
	then *change
}

// replay carries out the events before a moment, and whatever began before it.
func replay(events []event, at int) (*disk, error) {
	d := &disk{&node{names: make(map[string]*node)}}
	for i, e := range events {
		if i >= at && (e.what == syncs || e.began > at) {
			continue // it is not done, or has not begun
		}
		if err := d.do(i, e); err != nil {
			return nil, fmt.Errorf("event %d, %s: %w", i, e.path, err)
		}
	}
	return d, nil
}

func (d *disk) do(i int, e event) error {
	if e.what == says {
		return nil
	}
	if e.what == writes || e.what == truncates || e.what == syncs {
		n, err := d.find(e.path)
		switch {
		case err != nil:
			return err
		case e.what == syncs:
			n.sync(e.began)
		default:
			n.pending = append(n.pending, change{done: i, data: e.data, offset: e.offset, cuts: e.what == truncates})
		}
		return nil
	}
	parent, err := d.find(path.Dir(e.path))
	if err != nil {
		return err
	}
	name := path.Base(e.path)
	there := parent.names[name]
	switch e.what {
	case creates:
		if there == nil {
			parent.name(change{done: i, name: name, node: &node{}})
		}
	case makes:
		parent.name(change{done: i, name: name, node: &node{names: make(map[string]*node)}})
	case removes:
		parent.name(change{done: i, name: name})
	case links, renames:
		return d.link(i, e, parent, there)
	}
	return nil
}

// link gives a file that is there another name, in place of the one that it has in a folder
// or beside it. In one folder that is one change, in two folders each has its own.
func (d *disk) link(i int, e event, from *node, there *node) error {
	to, err := d.find(path.Dir(e.other))
	if err != nil {
		return err
	}
	given := change{done: i, name: path.Base(e.other), node: there}
	taken := change{done: i, name: path.Base(e.path)}
	switch {
	case e.what == renames && to == from:
		given.then = &taken
	case e.what == renames:
		from.name(taken)
	}
	to.name(given)
	return nil
}

// find returns what has a path.
func (d *disk) find(name string) (*node, error) {
	if name == "." {
		return d.root, nil
	}
	parent, err := d.find(path.Dir(name))
	if err != nil {
		return nil, err
	}
	if n := parent.names[path.Base(name)]; n != nil {
		return n, nil
	}
	return nil, fs.ErrNotExist
}

// name changes the names of a folder.
func (n *node) name(c change) {
	n.pending = append(n.pending, c)
	rename(n.names, c)
}

func rename(names map[string]*node, c change) {
	if c.node == nil {
		delete(names, c.name)
	} else {
		names[c.name] = c.node
	}
	if c.then != nil {
		rename(names, *c.then)
	}
}

// sync lets last what was done before it began.
func (n *node) sync(began int) {
	done := 0
	for done < len(n.pending) && n.pending[done].done < began {
		done++
	}
	n.lasting = append(n.lasting, n.pending[:done]...)
	n.pending = n.pending[done:]
}

// write makes what survives. Names are given and taken in their order, so that those
// survive that came first.
func (n *node) write(to string, dice *rand.Rand) error {
	if n.names == nil {
		return os.WriteFile(to, n.content(dice), 0o600)
	}
	surviving := n.pending[:0]
	if dice != nil {
		surviving = n.pending[:dice.IntN(len(n.pending)+1)]
	}
	names := make(map[string]*node)
	for _, changes := range [][]change{n.lasting, surviving} {
		for _, c := range changes {
			rename(names, c)
		}
	}
	for name, child := range names {
		below := filepath.Join(to, name)
		if child.names != nil {
			if err := os.Mkdir(below, 0o700); err != nil {
				return err
			}
		}
		if err := child.write(below, dice); err != nil {
			return err
		}
	}
	return nil
}

// content returns what survives of a file.
func (n *node) content(dice *rand.Rand) []byte {
	var content []byte
	for _, c := range n.lasting {
		content = c.apply(content, nil)
	}
	if dice == nil {
		return content
	}
	fate := dice.IntN(4) // of all that is not synced
	for _, c := range n.pending {
		switch {
		case fate == 0: // nothing
		case fate == 1 || dice.IntN(3) == 0: // all; or of each change all,
			content = c.apply(content, nil)
		case dice.IntN(2) == 0: // some, or nothing
			content = c.apply(content, dice)
		}
	}
	return content
}

// apply changes a content, with dice only in some of its sectors.
func (c change) apply(content []byte, dice *rand.Rand) []byte {
	if c.cuts {
		return resize(content, c.offset)
	}
	end := c.offset + int64(len(c.data))
	for from := c.offset; from < end; {
		to := min(end, (from/sector+1)*sector)
		if dice == nil || dice.IntN(2) == 0 {
			content = resize(content, max(to, int64(len(content))))
			copy(content[from:to], c.data[from-c.offset:])
		}
		from = to
	}
	return content
}

// resize cuts a content off, or fills it up with zeros.
func resize(content []byte, size int64) []byte {
	if size <= int64(len(content)) {
		return content[:size]
	}
	return append(content, make([]byte, size-int64(len(content)))...)
}

// compare fails unless a folder is as processes see it here.
func (n *node) compare(with string) error {
	if n.names == nil {
		there, err := os.ReadFile(with)
		var content []byte
		for _, c := range append(slices.Clone(n.lasting), n.pending...) {
			content = c.apply(content, nil)
		}
		if err == nil && !bytes.Equal(content, there) && !strings.HasSuffix(with, "-shm") {
			err = fmt.Errorf("%s has other content", with)
		}
		return err
	}
	there, err := os.ReadDir(with)
	if err == nil && len(there) != len(n.names) {
		err = fmt.Errorf("%s has %d entries in place of %d", with, len(there), len(n.names))
	}
	for name, child := range n.names {
		err = errors.Join(err, child.compare(filepath.Join(with, name)))
	}
	return err
}
