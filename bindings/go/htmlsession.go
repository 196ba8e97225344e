// Package htmlsession is libhtmlsession for Go: HTTP sessions with cookies and forms, and pages
// that can be asked with CSS selectors.
//
//	session, err := htmlsession.New()
//	defer session.Close()
//	response, err := session.Get(ctx, "https://example.org/")
//
// Requests of any number of goroutines run side by side on one session and occupy no threads
// while they wait: Go's own poller watches the session's descriptor. Texts are copied into Go's
// memory at once. Close frees an object; one that is forgotten is freed after it was collected.
//
// The compiler finds the library through CGO_CFLAGS=-I… and CGO_LDFLAGS=-L… unless it is installed.
package htmlsession

/*
#cgo LDFLAGS: -lhtmlsession
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <htmlsession.h>

#if SESSION_ABI_VERSION != 0
#error "this package is for the libhtmlsession whose SESSION_ABI_VERSION is 0"
#endif

// A descriptor of Go's own to close, made so that its poller takes it.
static int duplicate(int fd) {
	int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy >= 0) fcntl(copy, F_SETFL, O_NONBLOCK);
	return copy;
}

static int readable(int fd) {
	struct pollfd one = {fd, POLLIN, 0};
	return poll(&one, 1, 0) > 0;
}
*/
import "C"

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// Error is what went wrong. errors.Is compares codes.
type Error struct {
	Code    int    // a session_code of htmlsession.h
	Message string // one line that names the offender
}

// Some errors that programs tell apart.
var (
	ErrCancelled   = &Error{Code: C.SESSION_E_CANCELLED}
	ErrClosed      = &Error{Code: C.SESSION_E_CLOSED}
	ErrUnreachable = &Error{Code: C.SESSION_E_CONNECT}
	ErrSelector    = &Error{Code: C.SESSION_E_SELECTOR}
	errText        = &Error{Code: C.SESSION_E_ARGUMENT, Message: "NUL in a text"}
)

func (e *Error) Error() string {
	if e.Message != "" {
		return e.Message
	}
	return C.GoString(C.session_strerror(C.int(e.Code)))
}

// Is tells whether the target is an Error with the same code.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Code == e.Code
}

// Timeout tells whether a time-out passed, as for a net.Error.
func (e *Error) Timeout() bool { return e.Code/100 == 3 }

func check(code C.session_code, message *C.char) error {
	if code == C.SESSION_OK {
		return nil
	}
	failure := &Error{Code: int(code)}
	if message != nil {
		failure.Message = C.GoString(message)
	}
	return failure
}

// withText lends texts to C.
func withText(call func(c []*C.char) error, texts ...string) error {
	c := make([]*C.char, len(texts))
	for i, text := range texts {
		if strings.IndexByte(text, 0) >= 0 {
			return errText
		}
		c[i] = C.CString(text)
		defer C.free(unsafe.Pointer(c[i]))
	}
	return call(c)
}

// handle owns an object of the library.
type handle[P any] struct {
	c       P
	once    sync.Once
	free    func(P)
	cleanup runtime.Cleanup
}

func own[P any](c P, free func(P)) *handle[P] {
	h := &handle[P]{c: c, free: free}
	h.cleanup = runtime.AddCleanup(h, free, c)
	return h
}

// Close frees the object; it must not be used any more. Closing twice is allowed.
func (h *handle[P]) Close() error {
	h.once.Do(func() {
		h.cleanup.Stop()
		h.free(h.c)
		var none P // the library answers NULL with an error
		h.c = none
	})
	return nil
}

// Request is a request that can be sent any number of times, by one goroutine at a time.
type Request struct{ *handle[*C.session_request_t] }

// NewRequest makes a request.
func NewRequest(method, url string) (request *Request, err error) {
	err = withText(func(c []*C.char) error {
		pointer := C.session_request_new(c[0], c[1])
		if err := check(C.session_request_error(pointer), C.session_request_error_message(pointer)); err != nil {
			C.session_request_free(pointer)
			return err
		}
		request = &Request{own(pointer, func(p *C.session_request_t) { C.session_request_free(p) })}
		return nil
	}, method, url)
	return request, err
}

// AddField adds a field of a form.
func (r *Request) AddField(name, value string) error {
	defer runtime.KeepAlive(r.handle)
	return withText(func(c []*C.char) error {
		return check(C.session_request_add_field(r.c, c[0], c[1]), nil)
	}, name, value)
}

