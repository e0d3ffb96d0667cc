package engine

import "github.com/homeroomhq/homeroom/flow"

// Wanted returns what the flows ask for, and why.
func (p *Prepared) Wanted() *flow.Wanted { return p.wanted }
