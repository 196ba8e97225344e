package htmlsession

/*
#include <stdlib.h>
#include <htmlsession.h>
*/
import "C"

import (
	"encoding/json"
	"math/big"
	"strings"
)

// Search is how to look for a search template. Without SearchText and SearchFullText it is looked for
// in the HTML.
type Search uint32

const (
	SearchAll      Search = C.SESSION_SEARCH_ALL       // all matches, not the first alone
	SearchText     Search = C.SESSION_SEARCH_TEXT      // in the text as a reader sees it
	SearchFullText Search = C.SESSION_SEARCH_FULL_TEXT // in all text as it stands
	SearchCase     Search = C.SESSION_SEARCH_CASE      // "A" is not "a"
)

// Match is a place where a search template was found: the values of its fields. Integers are int64,
// those beyond 64 bits *big.Int; other numbers are float64, or nil if they are none or not finite
// (nan, inf); all else, dates and times too, is string. {a[x]} is in a map[string]any of a.
type Match struct {
	Fixed []any          // of {} and {:d}
	Named map[string]any // of {name} and {name:d}
}

// Search looks for a search template in what is below the element.
func (e Element) Search(template string, how Search) (matches []Match, err error) {
	err = e.owner().use(func(c cPage, t texts) error {
		found := C.session_html_search(c, e.node, t[0], C.uint32_t(how))
		defer C.session_matches_free(found)
		if err := check(C.session_matches_error(found), C.session_matches_error_message(found)); err != nil {
			return err
		}
		text, err := into(func(into buffer) code { return C.session_matches_json(found, into) })
		if err != nil {
			return err
		}
		if err := exact(text, &matches); err != nil {
			return err
		}
		names := fields(found)
		for i, match := range matches {
			number(match.Fixed)
			number(match.Named)
			match.enlarge(found, C.size_t(i), names)
		}
		return nil
	}, template)
	return matches, err
}

// fields are the names of a template's fields; those without one have the place among their like.
func fields(found *C.session_matches_t) []any {
	all, fixed := make([]any, C.session_matches_field_count(found)), 0
	for i := range all {
		if name := C.session_matches_field_name(found, C.size_t(i)); name != nil {
			all[i] = C.GoString(name)
		} else {
			all[i] = fixed
			fixed++
		}
	}
	return all
}

// number gives the numbers in JSON their types.
func number(value any) any {
	switch value := value.(type) {
	case json.Number:
		if integer, err := value.Int64(); err == nil {
			return integer
		}
		float, _ := value.Float64()
		return float
	case []any:
		for i := range value {
			value[i] = number(value[i])
		}
	case map[string]any:
		for key := range value {
			value[key] = number(value[key])
		}
	}
	return value
}

// enlarge makes integers of those texts that in JSON are one because they have more than 64 bits.
func (m Match) enlarge(found *C.session_matches_t, match C.size_t, names []any) {
	for i, name := range names {
		if C.session_matches_type(found, match, C.size_t(i)) != C.SESSION_MATCH_BIG_INTEGER {
			continue
		}
		if place, fixed := name.(int); fixed {
			m.Fixed[place] = large(m.Fixed[place])
			continue
		}
		within, keys := m.Named, strings.Split(strings.ReplaceAll(name.(string), "]", ""), "[")
		for ; len(keys) > 1 && within != nil; keys = keys[1:] {
			within, _ = within[keys[0]].(map[string]any)
		}
		if value, is := within[keys[0]]; is {
			within[keys[0]] = large(value)
		}
	}
}

func large(value any) any {
	if text, is := value.(string); is {
		if integer, is := new(big.Int).SetString(text, 10); is {
			return integer
		}
	}
	return value
}
