package main

import (
	"fmt"
	"os"
	"strings"
)

// count says how many there are of something: "1 step", "2 steps".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// called returns what to type to call the program again: as it was called, where that
// was by a path.
func called() string {
	if strings.ContainsAny(os.Args[0], `/\`) {
		return quoted(os.Args[0])
	}
	return "homeroom"
}
