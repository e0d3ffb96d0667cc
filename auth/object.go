package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// maxDepth is how deep the objects and lists of a token may lie in each other.
const maxDepth = 8

var errNotObject = errors.New("it is no JSON object, or it is too deep, or it has two members of one name")

// readObject reads the JSON object that a part of a token is. Names count by their
// exact letters, and no object in it may have two members of one name: what
// another reader would see in such a token is anybody's guess.
func readObject(text []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errNotObject
	}
	if err := checkMembers(d, 1); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotObject
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, errNotObject
	}
	return members, nil
}

// checkMembers reads the rest of an object whose brace was read.
func checkMembers(d *json.Decoder, depth int) error {
	seen := make(map[string]bool)
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return errNotObject
		}
		text, ok := name.(string)
		if !ok || seen[text] {
			return errNotObject
		}
		seen[text] = true
		if err := checkValue(d, depth); err != nil {
			return err
		}
	}
	_, err := d.Token() // the closing brace
	return err
}

func checkValue(d *json.Decoder, depth int) error {
	t, err := d.Token()
	switch {
	case err != nil, depth >= maxDepth:
		return errNotObject
	case t == json.Delim('{'):
		return checkMembers(d, depth+1)
	case t == json.Delim('['):
		for d.More() {
			if err := checkValue(d, depth+1); err != nil {
				return err
			}
		}
		_, err = d.Token() // the closing bracket
	}
	return err
}
