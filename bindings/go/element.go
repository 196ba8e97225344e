package htmlsession

/*
#include <htmlsession.h>
*/
import "C"

import (
	"iter"
	"unsafe"
)

// Element is a node of a page, which it keeps from being collected, though not from being closed. It
// is a plain value; any number of goroutines may ask it. Its zero value has nothing.
type Element struct {
	page *Page
	node C.session_node_t // 0 is the document
}

// Select gives the elements that a selector matches, in document order; with ::text it gives text
// nodes, which have a text and no name.
func (p *Page) Select(css string) ([]Element, error) { return p.document().Select(css) }

// SelectFirst gives the first element that a selector matches; ErrMissing if there is none.
func (p *Page) SelectFirst(css string) (Element, error) { return p.document().SelectFirst(css) }

func (e Element) owner() *Page {
	if e.page == nil {
		return &Page{}
	}
	return e.page
}

func (e Element) text(write func(c cPage, _ texts, into buffer) code) string {
	if e.page == nil {
		return ""
	}
	return e.page.text(write)
}

// Name is the element's name, in lower case in HTML ("a").
func (e Element) Name() string {
	p := e.owner()
	defer p.drop()
	return C.GoString(C.session_node_tag(p.hold(), e.node))
}

// Text is the text as a reader sees it.
func (e Element) Text() string {
	return e.text(func(c cPage, _ texts, into buffer) code { return C.session_node_text(c, e.node, into) })
}

// FullText is all text as it stands, as the DOM's textContent.
func (e Element) FullText() string {
	return e.text(func(c cPage, _ texts, into buffer) code { return C.session_node_full_text(c, e.node, into) })
}

// OwnText is the text right below the element, without that of elements in it, as it stands.
func (e Element) OwnText() string {
	return e.text(func(c cPage, _ texts, into buffer) code { return C.session_node_own_text(c, e.node, into) })
}

// HTML is the element as HTML.
func (e Element) HTML() string {
	return e.text(func(c cPage, _ texts, into buffer) code { return C.session_node_html(c, e.node, into) })
}

// InnerHTML is what is in the element as HTML.
func (e Element) InnerHTML() string {
	return e.text(func(c cPage, _ texts, into buffer) code { return C.session_node_inner_html(c, e.node, into) })
}

// Line is the line of the source that the element begins in, from 1; 0 where no tag made it.
func (e Element) Line() int {
	p := e.owner()
	defer p.drop()
	return int(C.session_node_line(p.hold(), e.node))
}

// Attr is the value of an attribute, and whether there is one.
func (e Element) Attr(name string) (value string, is bool) {
	_ = e.owner().use(func(c cPage, t texts) error {
		var length C.size_t
		if text := C.session_node_attribute(c, e.node, t[0], &length); text != nil {
			value, is = copied(text, length), true
		}
		return nil
	}, name)
	return value, is
}

// Attrs gives the names and values of all attributes, in the order of the source.
func (e Element) Attrs() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		p := e.owner()
		defer p.drop()
		c := p.hold()
		var name, value *C.char
		for i := C.size_t(0); C.session_node_attribute_at(c, e.node, i, &name, &value) == C.SESSION_OK; i++ {
			if !yield(C.GoString(name), C.GoString(value)) {
				return
			}
		}
	}
}

func (e Element) nodes(find func(c cPage, t texts) *C.session_nodes_t, all ...string) (found []Element, err error) {
	p := e.owner()
	err = p.use(func(c cPage, t texts) error {
		n := find(c, t)
		defer C.session_nodes_free(n)
		if err := check(C.session_nodes_error(n), C.session_nodes_error_message(n)); err != nil {
			return err
		}
		var count C.size_t
		for _, node := range unsafe.Slice(C.session_nodes_data(n, &count), count) {
			found = append(found, Element{p, node})
		}
		return nil
	}, all...)
	return found, err
}

// Select gives the elements below this one that a selector matches, as Page.Select.
func (e Element) Select(css string) ([]Element, error) {
	return e.nodes(func(c cPage, t texts) *C.session_nodes_t { return C.session_html_find(c, e.node, t[0]) }, css)
}

