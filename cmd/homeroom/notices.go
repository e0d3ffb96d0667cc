package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/notice"
	"github.com/homeroomhq/homeroom/store"
)

func newNotices(a *app) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:         "notices",
		Annotations: map[string]string{onlyReads: "yes"},
		Short:       "List what was told to webhooks and mailboxes about runs",
		Long: `Lists notices of runs, the latest first: to whom, about what, and whether they arrived.
One that does not arrive is tried for a day, by the server, or by the next sync. Where
they go, the setting notices of the configuration says.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if err := a.checkOutput(); err != nil {
				return err
			}
			if limit < 1 {
				return fault.New(fault.Invalid, "--limit is %d; it is how many notices are listed, from 1 on.", limit)
			}
			m, err := a.look(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			all, err := m.Notices(cmd.Context(), m.tenant, limit)
			if err != nil {
				return err
			}
			return a.writeNotices(cmd, all)
		},
	}
	a.outputFlag(cmd)
	cmd.Flags().IntVar(&limit, "limit", 50, "how many notices, the latest first")
	cmd.AddCommand(newNoticesTest(a))
	return cmd
}

// shownNotice is the JSON form of a notice.
type shownNotice struct {
	ID      string       `json:"id"`
	Channel string       `json:"channel"`
	Kind    notice.Kind  `json:"event"`
	Run     int64        `json:"run"`
	State   notice.State `json:"state"`
	Created time.Time    `json:"createdDateTime"`
	Due     time.Time    `json:"dueDateTime,omitzero"`
	Ended   time.Time    `json:"endedDateTime,omitzero"`
	Tries   int          `json:"tries"`
	Answer  string       `json:"answer,omitempty"`
}

func (a *app) writeNotices(cmd *cobra.Command, all []notice.Notice) error {
	if a.output == "json" {
		shown := []shownNotice{}
		for _, n := range all {
			shown = append(shown, shownNotice{n.ID, n.Channel, n.Event.Kind, n.Event.Run, n.State, n.Created, n.Due, n.Ended, n.Tries, n.Answer})
		}
		return writeJSON(cmd.OutOrStdout(), shown)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "There are no notices. The setting notices of the configuration says where they go.")
		return err
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(w, "WHEN\tTO\tABOUT\tRUN\tSTATE\tTRIES\tANSWER"); err != nil {
		return err
	}
	for _, n := range all {
		_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%d\t%s\n",
			n.Created.Local().Format(time.DateTime), n.Channel, n.Event.Kind, n.Event.Run, n.State, n.Tries, n.Answer)
		if err != nil {
			return err
		}
	}
	return w.Flush()
}

func newNoticesTest(a *app) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "test [CHANNEL] -c homeroom.yaml",
		Short: "Send a notice that is a test, and say what came back",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.configuration(cmd.Context(), &o)
			if err != nil {
				return err
			}
			channels := c.Notices
			if len(args) > 0 {
				if channels, err = named(channels, args[0]); err != nil {
					return err
				}
			}
			if len(channels) == 0 {
				return fault.New(fault.Invalid, "The configuration has no channel for notices. List at least one under notices.")
			}
			return a.tryChannels(cmd, c, channels)
		},
	}
	o.configFlag(cmd)
	return cmd
}

// named picks the channels with a name: that of one, or of an email to several mailboxes.
func named(channels []notice.Channel, name string) ([]notice.Channel, error) {
	var found []notice.Channel
	for _, c := range channels {
		if c.Name == name || strings.HasPrefix(c.Name, name+" ") {
			found = append(found, c)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	return nil, fault.New(fault.NotFound, "There is no channel %q under notices. homeroom notices test tries all.", name)
}

func (a *app) tryChannels(cmd *cobra.Command, c *config, channels []notice.Channel) (err error) {
	m, err := a.look(cmd.Context())
	if err != nil {
		return err
	}
	defer closing(m, &err)
	now := time.Now()
	event := notice.Event{Tenant: m.tenant, Target: c.Target, Status: "test", Started: now.UTC(), Ended: now.UTC()}
	var failed []error
	for _, channel := range channels {
		answer, err := notice.Try(cmd.Context(), channel, uuid.NewString(), event)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", channel.Name, answer); err != nil {
			return err
		}
	}
	return errors.Join(failed...)
}

// subscribe says in the store where notices of the runs of a tenant go.
func (m *memory) subscribe(ctx context.Context, tenant string, c *config) error {
	channels := make(store.Channels)
	for _, channel := range c.Notices {
		channels[channel.Name] = channel.Asks
	}
	return m.SetNoticeChannels(ctx, tenant, channels)
}

// courier returns who brings the notices of a tenant to the channels of a configuration.
func (m *memory) courier(tenant string, channels func(context.Context) ([]notice.Channel, error), log *slog.Logger) *notice.Courier {
	return &notice.Courier{Outbox: m.Store, Tenant: tenant, Channels: channels, Now: time.Now, Random: rand.Float64, Log: log}
}

// noticeTime is for how long a command goes on for the sake of notices.
const noticeTime = 20 * time.Second

// sendNotices sends what is due at the end of a command. What does not arrive, the next
// one sends, or a server.
func (m *memory) sendNotices(ctx context.Context, cmd *cobra.Command, c *config) {
	ctx, cancel := context.WithTimeout(ctx, noticeTime)
	defer cancel()
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	channels := func(context.Context) ([]notice.Channel, error) { return c.Notices, nil }
	if err := m.courier(m.tenant, channels, log).Deliver(ctx); err != nil {
		log.Warn("notices cannot be sent", "error", err)
	}
}
