package odata

import "encoding/xml"

// The types below are the elements of CSDL 4.0 XML that a model needs.

type csdlDocument struct {
	XMLName   xml.Name      `xml:"edmx:Edmx"`
	Xmlns     string        `xml:"xmlns:edmx,attr"`
	Version   string        `xml:",attr"`
	Reference csdlReference `xml:"edmx:Reference"`
	Schema    csdlSchema    `xml:"edmx:DataServices>Schema"`
}

type csdlReference struct {
	URI     string      `xml:"Uri,attr"`
	Include csdlInclude `xml:"edmx:Include"`
}

type csdlInclude struct {
	Namespace string `xml:",attr"`
	Alias     string `xml:",attr"`
}

type csdlSchema struct {
	Xmlns     string          `xml:"xmlns,attr"`
	Namespace string          `xml:",attr"`
	Enums     []csdlEnum      `xml:"EnumType"`
	Complex   []csdlType      `xml:"ComplexType"`
	Entities  []csdlType      `xml:"EntityType"`
	Actions   []csdlOperation `xml:"Action"`
	Functions []csdlOperation `xml:"Function"`
	Container csdlContainer   `xml:"EntityContainer"`
}

type csdlEnum struct {
	Name    string       `xml:",attr"`
	Members []csdlMember `xml:"Member"`
	Doc     *csdlNote    `xml:"Annotation"`
}

type csdlMember struct {
	Name  string `xml:",attr"`
	Value int    `xml:",attr"`
}

type csdlType struct {
	Name       string         `xml:",attr"`
	Base       string         `xml:"BaseType,attr,omitempty"`
	Abstract   bool           `xml:",attr,omitempty"`
	Key        *csdlKey       `xml:"Key"`
	Properties []csdlProperty `xml:"Property"`
	Navigation []csdlProperty `xml:"NavigationProperty"`
	Doc        *csdlNote      `xml:"Annotation"`
}

type csdlKey struct {
	Ref csdlName `xml:"PropertyRef"`
}

type csdlName struct {
	Name string `xml:",attr"`
}

type csdlProperty struct {
	Name     string     `xml:",attr"`
	Type     string     `xml:",attr"`
	Nullable string     `xml:",attr,omitempty"` // "false", or "" for the default, true
	Contains bool       `xml:"ContainsTarget,attr,omitempty"`
	Notes    []csdlNote `xml:"Annotation"`
}

type csdlOperation struct {
	Name      string       `xml:",attr"`
	IsBound   bool         `xml:",attr"`
	Parameter csdlProperty `xml:"Parameter"`
	Returns   *csdlReturn  `xml:"ReturnType"`
	Doc       *csdlNote    `xml:"Annotation"`
}

type csdlReturn struct {
	Type string `xml:",attr"`
}

type csdlContainer struct {
	Name       string    `xml:",attr"`
	Sets       []csdlSet `xml:"EntitySet"`
	Singletons []csdlOne `xml:"Singleton"`
}

// csdlSet is an entity set; a singleton calls the same thing otherwise.
type csdlSet struct {
	Name string    `xml:",attr"`
	Type string    `xml:"EntityType,attr"`
	Doc  *csdlNote `xml:"Annotation"`
}

type csdlOne struct {
	Name string    `xml:",attr"`
	Type string    `xml:",attr"`
	Doc  *csdlNote `xml:"Annotation"`
}

func (c *csdlContainer) add(collection bool, set csdlSet) {
	if collection {
		c.Sets = append(c.Sets, set)
		return
	}
	c.Singletons = append(c.Singletons, csdlOne(set))
}

type csdlNote struct {
	Term   string `xml:",attr"`
	String string `xml:",attr,omitempty"`
	Bool   bool   `xml:",attr,omitempty"`
}

// described returns the note of a description, or nil for none.
func described(doc string) *csdlNote {
	if doc == "" {
		return nil
	}
	return &csdlNote{Term: "Core.Description", String: doc}
}

// notes returns what is to be said of a property.
func notes(doc string, access Access) []csdlNote {
	var list []csdlNote
	if note := described(doc); note != nil {
		list = append(list, *note)
	}
	if access == ReadOnly {
		list = append(list, csdlNote{Term: "Core.Computed", Bool: true})
	}
	return list
}
