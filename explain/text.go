package explain

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lineWidth is the width of a line, in characters.
const lineWidth = 100

// WriteText writes answers for people. The error is that of the writer.
func WriteText(w io.Writer, answers []Answer) error {
	out := bufio.NewWriter(w)
	for i, a := range answers {
		if i > 0 {
			fmt.Fprintln(out)
		}
		paragraph(out, "", a.Answer)
		for _, part := range a.Parts {
			fmt.Fprintf(out, "\n%s\n", part.Title)
			for _, r := range part.Reasons {
				paragraph(out, "  ", mark(r))
				if r.Remedy != "" {
					paragraph(out, "    ", "To do: "+r.Remedy)
				}
			}
		}
	}
	return out.Flush()
}

// mark adds the code of a problem or of a hold, which can be looked up, to the
// sentence.
func mark(r Reason) string {
	if r.Remedy == "" || r.Rule == "" || strings.Contains(r.Text, r.Rule) {
		return r.Text
	}
	return r.Text + " [" + r.Rule + "]"
}

// paragraph writes a sentence in lines, those after the first a little to the
// right.
func paragraph(w io.Writer, indent, sentence string) {
	line := indent
	begin := true
	for word := range strings.FieldsSeq(clean(sentence)) {
		if !begin && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > lineWidth {
			fmt.Fprintln(w, line)
			line, begin = indent+"  ", true
		}
		if !begin {
			line += " "
		}
		line += word
		begin = false
	}
	fmt.Fprintln(w, line)
}

// clean takes out of a roster's text what would move a terminal's cursor or turn
// the direction of the text.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
