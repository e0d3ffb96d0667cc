package main

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/fault"
)

func newServe(a *app) *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the API of Microsoft Graph's industry data",
		Long: `Serves the API under /beta, and an issuer of tokens for it. Register a client with
homeroom apps create, or get a token with homeroom token.

Without a certificate the server listens on this machine alone: tokens must not go
over a network in the clear. --tls-self makes a certificate authority in the data
folder; clients are told to trust its file, which the server prints.

Runs read the roster at --roster. They start by themselves, every twelve hours unless
the configuration has another schedule, and when a client starts one. The first signal,
such as Ctrl-C, lets requests end that are under way.

With --dev everything is in memory, with a made-up district, and gone at the end. A
client needs no registration there: the token is ` + devToken + `.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd, a, &o) },
	}
	o.flags(cmd)
	return cmd
}

// serveOptions are the flags of serve, and what is found by them.
type serveOptions struct {
	addr        string
	metricsAddr string   // "" for none of its own
	roster      []string // [TENANT=]PATH
	config      []string // [TENANT=]PATH
	schedule    string   // "" for the configured one
	runs        int      // how many are made at once
	strict      bool
	cert, key   string // paths
	self        bool
	publicURL   string
	proxies     []string
	origins     []string
	issuers     []string // [TENANT=]ISSUER,AUDIENCE
	entra       []string // [TENANT=]TID,CLIENT
	usersOnly   bool
	appsApprove bool
	fourEyes    bool
	rate        float64
	log         string
	dev         bool

	address   *net.TCPAddr   // where to listen
	names     []string       // and addresses that the server goes by
	networks  []netip.Prefix // of proxies
	times     *schedule      // of runs that start by themselves; nil for the configured ones
	tls       *tls.Config    // nil for plain http
	files     *certFiles     // the certificate of --tls-cert; nil for none
	authority string         // path of the self-made authority's certificate; "" for none
}

func (o *serveOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.addr, "addr", "127.0.0.1:8080", "where to listen")
	f.StringVar(&o.metricsAddr, "metrics-addr", "", "where Prometheus reads /metrics, in the clear (default: with the API, where that is for this machine alone)")
	f.StringArrayVar(&o.roster, "roster", nil, "the roster that runs read, a folder or a ZIP file; TENANT=PATH for each tenant, where there are several")
	f.StringArrayVarP(&o.config, "config", "c", nil, "the configuration of what the API does not configure; likewise")
	f.StringVar(&o.schedule, "schedule", "", "when runs start by themselves, as in \"0 5,17 * * *\", or never (default: as configured, else twice a day)")
	f.IntVar(&o.runs, "runs", 0, "how many runs, of different tenants, are made at once (default: as many as there are processors)")
	strictFlag(cmd, &o.strict)
	f.StringVar(&o.cert, "tls-cert", "", "file of a certificate, for https")
	f.StringVar(&o.key, "tls-key", "", "file of its key")
	f.BoolVar(&o.self, "tls-self", false, "serve https with a certificate of an authority of our own")
	f.StringVar(&o.publicURL, "public-url", "", "how clients reach the server, as in https://graph.school.example")
	f.StringSliceVar(&o.proxies, "trusted-proxy", nil, "network of proxies whose forwarding headers are believed, as in 10.0.0.0/8")
	f.StringSliceVar(&o.origins, "cors-origin", nil, "origin of web pages that may call, as in https://app.example")
	f.StringArrayVar(&o.issuers, "trust-issuer", nil, "[TENANT=]ISSUER,AUDIENCE of tokens that count, besides our own: an OpenID Connect provider")
	f.StringArrayVar(&o.entra, "trust-entra", nil, "[TENANT=]TID,CLIENT: tokens that Microsoft Entra issues in a tenant for Homeroom's app registration there")
	f.BoolVar(&o.usersOnly, "delegated-writes-only", false, "let apps change something only for a person who is signed in")
	f.BoolVar(&o.appsApprove, "apps-may-approve", false, "let apps decide by themselves what runs may do, if they have the permission Homeroom.Approve")
	f.BoolVar(&o.fourEyes, "four-eyes", false, "let nobody decide about a run that they started")
	f.Float64Var(&o.rate, "rate", 50_000, "requests a second that one client may make; 0 for any number")
	f.StringVar(&o.log, "log", "text", "form of the log: text or json")
	f.BoolVar(&o.dev, "dev", false, "everything in memory, with a made-up district and a fixed token")
}

// serve serves until the command is asked to stop.
func serve(cmd *cobra.Command, a *app, o *serveOptions) (err error) {
	ctx := cmd.Context()
	a.progress.silence() // the log tells
	if err := o.check(); err != nil {
		return err
	}
	log, err := newLog(o.log, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	data, seeded, err := a.openServed(ctx, o)
	if err != nil {
		return err
	}
	defer seeded()
	defer closing(data, &err)
	if err := o.secure(a, data.dir); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.address.String())
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "The server cannot listen on %s", o.addr)
	}
	defer listener.Close()            // the server closes it first, if there is one
	o.addr = listener.Addr().String() // with the port, where the system chose one
	s, err := newServing(ctx, a, o, data, log)
	if err != nil {
		return err
	}
	leave, err := s.runs.join(ctx)
	if err != nil {
		return err
	}
	defer leave()
	stop, err := s.scraped(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if err := s.tell(cmd.OutOrStdout()); err != nil {
		return err
	}
	return s.run(ctx, listener)
}

// check reads the flags and refuses what would be unsafe.
func (o *serveOptions) check() error {
	host, _, err := net.SplitHostPort(o.addr)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "--addr is a host and a port, as in 127.0.0.1:8080")
	}
	if o.address, err = net.ResolveTCPAddr("tcp", o.addr); err != nil {
		return fault.Wrap(err, fault.Invalid, "--addr is a host and a port, as in 127.0.0.1:8080")
	}
	safe := o.cert != "" || o.self
	loopback := o.address.IP.IsLoopback()
	switch {
	case (o.cert == "") != (o.key == ""):
		return fault.New(fault.Invalid, "A certificate comes with its key: give --tls-cert and --tls-key.")
	case o.runs < 0:
		return fault.New(fault.Invalid, "--runs is how many runs are made at once, from 1 on.")
	case o.cert != "" && o.self:
		return fault.New(fault.Invalid, "Give either --tls-cert and --tls-key, or --tls-self.")
	case !loopback && o.dev:
		return fault.New(fault.Invalid, "With --dev everybody knows the token, so the server listens on this machine alone: give --addr 127.0.0.1:8080.")
	case !loopback && !safe:
		return fault.New(fault.Invalid, "Tokens must not go over a network in the clear: give --tls-cert and --tls-key, or --tls-self, or listen on 127.0.0.1.")
	case o.dev && len(o.roster)+len(o.config) > 0:
		return fault.New(fault.Invalid, "With --dev the district is made up: leave out --roster and --config.")
	}
	if err := errors.Join(o.checkSchedule(), o.checkProxies()); err != nil {
		return err
	}
	return o.checkNames(host)
}

// checkSchedule reads when runs start by themselves. A server for developers does what they
// ask for and nothing else.
func (o *serveOptions) checkSchedule() error {
	text := o.schedule
	if text == "" && o.dev {
		text = never
	}
	if text == "" {
		return nil
	}
	times, err := parseSchedule(text)
	o.times = &times
	return err
}

// checkProxies reads whose forwarding headers are believed.
func (o *serveOptions) checkProxies() error {
	for _, text := range o.proxies {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return fault.New(fault.Invalid, "--trusted-proxy is a network, as in 10.0.0.0/8 or 192.0.2.1/32; %q is none.", text)
		}
		o.networks = append(o.networks, network)
	}
	return nil
}

// secure finds the server's certificate. An authority of our own lies in the data folder;
// one of a server for developers goes with all else of it, unless --data says where to
// keep it.
func (o *serveOptions) secure(a *app, data string) error {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	switch {
	case o.self:
		if o.dev && a.dataDir != "" {
			var err error
			if data, err = a.makeData(); err != nil {
				return err
			}
		}
		ours, err := openAuthority(data, o.names, time.Now)
		if err != nil {
			return err
		}
		o.authority, config.GetCertificate = ours.path, ours.certificate
	case o.cert != "":
		files, err := openCertFiles(o.cert, o.key)
		if err != nil {
			return err
		}
		o.files, config.GetCertificate = files, files.certificate
	default:
		return nil
	}
	o.tls = config
	return nil
}
