package csvfile

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

const byteOrderMark = "\ufeff"

// textReader passes UTF-8 on and stops at anything else. A byte order mark at
// the beginning is dropped.
type textReader struct {
	source io.Reader
	begun  bool
	head   []byte // first bytes, still to be passed on
	tail   []byte // of a character whose end is still to come

	size            int64 // bytes passed on
	lines           int   // line ends passed on
	line, lineAfter int64 // where the last line began, and where one behind it would
}

// textError is a text that is not UTF-8.
type textError struct {
	line    int // counted from 1
	message string
}

func (e *textError) Error() string { return e.message }

func (t *textReader) Read(p []byte) (n int, err error) {
	if !t.begun {
		t.begun = true
		if err := t.begin(); err != nil {
			return 0, err
		}
	}
	if len(t.head) > 0 {
		n = copy(p, t.head)
		t.head = t.head[n:]
	} else {
		n, err = t.source.Read(p)
	}
	if bad := t.check(p[:n]); bad != nil {
		return 0, bad
	}
	if errors.Is(err, io.EOF) && len(t.tail) > 0 {
		return 0, t.notUTF8(bytes.Count(p[:n], []byte{'\n'}))
	}
	t.count(p[:n])
	return n, err
}

// begin looks for the marks of an encoding in the first bytes.
func (t *textReader) begin() error {
	head := make([]byte, 4)
	n, err := io.ReadFull(t.source, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}), bytes.IndexByte(head, 0) >= 0:
		return &textError{1, "The file is UTF-16, not UTF-8."}
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return &textError{1, "The file is a workbook or an archive, not CSV."}
	}
	t.head = bytes.TrimPrefix(head, []byte(byteOrderMark))
	return nil
}

// unfinished returns how many bytes at the end begin a character and do not end it.
func unfinished(p []byte) int {
	for back := 1; back < utf8.UTFMax && back <= len(p); back++ {
		if tail := p[len(p)-back:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return back
		}
	}
	return 0
}

// check reports what is wrong with the next bytes.
func (t *textReader) check(p []byte) error {
	from := 0
	for ; len(t.tail) > 0 && from < len(p); from++ {
		t.tail = append(t.tail, p[from])
		if utf8.FullRune(t.tail) {
			if !utf8.Valid(t.tail) {
				return t.notUTF8(0)
			}
			t.tail = t.tail[:0]
		}
	}
	if from == len(p) {
		return nil
	}
	rest := p[from:]
	whole := rest[:len(rest)-unfinished(rest)]
	if !utf8.Valid(whole) {
		return t.notUTF8(bytes.Count(whole[:firstInvalid(whole)], []byte{'\n'}))
	}
	t.tail = append(t.tail[:0], rest[len(whole):]...)
	return nil
}

// notUTF8 returns the error for a line so many lines further on.
func (t *textReader) notUTF8(further int) error {
	return &textError{t.lines + further + 1, "The line holds a character that is not UTF-8."}
}

func firstInvalid(p []byte) int {
	at := 0
	for at < len(p) {
		r, size := utf8.DecodeRune(p[at:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		at += size
	}
	return at
}

func (t *textReader) count(p []byte) {
	t.lines += bytes.Count(p, []byte{'\n'})
	if last := bytes.LastIndexByte(p, '\n'); last >= 0 {
		t.line = t.lineAfter
		if before := bytes.LastIndexByte(p[:last], '\n'); before >= 0 {
			t.line = t.size + int64(before) + 1
		}
		t.lineAfter = t.size + int64(last) + 1
	}
	t.size += int64(len(p))
}

// lastLine returns the length of the last line so far, its end included.
func (t *textReader) lastLine() int64 {
	if t.lineAfter < t.size {
		return t.size - t.lineAfter
	}
	return t.size - t.line
}