// SetHeader gives a header one value, in place of the session's.
func (r *Request) SetHeader(name, value string) error {
	defer runtime.KeepAlive(r.handle)
	return withText(func(c []*C.char) error {
		return check(C.session_request_set_header(r.c, c[0], c[1]), nil)
	}, name, value)
}

// SetStreamed lets the response come with its head: Response.Read reads the body while it comes.
func (r *Request) SetStreamed(on bool) error {
	defer runtime.KeepAlive(r.handle)
	number := C.int(0)
	if on {
		number = 1
	}
	return check(C.session_request_set_streamed(r.c, number), nil)
}

// SetOutputFile sends the body into a file, which appears whole or not at all. With resume a broken
// download is kept and gone on with.
func (r *Request) SetOutputFile(path string, resume bool) error {
	defer runtime.KeepAlive(r.handle)
	number := C.int(0)
	if resume {
		number = 1
	}
	return withText(func(c []*C.char) error {
		return check(C.session_request_set_output_file(r.c, c[0], number), nil)
	}, path)
}

// Session has the cookies, connections and defaults that requests share.
type Session struct{ *engine }

// engine is what the goroutine that delivers responses holds, so that a forgotten Session can
// be collected and ends it.
type engine struct {
	c       *C.session_t
	file    *os.File
	done    chan struct{}
	mu      sync.Mutex
	closed  bool
	waiting map[uint64]chan *Response
}

// New makes a session.
func New() (*Session, error) {
	e := &engine{c: C.session_new(), done: make(chan struct{}), waiting: map[uint64]chan *Response{}}
	fd := C.duplicate(C.session_fd(e.c))
	if fd < 0 {
		C.session_free(e.c)
		return nil, &Error{Code: C.SESSION_E_IO, Message: "no descriptor left"}
	}
	e.file = os.NewFile(uintptr(fd), "session")
	raw, err := e.file.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, e.file.Close())
	}
	go e.deliver(raw)
	s := &Session{e}
	runtime.AddCleanup(s, func(e *engine) { go e.Close() }, e)
	return s, nil
}

// deliver hands out responses until Close sets a deadline in the past.
func (e *engine) deliver(raw syscall.RawConn) {
	defer close(e.done)
	_ = raw.Read(func(fd uintptr) bool {
		// Go's poller tells when the descriptor turns readable, not that it still is.
		for ready := C.int(1); ready == 1; ready = C.readable(C.int(fd)) {
			e.handOut(0)
		}
		return false
	})
	e.handOut(-1)
}

func (e *engine) handOut(timeout C.int64_t) {
	for c := C.session_next(e.c, timeout); c != nil; c = C.session_next(e.c, timeout) {
		id := uint64(C.session_response_id(c))
		e.mu.Lock()
		answer := e.waiting[id]
		delete(e.waiting, id)
		e.mu.Unlock()
		answer <- &Response{own(c, func(p *C.session_response_t) { C.session_response_free(p) })}
	}
}

// Close ends all requests under way with ErrCancelled and frees the session.
func (e *engine) Close() error {
	e.mu.Lock()
	closed := e.closed
	e.closed = true
	e.mu.Unlock()
	if closed {
		return nil
	}
	C.session_cancel(e.c, 0)
	e.file.SetReadDeadline(time.Unix(1, 0))
	<-e.done
	C.session_free(e.c)
	return e.file.Close()
}

func (e *engine) submit(request *Request) (id C.uint64_t, answer chan *Response, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return 0, nil, ErrClosed
	}
	if err := check(C.session_submit(e.c, request.c, nil, &id), nil); err != nil {
		return 0, nil, err
	}
	answer = make(chan *Response, 1)
	e.waiting[uint64(id)] = answer
	return id, answer, nil
}

func (e *engine) cancel(id C.uint64_t) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		C.session_cancel(e.c, id)
	}
}

// Do sends a request and waits for its end, or that of the context. A status of 400 and more is
// no error.
func (s *Session) Do(ctx context.Context, request *Request) (*Response, error) {
	defer runtime.KeepAlive(s)
	defer runtime.KeepAlive(request.handle)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	id, answer, err := s.submit(request)
	if err != nil {
		return nil, err
	}
	var response *Response
	select {
	case response = <-answer:
	case <-ctx.Done():
		s.cancel(id)
		(<-answer).Close()
		return nil, context.Cause(ctx)
	}
	if err := check(C.session_response_error(response.c), C.session_response_error_message(response.c)); err != nil {
		response.Close()
		return nil, err
	}
	return response, nil
}

