package odata

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Evaluate reports whether a filter is true of an entity: neither false nor null. The
// nil filter is true.
func (m *Model) Evaluate(x Expression, e *Entity) bool {
	return x == nil || evaluation{m, map[string]any{"": e}}.truth(x) == true
}

// evaluation is an entity under the name "", and the items that variables stand for.
type evaluation struct {
	model  *Model
	values map[string]any
}

// truth is the value of a condition: a bool or nil.
func (v evaluation) truth(x Expression) any {
	switch x := x.(type) {
	case Not:
		if of, ok := v.truth(x.Of).(bool); ok {
			return !of
		}
		return nil
	case Logic:
		return logic(x.Or, v.truth(x.Left), v.truth(x.Right))
	case Compare:
		return compares(x.Operator, v.value(x.Left), v.value(x.Right))
	case In:
		of := v.value(x.Of)
		return slices.ContainsFunc(x.List, func(item Literal) bool { return isEqual(of, item.Value) })
	case IsOf:
		return v.model.isOf(v.value(x.Of), x.Types)
	case Lambda:
		return v.lambda(x)
	}
	return v.value(x)
}

// value is the value of an operand.
func (v evaluation) value(x Expression) any {
	switch x := x.(type) {
	case Literal:
		return x.Value
	case Path:
		return v.model.follow(x, v.values[x.Variable])
	case Call:
		args := make([]any, len(x.Args))
		for i, arg := range x.Args {
			if args[i] = v.value(arg); args[i] == nil {
				return nil
			}
		}
		return call(x.Function, args)
	case Count:
		items, _ := v.model.follow(x.Of, v.values[x.Of.Variable]).([]any)
		return int64(len(items))
	}
	return v.truth(x)
}

// follow goes along a path. It returns nil where the path leads to null.
func (m *Model) follow(path Path, from any) any {
	for _, step := range path.Steps {
		e, ok := from.(*Entity)
		switch {
		case !ok || e == nil:
			return nil
		case step.Property != "":
			from = e.Values[step.Property]
		case !m.isOf(e, step.Types):
			return nil
		}
	}
	if e, ok := from.(*Entity); ok && e == nil {
		return nil
	}
	return from
}

// isOf reports whether a value is of one of the types.
func (m *Model) isOf(value any, types []string) bool {
	e, ok := value.(*Entity)
	return ok && e != nil && slices.Contains(types, m.fullName(e.Type))
}

func (v evaluation) lambda(x Lambda) bool {
	items, _ := v.model.follow(x.Of, v.values[x.Of.Variable]).([]any)
	if x.Where == nil {
		return len(items) > 0
	}
	for _, item := range items {
		v.values[x.Variable] = item
		if holds := v.truth(x.Where) == true; holds != x.All {
			return holds
		}
	}
	return x.All
}

func logic(or bool, left, right any) any {
	switch {
	case left == or || right == or:
		return or
	case left == nil || right == nil:
		return nil
	}
	return !or
}

// compares applies an operator under the rules for null that stand at Operator.
func compares(operator Operator, left, right any) any {
	isNull := left == nil || right == nil
	switch operator {
	case Equal:
		return isEqual(left, right)
	case NotEqual:
		return !isEqual(left, right)
	case Has:
		if isNull {
			return nil
		}
		return isEqual(left, right)
	}
	if isNull {
		return isEqual(left, right) && (operator == GreaterOrEqual || operator == LessOrEqual)
	}
	return inOrder(operator, compare(left, right))
}

// inOrder reports whether an operator holds of what compare said.
func inOrder(operator Operator, c int) bool {
	switch operator {
	case Greater:
		return c > 0
	case GreaterOrEqual:
		return c >= 0
	case Less:
		return c < 0
	}
	return c <= 0
}

func isEqual(left, right any) bool {
	if left == nil || right == nil {
		return left == nil && right == nil
	}
	return compare(left, right) == 0
}

// compare compares two values of one type, which are not null. Complex values are
// compared with null alone, so any two of them count as equal.
func compare(left, right any) int {
	switch l := left.(type) {
	case string:
		r, _ := right.(string)
		return strings.Compare(l, r)
	case int64:
		r, _ := right.(int64)
		return cmp.Compare(l, r)
	case time.Time:
		r, _ := right.(time.Time)
		return l.Compare(r)
	case bool:
		r, _ := right.(bool)
		return cmp.Compare(bit(l), bit(r))
	}
	return 0
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
