package district

// kindsIn returns the kinds of mistakes that a file takes. Every one is found by
// itself: it drops no record that others refer to. Some suit every row.
func kindsIn(f Format, file string) []mistake {
	if f == OneRoster {
		return oneMistakes(file)
	}
	return sdsMistakes(file)
}

// Ids, codes and values that are not there.
const (
	noID   = "no-such-id"
	noCode = "no-such-code"
	noDay  = "2026-13-45"
)

func sdsMistakes(file string) []mistake {
	switch file {
	case "orgs.csv":
		return []mistake{dangling("parentSourcedId", "warning"), duplicate()}
	case "users.csv":
		return []mistake{badEmail(), badPhone("phone"), badPhone("sms"), duplicate()}
	case "roles.csv":
		return []mistake{
			badCode("role", "error"), badCode("grade", "warning"), badBoolean("isPrimary"), badDate("roleStartDate"),
			{rule: "DateRange", severity: "warning", column: "roleEndDate", bad: "1850-12-31"},
			dangling("orgSourcedId", "error"), missing("role"), ragged(tooShort),
		}
	case "courses.csv":
		return []mistake{dangling("schoolYearSourcedId", "warning"), badCode("subject", "warning"), badCode("grade", "warning"), duplicate()}
	case "classes.csv":
		return []mistake{dangling("courseSourcedId", "warning"), dangling("sessionSourcedIds", "warning"), collision(), duplicate()}
	case "enrollments.csv":
		return []mistake{
			dangling("userSourcedId", "error"), dangling("classSourcedId", "error"), badCode("role", "error"), missing("role"),
			ragged(tooShort), ragged(tooLong), lineBreak("role"),
		}
	case "relationships.csv":
		return []mistake{badCode("relationshipRole", "error"), dangling("userSourcedId", "error")}
	case "demographics.csv":
		return []mistake{badDate("birthDate"), badCode("sex", "warning"), badCode("raceCodes", "warning"), dangling("userSourcedId", "error")}
	case "userFlags.csv":
		return []mistake{badCode("flag", "warning"), missing("flag"), dangling("userSourcedId", "error")}
	default:
		return nil
	}
}

func oneMistakes(file string) []mistake {
	switch file {
	case "orgs.csv":
		return []mistake{dangling("parentSourcedId", "warning"), duplicate()}
	case "users.csv":
		return []mistake{badEmail(), badPhone("phone"), badPhone("sms"), badBoolean("enabledUser"), dangling("agentSourcedIds", "error"), duplicate()}
	case "courses.csv":
		return []mistake{dangling("schoolYearSourcedId", "warning"), badCode("grades", "warning"), duplicate()}
	case "classes.csv":
		return []mistake{dangling("courseSourcedId", "warning"), dangling("termSourcedIds", "warning"), collision(), duplicate()}
	case "enrollments.csv":
		return []mistake{
			dangling("userSourcedId", "error"), dangling("classSourcedId", "error"), badCode("role", "error"), missing("role"),
			ragged(tooShort), ragged(tooLong), lineBreak("role"),
		}
	case "demographics.csv":
		return []mistake{badDate("birthDate"), badCode("sex", "warning"), dangling("sourcedId", "error")}
	default:
		return nil
	}
}

func dangling(column, severity string) mistake {
	return mistake{rule: "ReferenceNotFound", severity: severity, column: column, bad: noID}
}

func badCode(column, severity string) mistake {
	return mistake{rule: "InvalidReferenceCode", severity: severity, column: column, bad: noCode}
}

func badDate(column string) mistake {
	return mistake{rule: "InvalidDate", severity: "warning", column: column, bad: noDay}
}

func badBoolean(column string) mistake {
	return mistake{rule: "InvalidBoolean", severity: "warning", column: column, bad: "perhaps"}
}

// badEmail is for those without a telephone: guardians have one, and without an
// address they would be no contacts.
func badEmail() mistake {
	return mistake{rule: "InvalidEmail", severity: "warning", column: "email", bad: "not an address", empty: "phone"}
}

func badPhone(column string) mistake {
	return mistake{rule: "InvalidPhone", severity: "warning", column: column, bad: "by post"}
}

func missing(column string) mistake {
	return mistake{rule: "RequiredValueMissing", severity: "error", column: column}
}

func lineBreak(column string) mistake {
	return mistake{rule: "LineBreakInValue", severity: "error", column: column, bad: "student\nof this class"}
}

func duplicate() mistake {
	return mistake{rule: "DuplicateIdentifier", severity: "error", column: "sourcedId", defect: twice}
}

func collision() mistake {
	return mistake{rule: "KeyCollision", severity: "error", column: "sourcedId", defect: otherCase}
}

func ragged(d defect) mistake {
	return mistake{rule: "ColumnCountMismatch", severity: "error", defect: d}
}
