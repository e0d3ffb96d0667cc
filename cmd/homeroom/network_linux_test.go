package main

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/homeroomhq/homeroom/district"
	"github.com/homeroomhq/homeroom/store"
	"github.com/homeroomhq/homeroom/store/postgrestest"
)

// joinNetwork gives a process a network of its own, with a line to that of its parent, and
// becomes the program then: number $1 has the address 10.77.$1.2 and reaches the parent at
// 10.77.$1.1. It knows the parent's hardware, as behind a router, so that nothing tells it
// that the line is cut.
const joinNetwork = `
nsenter --net=/proc/$PPID/ns/net sh -ec "
	ip link add line$1 address 02:00:00:00:00:0$1 type veth peer name eth0 netns $$
	ip addr add 10.77.$1.1/24 dev line$1
	ip link set line$1 up"
ip link set lo up
ip addr add 10.77.$1.2/24 dev eth0
ip link set eth0 up
ip neigh add 10.77.$1.1 lladdr 02:00:00:00:00:0$1 dev eth0
shift
exec "$@"
`

// cluster is some servers with one database, each with a line to it that can be cut.
type cluster struct {
	*testing.T
	database string // URL of the database for whoever is beside it
	roster   string
	servers  []*server // the first has line 1
}

// newCluster starts two servers, for a test that is inside of a network.
func newCluster(t *testing.T, people int) *cluster {
	t.Helper()
	c := &cluster{T: t, roster: filepath.Join(t.TempDir(), "roster")}
	_, err := district.Write(t.Context(), c.roster, district.Options{People: people, Seed: 5, Year: schoolYear(time.Now()), Domain: "lakeside.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.ip("link", "set", "lo", "up")
	database := postgrestest.Listening(t)
	c.database = "postgres://homeroom@127.0.0.1" + database
	t.Setenv(databaseVariable, c.database)
	t.Setenv(keyVariable, base64.StdEncoding.EncodeToString(make([]byte, keySize)))
	for number := 1; number <= 2; number++ {
		apart := func(cmd *exec.Cmd) *exec.Cmd {
			cmd.Args = append([]string{"sh", "-ec", joinNetwork, "sh", fmt.Sprint(number), cmd.Path}, cmd.Args[1:]...)
			cmd.Path = "/bin/sh"
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET, AmbientCaps: capabilities()}
			return cmd
		}
		dir := t.TempDir()
		s := serveAs(t, apart, dir, "--roster", c.roster, "--addr", fmt.Sprintf("10.77.%d.2:0", number), "--tls-self",
			"--database", fmt.Sprintf("postgres://homeroom@10.77.%d.1%s", number, database))
		s.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusting(t, filepath.Join(dir, authorityCert)), MinVersion: tls.VersionTLS12}}}
		c.servers = append(c.servers, s)
	}
	first := c.servers[0]
	first.authorize()
	c.servers[1].token = first.token
	set := first.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets", `{"displayName":"All"}`)["id"].(string)
	for _, body := range []string{userFlowBody, classFlowBody} {
		first.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets/"+set+"/provisioningFlows", body)
	}
	return c
}

// ip changes the network, with iproute2.
func (c *cluster) ip(args ...string) {
	c.Helper()
	if said, err := exec.CommandContext(c.Context(), "ip", args...).CombinedOutput(); err != nil {
		c.Fatalf("ip %v: %v\n%s", args, err, said)
	}
}

// cut cuts the line of a server: what either side sends is gone, and neither is told.
func (c *cluster) cut(number int) {
	c.Helper()
	c.ip("link", "set", fmt.Sprint("line", number), "down")
}
func (c *cluster) mend(number int) { c.Helper(); c.ip("link", "set", fmt.Sprint("line", number), "up") }

