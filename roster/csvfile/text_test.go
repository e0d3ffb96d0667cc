package csvfile

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// The text reader passes on what is UTF-8, however it comes, and names the line
// of what is not.
func TestTextReader(t *testing.T) {
	letter := rapid.SampledFrom([]string{"a", "é", "€", "😀", "\n", "\n", "\"", "\xff", "\xe2\x82", "\xf0\x9f"})
	rapid.Check(t, func(t *rapid.T) {
		var text []byte
		for _, l := range rapid.SliceOfN(letter, 0, 40).Draw(t, "text") {
			text = append(text, l...)
		}
		for _, source := range []io.Reader{
			bytes.NewReader(text), iotest.OneByteReader(bytes.NewReader(text)),
			iotest.HalfReader(bytes.NewReader(text)), iotest.DataErrReader(bytes.NewReader(text)),
		} {
			r := &textReader{source: source}
			got, err := io.ReadAll(r)
			if bytes.HasPrefix(text, []byte("\xff")) && len(text) > 1 && text[1] == 0xfe {
				continue
			}
			if utf8.Valid(text) {
				if err != nil || !bytes.Equal(got, text) {
					t.Fatalf("got %q, %v", got, err)
				}
				checkLastLine(t, r, text)
				continue
			}
			bad, ok := errors.AsType[*textError](err)
			if want := bytes.Count(text[:firstInvalid(text)], []byte("\n")) + 1; !ok || bad.line != want {
				t.Fatalf("got %q, %v, want an error in line %d", got, err, want)
			}
		}
	})
}

func checkLastLine(t *rapid.T, r *textReader, text []byte) {
	want := len(text) - 1 - bytes.LastIndexByte(text[:max(len(text)-1, 0)], '\n')
	if len(text) == 0 {
		want = 0
	}
	if got := r.lastLine(); got != int64(want) {
		t.Fatalf("the last line of %q has %d bytes, want %d", text, got, want)
	}
}

// An error of the source is not taken for the end of the file.
func TestTextReaderPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken")
	for _, before := range []string{"", "sourcedId,name\n"} {
		_, err := io.ReadAll(&textReader{source: io.MultiReader(bytes.NewReader([]byte(before)), iotest.ErrReader(broken))})
		if !errors.Is(err, broken) {
			t.Errorf("after %q: got %v", before, err)
		}
	}
}
