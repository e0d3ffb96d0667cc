package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/fault"
)

// openDirectory opens the embedded directory that a command is about. The
// function that it returns closes it again.
type openDirectory func(cmd *cobra.Command) (*local.Directory, func(), error)

// onlyReads is the annotation of commands that change nothing, so that they make
// no data folder either.
const onlyReads = "onlyReads"

// directoryCommand is what the commands below "homeroom directory" share.
type directoryCommand struct {
	open   openDirectory
	output string // text or json
	kind   string // what kind of object a name means; "" for any
}

// newDirectoryCommand returns "homeroom directory": the embedded directory,
// looked at and changed by hand.
func newDirectoryCommand(open openDirectory) *cobra.Command {
	c := &directoryCommand{open: open}
	command := &cobra.Command{
		Use:   "directory",
		Short: "Look at the embedded directory and change it by hand",
		Long: `Look at the embedded directory and change it by hand.

KEY is an object's key (User_114001), id, user principal name or mail nickname.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.PersistentFlags().StringVarP(&c.output, "output", "o", "text", "form of the output: text or json")
	command.AddCommand(c.ls(), c.show(), c.export(), c.importFile(), c.set(), c.addMember(), c.removeMember(), c.delete())
	return command
}

func (c *directoryCommand) ls() *cobra.Command {
	return &cobra.Command{
		Use:         "ls KIND",
		Annotations: map[string]string{onlyReads: "yes"},
		Short:       "List users, classes, securityGroups, groups, units or all",
		Args:        cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			kinds, err := local.ParseKinds(args[0])
			if err != nil {
				return err
			}
			return c.with(cmd, func(d *local.Directory) error {
				rows, err := d.List(cmd.Context(), kinds...)
				if err != nil {
					return err
				}
				return c.print(cmd, rows, func(out io.Writer) error { return local.WriteRows(out, rows) })
			})
		},
	}
}

func (c *directoryCommand) show() *cobra.Command {
	command := &cobra.Command{
		Use:         "show KEY",
		Annotations: map[string]string{onlyReads: "yes"},
		Short:       "Show one object with everything that is known of it",
		Args:        cobra.ExactArgs(1),
		RunE: c.named(func(cmd *cobra.Command, d *local.Directory, name local.Name, _ []string) error {
			shown, err := d.Show(cmd.Context(), name)
			if err != nil {
				return err
			}
			return c.print(cmd, shown, func(out io.Writer) error { return local.WriteShown(out, shown) })
		}),
	}
	return c.kinded(command)
}

func (c *directoryCommand) export() *cobra.Command {
	var stable bool
	var base string
	command := &cobra.Command{
		Use:         "export",
		Annotations: map[string]string{onlyReads: "yes"},
		Short:       "Print everything in the directory, with -o ldif for LDAP servers",
		Args:        cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.output == "ldif" {
				return c.exportLDIF(cmd, base)
			}
			return c.with(cmd, func(d *local.Directory) error {
				doc, err := d.Export(cmd.Context(), stable)
				if err != nil {
					return err
				}
				return c.print(cmd, doc, doc.WriteText)
			})
		},
	}
	command.Flags().BoolVar(&stable, "stable", false, "sorted and free of ids, so that two directories can be compared with diff")
	command.Flags().StringVar(&base, "base", "dc=homeroom", "with -o ldif: the entry that all others are below")
	return command
}

// exportLDIF writes the directory as LDIF.
func (c *directoryCommand) exportLDIF(cmd *cobra.Command, base string) error {
	if !strings.Contains(base, "=") {
		return fault.New(fault.Invalid, "--base is %q; it is the name of an entry, such as dc=school,dc=example.", base)
	}
	return c.opened(cmd, func(d *local.Directory) error {
		return d.WriteLDIF(cmd.Context(), long(cmd.Context(), cmd.OutOrStdout(), nil), base)
	})
}

func (c *directoryCommand) importFile() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Add or change the objects of a file that export -o json wrote (- for standard input)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := openInput(cmd, args[0])
			if err != nil {
				return err
			}
			defer file.Close()
			return c.with(cmd, func(d *local.Directory) error {
				entries, err := d.Import(cmd.Context(), file)
				if err != nil {
					return err
				}
				return c.done(cmd, "Imported %d objects.", entries)
			})
		},
	}
}

func openInput(cmd *cobra.Command, path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	file, err := os.Open(path)
	if failed, is := errors.AsType[*fs.PathError](err); is {
		return nil, fault.Wrap(failed.Err, fault.NotFound, "The file %s cannot be opened", path)
	}
	if err != nil {
		return nil, err
	}
	return file, nil
}

func (c *directoryCommand) set() *cobra.Command {
	command := &cobra.Command{
		Use:   "set KEY NAME=VALUE...",
		Short: "Change attributes; an empty value clears; users also have deleted, guest and directoryRole",
		Args:  cobra.MinimumNArgs(2),
		RunE: c.named(func(cmd *cobra.Command, d *local.Directory, name local.Name, assignments []string) error {
			if err := d.Set(cmd.Context(), name, assignments); err != nil {
				return err
			}
			return c.done(cmd, "Changed %s.", name.Text)
		}),
	}
	return c.kinded(command)
}

func (c *directoryCommand) addMember() *cobra.Command {
	var owner bool
	command := &cobra.Command{
		Use:   "add-member GROUP USER",
		Short: "Make a user a member of a group or unit",
		Args:  cobra.ExactArgs(2),
		RunE: c.named(func(cmd *cobra.Command, d *local.Directory, group local.Name, args []string) error {
			if err := d.AddMember(cmd.Context(), group, local.Name{Text: args[0]}, owner); err != nil {
				return err
			}
			return c.done(cmd, "Added %s to %s.", args[0], group.Text)
		}),
	}
	command.Flags().BoolVar(&owner, "owner", false, "make the user an owner as well")
	return c.kinded(command)
}

func (c *directoryCommand) removeMember() *cobra.Command {
	var owner bool
	command := &cobra.Command{
		Use:   "remove-member GROUP USER",
		Short: "Take a user out of a group or unit, and out of its owners",
		Args:  cobra.ExactArgs(2),
		RunE: c.named(func(cmd *cobra.Command, d *local.Directory, group local.Name, args []string) error {
			if err := d.RemoveMember(cmd.Context(), group, local.Name{Text: args[0]}, owner); err != nil {
				return err
			}
			return c.done(cmd, "Removed %s from %s.", args[0], group.Text)
		}),
	}
	command.Flags().BoolVar(&owner, "owner", false, "take away the ownership only; a member stays one")
	return c.kinded(command)
}

func (c *directoryCommand) delete() *cobra.Command {
	command := &cobra.Command{
		Use:   "delete KEY",
		Short: "Delete an object; a user can be restored with set KEY deleted=false",
		Args:  cobra.ExactArgs(1),
		RunE: c.named(func(cmd *cobra.Command, d *local.Directory, name local.Name, _ []string) error {
			if err := d.Delete(cmd.Context(), name); err != nil {
				return err
			}
			return c.done(cmd, "Deleted %s.", name.Text)
		}),
	}
	return c.kinded(command)
}

// kinded adds the flag that tells objects apart which share a name: a role
// group's security group and unit have the same key.
func (c *directoryCommand) kinded(command *cobra.Command) *cobra.Command {
	command.Flags().StringVar(&c.kind, "kind", "", "kind of the object, where several have the name")
	return command
}

// named turns a function about the object of the first argument into a
// command's.
func (c *directoryCommand) named(
	do func(cmd *cobra.Command, d *local.Directory, name local.Name, rest []string) error,
) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		name := local.Name{Text: args[0]}
		if c.kind != "" {
			kinds, err := local.ParseKinds(c.kind)
			if err != nil {
				return err
			}
			if len(kinds) != 1 {
				return fault.New(fault.Invalid, "--kind %s means several kinds; say which.", c.kind)
			}
			name.Kind = kinds[0]
		}
		return c.with(cmd, func(d *local.Directory) error { return do(cmd, d, name, args[1:]) })
	}
}

// with opens the directory for do.
func (c *directoryCommand) with(cmd *cobra.Command, do func(*local.Directory) error) error {
	if c.output != "text" && c.output != "json" {
		return fault.New(fault.Invalid, "--output is %q; it can be text or json, and ldif for export.", c.output)
	}
	return c.opened(cmd, do)
}

// opened opens the directory for do, whatever the form of the output.
func (c *directoryCommand) opened(cmd *cobra.Command, do func(*local.Directory) error) error {
	d, done, err := c.open(cmd)
	if err != nil {
		return err
	}
	defer done()
	return do(d)
}

// print writes a value in the form that was asked for, until it is stopped.
func (c *directoryCommand) print(cmd *cobra.Command, value any, text func(io.Writer) error) error {
	return c.write(long(cmd.Context(), cmd.OutOrStdout(), nil), value, text)
}

func (c *directoryCommand) write(w io.Writer, value any, text func(io.Writer) error) error {
	if c.output == "text" {
		return text(w)
	}
	return writeJSON(w, value)
}

// done says what was done.
func (c *directoryCommand) done(cmd *cobra.Command, format string, args ...any) error {
	sentence := fmt.Sprintf(format, args...)
	return c.write(cmd.OutOrStdout(), map[string]string{"done": sentence}, func(out io.Writer) error {
		_, err := fmt.Fprintln(out, sentence)
		return err
	})
}
