package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/plan"
)

func newCleanup(a *app) *cobra.Command {
	o := otherRun{app: a}
	var request engine.CleanupRequest
	var retired string
	var leavers bool
	cmd := &cobra.Command{
		Use:   "cleanup --released|--retired WAY|--leavers -c homeroom.yaml",
		Short: "Take away what is no longer asked for: a plan of its own",
		Long: `A sync takes away what the roster takes away, and nothing else. What a setting let go
of, what a class or a school that is gone leaves behind, and the accounts of people who
left stay as they are until a cleanup: it plans, shows, asks, and carries out.

  --released        removes owners and members whom Homeroom put in and no flow asks for
                    any longer, also all those of groups that no flow asks for; with
                    --delete, such a group goes if nobody else is in it
  --retired empty   removes those whom Homeroom put into groups of classes and schools
                    that are gone; the last owner stays
  --retired archive gives these groups names that begin with the month, as in
                    Exp0826_Section_112001, so that their ids are free for others
  --leavers         disables accounts that Homeroom created of people who have had no role
                    for as long as leavers in homeroom.yaml says; a sync enables them when
                    the people are back

Exit codes: 0 when everything was done, 5 when steps wait for approval, 6 when steps
failed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			request.Retired = plan.Tidying(retired)
			switch {
			case retired != "" && request.Retired != plan.Empty && request.Retired != plan.Archive:
				return fault.New(fault.Invalid, "Retired groups can be emptied or archived: --retired empty, or archive.")
			case request.Delete && !request.Released:
				return fault.New(fault.Invalid, "What is deleted is what was released: add --released.")
			case !request.Released && retired == "" && !leavers:
				return fault.New(fault.Invalid, "Say what to clean up: --released, --retired empty, --retired archive or --leavers.")
			}
			a.progress.begin("cleaning up")
			o.audit = func(string) outbound.Entry {
				return auditedWith("cleanup", map[string]any{
					"released": request.Released, "delete": request.Delete, "retired": retired, "leavers": leavers,
				})
			}
			o.make = func(ctx context.Context, e *engine.Engine, lease ledger.Lease, c *config, ask engine.Ask) (engine.Report, error) {
				request.Limits = c.Limits
				if leavers {
					request.Leavers = c.Leavers
				}
				if leavers && c.Leavers == 0 {
					return engine.Report{}, fault.New(fault.Invalid, "The configuration keeps leavers. To disable their accounts, write into it, for example: leavers: disable after 30 days")
				}
				return e.Cleanup(ctx, lease, request, ask)
			}
			return o.run(cmd.Context())
		},
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&request.Released, "released", false, "take away what the settings let go of")
	cmd.Flags().BoolVar(&request.Delete, "delete", false, "delete released groups in which there is nobody else")
	cmd.Flags().StringVar(&retired, "retired", "", "what to do with groups of what is gone: empty or archive")
	cmd.Flags().BoolVar(&leavers, "leavers", false, "disable the accounts of people who left long enough ago")
	return cmd
}
