package directory

// Expiry is what stands before the names of an object that is out of use, so that
// another one can bear them: "Exp0826_" for one that went out of use in August 2026
// (rules 3, "Id reuse"; domain page D.3).
type Expiry string

// ExpiryOn returns the mark of objects that go out of use on a day, as in 2026-08-31.
// It is a day that the plan is given, such as that of the roster's landing: the same
// input gives the same names.
func ExpiryOn(day string) Expiry {
	if len(day) != len("2026-08-31") {
		day = "0000-00-00" // none was given
	}
	return Expiry("Exp" + day[5:7] + day[2:4] + "_")
}

// Key returns the key, and so the anchor, of an object that is out of use.
func (e Expiry) Key(key string) string { return string(e) + key }

// Names returns the names of an object of the kind that is out of use: with this key
// from now on, in place of the values that were written. Its display name stays, since
// people know it by that.
func (e Expiry) Names(kind Kind, key string, written Attributes) Attributes {
	names := Attributes{AnchorID: key}
	if kind != AdministrativeUnit {
		names[MailNickname] = Nickname(key)
	}
	if id := written[SourceSectionID]; id != "" {
		names[SourceSectionID] = string(e) + id
	}
	if written[Status] != "" {
		names[Status] = "Expired"
	}
	return names
}

// IsExpired reports whether the key is that of an object that is out of use.
func IsExpired(key string) bool {
	const mark = "ExpMMYY_"
	if len(key) < len(mark) || key[:3] != mark[:3] || key[len(mark)-1] != '_' {
		return false
	}
	for _, digit := range key[3 : len(mark)-1] {
		if digit < '0' || digit > '9' {
			return false
		}
	}
	return true
}

// ExpiredSpan is where the keys of objects that are out of use lie.
func ExpiredSpan() Span { return Span{After: "Exp", UpTo: "Exp~"} }
