package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/roster"
)

// The settings of a configuration file that the API keeps as objects of their own.
const (
	setsSetting        = "outboundProvisioningFlowSets"
	definitionsSetting = "referenceDefinitions"
)

func newImport(a *app) *cobra.Command {
	var replace bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Hand what a homeroom.yaml configures over to the API",
		Long: `Stores the flow sets, flows, reference definitions and settings of a configuration
file. From then on the tenant is configured through the API, and sync goes by that
when no -c is given. Passwords are stored encrypted. The plan stays the same.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			text, err := readConfig(args[0])
			if err != nil {
				return err
			}
			c, err := parseConfig(args[0], text, os.LookupEnv)
			if err != nil {
				return err
			}
			m, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			if err := m.importConfig(cmd.Context(), c, text, replace); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s imported. From now on the API configures this tenant; sync without -c goes by it.\n",
				count(len(c.Settings.Sets), "flow set was", "flow sets were"))
			return err
		},
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "put the file in place of what the API configured")
	return cmd
}

// importConfig stores a configuration that was read from a text.
func (m *memory) importConfig(ctx context.Context, c *config, text []byte, replace bool) error {
	settings, err := withoutObjects(text)
	if err != nil {
		return err
	}
	v, err := openVault(m.dir)
	if err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	seal := func(object, field, secret string) (string, error) { return v.sealFor(m.tenant, object, field, secret) }
	sets, flows, err := outbound.Stored(c.Settings.Sets, now, seal)
	if err != nil {
		return err
	}
	return m.Import(ctx, m.tenant, outbound.Configuration{
		Settings: settings, Sets: sets, Flows: flows,
		Definitions: outbound.Differences(roster.DefaultCodes(), c.Codes, now),
	}, replace, outbound.Entry{At: now, Kind: string(access.CommandLine), User: personOr(""), Action: "import", Object: "industryData"})
}

// withoutObjects returns a configuration without what the API keeps as objects of their
// own.
func withoutObjects(text []byte) (string, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return "", err // not of a text that parseConfig took
	}
	settings := document.Content[0]
	var left []*yaml.Node
	for i := 0; i < len(settings.Content); i += 2 {
		if name := settings.Content[i].Value; name != setsSetting && name != definitionsSetting {
			left = append(left, settings.Content[i], settings.Content[i+1])
		}
	}
	settings.Content = left
	return writeYAML(&document)
}

func writeYAML(document *yaml.Node) (string, error) {
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	err := encoder.Encode(document)
	return b.String(), err
}
