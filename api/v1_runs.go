package api

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"iter"
	"strconv"

	"github.com/homeroomhq/homeroom/odata"
)

func (s *Server) ownRuns(r *request) (*response, error) {
	before, err := r.after()
	if err != nil {
		return nil, err
	}
	top := r.top()
	list, err := s.Operations.RunDetails(r.ctx, r.caller.Tenant, before, top+1)
	if err != nil {
		return nil, err
	}
	page := collectionOf[RunDetail]{Value: list}
	if len(list) > top {
		page.Value = list[:top]
	}
	if n := len(page.Value); n > 0 && len(list) > n {
		page.Next = r.next("runs", page.Value[n-1].Number)
	}
	if page.Value == nil {
		page.Value = []RunDetail{}
	}
	return &response{value: page}, nil
}

func (s *Server) ownRun(r *request) (*response, error) {
	run, err := s.Operations.RunDetail(r.ctx, r.caller.Tenant, r.keys["run"])
	if err != nil {
		return nil, err
	}
	return &response{value: run}, nil
}

func (s *Server) ownPlan(r *request) (*response, error) {
	write, err := s.Operations.Plan(context.WithoutCancel(r.ctx), r.caller.Tenant, r.keys["run"], r.offer)
	if err != nil {
		return nil, err
	}
	return &response{stream: &stream{mediaType: withCharset(r.offer), write: func(_ context.Context, w io.Writer) error { return write(w) }}}, nil
}

func withCharset(mediaType string) string {
	if mediaType == errorType {
		return mediaType
	}
	return mediaType + "; charset=utf-8"
}

func (s *Server) ownCounts(r *request) (*response, error) {
	counts, err := s.Operations.Counts(r.ctx, r.caller.Tenant)
	if err != nil {
		return nil, err
	}
	return &response{value: counts}, nil
}

// ownFailures lists what failed, as JSON or as a table.
func (s *Server) ownFailures(r *request) (*response, error) {
	all, err := s.Operations.Failures(context.WithoutCancel(r.ctx), r.caller.Tenant, r.keys["run"])
	if err != nil {
		return nil, err
	}
	return &response{stream: &stream{mediaType: withCharset(r.offer), write: func(ctx context.Context, w io.Writer) error {
		if r.offer == csvType {
			return WriteFailures(w, all)
		}
		list := listWriter{w: w}
		for failure, err := range all {
			if err == nil {
				err = list.add(ctx, failure)
			}
			if err != nil {
				return err
			}
		}
		return list.end("")
	}}}, nil
}

// WriteFailures writes what failed and what waits as a table, a row for each step.
func WriteFailures(w io.Writer, all iter.Seq2[Failure, error]) error {
	table := csv.NewWriter(w)
	_ = table.Write([]string{"outcome", "seq", "action", "kind", "key", "record", "rule", "message", "remedy"}) // the writer keeps the first error
	for f, err := range all {
		if err != nil {
			return err
		}
		_ = table.Write([]string{
			string(f.Outcome), strconv.Itoa(f.Seq), string(f.Action), string(f.Kind), f.Key, f.Record, f.Rule, f.Message, f.Remedy,
		})
	}
	table.Flush()
	return table.Error()
}

// listWriter writes a collection item by item.
type listWriter struct {
	w       io.Writer
	opening string // up to the first item; "" for that of a collection
	count   int
}

func (l *listWriter) add(ctx context.Context, item any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	text, err := json.Marshal(item)
	if err != nil {
		return err
	}
	if err := l.separate(); err != nil {
		return err
	}
	_, err = l.w.Write(text)
	return err
}

// separate writes what stands before the next item, which is written by itself.
func (l *listWriter) separate() error {
	l.count++
	if l.count > 1 {
		_, err := io.WriteString(l.w, ",")
		return err
	}
	return l.open()
}

func (l *listWriter) open() error {
	_, err := io.WriteString(l.w, cmp.Or(l.opening, `{"value":[`))
	return err
}

// end ends a collection, with the link to the next page, "" for none.
func (l *listWriter) end(next string) error {
	if l.count == 0 {
		if err := l.open(); err != nil {
			return err
		}
	}
	end := []byte{']'}
	if next != "" {
		end = odata.AppendString(append(end, `,"@odata.nextLink":`...), next)
	}
	_, err := l.w.Write(append(end, '}'))
	return err
}
