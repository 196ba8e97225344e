package htmlsession

/*
#include <stdlib.h>
#include <htmlsession.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"
)

// Jar has the cookies of a session, or of several.
type Jar struct{ *handle[cJar] }

// NewJar makes an empty jar, for Session.SetJar.
func NewJar() *Jar { return ownJar(C.session_jar_new()) }

func ownJar(c cJar) *Jar { return &Jar{own(c, func(c cJar) { C.session_jar_free(c) })} }

// Set sets a cookie of a host, until the session is over.
func (j *Jar) Set(host, name, value string) error {
	return j.store(func(c cJar, t texts, reason *C.session_cookie_reason) code {
		return C.session_jar_set(c, t[0], nil, t[1], t[2], 0, 0, reason)
	}, host, name, value)
}

// Store stores what a Set-Cookie field says ("id=1; Path=/; Max-Age=60"), as if the URL had sent it.
func (j *Jar) Store(url, field string) error {
	return j.store(func(c cJar, t texts, reason *C.session_cookie_reason) code {
		return C.session_jar_store(c, t[0], unsafe.Pointer(t[1]), C.size_t(len(field)), reason)
	}, url, field)
}

func (j *Jar) store(store func(c cJar, t texts, reason *C.session_cookie_reason) code, all ...string) error {
	return j.use(func(c cJar, t texts) error {
		var reason C.session_cookie_reason
		result := store(c, t, &reason)
		if result == C.SESSION_E_COOKIE_REFUSED {
			return check(result, C.session_cookie_reason_text(C.int(reason)))
		}
		return check(result, nil)
	}, all...)
}

// Get gives the value of a cookie that a request to a URL sends; ErrMissing if it sends none.
func (j *Jar) Get(url, name string) (string, error) {
	value, err := j.written(func(c cJar, t texts, into buffer) code { return C.session_jar_get(c, t[0], t[1], into) }, url, name)
	if errors.Is(err, ErrMissing) {
		return "", &Error{C.SESSION_E_MISSING, fmt.Sprintf("no cookie %q for this URL", name)}
	}
	return value, err
}

// Header gives the Cookie header of a request to a URL ("a=1; b=2"), "" if there is none.
func (j *Jar) Header(url string) (string, error) {
	return j.written(func(c cJar, t texts, into buffer) code { return C.session_jar_header(c, t[0], into) }, url)
}

// Load adds the cookies of a file, in the format of curl or a browser's JSON.
func (j *Jar) Load(path string) error {
	_, err := j.written(func(c cJar, t texts, into buffer) code { return C.session_jar_load(c, t[0], 0, 0, nil, into) }, path)
	return err
}

// Save writes the cookies to a file, which only its owner may read: JSON if its name ends in .json,
// else in the format of curl.
func (j *Jar) Save(path string) error {
	return j.use(func(c cJar, t texts) error { return check(C.session_jar_save(c, t[0], 0, nil), nil) }, path)
}

// Clear deletes all cookies.
func (j *Jar) Clear() error {
	defer j.drop()
	return check(C.session_jar_clear(j.hold()), nil)
}