// SelectFirst gives the first element below this one that a selector matches; ErrMissing if there is
// none.
func (e Element) SelectFirst(css string) (first Element, err error) {
	p := e.owner()
	err = p.use(func(c cPage, t texts) error {
		first = Element{p, C.session_html_find_first(c, e.node, t[0])}
		return nil
	}, css)
	if err != nil || first.node != 0 {
		return first, err
	}
	if _, err = e.Select(css); err == nil { // which alone tells errors
		err = &Error{C.SESSION_E_MISSING, named("nothing matches", css)}
	}
	return Element{}, err
}

// Find gives the texts below the element that a selector matches, or with ::attr(name) the attributes.
func (e Element) Find(css string) (found []string, err error) {
	err = e.owner().use(func(c cPage, t texts) error {
		found, err = list(C.session_html_find_values(c, e.node, t[0]))
		return err
	}, css)
	return found, err
}

// Matches tells whether a selector matches the element.
func (e Element) Matches(css string) (does bool, err error) {
	err = e.owner().use(func(c cPage, t texts) error {
		does = C.session_node_matches(c, e.node, t[0]) == 1
		return nil
	}, css)
	if err == nil && !does {
		_, err = e.Select(css) // which alone tells errors
	}
	return does, err
}

// step gives another element of the page, and whether there is one.
func (e Element) step(to func(c cPage) C.session_node_t) (Element, bool) {
	p := e.owner()
	defer p.drop()
	node := to(p.hold())
	if node == 0 {
		return Element{}, false
	}
	return Element{p, node}, true
}

// Parent is the element that this one is in, and whether there is one.
func (e Element) Parent() (Element, bool) {
	return e.step(func(c cPage) C.session_node_t { return C.session_node_parent(c, e.node) })
}

// Next is the next element of the same parent, and whether there is one.
func (e Element) Next() (Element, bool) {
	return e.step(func(c cPage) C.session_node_t { return C.session_node_next_element(c, e.node) })
}

// Previous is the previous element of the same parent, and whether there is one.
func (e Element) Previous() (Element, bool) {
	return e.step(func(c cPage) C.session_node_t { return C.session_node_previous_element(c, e.node) })
}

// Children gives the elements right below this one.
func (e Element) Children() []Element {
	children, _ := e.Select(":scope > *")
	return children
}

// XPath gives the texts of the nodes, or the attributes, that an XPath 1.0 expression selects, with
// the element as its context.
func (e Element) XPath(expression string) (found []string, err error) {
	err = e.evaluate(expression, func(v *C.session_value_t) error {
		found = make([]string, C.session_value_count(v))
		for i := range found {
			var length C.size_t
			text := C.session_value_item_text(v, C.size_t(i), &length)
			if text == nil {
				return &Error{C.SESSION_E_MEMORY, "the texts are too long"}
			}
			found[i] = copied(text, length)
		}
		return nil
	})
	return found, err
}

// XPathValue gives what an XPath 1.0 expression computes, as Page.XPathValue, with the element as its
// context.
func (e Element) XPathValue(expression string) (value any, err error) {
	err = e.evaluate(expression, func(v *C.session_value_t) error {
		switch C.session_value_type(v) {
		case C.SESSION_VALUE_TYPE_NUMBER:
			value = float64(C.session_value_number(v))
		case C.SESSION_VALUE_TYPE_BOOLEAN:
			value = C.session_value_boolean(v) == 1
		default:
			var length C.size_t
			text := C.session_value_string(v, &length)
			value = copied(text, length)
		}
		return nil
	})
	return value, err
}

func (e Element) evaluate(expression string, read func(v *C.session_value_t) error) error {
	return e.owner().use(func(c cPage, t texts) error {
		v := C.session_html_xpath(c, e.node, t[0])
		defer C.session_value_free(v)
		if err := check(C.session_value_error(v), C.session_value_error_message(v)); err != nil {
			return err
		}
		return read(v)
	}, expression)
}
