package worker

// This file shows components: several as rows of a table, one as the few attributes that people look for.

import (
	"slices"

	"nixops4/eval"
)

// MemberRow is a component in a list of components.
type MemberRow struct {
	Name     string   `json:"name"`
	Path     []string `json:"path,omitempty"` // of a resource
	Type     string   `json:"type,omitempty"` // of a resource
	Members  int      `json:"members,omitempty"`
	Resource bool     `json:"resource,omitempty"`
	Problem  string   `json:"problem,omitempty"`
}

// isComponent reports whether a set is the configuration of a component. Nothing is evaluated.
func isComponent(m *eval.Evaluator, set *eval.Attrs) bool {
	_, exports := m.Get(set, "_export")
	_, hasPath := m.Get(set, "absoluteMemberPath")
	return exports && hasPath
}

// memberRows are the rows of a set or a list that has nothing but components, else nil.
func (e *evaluation) memberRows(v eval.Value) ([]MemberRow, *eval.Error) {
	var names []string
	var values []eval.Value
	switch v.Kind() {
	case eval.KindAttrs:
		for _, attr := range e.m.Sorted(v.Attrs()) {
			names, values = append(names, attr.Name), append(values, *attr.Slot)
		}
	case eval.KindList:
		values = v.Elems()
		names = make([]string, len(values))
	}
	var rows []MemberRow
	for i, value := range values {
		value, err := e.m.Force(value)
		switch {
		case err != nil && len(rows) > 0 && err.Kind != eval.Canceled && err.Kind != eval.Limit:
			rows = append(rows, MemberRow{Name: names[i], Problem: problemText(err)})
			continue
		case err != nil && err.Kind == eval.Canceled:
			return nil, err
		case err != nil || value.Kind() != eval.KindAttrs || !isComponent(e.m, value.Attrs()):
			return nil, nil // it is shown as any other value
		}
		rows = append(rows, e.memberRow(names[i], value))
	}
	return rows, nil
}

func problemText(err *eval.Error) string {
	if err.Kind == eval.Needs {
		return "needs " + display(extend(err.Path, err.Output))
	}
	return err.Msg
}

func (e *evaluation) memberRow(name string, component eval.Value) MemberRow {
	row := MemberRow{Name: name}
	export, err := e.m.Select(component, "_export")
	if err != nil {
		row.Problem = problemText(err)
		return row
	}
	resource, ok := e.m.Get(export.Attrs(), "resource")
	if !ok {
		if members, err := e.m.Select(component, "members"); err == nil {
			row.Members = len(e.m.AttrNames(members.Attrs()))
		}
		return row
	}
	row.Resource = true
	row.Path = pathIn(e.m, component)
	if row.Name == "" && len(row.Path) > 0 {
		row.Name = display(row.Path)
	}
	kind, err := e.m.Select(resource, "type")
	if err != nil {
		row.Problem = problemText(err)
		return row
	}
	row.Type = kind.Text()
	return row
}

// pathIn is the path of a resource, nil when it cannot be told.
func pathIn(m *eval.Evaluator, component eval.Value) []string {
	v, err := m.Select(component, "absoluteMemberPath")
	if err != nil || v.Kind() != eval.KindList {
		return nil
	}
	var path []string
	for _, elem := range v.Elems() {
		if elem, err = m.Force(elem); err != nil || elem.Kind() != eval.KindString {
			return nil
		}
		path = append(path, elem.Text())
	}
	return path
}

// shownOfComponent are the attributes of a component that are shown.
var shownOfComponent = []string{"inputs", "members", "outputs", "state", "type"}

// component shows a component: inside of something by its name, else what people look for in it.
func (l *layouter) component(set *eval.Attrs, depth int) (doc, *eval.Error) {
	export, _ := l.m.Get(set, "_export")
	export, err := l.m.Force(export)
	if err != nil {
		return l.problem(err, depth)
	}
	_, isResource := l.m.Get(export.Attrs(), "resource")
	if depth > 0 {
		l.folded = true
		if !isResource {
			return leaf("«composite»"), nil
		}
		v, _ := l.m.Get(set, "absoluteMemberPath")
		component := l.m.AttrsOf(map[string]eval.Value{"absoluteMemberPath": v})
		return leaf("«resource " + display(pathIn(l.m, component)) + "»"), nil
	}
	l.folded = true
	var items []doc
	for _, attr := range l.m.Sorted(set) {
		if !slices.Contains(shownOfComponent, attr.Name) || isResource == (attr.Name == "members") {
			continue
		}
		if attr.Name != "members" && !isResource {
			continue
		}
		item, err := l.value(*attr.Slot, 1)
		if err != nil {
			return doc{}, err
		}
		item.prefix, item.suffix = attr.Name+" = ", ";"
		items = append(items, item)
	}
	return group("{", "}", items), nil
}
