package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/homeroomhq/homeroom/fault"
)

func TestKindOf(t *testing.T) {
	held := fault.New(fault.Held, "Run %d waits.", 3)
	for _, test := range []struct {
		name string
		err  error
		kind fault.Kind
		text string
	}{
		{"new", held, fault.Held, "Run 3 waits."},
		{"wrapped", fault.Wrap(io.EOF, fault.Invalid, "The file %s ends early", "a.csv"), fault.Invalid, "The file a.csv ends early: EOF"},
		{"the outermost counts", fault.Wrap(held, fault.Partial, "Some steps wait"), fault.Partial, "Some steps wait: Run 3 waits."},
		{"below another error", fmt.Errorf("syncing: %w", held), fault.Held, "syncing: Run 3 waits."},
		{"a surprise", io.ErrClosedPipe, fault.Internal, "io: read/write on closed pipe"},
	} {
		if got := fault.KindOf(test.err); got != test.kind {
			t.Errorf("%s: kind %q, want %q", test.name, got, test.kind)
		}
		if got := test.err.Error(); got != test.text {
			t.Errorf("%s: %q, want %q", test.name, got, test.text)
		}
	}
	if fault.KindOf(nil) != "" || fault.Wrap(nil, fault.Invalid, "x") != nil {
		t.Error("nil is an error")
	}
	if !errors.Is(fault.Wrap(io.EOF, fault.Invalid, "x"), io.EOF) {
		t.Error("the cause is lost")
	}
}
