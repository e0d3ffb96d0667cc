package main

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// insideVariable tells a test that it runs in namespaces of its own.
const insideVariable = "HOMEROOM_TEST_INSIDE"

// inside runs a test once more in a process with namespaces of its own, such as
// unix.CLONE_NEWNET for a network, and reports whether this is that process: there the test
// may do what else only root may. As an ordinary user it has them with a user namespace.
// Where the system allows none of that the test is skipped, and in CI fails.
func inside(t *testing.T, namespaces uintptr, programs ...string) bool {
	t.Helper()
	if os.Getenv(insideVariable) != "" {
		if namespaces&unix.CLONE_NEWNS != 0 {
			if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
				t.Fatal(err)
			}
		}
		return true
	}
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			missing(t, err)
		}
	}
	t.Parallel() // it waits for another process
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1", "-test.v", "-test.timeout=10m")
	cmd.Env = append(os.Environ(), insideVariable+"=yes")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces, Pdeathsig: syscall.SIGKILL}
	if uid, gid := os.Geteuid(), os.Getegid(); uid != 0 {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
	}
	cmd.SysProcAttr.AmbientCaps = capabilities()
	said, err := cmd.CombinedOutput()
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EINVAL) {
		missing(t, err)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	t.Logf("%s", said)
	return false
}

// capabilities are what a process inside may do. Root may do all of it anyway.
func capabilities() []uintptr {
	if os.Geteuid() == 0 {
		return nil
	}
	return []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN}
}

// missing skips a test for want of something, and in CI lets it fail.
func missing(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(err)
	}
	t.Skip(err)
}
