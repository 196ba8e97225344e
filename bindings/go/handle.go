package htmlsession

/*
#include <stdlib.h>
#include <htmlsession.h>
*/
import "C"

import (
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

type (
	cSession  = *C.session_t
	cJar      = *C.session_jar_t
	cRequest  = *C.session_request_t
	cResponse = *C.session_response_t
	cPage     = *C.session_html_t
	cForm     = *C.session_form_t
	cPages    = *C.session_pages_t
	pointer   interface {
		cSession | cJar | cRequest | cResponse | cPage | cForm | cPages
	}

	buffer = *C.session_buffer_t
	code   = C.session_code
	texts  = []*C.char
)

// handle owns an object of the library. Calls that are under way hold it, as its owner does until
// Close; whoever leaves last frees it.
type handle[P pointer] struct {
	c       P
	free    func(P)
	cleanup runtime.Cleanup
	holders atomic.Int64
	closed  atomic.Bool
	freed   sync.Once
}

func own[P pointer](c P, free func(P)) *handle[P] {
	h := &handle[P]{c: c, free: free}
	h.holders.Store(1)
	h.cleanup = runtime.AddCleanup(h, free, c)
	return h
}

// hold comes before the library uses the object, drop afterwards. Of a closed one it gives nil,
// which the library answers with SESSION_E_NULL; a zero value of an exported type has no handle and
// is as closed.
func (h *handle[P]) hold() (c P) {
	if h == nil {
		return nil
	}
	h.holders.Add(1)
	if !h.closed.Load() {
		c = h.c
	}
	return c
}

func (h *handle[P]) drop() {
	if h != nil && h.holders.Add(-1) == 0 {
		h.freed.Do(func() {
			h.cleanup.Stop()
			h.free(h.c)
		})
	}
}

// Close frees the object as soon as no call uses it. Closing twice is allowed.
func (h *handle[P]) Close() error {
	if h != nil && !h.closed.Swap(true) {
		h.drop()
	}
	return nil
}

// CAPI lends the handle of the C library for a call, for what is not here; nil of a closed object.
// It must not be freed, and of a session session_next and session_wait must not be called. What
// session_submit starts there is carried out, but its response is thrown away.
func (h *handle[P]) CAPI(call func(handle unsafe.Pointer)) {
	defer h.drop()
	call(unsafe.Pointer(h.hold()))
}

// lend gives copies of texts to C.
func lend(call func(t texts) error, all ...string) error {
	t := make(texts, len(all))
	for i, text := range all {
		if strings.IndexByte(text, 0) >= 0 {
			return refuse("NUL in a text")
		}
		t[i] = C.CString(text)
		defer C.free(unsafe.Pointer(t[i]))
	}
	return call(t)
}

func (h *handle[P]) use(call func(c P, t texts) error, all ...string) error {
	defer h.drop()
	c := h.hold()
	return lend(func(t texts) error { return call(c, t) }, all...)
}

// into gives what a function writes into a buffer: its result, or the message of its error.
func into(write func(into buffer) code) (string, error) {
	into := C.session_buffer_new()
	defer C.session_buffer_free(into)
	result := write(into)
	var length C.size_t
	data := C.session_buffer_data(into, &length)
	if err := check(result, data); err != nil {
		return "", err
	}
	return copied(data, length), nil
}

// written is the same of a function of the object.
func (h *handle[P]) written(write func(c P, t texts, into buffer) code, all ...string) (text string, err error) {
	err = h.use(func(c P, t texts) error {
		text, err = into(func(into buffer) code { return write(c, t, into) })
		return err
	}, all...)
	return text, err
}

func copied(data *C.char, length C.size_t) string {
	return strings.Clone(unsafe.String((*byte)(unsafe.Pointer(data)), length))
}

// list copies a list of strings and frees it.
func list(c *C.session_strings_t) ([]string, error) {
	defer C.session_strings_free(c)
	if err := check(C.session_strings_error(c), C.session_strings_error_message(c)); err != nil {
		return nil, err
	}
	all := make([]string, C.session_strings_count(c))
	var at *C.size_t
	data := C.session_strings_data(c, &at)
	offsets := unsafe.Slice(at, len(all)+1)
	text := copied(data, offsets[len(all)])
	for i := range all {
		all[i] = text[offsets[i] : offsets[i+1]-1]
	}
	return all, nil
}

// optional is NULL for a text that is empty, which is how C says that there is none.
func optional(text *C.char) *C.char {
	if *text == 0 {
		return nil
	}
	return text
}

// lentBytes are bytes for C, which copies them during the call.
func lentBytes(bytes []byte) (*C.char, C.size_t) {
	return (*C.char)(unsafe.Pointer(unsafe.SliceData(bytes))), C.size_t(len(bytes))
}

func flag(on bool) C.int {
	if on {
		return 1
	}
	return 0
}
