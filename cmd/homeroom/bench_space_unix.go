//go:build linux || darwin

package main

import "syscall"

// freeSpace returns the bytes that are free on the disk of a folder.
func freeSpace(dir string) (free int64, known bool) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, false
	}
	return int64(disk.Bavail) * int64(disk.Bsize), true
}