// Get sends a GET request, as Do.
func (s *Session) Get(ctx context.Context, url string) (*Response, error) {
	request, err := NewRequest("GET", url)
	if err != nil {
		return nil, err
	}
	defer request.Close()
	return s.Do(ctx, request)
}

// Response is the answer to a request.
type Response struct{ *handle[*C.session_response_t] }

// Status is the status code.
func (r *Response) Status() int {
	defer runtime.KeepAlive(r.handle)
	return int(C.session_response_status(r.c))
}

// URL is the address that answered, after redirects.
func (r *Response) URL() string {
	defer runtime.KeepAlive(r.handle)
	return C.GoString(C.session_response_url(r.c))
}

// Redirects counts the hops before this response.
func (r *Response) Redirects() int {
	defer runtime.KeepAlive(r.handle)
	return int(C.session_response_history_count(r.c))
}

// Body is the body, its content encoding undone.
func (r *Response) Body() []byte {
	defer runtime.KeepAlive(r.handle)
	var length C.size_t
	data := C.session_response_body(r.c, &length)
	return append([]byte{}, unsafe.Slice((*byte)(data), length)...)
}

// Read reads the next bytes of the body, as an io.Reader; of a streamed response while it comes, which
// occupies a thread. One goroutine at a time.
func (r *Response) Read(into []byte) (int, error) {
	defer runtime.KeepAlive(r.handle)
	if len(into) == 0 {
		return 0, nil
	}
	count := C.session_response_read(r.c, unsafe.Pointer(&into[0]), C.size_t(len(into)))
	switch {
	case count < 0:
		return 0, check(C.session_code(-count), C.session_response_error_message(r.c))
	case count == 0:
		return 0, io.EOF
	}
	return int(count), nil
}

// Page parses the body, once; it outlives the response.
func (r *Response) Page() (*Page, error) {
	defer runtime.KeepAlive(r.handle)
	if err := check(C.session_response_html_error(r.c, nil), nil); err != nil {
		return nil, err
	}
	c := C.session_response_html(r.c)
	return &Page{own(c, func(p *C.session_html_t) { C.session_html_free(p) })}, nil
}

// Page is a parsed page; any number of goroutines may ask it.
type Page struct{ *handle[*C.session_html_t] }

// written runs a function that writes its result into a buffer.
func written(write func(*C.session_buffer_t) C.session_code) string {
	buffer := C.session_buffer_new()
	defer C.session_buffer_free(buffer)
	if write(buffer) != C.SESSION_OK {
		return ""
	}
	var length C.size_t
	data := C.session_buffer_data(buffer, &length)
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
	data := unsafe.Pointer(C.session_strings_data(c, &at))
	offsets := unsafe.Slice(at, len(all)+1)
	text := strings.Clone(unsafe.String((*byte)(data), offsets[len(all)]))
	for i := range all {
		all[i] = text[offsets[i] : offsets[i+1]-1]
	}
	return all, nil
}

// Title is the page's title.
func (p *Page) Title() string {
	defer runtime.KeepAlive(p.handle)
	return written(func(into *C.session_buffer_t) C.session_code { return C.session_html_title(p.c, into) })
}

// NextURL is the address of the next page, "" on the last.
func (p *Page) NextURL() string {
	defer runtime.KeepAlive(p.handle)
	return written(func(into *C.session_buffer_t) C.session_code { return C.session_html_next_url(p.c, into) })
}

// Find gives the texts that a selector matches, or with ::attr(name) the attributes.
func (p *Page) Find(css string) (found []string, err error) {
	defer runtime.KeepAlive(p.handle)
	err = withText(func(c []*C.char) error {
		found, err = list(C.session_html_find_values(p.c, 0, c[0]))
		return err
	}, css)
	return found, err
}

// Links gives the absolute URLs that the page links to.
func (p *Page) Links() ([]string, error) {
	defer runtime.KeepAlive(p.handle)
	return list(C.session_html_links(p.c, 0, C.SESSION_LINKS_ABSOLUTE))
}
