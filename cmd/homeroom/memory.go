package main

import "runtime/debug"

// Garbage that a command may leave about, in bytes: while it reads a roster, and
// when it goes on with it.
const (
	garbageReading = 128 << 20
	garbageAfter   = 36 << 20
)

// limitGarbage lets the garbage of a command be about as large as said, where the
// roster's files have size bytes. In memory a roster is about as large as they are;
// left to itself, the program would let garbage grow until it takes twice what it
// needs. A large roster has few pointers, so looking for garbage often costs little.
func limitGarbage(garbage, size int64) {
	debug.SetGCPercent(int(min(100, max(5, garbage*100/max(size, 1)))))
}