// oneRun checks that there is one run, which came to its end, and that the directory is as
// an undisturbed sync leaves it.
func (c *cluster) oneRun() {
	c.Helper()
	m, err := store.OpenReadOnly(c.Context(), c.database)
	if err != nil {
		c.Fatal(err)
	}
	defer m.Close()
	s := c.servers[0]
	runs, err := m.Runs(c.Context(), (&memory{tenant: s.tenant}).scope(localTarget), 10)
	if err != nil || len(runs) != 1 || !strings.HasPrefix(string(runs[0].Status), "completed") {
		c.Fatalf("the runs are %+v, %v\nfirst\n%s\nsecond\n%s", runs, err, s.errOut, c.servers[1].errOut)
	}
	got := s.run("directory", "export", "--stable")
	settings := filepath.Join(c.TempDir(), "homeroom.yaml")
	s.run("export", "--out", settings)
	c.Setenv(databaseVariable, "")
	for _, group := range []string{"STAFF", "STUDENTS"} {
		c.Setenv("HOMEROOM_"+group+"_PASSWORD", "Red-Tree-42")
	}
	alone := &server{process: &process{T: c.T}, dir: filepath.Join(c.TempDir(), "alone")}
	alone.run("sync", c.roster, "-c", settings, "--yes")
	if diff := cmp.Diff(alone.run("directory", "export", "--stable"), got); diff != "" {
		c.Errorf("the directory (-undisturbed +cut):\n%s", diff)
	}
}

// In the middle of a run the server that makes it reaches the database no longer. Another
// one carries the run on. When the network is back the first one finds that the run is no
// longer its own, and serves as before.
func TestNetworkCutFromOne(t *testing.T) {
	if !inside(t, unix.CLONE_NEWNET, "ip", "nsenter") {
		return
	}
	c := newCluster(t, 6000)
	first, second := c.servers[0], c.servers[1]
	first.call(http.StatusAccepted, "POST", "/runs/start", "")
	awaitBatch(first, c.database)
	c.cut(1)
	awaitEnd(second, c.database)
	c.mend(1)
	if run := first.newestRun(); !strings.HasPrefix(run["status"].(string), "completed") {
		t.Errorf("the first server says %v", run)
	}
	c.oneRun()
	first.call(http.StatusAccepted, "POST", "/runs/start", "")
	if run := first.newestRun(); !strings.HasPrefix(run["status"].(string), "completed") {
		t.Errorf("the first server makes a run that ends as %v", run)
	}
	first.stop()
	second.stop()
}

// It is the other server that reaches the database no longer, which may have had some of the
// run's batches: the run ends without it.
func TestNetworkCutFromOther(t *testing.T) {
	if !inside(t, unix.CLONE_NEWNET, "ip", "nsenter") {
		return
	}
	c := newCluster(t, 6000)
	first, second := c.servers[0], c.servers[1]
	first.call(http.StatusAccepted, "POST", "/runs/start", "")
	awaitBatch(first, c.database)
	c.cut(2)
	awaitEnd(first, c.database)
	c.mend(2)
	if run := second.newestRun(); !strings.HasPrefix(run["status"].(string), "completed") {
		t.Errorf("the second server says %v", run)
	}
	c.oneRun()
	first.stop()
	second.stop()
}

// No server reaches the database for longer than connections wait. When the network is back
// one of them carries the run on.
func TestNetworkCutFromAll(t *testing.T) {
	if !inside(t, unix.CLONE_NEWNET, "ip", "nsenter") {
		return
	}
	c := newCluster(t, 6000)
	first, second := c.servers[0], c.servers[1]
	first.call(http.StatusAccepted, "POST", "/runs/start", "")
	awaitBatch(first, c.database)
	c.cut(1)
	c.cut(2)
	if !first.errOut.await("run broke off") {
		t.Fatalf("the first server ended:\n%s", first.errOut)
	}
	c.mend(1)
	c.mend(2)
	awaitEnd(second, c.database)
	c.oneRun()
	first.stop()
	second.stop()
}
