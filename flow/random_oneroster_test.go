package flow_test

import "pgregory.net/rapid"

func (s sheet) isOneRoster() bool { return s["manifest.csv"] != nil }

// oneRosterTables tells how each file of OneRoster is drawn. A person has one
// role in many organizations; enrollments begin and end.
func oneRosterTables() map[string][]column {
	status := column{"status", cell("|||active", "tobedeleted", "Inactive", "ended")}
	return map[string][]column{
		"manifest.csv": {{"propertyName", cell("source.systemName")}, {"value", cell("test")}},
		"orgs.csv":     {{"sourcedId", numbered("O")}, status, {"name", cell("North|South", "")}, {"type", cell("school", "skool", "")}},
		"academicSessions.csv": {
			{"sourcedId", numbered("Y")}, {"title", cell("Autumn|Spring")}, {"type", cell("term")},
			{"startDate", cell("2026-08-24|2026-08-24|2027-01-01")}, {"endDate", cell("2027-06-11", "soon")}, {"schoolYear", cell("2027")},
		},
		"users.csv": {
			{"sourcedId", userID}, status, {"enabledUser", cell("|true", "false")},
			{"orgSourcedIds", cell(`O1|O2|O3|"O1,O2"|"O2,O1"`, "", "O9", `"O1,O9"`)},
			{"role", cell("student|student|student|teacher|aide|administrator|parent", "wizard", "")},
			{"username", username}, {"givenName", cell("Ada|Bo|Cy", "")}, {"familyName", cell("Lee|May|Ray", "")},
			{"identifier", cell("|7|8")}, {"email", cell("|a@x.example|b@x.example|c@x.example", "no address")},
			{"agentSourcedIds", cell(`||||U2|U5|"U4,U6"`, "U9")}, {"grades", cell("||09|10", "99")}, {"password", cell("|secret")},
		},
		"courses.csv": {
			{"sourcedId", numbered("K")}, status, {"title", cell("Maths|Art", "")}, {"courseCode", cell("|M1")},
			{"grades", cell("|09", "99")}, {"orgSourcedId", oneOf("O", 3)}, {"subjects", cell(`|Magic|"Maths,Art"`)},
		},
		"classes.csv": {
			{"sourcedId", numbered("C")}, status, {"title", cell("Algebra|Drawing", "")}, {"courseSourcedId", cell("|K1|K2", "K9")},
			{"classCode", cell("|c1")}, {"schoolSourcedId", oneOf("O", 3)}, {"termSourcedIds", cell(`||Y1|Y2|"Y2,Y1"`, "Y9", `"Y1,Y9"`)},
		},
		"enrollments.csv": {
			{"sourcedId", numbered("E")}, status, {"classSourcedId", oneOf("C", 4)}, {"userSourcedId", oneOf("U", 8)},
			{"role", cell("student|student|student|teacher|teacher|proctor", "aide", "wizard", "")},
			{"beginDate", cell("|||2026-08-24|2026-10-05|2026-10-06", "soon")}, {"endDate", cell("|||2027-06-12|2026-10-05|2026-10-06|2026-09-28")},
		},
	}
}

// userID numbers users, of whom the reference knows nine.
func userID(t *rapid.T, i int) string { return numbered("U")(t, min(i, 8)) }
