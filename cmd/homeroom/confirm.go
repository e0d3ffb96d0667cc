package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/fault"
)

// confirm shows a plan and asks whether to carry it out, unless the answer was given
// with the command or there is nothing to ask about.
func (a *app) confirm(cmd *cobra.Command, show func(io.Writer) error, yes, nothing bool) (bool, error) {
	out := cmd.OutOrStdout()
	err := show(long(cmd.Context(), out, a.progress))
	a.progress.idle()
	if isClosedPipe(err) && yes {
		err = nil // nobody reads on, and nobody is asked
	}
	if err != nil {
		return false, fault.Wrap(err, fault.KindOf(err), "The plan cannot be shown, so nothing was changed")
	}
	if yes || nothing {
		return true, nil
	}
	if a.output == "json" {
		return false, fault.New(fault.Invalid, "With -o json nobody can be asked: add --yes.")
	}
	if _, err := fmt.Fprint(out, "\nCarry this out? [y/N] "); err != nil {
		return false, err
	}
	answer, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true, nil
	}
	_, err = fmt.Fprintln(out, "Nothing was changed.")
	return false, err
}
