package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/outbound"
)

// configFlag adds the flag -c to a command that plans.
func (o *runOptions) configFlag(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&o.config, "config", "c", "homeroom.yaml", "the configuration")
	o.named = func() bool { return cmd.Flags().Changed("config") }
}

// configuration reads the configuration that the command line names. Where it names none,
// that is what the API configured, if the tenant is the API's, else the file at hand.
func (a *app) configuration(ctx context.Context, o *runOptions) (c *config, err error) {
	m, err := a.lookAtAll(ctx)
	if err != nil {
		return loadConfig(o.config) // of an older version, which knew files alone; else it is said later
	}
	if m, err = m.forTenant(ctx, a.tenant); err != nil { // before a large roster is read
		return nil, err
	}
	defer closing(m, &err)
	if o.named == nil || o.named() {
		return loadConfig(o.config)
	}
	owner, err := m.Owner(ctx, m.tenant)
	if err != nil {
		return nil, err
	}
	if owner != outbound.API {
		return loadConfig(o.config)
	}
	o.ofAPI = true
	return m.configured(ctx)
}

// configured returns what the tenant has configured through the API. All flows take part
// that can be read: whoever plans has a roster, for which others may still wait. One that
// cannot be read is an error.
func (m *memory) configured(ctx context.Context) (*config, error) {
	stored, err := m.Configuration(ctx, m.tenant)
	if err != nil {
		return nil, err
	}
	if len(stored.Sets) == 0 {
		return nil, fault.New(fault.Invalid, "This tenant is configured through the API and has no flow sets, so nothing would be done. Create one there.")
	}
	c, err := readStored(stored)
	if err != nil {
		return nil, err
	}
	for i := range stored.Flows {
		stored.Flows[i].Readiness = outbound.Ready
	}
	return c, c.add(stored, m.unseal)
}

// settingsOfAPI are those of a tenant that was never imported: the API has no words for
// them. People go by their user names.
const settingsOfAPI = `userMatchingSettings:
  - {roleGroup: {id: students}, sourceIdentifier: {code: username}}
  - {roleGroup: {id: staff}, sourceIdentifier: {code: username}}
`

// readStored reads the settings of a tenant that is the API's.
func readStored(stored outbound.Configuration) (*config, error) {
	return readSettings("settings of the tenant", []byte(cmp.Or(stored.Settings, settingsOfAPI)), os.LookupEnv)
}

// add gives a configuration the flow sets and codes that the API keeps.
func (c *config) add(stored outbound.Configuration, open outbound.Open) (err error) {
	if c.Codes, err = outbound.Codes(c.Codes, stored.Definitions); err != nil {
		return err
	}
	c.Settings.Sets, err = outbound.Sets(stored.Sets, stored.Flows, open)
	return err
}

// unseal decrypts a secret that a flow of the tenant carries.
func (m *memory) unseal(object, field, sealed string) (string, error) {
	v, err := findVault(m.dir)
	if err != nil {
		return "", err
	}
	return v.openFor(m.tenant, object, field, sealed)
}

// settleOwner makes the tenant a file's when nobody configures it yet. A file for a tenant
// that is the API's is refused.
func (m *memory) settleOwner(ctx context.Context, o *runOptions) error {
	owner, err := m.Owner(ctx, m.tenant)
	if err != nil {
		return err
	}
	switch {
	case owner == outbound.API && !o.ofAPI:
		return fault.New(fault.Conflict, "This tenant is configured through the API, so %s is not for it. "+
			"Leave -c out to go by what the API configured, or put the file in its place: homeroom import --replace %s. "+
			"That a file configures it again says homeroom export --hand-over.",
			o.config, quoted(o.config))
	case owner == outbound.Nobody:
		return m.Own(ctx, m.tenant, outbound.File)
	}
	return nil
}

// handOver writes a configuration to a file, and makes the tenant that file's. A file that
// could not be used, for want of a password, is not written.
func (m *memory) handOver(ctx context.Context, stored outbound.Configuration, text, path string) error {
	if _, err := parseConfig(path, []byte(text), os.LookupEnv); err != nil {
		return err
	}
	err := writeNewFile(path, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err != nil {
		return err
	}
	err = m.HandOver(ctx, m.tenant, stored, outbound.Entry{
		At: time.Now(), Kind: string(access.CommandLine), User: personOr(""), Action: "export", Object: "industryData",
	})
	if fault.KindOf(err) == fault.Conflict {
		err = errors.Join(err, os.Remove(path)) // which is not what the API configured any more
	}
	return err
}
