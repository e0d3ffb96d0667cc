package oneroster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/csvfile"
)

// formOf returns how the values of a column are read; nil for as they are.
func formOf(file string, f roster.Field, strict bool) csvfile.Form {
	switch f {
	case roster.StatusField:
		return status(strict)
	case roster.TypeField:
		return typesOf(file).form(strict)
	case roster.RoleField:
		if file == "enrollments.csv" {
			return enrollmentRoles().form(strict)
		}
		return userRoles().form(strict)
	case roster.RelationshipField:
		return kinship
	case roster.EnabledField:
		enabled := truths()
		enabled.refused = roster.Error // it may say that someone is to have no account
		return enabled.form(strict)
	case roster.SexField:
		return sexes().form(strict)
	case roster.AmericanIndianField, roster.AsianField, roster.BlackField, roster.PacificIslanderField,
		roster.WhiteField, roster.SeveralRacesField, roster.HispanicField:
		race := truths()
		race.hidden = true
		return race.form(strict)
	}
	if strict {
		return nil
	}
	switch f {
	case roster.StartField, roster.EndField, roster.BirthDateField:
		return date
	case roster.GradesField, roster.GradeField:
		return grades
	}
	return nil
}

// values are those of an enumeration of the standard.
type values struct {
	standard []string
	ours     map[string]string // what we call one of the standard's, where we do not call it so
	also     map[string]string // aliases, in lower case: what they mean
	rule     roster.Rule       // which another value breaks, where reading is strict
	refused  roster.Severity   // of that
	hidden   bool              // no problem may show the value (rules 5)
}

// form reads a value. What is neither of the standard nor an alias is for the
// builder to judge: the lists of values may hold more than the standard.
func (v values) form(strict bool) csvfile.Form {
	return func(value string) (string, *roster.Remark) {
		if slices.Contains(v.standard, value) {
			return v.own(value), nil
		}
		if strict {
			return value, v.refuse(value)
		}
		for _, name := range v.standard {
			if strings.EqualFold(name, value) {
				return v.own(name), v.deviation(value, name)
			}
		}
		if meant, ok := v.also[strings.ToLower(value)]; ok {
			return meant, v.deviation(value, meant)
		}
		return value, nil
	}
}

func (v values) own(name string) string {
	if own, ok := v.ours[name]; ok {
		return own
	}
	return name
}

func (v values) refuse(value string) *roster.Remark {
	what := fmt.Sprintf("%q is not a value of", value)
	if v.hidden {
		what = "The value is not one of"
	}
	return &roster.Remark{
		Rule: v.rule, Severity: v.refused,
		Message: fmt.Sprintf("%s %s, which has %s.", what, standard, strings.Join(v.standard, ", ")),
	}
}

func (v values) deviation(value, name string) *roster.Remark {
	if v.hidden {
		return deviation(fmt.Sprintf("Values were read as %s writes them: %s.", standard, strings.Join(v.standard, ", ")))
	}
	return deviation(fmt.Sprintf("%s has no value %q here; it was read as %q.", standard, value, name))
}

func deviation(message string) *roster.Remark {
	return &roster.Remark{Rule: roster.NotStandard, Severity: roster.Warning, Deviation: true, Message: message}
}

// status reads a status; delta is for the builder to refuse, which stops the run.
func status(strict bool) csvfile.Form {
	v := values{
		standard: []string{"active", "tobedeleted"}, also: map[string]string{"inactive": "tobedeleted"},
		rule: roster.InvalidReferenceCode, refused: roster.Error,
	}
	form := v.form(strict)
	return func(value string) (string, *roster.Remark) {
		if strings.EqualFold(value, "delta") {
			return value, nil
		}
		return form(value)
	}
}

func typesOf(file string) values {
	v := values{rule: roster.InvalidReferenceCode, refused: roster.Error}
	switch file {
	case "orgs.csv":
		v.standard = []string{"department", "school", "district", "local", "state", "national"}
	case "academicSessions.csv":
		v.standard = []string{"gradingPeriod", "semester", "schoolYear", "term"}
	default: // the type of a class, which is not used
		v.standard, v.refused = []string{"homeroom", "scheduled"}, roster.Warning
	}
	return v
}

