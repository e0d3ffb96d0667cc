package roster

// remedy returns what to do about the problems of a rule, as a sentence.
func (r Rule) remedy() string {
	switch r {
	case FileNotFound:
		return "Export the roster again with all files of the format, named exactly as the format names them."
	case EmptyFile:
		return "Check the export; an empty file would mean that everybody has left."
	case DeltaNotSupported:
		return "Export the whole roster (a bulk export) in place of the changes alone."
	case HeaderMissing, HeaderDuplicate:
		return "Correct the first line of the file, or how it is exported."
	case HeaderUnknown:
		return "Nothing, unless a column is misspelled; headers are case-sensitive."
	case EncodingInvalid:
		return "Save the file as UTF-8; in Excel choose \"CSV UTF-8 (Comma delimited)\"."
	case UnbalancedQuote, ColumnCountMismatch:
		return "Put a value that holds a comma or a quote in quotes, and write a quote inside it twice."
	case LineBreakInValue:
		return "Remove the line break from the value."
	case ValueTooLong:
		return "Shorten the value; often a missing quote has joined many values."
	default:
		return r.recordRemedy()
	}
}

func (r Rule) recordRemedy() string {
	switch r {
	case RequiredValueMissing:
		return "Fill in the value in the source system."
	case DuplicateIdentifier:
		return "Give every record an id of its own, or remove the repeated row."
	case KeyCollision:
		return "Give the records ids that differ in more than case; directories cannot tell them apart."
	case InvalidIdentifier:
		return "Remove the control characters from the id."
	case SpaceAroundValue:
		return "Nothing; the spaces were removed."
	case NotStandard:
		return "Nothing, what was meant is clear; whoever makes the files should keep to the standard, as --strict asks."
	case DuplicateRecord:
		return "Nothing; the rows count as one."
	case ReferenceNotFound:
		return "Export the record that is referred to, or correct what is wrong with it."
	case InvalidReferenceCode:
		return "Use a code of the list of values, or add the code to the list."
	case OrgCycle:
		return "Correct the parents in the source system; until then the organization has none."
	case ContactIncomplete:
		return "Give the contact a given name, a family name and an email address."
	case NoRole:
		return "Give the person a role in an organization, if there should be an account."
	default:
		return r.valueRemedy()
	}
}

func (r Rule) valueRemedy() string {
	switch r {
	case InvalidDate:
		return "Write dates as YYYY-MM-DD."
	case DateRange:
		return "Let the end date follow the start date."
	case InvalidYear:
		return "Write the school year as the four digits of the year in which it ends."
	case InvalidEmail:
		return "Write the address as name@domain."
	case InvalidPhone:
		return "Write the number with + and country code, such as +12065550100."
	case InvalidBoolean:
		return "Write true or false."
	default:
		return ""
	}
}
