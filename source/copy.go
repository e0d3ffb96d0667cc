package source

import (
	"archive/zip"
	"compress/flate"
	"io"

	"github.com/homeroomhq/homeroom/fault"
)

// Omit says what of a snapshot is left out of a copy. Headers stay, and so do the numbers
// of lines, so that a copy is read as the snapshot was.
type Omit struct {
	// Rows reports whether all rows of a file are left out.
	Rows func(file string) bool
	// Column reports whether the values of a column of a file are left out, by its header.
	Column func(file, header string) bool
}

// Copy writes the files of a snapshot as a ZIP archive, which OpenCopy reads. It fails with
// fault.Conflict when they are no longer what was hashed.
func (s *Source) Copy(to io.Writer, omit Omit) error {
	z := zip.NewWriter(to)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestSpeed)
	})
	for _, f := range s.Files {
		if err := s.copyFile(z, f.Name, omit); err != nil {
			return err
		}
	}
	return z.Close()
}

func (s *Source) copyFile(z *zip.Writer, name string, omit Omit) error {
	from, err := s.Open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err != nil {
		return err
	}
	return copyCSV(to, from, omit.Rows(name), func(header string) bool { return omit.Column(name, header) })
}

// copied is a copy of a snapshot. It does not change, and reading says when it is damaged.
type copied struct{ *archive }

func (c *copied) open(name string) (io.ReadCloser, error) {
	r, err := c.entries[name].Open()
	if err != nil {
		return nil, c.damaged(err)
	}
	return &copiedFile{r, c}, nil
}

func (c *copied) unchanged(string) error { return nil }

func (c *copied) Close() error { return nil }

func (c *copied) damaged(err error) error {
	return fault.Wrap(err, fault.Invalid, "The kept copy of %s cannot be read", c.path)
}

type copiedFile struct {
	io.ReadCloser
	copied *copied
}

func (f *copiedFile) Read(p []byte) (int, error) {
	n, err := f.ReadCloser.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // a zip reader returns that one
		err = f.copied.damaged(err)
	}
	return n, err
}