func userRoles() values {
	return values{
		standard: []string{"administrator", "aide", "guardian", "parent", "proctor", "relative", "student", "teacher"},
		ours:     roleAliases(), also: laterRoles(), rule: roster.InvalidReferenceCode, refused: roster.Error,
	}
}

func enrollmentRoles() values {
	v := values{
		standard: []string{"student", "teacher", "administrator", "proctor"}, also: laterRoles(),
		rule: roster.InvalidReferenceCode, refused: roster.Error,
	}
	maps.Copy(v.also, roleAliases())
	return v
}

// roleAliases are the roles of OneRoster 1.1 that we call otherwise (rules 6).
func roleAliases() map[string]string {
	return map[string]string{"parent": "other", "guardian": "other", "relative": "other"}
}

// laterRoles are those that came with OneRoster 1.2.
func laterRoles() map[string]string {
	return map[string]string{
		"siteadministrator": "administrator", "districtadministrator": "administrator",
		"systemadministrator": "itAdmin", "counselor": "advisor",
	}
}

// kinship reads a role as what its bearer is as a contact: nothing, for those who
// are none by their role.
func kinship(role string) (string, *roster.Remark) {
	for _, name := range []string{"parent", "guardian", "relative"} {
		if strings.EqualFold(name, role) {
			return name, nil
		}
	}
	return "", nil
}

func truths() values {
	return values{
		standard: []string{"true", "false"}, rule: roster.InvalidBoolean, refused: roster.Warning,
		also: map[string]string{"1": "true", "yes": "true", "y": "true", "t": "true", "0": "false", "no": "false", "n": "false", "f": "false"},
	}
}

func sexes() values {
	return values{
		standard: []string{"male", "female"}, rule: roster.InvalidReferenceCode, refused: roster.Warning, hidden: true,
		also: map[string]string{"m": "male", "f": "female"},
	}
}

// grades reads a list of grades, which the standard takes from CEDS.
func grades(list string) (string, *roster.Remark) {
	codes := strings.Split(list, ",")
	var remark *roster.Remark
	for i, code := range codes {
		if meant := gradeAlias(strings.TrimSpace(code)); meant != "" {
			codes[i] = meant
			remark = deviation(fmt.Sprintf("The grade %q was read as %q, as %s writes it.", strings.TrimSpace(code), meant, standard))
		}
	}
	return strings.Join(codes, ","), remark
}

// gradeAlias returns what CEDS calls a grade, "" for one that it calls so itself.
func gradeAlias(code string) string {
	switch strings.ToLower(code) {
	case "k", "kindergarten":
		return "KG"
	case "prek", "pre-k", "prekindergarten":
		return "PK"
	}
	return ""
}

// date reads the ways in which producers write days. Where the numbers leave open
// which is the month, it is the first one, as in the country of the standard.
func date(value string) (string, *roster.Remark) {
	if isDay(value) {
		return value, nil
	}
	day := value
	if at := strings.IndexAny(value, "T "); at > 0 {
		if day = value[:at]; isDay(day) {
			return day, deviation(fmt.Sprintf("A date was read without its time; %s writes YYYY-MM-DD.", standard))
		}
	}
	for _, way := range []struct{ layout, shown string }{
		{"1/2/2006", "M/D/YYYY"}, {"2006/1/2", "YYYY/M/D"}, {"2006-1-2", "YYYY-M-D"}, {"2.1.2006", "D.M.YYYY"}, {"20060102", "YYYYMMDD"},
	} {
		if t, err := time.Parse(way.layout, day); err == nil {
			return t.Format(time.DateOnly), deviation(fmt.Sprintf("A date was read as %s; %s writes YYYY-MM-DD.", way.shown, standard))
		}
	}
	return value, nil
}

func isDay(s string) bool {
	_, ok := roster.ParseDate(s)
	return ok
}
