package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/roster"
)

func newExport(a *app) *cobra.Command {
	var out string
	var handOver bool
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write what the API configured as a homeroom.yaml",
		Long: `Writes a configuration file with the flow sets, flows, reference definitions and
settings of a tenant that is configured through the API. Imported, or used with
sync -c elsewhere, it gives the same plan. Passwords are not written: the file
takes each from an environment variable, which it names.

With --hand-over the tenant is the file's from then on, as before homeroom import: the
API keeps nothing of it and changes nothing any more. The plan stays the same. The
environment variables must be set, since the passwords are stored no longer.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			open := a.look
			if handOver {
				open = a.open
			}
			if handOver && out == "" {
				return fault.New(fault.Invalid, "Say which file is to configure the tenant: --hand-over goes with --out homeroom.yaml.")
			}
			m, err := open(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			text, stored, err := m.exportConfig(cmd.Context())
			if err != nil {
				return err
			}
			if handOver {
				if err := m.handOver(cmd.Context(), stored, text, out); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s configures this tenant from now on: use it with sync -c. homeroom import hands it over to the API again.\n", out)
				return err
			}
			write := func(w io.Writer) error {
				_, err := io.WriteString(w, text)
				return err
			}
			if out == "" {
				return write(cmd.OutOrStdout())
			}
			return writeNewFile(out, write)
		},
	}
	cmd.Flags().BoolVar(&handOver, "hand-over", false, "make the tenant the file's: the API configures it no longer")
	cmd.Flags().StringVar(&out, "out", "", "the file to write; it must not be there yet (default: print)")
	return cmd
}

// exportConfig returns what the tenant configured through the API, as a configuration file
// and as it is stored.
func (m *memory) exportConfig(ctx context.Context) (string, outbound.Configuration, error) {
	owner, err := m.Owner(ctx, m.tenant)
	if err != nil {
		return "", outbound.Configuration{}, err
	}
	if owner != outbound.API {
		return "", outbound.Configuration{}, fault.New(fault.NotFound, "Nothing was configured through the API, so there is nothing to export.")
	}
	stored, err := m.Configuration(ctx, m.tenant)
	if err != nil {
		return "", stored, err
	}
	text, err := fileOf(stored)
	return text, stored, err
}

// fileOf returns a configuration as a file, without passwords.
func fileOf(stored outbound.Configuration) (string, error) {
	stored.Flows = slices.Clone(stored.Flows)
	for i := range stored.Flows {
		stored.Flows[i].Readiness = outbound.Ready // a file has no other
	}
	var secrets variables
	sets, err := outbound.Sets(stored.Sets, stored.Flows, secrets.instead)
	if err != nil {
		return "", err
	}
	definitionItems, err := definitionsForFile(stored.Definitions)
	if err != nil {
		return "", err
	}
	setItems, err := setsForFile(sets)
	if err != nil {
		return "", err
	}
	text, err := withObjects(cmp.Or(withoutHeader(stored.Settings), settingsOfAPI), []entry{{definitionsSetting, definitionItems}, {setsSetting, setItems}})
	return secrets.header() + text, err
}

// variables names the environment variables that stand for passwords.
type variables []string

// instead returns the reference to a new variable in place of a secret.
func (v *variables) instead(_, field, _ string) (string, error) {
	roleGroup, _, _ := strings.Cut(strings.TrimPrefix(field, "creationOptions/configurations/"), "/")
	name := "HOMEROOM_" + strings.ToUpper(roleGroup) + "_PASSWORD"
	for n := 2; slices.Contains(*v, name); n++ {
		name = fmt.Sprintf("HOMEROOM_%s_PASSWORD_%d", strings.ToUpper(roleGroup), n)
	}
	*v = append(*v, name)
	return "${" + name + "}", nil
}

// What stands above a file that was exported.
const (
	headWritten   = "# Written by homeroom export."
	headVariables = "# Set these environment variables to the passwords: "
)

func (v variables) header() string {
	text := headWritten + "\n"
	if len(v) > 0 {
		text += headVariables + strings.Join(v, ", ") + ".\n"
	}
	return text
}

// withoutHeader returns settings without what stood above them when they were exported
// before, and imported again.
func withoutHeader(settings string) string {
	for _, head := range []string{headWritten, headVariables} {
		if strings.HasPrefix(settings, head) {
			_, settings, _ = strings.Cut(settings, "\n")
		}
	}
	return settings
}

// entry is a setting of a file and what it says.
type entry struct {
	name  string
	items []json.RawMessage
}

// withObjects returns a configuration of settings and the objects that the API keeps.
// Definitions go first: what follows may use them.
func withObjects(settings string, objects []entry) (string, error) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(settings), &document); err != nil {
		return "", fault.Wrap(err, fault.Internal, "The stored settings are damaged")
	}
	document.Content[0].Style = 0 // {}, where a file had flow sets alone
	for _, object := range objects {
		if len(object.items) == 0 {
			continue
		}
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range object.items {
			var node yaml.Node
			if err := yaml.Unmarshal(item, &node); err != nil {
				return "", err // JSON is YAML
			}
			handwritten(&node)
			list.Content = append(list.Content, node.Content[0])
		}
		root := document.Content[0]
		root.Content = append(root.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: object.name}, list)
	}
	return writeYAML(&document)
}

// handwritten makes JSON look as people write YAML, and leaves out what is null: to a file that
// is the same.
func handwritten(node *yaml.Node) {
	node.Style = 0
	if node.Kind == yaml.MappingNode {
		var said []*yaml.Node
		for i := 0; i < len(node.Content); i += 2 {
			if node.Content[i+1].Tag != "!!null" {
				said = append(said, node.Content[i], node.Content[i+1])
			}
		}
		node.Content = said
	}
	for _, child := range node.Content {
		handwritten(child)
	}
}

// setsForFile returns flow sets as a file has them: with their flows inline.
func setsForFile(sets []flow.Set) ([]json.RawMessage, error) {
	asIs := func(_, _, secret string) (string, error) { return secret, nil }
	stored, flows, err := outbound.Stored(sets, time.Time{}, asIs)
	if err != nil {
		return nil, err
	}
	var items []json.RawMessage
	for _, set := range stored {
		item, err := outbound.Inline(set, flows)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// definitionsForFile returns definitions as a file has them, in an order in which each can
// be made after the ones before.
func definitionsForFile(definitions []outbound.Definition) ([]json.RawMessage, error) {
	left := slices.Clone(definitions)
	var items []json.RawMessage
	for codes := roster.DefaultCodes(); len(left) > 0; {
		at := 0
		for i, d := range left {
			if next, err := codes.Define(d.Type, d.Code, d.DisplayName, d.SortIndex, d.Disabled); err == nil {
				at, codes = i, next
				break
			}
		}
		d := left[at]
		left = slices.Delete(left, at, at+1)
		item, err := json.Marshal(struct {
			Type        string `json:"referenceType"`
			Code        string `json:"code"`
			DisplayName string `json:"displayName,omitempty"`
			SortIndex   int    `json:"sortIndex"`
			Disabled    bool   `json:"isDisabled"`
		}{d.Type, d.Code, d.DisplayName, d.SortIndex, d.Disabled})
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}
