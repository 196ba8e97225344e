package htmlsession_test

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"htmlsession"
)

func TestPage(t *testing.T) {
	page := page(t, "<title>T</title><h1>Prices</h1><p>Tea: 2 EUR</p><p>Milk: 10 EUR</p><a href=x>y</a><a href=/z>z</a>")
	found, err := page.XPath("//a/@href")
	if fmt.Sprint(found, err) != "[x /z] <nil>" {
		t.Error(found, err)
	}
	if found, err := page.XPath("//none"); len(found) != 0 || err != nil {
		t.Error(found, err)
	}
	for expression, wanted := range map[string]any{
		"count(//p)": 2.0, "boolean(//h2)": false, "string(//h1)": "Prices", "//p": "Tea: 2 EUR", "//none": "",
	} {
		if value, err := page.XPathValue(expression); value != wanted || err != nil {
			t.Error(expression, value, err)
		}
	}
	matches, err := page.Search("{what:w}: {:d} EUR", htmlsession.SearchAll|htmlsession.SearchText)
	if fmt.Sprint(matches, err) != "[{[2] map[what:Tea]} {[10] map[what:Milk]}] <nil>" {
		t.Error(matches, err)
	}
	if matches, err := page.Search("{:d} EUR", htmlsession.SearchCase); len(matches) != 1 || err != nil {
		t.Error(matches, err)
	}
	var extracted struct {
		Head string
		Rows []string
	}
	must(t, page.Extract(`{"head": "h1", "rows": ["p"]}`, &extracted))
	if fmt.Sprint(extracted) != "{Prices [Tea: 2 EUR Milk: 10 EUR]}" {
		t.Error(extracted)
	}
	if page.Text() != "T\nPrices\nTea: 2 EUR\nMilk: 10 EUR\nyz" || page.Title() != "T" || page.NextURL() != "" {
		t.Errorf("%q %q %q", page.Text(), page.Title(), page.NextURL())
	}
	if links, err := page.Links(); len(links) != 2 || !strings.HasSuffix(links[0], "/dir/x") || err != nil {
		t.Error(links, err)
	}
}

// Integers of any size are exact.
func TestNumbersOfTemplates(t *testing.T) {
	page := page(t, "<p>9007199254740993 / 36893488147419103232 / 2.0 / -7</p>")
	matches, err := page.Search("{:d} / {a[x][y]:d} / {f:f} / {n:d}<", 0)
	if err != nil || len(matches) != 1 {
		t.Fatal(matches, err)
	}
	large, _ := new(big.Int).SetString("36893488147419103232", 10)
	wanted := htmlsession.Match{
		Fixed: []any{int64(9007199254740993)},
		Named: map[string]any{"a": map[string]any{"x": map[string]any{"y": large}}, "f": 2.0, "n": int64(-7)},
	}
	if !reflect.DeepEqual(matches[0], wanted) {
		t.Errorf("%#v", matches[0])
	}
	matches, err = page.Search("/ {:d} / {} ", 0)
	if err != nil || !reflect.DeepEqual(matches[0].Fixed, []any{large, "2.0"}) {
		t.Error(matches, err)
	}
	var loose map[string]any
	must(t, page.Extract(`{"n": {"template": "{:d} /"}}`, &loose))
	if fmt.Sprint(loose["n"]) != "9007199254740993" {
		t.Errorf("%v", loose)
	}
	var typed struct{ N int64 }
	must(t, page.Extract(`{"n": {"template": "{:d} /"}}`, &typed))
	if typed.N != 9007199254740993 {
		t.Error(typed)
	}
}

