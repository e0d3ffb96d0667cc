package access

import "net/netip"

// Network returns by what clients without a name are told apart: their address, and of
// IPv6 the network, since one machine has at least 2^64 addresses there.
func Network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || !a.Is6() || a.Is4In6() {
		return address
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}
