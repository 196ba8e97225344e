package htmlsession

/*
#include <htmlsession.h>

// With char in place of void, for which cgo would look at what else lies around Go's bytes.
static session_code parse(const char *page, size_t length, const char *url, const char *encoding,
                          session_html_t **html, session_buffer_t *into) {
	return session_html_parse(page, length, url, encoding, html, into);
}
*/
import "C"

import (
	"bytes"
	"encoding/json"
	"io"
)

// Page is a parsed page; any number of goroutines may ask it.
type Page struct{ *handle[cPage] }

func ownPage(c cPage) *Page { return &Page{own(c, func(c cPage) { C.session_html_free(c) })} }

// Parse parses a page, whose encoding is found as browsers do. Its links are relative to the URL,
// unless that is "".
func Parse(page io.Reader, url string) (*Page, error) {
	bytes, err := io.ReadAll(page)
	if err != nil {
		return nil, err
	}
	return parse(bytes, url, "")
}

// ParseString parses a page that is a text, whatever encoding it declares. Its links are relative to
// the URL, unless that is "".
func ParseString(page, url string) (*Page, error) { return parse([]byte(page), url, "utf-8") }

func parse(page []byte, url, encoding string) (parsed *Page, err error) {
	bytes, length := lentBytes(page)
	err = lend(func(t texts) error {
		into := C.session_buffer_new()
		defer C.session_buffer_free(into)
		var c cPage
		result := C.parse(bytes, length, optional(t[0]), optional(t[1]), &c, into)
		if err := check(result, C.session_buffer_data(into, nil)); err != nil {
			return err
		}
		parsed = ownPage(c)
		return nil
	}, url, encoding)
	return parsed, err
}

func (p *Page) text(write func(c cPage, _ texts, into buffer) code) string {
	text, _ := p.written(write) // there is none without a page
	return text
}

// document is what an Element is below all of.
func (p *Page) document() Element { return Element{page: p} }

// Title is the page's title.
func (p *Page) Title() string {
	return p.text(func(c cPage, _ texts, into buffer) code { return C.session_html_title(c, into) })
}

// Text is the page's text as a reader sees it.
func (p *Page) Text() string { return p.document().Text() }

// HTML is the page as HTML again.
func (p *Page) HTML() string { return p.document().HTML() }

// NextURL is the address of the next page, "" on the last.
func (p *Page) NextURL() string {
	return p.text(func(c cPage, _ texts, into buffer) code { return C.session_html_next_url(c, into) })
}

// Links gives the absolute URLs that the page links to.
func (p *Page) Links() ([]string, error) {
	defer p.drop()
	return list(C.session_html_links(p.hold(), 0, C.SESSION_LINKS_ABSOLUTE))
}

// Resolve gives the absolute URL of a reference of the page, such as an attribute's value.
func (p *Page) Resolve(reference string) (string, error) {
	return p.written(func(c cPage, t texts, into buffer) code { return C.session_html_resolve(c, t[0], into) }, reference)
}

// Find gives the texts that a selector matches, or with ::attr(name) the attributes.
func (p *Page) Find(css string) ([]string, error) { return p.document().Find(css) }

// XPath gives the texts of the nodes, or the attributes, that an XPath 1.0 expression selects.
func (p *Page) XPath(expression string) ([]string, error) { return p.document().XPath(expression) }

// XPathValue gives what an XPath 1.0 expression computes: a string, a float64 or a bool. Of nodes it
// is the text of the first, "" without any.
func (p *Page) XPathValue(expression string) (any, error) { return p.document().XPathValue(expression) }

// Search looks for a search template ("Price: {:f} {currency:w}").
func (p *Page) Search(template string, how Search) ([]Match, error) {
	return p.document().Search(template, how)
}

// Extract fills a value, as json.Unmarshal, with what a specification finds, which is JSON:
// {"title": "h1", "links": ["a::attr(href)"]}. A number in an interface is a json.Number, in which
// integers are exact.
func (p *Page) Extract(specification string, into any) error {
	text, err := p.written(func(c cPage, t texts, into buffer) code { return C.session_html_extract(c, t[0], into) }, specification)
	if err != nil {
		return err
	}
	return exact(text, into)
}

// exact decodes JSON without a loss of digits.
func exact(text string, into any) error {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	return decoder.Decode(into)
}