func TestParse(t *testing.T) {
	page, err := htmlsession.ParseString("<meta charset=latin1><title>é</title><a href=x>", "http://h/d/")
	must(t, err)
	defer page.Close()
	links, err := page.Links()
	if page.Title() != "é" || fmt.Sprint(links, err) != "[http://h/d/x] <nil>" {
		t.Error(page.Title(), links, err)
	}
	if url, err := page.Resolve("../y?q"); url != "http://h/y?q" || err != nil {
		t.Error(url, err)
	}
	read, err := htmlsession.Parse(strings.NewReader("<meta charset=latin1><title>\xe9</title>"), "")
	must(t, err)
	defer read.Close()
	if read.Title() != "é" {
		t.Errorf("%q", read.Title())
	}
	var failure *htmlsession.Error
	if _, err := htmlsession.ParseString("", "no url"); !errors.As(err, &failure) || failure.Code != 100 {
		t.Error(err)
	}
	broken := errors.New("broken")
	if _, err := htmlsession.Parse(reader{broken}, ""); !errors.Is(err, broken) {
		t.Error(err)
	}
}

type reader struct{ err error }

func (r reader) Read([]byte) (int, error) { return 0, r.err }

func TestElements(t *testing.T) {
	page := page(t, "<ul id=u>\n<li class=a data-x>One <b>1</b><li><a href='/t?a&amp;b' rel=x>Two</a></ul><p>e")
	items, err := page.Select("li")
	if len(items) != 2 || err != nil {
		t.Fatal(items, err)
	}
	one, two := items[0], items[1]
	for got, wanted := range map[string]string{
		one.Name(): "li", one.Text(): "One 1", one.OwnText(): "One ", two.FullText(): "Two",
		one.HTML(): `<li class="a" data-x="">One <b>1</b></li>`, one.InnerHTML(): "One <b>1</b>",
	} {
		if got != wanted {
			t.Errorf("%q, not %q", got, wanted)
		}
	}
	if value, is := one.Attr("data-x"); value != "" || !is {
		t.Error("an attribute without a value")
	}
	if value, is := one.Attr("data-y"); value != "" || is {
		t.Error("no attribute")
	}
	links, err := two.Select("a")
	if len(links) != 1 || err != nil {
		t.Fatal(links, err)
	}
	var attributes []string
	for name, value := range links[0].Attrs() {
		attributes = append(attributes, name+"="+value)
	}
	if fmt.Sprint(attributes) != "[href=/t?a&b rel=x]" || one.Line() != 2 {
		t.Error(attributes, one.Line())
	}
	if found, err := two.Find("a::attr(href)"); fmt.Sprint(found, err) != "[/t?a&b] <nil>" {
		t.Error(found, err)
	}
	if found, err := one.XPath("b"); fmt.Sprint(found, err) != "[1] <nil>" {
		t.Error(found, err)
	}
	if matches, err := one.Search("<b>{n:d}", 0); err != nil || matches[0].Named["n"] != int64(1) {
		t.Error(matches, err)
	}
	parent, is := one.Parent()
	if id, _ := parent.Attr("id"); id != "u" || !is || len(parent.Children()) != 2 {
		t.Error(id)
	}
	if next, is := one.Next(); next != two || !is {
		t.Error("next")
	}
	if _, is := one.Previous(); is {
		t.Error("previous")
	}
	if does, err := one.Matches("li.a"); !does || err != nil {
		t.Error(err)
	}
	if _, err := one.Matches("li["); !errors.Is(err, htmlsession.ErrSelector) {
		t.Error(err)
	}
	if first, err := page.SelectFirst("li"); first != one || err != nil {
		t.Error(err)
	}
	if _, err := page.SelectFirst("h1"); !errors.Is(err, htmlsession.ErrMissing) {
		t.Error(err)
	}
	if _, err := page.SelectFirst("li["); !errors.Is(err, htmlsession.ErrSelector) {
		t.Error(err)
	}
	page.Close()
	if _, err := one.Select("b"); !errors.Is(err, htmlsession.ErrClosed) || one.Text() != "" || one.Name() != "" {
		t.Error(err)
	}
}

// An element keeps its page, which nobody else has any more.
func TestElementKeepsPage(t *testing.T) {
	items := func() []htmlsession.Element {
		page, err := htmlsession.ParseString("<li>1<li>2", "")
		must(t, err)
		items, err := page.Select("li")
		must(t, err)
		return items
	}()
	for range 20 {
		runtime.GC()
		if items[1].Text() != "2" {
			t.Fatal("the page is gone")
		}
	}
}
