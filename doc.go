// Package homeroom is the root of the module and holds no code. Homeroom is the
// open, self-hosted School Data Sync: it takes a school's roster and keeps the
// school's directory true to it. The program is cmd/homeroom; the packages
// beside this file are its parts, and arrows_test.go says which of them may
// know which, and why.
package homeroom
