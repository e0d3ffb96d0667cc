package csvfile

import (
	"strings"

	"github.com/homeroomhq/homeroom/roster"
)

// formed is a field whose values are read in a form. It remembers the last value:
// mostly the next is the same.
type formed struct {
	field roster.Field
	form  Form

	last, became string
	remark       *roster.Remark
}

// apply reads the value of a row.
func (c *formed) apply(row *roster.Row) {
	value := row.Cell(c.field)
	if value == "" {
		return
	}
	c.read(value)
	if c.became != value {
		row.Set(c.field, c.became)
	}
	if c.remark != nil {
		row.Remark(c.field, value, c.remark)
	}
}

// read reads a value as the format writes it.
func (c *formed) read(value string) {
	if value == c.last {
		return
	}
	trimmed := strings.TrimSpace(value)
	c.last, c.became = value, value // with its spaces, of which the builder tells
	became, remark := c.form(trimmed)
	if c.remark = remark; became != trimmed {
		c.became = became
	}
}
