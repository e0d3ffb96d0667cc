package source

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// copyCSV copies a CSV file, without its rows or without the values of some columns. The
// bytes of rows that lack nothing stay as they are. Rows are told apart as package
// roster/csvfile does, so that nothing of what it takes for a value can slip through.
func copyCSV(to io.Writer, from io.Reader, withoutRows bool, column func(header string) bool) error {
	from, err := copyMark(to, from)
	if err != nil {
		return err
	}
	kept := &lookback{from: from}
	rows := csv.NewReader(kept)
	rows.FieldsPerRecord, rows.ReuseRecord = -1, true
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		_, err := to.Write(kept.take(rows.InputOffset()))
		return err
	}
	if withoutRows && isParseError(err) { // a file that no format reads may be anything
		return nil
	}
	if err != nil { // nobody knows which columns there are
		return err
	}
	var secret []int
	for i, name := range header {
		if column(strings.TrimSpace(strings.TrimLeft(name, byteOrderMark))) {
			secret = append(secret, i)
		}
	}
	if _, err := to.Write(kept.take(rows.InputOffset())); err != nil || withoutRows {
		return err
	}
	if len(secret) == 0 {
		_, err := io.Copy(to, io.MultiReader(bytes.NewReader(kept.rest()), from))
		return err
	}
	return copyRows(to, rows, kept, secret)
}

// byteOrderMark begins files that say that they are UTF-8.
const byteOrderMark = "\ufeff"

// copyMark copies the byte order mark, if there is one: before a quote it would make the
// header one that cannot be read. It returns what follows.
func copyMark(to io.Writer, from io.Reader) (io.Reader, error) {
	begin := make([]byte, len(byteOrderMark))
	n, err := io.ReadFull(from, begin)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if string(begin[:n]) != byteOrderMark {
		return io.MultiReader(bytes.NewReader(begin[:n]), from), nil
	}
	_, err = to.Write(begin)
	return from, err
}

// copyRows copies rows without the values of the columns at some positions.
func copyRows(to io.Writer, rows *csv.Reader, kept *lookback, secret []int) error {
	for {
		record, err := rows.Read()
		raw := kept.take(rows.InputOffset())
		faulty := isParseError(err)
		lacks := blanked(record, secret)
		switch {
		case errors.Is(err, io.EOF):
			_, err := to.Write(raw) // blank lines
			return err
		case err != nil && !faulty:
			return err
		case faulty || lacks:
			if raw, err = rewritten(raw, record, faulty); err != nil {
				return err
			}
		}
		if _, err := to.Write(raw); err != nil {
			return err
		}
	}
}

// blanked takes values out of a record, and reports whether there was one.
func blanked(record []string, secret []int) (some bool) {
	for _, i := range secret {
		if i < len(record) && record[i] != "" {
			record[i], some = "", true
		}
	}
	return some
}

// rewritten returns a row as it is now, on as many lines as before. Of a row that cannot be
// read there are the values before the defect; it stays one that cannot be read.
func rewritten(raw []byte, record []string, faulty bool) ([]byte, error) {
	var b bytes.Buffer
	for ; len(raw) > 0 && (raw[0] == '\n' || raw[0] == '\r'); raw = raw[1:] {
		b.WriteByte(raw[0]) // blank lines before the row
	}
	var row bytes.Buffer
	w := csv.NewWriter(&row)
	if err := w.Write(record); err != nil {
		return nil, err
	}
	w.Flush()
	text := row.Bytes()
	if faulty {
		text = bytes.TrimSuffix(text, []byte{'\n'})
		if len(record) > 0 {
			text = append(text, ',')
		}
		text = append(text, `x"`+"\n"...)
	}
	if !bytes.HasSuffix(raw, []byte{'\n'}) { // the last row
		text = bytes.TrimSuffix(text, []byte{'\n'})
	}
	b.Write(text)
	for range bytes.Count(raw, []byte{'\n'}) - bytes.Count(text, []byte{'\n'}) {
		b.WriteByte('\n')
	}
	return b.Bytes(), w.Error()
}

func isParseError(err error) bool {
	_, ok := errors.AsType[*csv.ParseError](err)
	return ok
}

// lookback remembers what was read from a file until it is taken.
type lookback struct {
	from  io.Reader
	bytes []byte // that were read and not taken
	at    int64  // where they begin in the file
}

func (l *lookback) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	l.bytes = append(l.bytes, p[:n]...)
	return n, err
}

// take returns what was read up to a place. It is valid until the next Read.
func (l *lookback) take(upTo int64) []byte {
	n := upTo - l.at
	taken := l.bytes[:n]
	l.bytes, l.at = l.bytes[n:], upTo
	return taken
}

// rest returns what was read and not taken.
func (l *lookback) rest() []byte { return l.bytes }
