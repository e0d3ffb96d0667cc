package ldaptest

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// Fate is what becomes of a request on its way.
type Fate int

// The fates.
const (
	Passes    Fate = iota
	Lost           // the connection ends before the server has the request
	Unheard        // the connection ends when the server has carried it out
	Busy           // the server never sees it, and the answer is that it is busy
	EndsAfter      // it is answered, and then the connection ends
	Silent         // nothing happens, ever
)

// Proxy stands between a client and a server, on ldap:// without encryption: it counts
// requests, lets connections break, and cuts long attributes into ranges as Active
// Directory does.
type Proxy struct {
	URL string

	// Values is how many values of member a read shows; 0 for all.
	Values int
	// Fate decides about requests by their name in RFC 4511, as addRequest, and by how many
	// of the name there were before.
	Fate func(name string, before int) Fate

	server   *Server
	listener net.Listener
	lock     sync.Mutex // guards what follows
	counts   map[string]int
	open     map[net.Conn]bool
}

// NewProxy starts a proxy that ends with the test.
func NewProxy(t testing.TB, s *Server) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it takes no time
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{
		URL: "ldap://" + listener.Addr().String(), server: s, listener: listener,
		counts: make(map[string]int), open: make(map[net.Conn]bool),
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.serve(client) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		p.Cut()
		all.Wait()
	})
	return p
}

// Cut ends all connections.
func (p *Proxy) Cut() {
	p.lock.Lock()
	defer p.lock.Unlock()
	for c := range p.open {
		c.Close()
	}
}

// Counts returns how many requests of each name came since the last call.
func (p *Proxy) Counts() map[string]int {
	p.lock.Lock()
	defer p.lock.Unlock()
	counts := p.counts
	p.counts = make(map[string]int)
	return counts
}

// passage is one client's connection.
type passage struct {
	*Proxy
	client, server net.Conn

	lock   sync.Mutex // guards what follows, and writing to the client
	starts map[int64]int
	ends   map[int64]Fate
}

func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(p.server.Authority.PEM)
	address := strings.TrimPrefix(p.server.URL, "ldaps://")
	server, err := tls.Dial("tcp", address, &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}) //nolint:noctx // the test ends it
	if err != nil {
		return
	}
	defer server.Close()
	p.lock.Lock()
	p.open[client], p.open[server] = true, true
	p.lock.Unlock()
	way := &passage{Proxy: p, client: client, server: server, starts: make(map[int64]int), ends: make(map[int64]Fate)}
	go func() {
		way.answers()
		client.Close()
		server.Close()
	}()
	way.requests()
}

// requests hands on what the client asks.
func (w *passage) requests() {
	for {
		packet, err := ber.ReadPacket(w.client)
		if err != nil {
			return
		}
		id, name := packet.Children[0].Value.(int64), requestName(packet.Children[1].Tag)
		w.Proxy.lock.Lock()
		before := w.counts[name]
		w.counts[name]++
		w.Proxy.lock.Unlock()
		fate := Passes
		if w.Fate != nil {
			fate = w.Fate(name, before)
		}
		switch fate {
		case Lost:
			return
		case Silent:
			continue
		case Busy:
			w.lock.Lock()
			w.client.Write(busy(id, packet.Children[1].Tag+1).Bytes()) //nolint:errcheck // the client is gone
			w.lock.Unlock()
			continue
		}
		w.lock.Lock()
		w.ends[id] = fate
		if name == "searchRequest" {
			w.starts[id] = unrange(packet)
			packet = ber.DecodePacket(again(packet).Bytes())
		}
		w.lock.Unlock()
		if _, err := w.server.Write(packet.Bytes()); err != nil {
			return
		}
	}
}

// answers hands on what the server says.
func (w *passage) answers() {
	for {
		packet, err := ber.ReadPacket(w.server)
		if err != nil {
			return
		}
		id, tag := packet.Children[0].Value.(int64), packet.Children[1].Tag
		w.lock.Lock()
		fate, last := w.ends[id], tag != ldap.ApplicationSearchResultEntry && tag != ldap.ApplicationSearchResultReference
		if tag == ldap.ApplicationSearchResultEntry && w.Values > 0 {
			w.cut(packet, w.starts[id])
			packet = again(packet)
		}
		if !last || fate != Unheard {
			_, err = w.client.Write(packet.Bytes())
		}
		w.lock.Unlock()
		if err != nil || last && (fate == Unheard || fate == EndsAfter) {
			return
		}
	}
}

// unrange asks for all values of an attribute of which a range was asked for, and returns
// with which one the range begins.
func unrange(request *ber.Packet) (start int) {
	list := request.Children[1].Children[7]
	for i, child := range list.Children {
		name, bounds, is := strings.Cut(child.Data.String(), ";range=")
		if is {
			from, _, _ := strings.Cut(bounds, "-")
			start, _ = strconv.Atoi(from)
			list.Children[i] = ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, name, "")
		}
	}
	return start
}

// cut leaves a range of the values of member.
func (w *passage) cut(answer *ber.Packet, start int) {
	for _, attribute := range answer.Children[1].Children[1].Children {
		name, values := attribute.Children[0].Data.String(), attribute.Children[1]
		if !strings.EqualFold(name, "member") || start == 0 && len(values.Children) <= w.Values {
			continue
		}
		end := min(start+w.Values, len(values.Children))
		last := strconv.Itoa(end - 1)
		if end == len(values.Children) {
			last = "*"
		}
		values.Children = values.Children[min(start, end):end]
		attribute.Children[0] = ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, fmt.Sprintf("%s;range=%d-%s", name, start, last), "")
	}
}

// again encodes a packet anew, so that its lengths are those of what it holds now.
func again(p *ber.Packet) *ber.Packet {
	if p.TagType == ber.TypePrimitive {
		return p
	}
	n := ber.Encode(p.ClassType, p.TagType, p.Tag, nil, "")
	for _, child := range p.Children {
		n.AppendChild(again(child))
	}
	return n
}

func busy(id int64, tag ber.Tag) *ber.Packet {
	if tag == ldap.ApplicationSearchResultEntry {
		tag = ldap.ApplicationSearchResultDone
	}
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	answer := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	answer.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(ldap.LDAPResultBusy), ""))
	answer.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "", ""))
	answer.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "too much to do", ""))
	p.AppendChild(answer)
	return p
}

func requestName(tag ber.Tag) string {
	switch tag {
	case ldap.ApplicationBindRequest:
		return "bindRequest"
	case ldap.ApplicationSearchRequest:
		return "searchRequest"
	case ldap.ApplicationAddRequest:
		return "addRequest"
	case ldap.ApplicationModifyRequest:
		return "modifyRequest"
	case ldap.ApplicationModifyDNRequest:
		return "modDNRequest"
	case ldap.ApplicationDelRequest:
		return "delRequest"
	case ldap.ApplicationCompareRequest:
		return "compareRequest"
	case ldap.ApplicationUnbindRequest:
		return "unbindRequest"
	}
	return "other"
}
