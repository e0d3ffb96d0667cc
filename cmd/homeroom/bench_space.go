package main

import (
	"path/filepath"

	"github.com/homeroomhq/homeroom/fault"
)

// Bytes of disk that a measurement takes in all, as measured, and a quarter more: two
// rosters, the data folder, a second directory, and the changes that were made.
const (
	spacePerPerson     = 1600
	spacePerClass      = 3200
	spacePerEnrollment = 230
)

// space returns about how many bytes of disk a measurement takes.
func (s benchSize) space() int64 {
	classes, enrollments := s.Classes, s.Enrollments
	if classes == 0 {
		classes = s.People / 9
	}
	if enrollments == 0 {
		enrollments = max(s.People*10/3, classes*20)
	}
	return spacePerPerson*int64(s.People) + spacePerClass*int64(classes) + spacePerEnrollment*int64(enrollments)
}

// checkSpace refuses a measurement that finds no room.
func (b *bencher) checkSpace() error {
	free, known := freeSpace(b.dir)
	if !known {
		return nil
	}
	return room(b.options.size, free, filepath.Dir(b.dir))
}

// room refuses a size for which there are too few bytes free.
func room(s benchSize, free int64, where string) error {
	need := s.space()
	if free >= need {
		return nil
	}
	return fault.New(fault.Unavailable, "A measurement of this size needs about %s of disk, and there are %s where %s is. Name a folder on another disk with --dir, or measure fewer people.",
		size(need), size(free), where)
}
