package api

import (
	"compress/gzip"
	"net/http"
	"strings"
)

// compressFrom is from how many bytes on an answer is worth compressing: below, it fits
// a packet anyway.
const compressFrom = 1400

// takesGzip reports whether a client takes gzip.
func takesGzip(header http.Header) bool {
	for _, line := range header["Accept-Encoding"] {
		for part := range strings.SplitSeq(line, ",") {
			coding, weight, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
				weight = strings.ReplaceAll(weight, " ", "")
				return !strings.HasPrefix(weight, "q=0") || strings.Trim(weight, "q=0.") != ""
			}
		}
	}
	return false
}

// sendGzip writes an answer in gzip.
func (s *Server) sendGzip(w http.ResponseWriter, r *http.Request, a answer) {
	w.Header()["Content-Encoding"] = []string{"gzip"}
	w.WriteHeader(a.status)
	if r.Method == http.MethodHead {
		return
	}
	z, _ := s.zippers.Get().(*gzip.Writer)
	if z == nil {
		z, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is one that there is
	}
	defer s.zippers.Put(z)
	z.Reset(w)
	_, _ = z.Write(a.body) // a client that went away needs no answer
	_ = z.Close()
}
