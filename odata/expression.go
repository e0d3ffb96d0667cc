package odata

// Expression is a node of a $filter that was checked against a type: the names in it
// are canonical, and what is compared fits. It is one of Literal, Path, Not, Logic,
// Compare, In, Call, IsOf, Lambda and Count.
type Expression interface{ expression() }

// Literal is a value: nil, a string (strings, dates, guids, and members of enums in
// canonical spelling), a bool, an int64, or a time.Time in UTC of at most seven
// fractional digits.
type Literal struct{ Value any }

// Path leads from the entity, or from the variable of an any or all, to a value. It
// leads to null when something on the way is null or not of the type of a cast.
type Path struct {
	Variable   string // "" for the entity
	Steps      []Step // none for the variable itself
	Type       string // of the value, as in Property
	Collection bool
}

// Step goes to a property or casts.
type Step struct {
	Property string   // canonical name; "" for a cast
	Types    []string // of a cast: the types that pass, with their namespace and without "#"
}

// Not is true where its operand is false, and null where that is null.
type Not struct{ Of Expression }

// Logic is "and" or "or". Null stands for "unknown": null and false is false, null or
// true is true, and all else with a null is null.
type Logic struct {
	Or          bool
	Left, Right Expression
}

// Compare compares two values of one type. It is never null, but for Has.
type Compare struct {
	Operator    Operator
	Left, Right Expression
}

// Operator compares.
type Operator string

// The operators.
const (
	Equal          Operator = "eq" // null equals null
	NotEqual       Operator = "ne"
	Greater        Operator = "gt" // false where either is null
	GreaterOrEqual Operator = "ge" // true where both are null
	Less           Operator = "lt"
	LessOrEqual    Operator = "le"
	Has            Operator = "has" // as eq, for enums are no flags here; null where either is null
)

// In is true where the value equals one of a list.
type In struct {
	Of   Expression
	List []Literal
}

// Call is a function. It is null where an argument is.
type Call struct {
	Function Function
	Args     []Expression
}

// Function is the name of a function.
type Function string

// The functions of strings. All go by code points and mind the case.
const (
	Contains   Function = "contains"
	StartsWith Function = "startswith"
	EndsWith   Function = "endswith"
	ToLower    Function = "tolower"
	ToUpper    Function = "toupper"
	Trim       Function = "trim"
	Concat     Function = "concat"
	Length     Function = "length"
	IndexOf    Function = "indexof" // from 0; -1 where the second does not stand in the first
)

// The functions of times, which are looked at in UTC, and of days.
const (
	Date   Function = "date" // of a time
	Year   Function = "year" // of a day, as the next two are
	Month  Function = "month"
	Day    Function = "day"
	Hour   Function = "hour" // of a time, as the next two are
	Minute Function = "minute"
	Second Function = "second" // without its fraction
)

// IsOf is true where a value is there and is of one of the types, which all derive from
// the declared one.
type IsOf struct {
	Of    Path     // no steps for the entity
	Types []string // as in Step
}

// Lambda is any, or all, of the items of a collection. A null collection has none.
type Lambda struct {
	All      bool
	Of       Path
	Variable string     // never twice in an expression
	Where    Expression // nil for any(): is there an item at all?
}

// Count is how many items a collection has. A null collection has none.
type Count struct{ Of Path }

func (Literal) expression() {}
func (Path) expression()    {}
func (Not) expression()     {}
func (Logic) expression()   {}
func (Compare) expression() {}
func (In) expression()      {}
func (Call) expression()    {}
func (IsOf) expression()    {}
func (Lambda) expression()  {}
func (Count) expression()   {}
