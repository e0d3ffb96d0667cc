package district

import (
	"fmt"
	"strings"
)

// level is a span of grades with what is taught in it.
type level struct {
	name     string // what its schools are called
	grades   []string
	age      int // of most children in the first grade, when the school year begins
	subjects []subject
}

// subject is one thing that is taught.
type subject struct {
	code  string
	title string
	area  string // code of RefAcademicSubject
	terms terms
}

// homeroom is the subject that a group begins the day with.
const homeroom = "HOM"

// terms says for how long a subject is taught.
type terms int

const (
	wholeYear terms = iota
	bothSemesters
	fall
	spring
)

// The positions in a block of schools that are not elementary.
const (
	middleSchool = 1
	highSchool   = 2
)

// levelOf returns the level of a school. Of five schools three are elementary:
// they have more grades to take.
func levelOf(school int) level {
	switch school % blockSize {
	case middleSchool:
		return middle()
	case highSchool:
		return high()
	default:
		return elementary()
	}
}

func elementary() level {
	return level{
		name:   "Elementary School",
		grades: []string{"KG", "01", "02", "03", "04", "05"},
		age:    5,
		subjects: []subject{
			{homeroom, "Homeroom", "23", wholeYear},
			{"REA", "Reading and Writing", "01", wholeYear},
			{"MAT", "Mathematics", "02", wholeYear},
			{"SCI", "Science", "03", wholeYear},
			{"ART", "Arts & Music", "05", wholeYear},
		},
	}
}

func middle() level {
	return level{
		name:   "Middle School",
		grades: []string{"06", "07", "08"},
		age:    11,
		subjects: []subject{
			{"ENG", "English Language Arts", "01", wholeYear},
			{"MAT", "Mathematics", "02", wholeYear},
			{"SCI", "Science", "03", wholeYear},
			{"HIS", "World History", "04", wholeYear},
			{"PHE", "Physical Education", "08", wholeYear},
			{"FRE", "Français", "24", wholeYear},
		},
	}
}

func high() level {
	return level{
		name:   "High School",
		grades: []string{"09", "10", "11", "12"},
		age:    14,
		subjects: []subject{
			{"ENG", "English", "01", bothSemesters},
			{"MAT", "Mathematics", "02", bothSemesters},
			{"SCI", "Science", "03", bothSemesters},
			{"SPA", "Español", "24", bothSemesters},
			{"CSC", "Computer Science", "10", wholeYear},
			{"HEA", "Health", "08", fall},
			{"CIV", "Civics", "04", spring},
		},
	}
}

func courseID(s *school, sub subject, grade string) string {
	return fmt.Sprintf("%s-%s%s", s.id, sub.code, grade)
}

// courseTitle gives "Science Grade 7" and "Science Kindergarten".
func courseTitle(sub subject, grade string) string {
	if grade == "KG" {
		return sub.title + " Kindergarten"
	}
	return sub.title + " Grade " + strings.TrimPrefix(grade, "0")
}

// session is a school year or a part of one.
type session struct{ id, title, kind, start, end string }

// lastDay is the day in June that ends the school year.
const lastDay = 11

func (d *district) sessions() []session {
	year := d.yearID()
	last := d.day(0, fmt.Sprintf("06-%02d", lastDay))
	return []session{
		{year, fmt.Sprintf("School Year %d-%d", d.year-1, d.year), "schoolYear", d.day(-1, "08-24"), last},
		{year + "-1", fmt.Sprintf("Fall %d", d.year-1), "semester", d.day(-1, "08-24"), d.day(0, "01-22")},
		{year + "-2", fmt.Sprintf("Spring %d", d.year), "semester", d.day(0, "01-25"), last},
	}
}

func (d *district) yearID() string { return fmt.Sprintf("SY%d", d.year) }

// day returns a date by its distance in years from the end of the school year.
func (d *district) day(years int, monthDay string) string {
	return fmt.Sprintf("%04d-%s", d.year+years, monthDay)
}

// sessionsOf returns the ids of the sessions in which a subject is taught, as
// a list in one cell.
func (d *district) sessionsOf(sub subject) string {
	year := d.yearID()
	switch sub.terms {
	case bothSemesters:
		return year + "-1," + year + "-2"
	case fall:
		return year + "-1"
	case spring:
		return year + "-2"
	default:
		return year
	}
}

// schoolName returns the name of a school without its level. When the names are
// used up they are used again, with a number.
func (d *district) schoolName(number int) string {
	names := []string{
		"Lincoln", "Harbor View", "Rosa Parks", "César Chávez", "O'Neill", "Maple Grove", "Marie Curie",
		"Saint-Exupéry", "Sequoyah", "Riverside", "Queen Liliʻuokalani", "Martin Luther King Jr.", "Peñasco",
		"Ada Lovelace", "Cedar Hill", "Sacagawea", "Katherine Johnson", "Mount St. Helens", "Einstein", "Oak Park",
	}
	round, at := number/len(names), d.chance.pick(askSchool, 0, len(names))+number
	title := names[at%len(names)]
	if round > 0 {
		title = fmt.Sprintf("%s %d", title, round+1)
	}
	return title
}

func (d *district) name() string {
	places := []string{"Maple Valley", "Harbor County", "Cañon City", "Three Rivers", "Prairie View", "St. Clair"}
	return places[d.chance.pick(askDistrict, 0, len(places))] + " School District"
}
