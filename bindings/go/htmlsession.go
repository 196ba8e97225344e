// Package htmlsession is libhtmlsession for Go: HTTP sessions with cookies and forms, and pages
// that can be asked with CSS selectors, XPath and search templates.
//
//	session, err := htmlsession.New()
//	defer session.Close()
//	response, err := session.Get(ctx, "https://example.org/")
//	defer response.Close()
//
// Requests of any number of goroutines run side by side on one session and occupy no threads
// while they wait: Go's own poller watches the session's descriptor. Sessions, jars, responses and
// pages may be used by any number of goroutines, a request and the reading of a body by one at a
// time. Texts are copied into Go's memory at once.
//
// Close frees an object, at any time and more than once: calls under way end first, later ones
// give ErrClosed or nothing. What is forgotten is freed after it was collected. But Go's collector
// does not see the memory of the library, so close what is big, responses and pages, when done.
//
// Objects may be closed in any order. A response that is streamed keeps its session from being
// collected, though not from being closed.
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

static const char *nonempty(const char *text) { return *text ? text : NULL; }

// With char in place of void, for which cgo would look at what else lies around Go's bytes.
static session_code set_body(session_request_t *request, const char *type, const char *body, size_t length) {
	return session_request_set_body(request, type, body, length);
}

// What a setting is for: one of the two, or neither once that was closed.
typedef struct { session_t *session; session_request_t *request; } target;

#define SETTING(name, arguments, ...) static session_code set_##name arguments { \
	return on.request ? session_request_set_##name(on.request, __VA_ARGS__) \
	                  : session_set_##name(on.session, __VA_ARGS__); }
SETTING(header, (target on, const char *name, const char *value), name, value)
SETTING(param, (target on, const char *name, const char *value), name, value)
SETTING(auth_basic, (target on, const char *user, const char *password), user, password)
SETTING(auth_bearer, (target on, const char *token), token)
SETTING(timeout_ms, (target on, int64_t milliseconds), milliseconds)
SETTING(proxy, (target on, const char *url), url)
SETTING(verify, (target on, int verify), verify)
*/
import "C"

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// Error is what went wrong. It may be wrapped: errors.Is compares codes, errors.As finds it. A
// time-out is also an os.ErrDeadlineExceeded and a net.Error, ErrClosed an os.ErrClosed.
type Error struct {
	Code    int    // a session_code of htmlsession.h
	Message string // one line that names the offender
}

// Some errors that programs tell apart.
var (
	ErrCancelled   = &Error{Code: C.SESSION_E_CANCELLED}
	ErrClosed      = &Error{Code: C.SESSION_E_CLOSED, Message: "used after Close"}
	ErrUnreachable = &Error{Code: C.SESSION_E_CONNECT}
	ErrTimeout     = &Error{Code: C.SESSION_E_TIMEOUT}
	ErrSelector    = &Error{Code: C.SESSION_E_SELECTOR}
	ErrXPath       = &Error{Code: C.SESSION_E_XPATH}
	ErrMissing     = &Error{Code: C.SESSION_E_MISSING}
)

func (e *Error) Error() string {
	if e.Message != "" {
		return e.Message
	}
	return C.GoString(C.session_strerror(C.int(e.Code)))
}

// Is tells whether the target is an Error with the same code, or the error of package os for it.
func (e *Error) Is(target error) bool {
	switch target {
	case os.ErrDeadlineExceeded:
		return e.Timeout()
	case os.ErrClosed:
		return e.Code == ErrClosed.Code
	}
	other, ok := target.(*Error)
	return ok && other.Code == e.Code
}

// Timeout tells whether a time-out passed, as for a net.Error.
func (e *Error) Timeout() bool { return e.Code/100 == 3 }

// Temporary is what a net.Error has besides: the same as Timeout.
func (e *Error) Temporary() bool { return e.Timeout() }

func check(result code, message *C.char) error {
	switch result {
	case C.SESSION_OK:
		return nil
	case C.SESSION_E_NULL: // nothing but what was closed is ever NULL here
		return ErrClosed
	}
	return &Error{int(result), C.GoString(message)}
}

type (
	cSession  = *C.session_t
	cJar      = *C.session_jar_t
	cRequest  = *C.session_request_t
	cResponse = *C.session_response_t
	cPage     = *C.session_html_t
	pointer   interface {
		cSession | cJar | cRequest | cResponse | cPage
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
// which the library answers with SESSION_E_NULL.
func (h *handle[P]) hold() (c P) {
	h.holders.Add(1)
	if !h.closed.Load() {
		c = h.c
	}
	return c
}

func (h *handle[P]) drop() {
	if h.holders.Add(-1) == 0 {
		h.freed.Do(func() {
			h.cleanup.Stop()
			h.free(h.c)
		})
	}
}

// Close frees the object as soon as no call uses it. Closing twice is allowed.
func (h *handle[P]) Close() error {
	if !h.closed.Swap(true) {
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
			return &Error{C.SESSION_E_ARGUMENT, "NUL in a text"}
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

// written gives what a function writes into a buffer: its result, or the message of its error.
func (h *handle[P]) written(write func(c P, t texts, into buffer) code, all ...string) (text string, err error) {
	err = h.use(func(c P, t texts) error {
		into := C.session_buffer_new()
		defer C.session_buffer_free(into)
		result := write(c, t, into)
		var length C.size_t
		data := C.session_buffer_data(into, &length)
		if result == C.SESSION_OK {
			text = copied(data, length)
		}
		return check(result, data)
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

// settings are those that a session has for all its requests, and a request for itself instead.
type settings[P pointer] struct{ *handle[P] }

func (s settings[P]) set(what string, set func(on C.target, t texts) code, all ...string) error {
	err := s.use(func(c P, t texts) error {
		var on C.target
		switch c := any(c).(type) {
		case cSession:
			on.session = c
		case cRequest:
			on.request = c
		}
		return check(set(on, t), nil)
	}, all...)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func named(kind, name string) string { return fmt.Sprintf("%s %q", kind, name) }

func flag(on bool) C.int {
	if on {
		return 1
	}
	return 0
}

// SetHeader gives a header one value, in place of a default one or the session's.
func (s settings[P]) SetHeader(name, value string) error {
	set := func(on C.target, t texts) code { return C.set_header(on, t[0], t[1]) }
	return s.set(named("header", name), set, name, value)
}

// UnsetHeader sends no such header at all, be it User-Agent, Cookie or Authorization.
func (s settings[P]) UnsetHeader(name string) error {
	set := func(on C.target, t texts) code { return C.set_header(on, t[0], nil) }
	return s.set(named("header", name), set, name)
}

// SetParam gives a parameter of the URL's query one value.
func (s settings[P]) SetParam(name, value string) error {
	set := func(on C.target, t texts) code { return C.set_param(on, t[0], t[1]) }
	return s.set(named("parameter", name), set, name, value)
}

// SetAuthBasic sends HTTP Basic credentials, which do not follow a redirect to another origin.
func (s settings[P]) SetAuthBasic(user, password string) error {
	set := func(on C.target, t texts) code { return C.set_auth_basic(on, t[0], t[1]) }
	return s.set("credentials", set, user, password)
}

// SetAuthBearer sends a bearer token, which does not follow a redirect to another origin.
func (s settings[P]) SetAuthBearer(token string) error {
	set := func(on C.target, t texts) code { return C.set_auth_bearer(on, t[0]) }
	return s.set("credentials", set, token)
}

// UnsetAuth takes a session's credentials of any kind back; a request then sends none.
func (s settings[P]) UnsetAuth() error {
	set := func(on C.target, _ texts) code { return C.set_auth_basic(on, nil, nil) }
	return s.set("credentials", set)
}

// SetTimeout sets how long a whole request may take, redirects and retries included, in whole
// milliseconds, one at least; negative is for ever. The default is five minutes. That of a session
// ends with the head of a response that is streamed, that of a request with its body.
func (s settings[P]) SetTimeout(most time.Duration) error {
	milliseconds := C.int64_t(-1)
	if most >= 0 {
		milliseconds = C.int64_t((most-1)/time.Millisecond + 1)
	}
	set := func(on C.target, _ texts) code { return C.set_timeout_ms(on, milliseconds) }
	return s.set("time-out", set)
}

// SetProxy sends requests through a proxy ("http://user:password@host:3128", "socks5h://host");
// "" is none, whatever the environment says.
func (s settings[P]) SetProxy(url string) error {
	set := func(on C.target, t texts) code { return C.set_proxy(on, C.nonempty(t[0])) }
	return s.set("proxy", set, url)
}

// SetVerify sets whether the certificates of servers are verified, as they are by default. Without
// it anybody on the way can read and change everything.
func (s settings[P]) SetVerify(on bool) error {
	verify := flag(on)
	set := func(on C.target, _ texts) code { return C.set_verify(on, verify) }
	return s.set("verify", set)
}

// Request is a request that can be sent any number of times, by one goroutine at a time.
type Request struct{ settings[cRequest] }

// NewRequest makes a request with any method. The URL is looked at when it is sent.
func NewRequest(method, url string) (request *Request, err error) {
	err = lend(func(t texts) error {
		c := C.session_request_new(t[0], t[1])
		if err := check(C.session_request_error(c), C.session_request_error_message(c)); err != nil {
			C.session_request_free(c)
			return err
		}
		request = &Request{settings[cRequest]{own(c, func(c cRequest) { C.session_request_free(c) })}}
		return nil
	}, method, url)
	return request, err
}

// AddParam adds a parameter of the URL's query, also one of a name that is there already.
func (r *Request) AddParam(name, value string) error {
	set := func(on C.target, t texts) code { return C.session_request_add_param(on.request, t[0], t[1]) }
	return r.set(named("parameter", name), set, name, value)
}

// AddField adds a field of a form, also one of a name that is there already.
func (r *Request) AddField(name, value string) error {
	set := func(on C.target, t texts) code { return C.session_request_add_field(on.request, t[0], t[1]) }
	return r.set(named("field", name), set, name, value)
}

// SetBody sets the body, in place of another one, and its media type unless that is "".
func (r *Request) SetBody(contentType string, body []byte) error {
	bytes, length := (*C.char)(unsafe.Pointer(unsafe.SliceData(body))), C.size_t(len(body))
	set := func(on C.target, t texts) code { return C.set_body(on.request, C.nonempty(t[0]), bytes, length) }
	return r.set("body", set, contentType)
}

// SetJSON sets the body to a value in JSON, sent as application/json.
func (r *Request) SetJSON(value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	set := func(on C.target, t texts) code { return C.session_request_set_json(on.request, t[0]) }
	return r.set("JSON", set, string(text))
}

// SetStreamed lets the response come with its head: Response.Read reads the body while it comes.
func (r *Request) SetStreamed(streamed bool) error {
	set := func(on C.target, _ texts) code { return C.session_request_set_streamed(on.request, flag(streamed)) }
	return r.set("streamed", set)
}

// SetOutputFile sends the body into a file, which appears whole or not at all. With resume a broken
// download is kept and gone on with.
func (r *Request) SetOutputFile(path string, resume bool) error {
	set := func(on C.target, t texts) code {
		return C.session_request_set_output_file(on.request, t[0], flag(resume))
	}
	return r.set(named("file", path), set, path)
}

// Session has the cookies, connections and settings that requests share.
type Session struct{ *engine }

// engine is what the goroutine that delivers responses holds, so that a forgotten Session can
// be collected and ends it.
type engine struct {
	settings[cSession]
	file    *os.File
	done    chan struct{}
	once    sync.Once
	mu      sync.Mutex
	ending  bool
	waiting map[uint64]chan<- cResponse
}

// New makes a session.
func New() (*Session, error) {
	c := C.session_new()
	h := own(c, func(c cSession) { C.session_free(c) })
	fd := C.duplicate(C.session_fd(c))
	if fd < 0 {
		h.Close()
		return nil, &Error{C.SESSION_E_IO, "no descriptor left"}
	}
	file := os.NewFile(uintptr(fd), "session")
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, file.Close(), h.Close())
	}
	e := &engine{
		settings: settings[cSession]{h},
		file:     file,
		done:     make(chan struct{}),
		waiting:  map[uint64]chan<- cResponse{},
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
		if answer == nil { // of a request that was submitted through CAPI
			C.session_response_free(c)
			continue
		}
		answer <- c
	}
}

// Close ends all requests under way with ErrCancelled, streams too, and frees the session. It waits
// for a name look-up that is under way, which no system can interrupt; who has no time for that
// calls it in a goroutine.
func (e *engine) Close() (err error) {
	e.once.Do(func() {
		e.mu.Lock()
		e.ending = true
		e.mu.Unlock()
		C.session_cancel(e.c, 0)
		e.file.SetReadDeadline(time.Unix(1, 0))
		<-e.done
		err = errors.Join(e.handle.Close(), e.file.Close())
	})
	return err
}

func (e *engine) submit(request *Request) (id C.uint64_t, response <-chan cResponse, err error) {
	defer request.drop()
	c := request.hold()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ending {
		return 0, nil, ErrClosed
	}
	if err := check(C.session_submit(e.c, c, nil, &id), nil); err != nil {
		return 0, nil, err
	}
	answer := make(chan cResponse, 1)
	e.waiting[uint64(id)] = answer
	return id, answer, nil
}

func (e *engine) cancel(id C.uint64_t) {
	defer e.drop()
	C.session_cancel(e.hold(), id)
}

// Do sends a request and waits for its end, or that of the context, which ends the request, and of a
// response that is streamed the body too. A status of 400 and more is no error. Of a transfer that
// failed there is the error alone, not what had come of the page.
func (s *Session) Do(ctx context.Context, request *Request) (*Response, error) {
	defer runtime.KeepAlive(s)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	id, answer, err := s.submit(request)
	if err != nil {
		return nil, err
	}
	var c cResponse
	select {
	case c = <-answer:
	case <-ctx.Done():
		s.cancel(id)
		C.session_response_free(<-answer)
		return nil, context.Cause(ctx)
	}
	if err := check(C.session_response_error(c), C.session_response_error_message(c)); err != nil {
		C.session_response_free(c)
		return nil, err
	}
	if C.session_response_is_streamed(c) == 0 {
		return &Response{own(c, func(c cResponse) { C.session_response_free(c) }), nil}, nil
	}
	e := s.engine // not the Session, which the context would keep
	unwatch := context.AfterFunc(ctx, func() { e.cancel(id) })
	return &Response{own(c, func(c cResponse) {
		unwatch()
		C.session_response_free(c)
	}), &stream{s, ctx, id, unwatch}}, nil
}

func (s *Session) send(ctx context.Context, method, url, contentType string, body []byte) (*Response, error) {
	request, err := NewRequest(method, url)
	if err != nil {
		return nil, err
	}
	defer request.Close()
	if body != nil || contentType != "" {
		if err := request.SetBody(contentType, body); err != nil {
			return nil, err
		}
	}
	return s.Do(ctx, request)
}

// Get sends a GET request, as Do.
func (s *Session) Get(ctx context.Context, url string) (*Response, error) {
	return s.send(ctx, "GET", url, "", nil)
}

// Delete sends a DELETE request, as Do.
func (s *Session) Delete(ctx context.Context, url string) (*Response, error) {
	return s.send(ctx, "DELETE", url, "", nil)
}

// Post sends a POST request with a body of a media type, as Do.
func (s *Session) Post(ctx context.Context, url, contentType string, body []byte) (*Response, error) {
	return s.send(ctx, "POST", url, contentType, body)
}

// Put sends a PUT request with a body of a media type, as Do.
func (s *Session) Put(ctx context.Context, url, contentType string, body []byte) (*Response, error) {
	return s.send(ctx, "PUT", url, contentType, body)
}

// Jar gives the session's cookies, which outlive it.
func (s *Session) Jar() *Jar {
	defer runtime.KeepAlive(s)
	defer s.drop()
	return &Jar{own(C.session_jar(s.hold()), func(c cJar) { C.session_jar_free(c) })}
}

// Jar has the cookies of a session.
type Jar struct{ *handle[cJar] }

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

// Response is the answer to a request.
type Response struct {
	*handle[cResponse]
	stream *stream // of one whose body is read while it comes
}

type stream struct {
	session *Session // it must not be collected before
	ctx     context.Context
	id      C.uint64_t
	unwatch func() bool
}

// Close frees the response. Of a stream it cancels what was not read, and ends a Read that waits.
func (r *Response) Close() error {
	err := r.handle.Close()
	if r.stream != nil {
		r.stream.session.cancel(r.stream.id)
	}
	return err
}

// Status is the status code.
func (r *Response) Status() int {
	defer r.drop()
	return int(C.session_response_status(r.hold()))
}

// URL is the address that answered, after redirects.
func (r *Response) URL() string {
	defer r.drop()
	return C.GoString(C.session_response_url(r.hold()))
}

// Redirects counts the hops before this response.
func (r *Response) Redirects() int {
	defer r.drop()
	return int(C.session_response_history_count(r.hold()))
}

// Header is the first value of a header, whatever the case of its name; "" if there is none.
func (r *Response) Header(name string) (value string) {
	_ = r.use(func(c cResponse, t texts) error {
		value = C.GoString(C.session_response_header(c, t[0], nil))
		return nil
	}, name)
	return value
}

// Headers gives the names and values of all header fields, in the order received.
func (r *Response) Headers() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		defer r.drop()
		c := r.hold()
		var name, value *C.char
		for i := C.size_t(0); C.session_response_header_at(c, i, &name, &value) == C.SESSION_OK; i++ {
			if !yield(C.GoString(name), C.GoString(value)) {
				return
			}
		}
	}
}

// Body is the body, its content encoding undone.
func (r *Response) Body() []byte {
	defer r.drop()
	var length C.size_t
	data := C.session_response_body(r.hold(), &length)
	return append([]byte{}, unsafe.Slice((*byte)(data), length)...)
}

// Text is the body as UTF-8, decoded as browsers find the encoding.
func (r *Response) Text() string {
	defer r.drop()
	var length C.size_t
	data := C.session_response_text(r.hold(), &length)
	return copied(data, length)
}

// JSON decodes the body, as json.Unmarshal.
func (r *Response) JSON(into any) error {
	text, err := r.written(func(c cResponse, _ texts, into buffer) code { return C.session_response_json(c, into) })
	return decoded(text, err, into)
}

func decoded(text string, err error, into any) error {
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), into)
}

// Read reads the next bytes of the body, as an io.Reader; of a streamed response while it comes, which
// occupies a thread. One goroutine at a time.
func (r *Response) Read(into []byte) (int, error) {
	if len(into) == 0 {
		return 0, nil
	}
	defer runtime.KeepAlive(r)
	defer r.drop()
	c := r.hold()
	count := C.session_response_read(c, unsafe.Pointer(&into[0]), C.size_t(len(into)))
	if count > 0 {
		return int(count), nil
	}
	if r.stream != nil {
		r.stream.unwatch()
	}
	switch {
	case count == 0:
		return 0, io.EOF
	case r.closed.Load():
		return 0, ErrClosed
	case count == -C.SESSION_E_CANCELLED && r.stream != nil && r.stream.ctx.Err() != nil:
		return 0, context.Cause(r.stream.ctx)
	}
	return 0, check(C.session_code(-count), C.session_response_error_message(c))
}

// Page parses the body, once; it outlives the response.
func (r *Response) Page() (page *Page, err error) {
	_, err = r.written(func(c cResponse, _ texts, into buffer) code {
		page = &Page{own(C.session_response_html(c), func(c cPage) { C.session_html_free(c) })}
		return C.session_response_html_error(c, into)
	})
	if err != nil {
		return nil, err
	}
	return page, nil
}

// Page is a parsed page; any number of goroutines may ask it.
type Page struct{ *handle[cPage] }

func (p *Page) text(write func(c cPage, _ texts, into buffer) code) string {
	text, _ := p.written(write) // there is none without a page
	return text
}

// Title is the page's title.
func (p *Page) Title() string {
	return p.text(func(c cPage, _ texts, into buffer) code { return C.session_html_title(c, into) })
}

// Text is the page's text as a reader sees it.
func (p *Page) Text() string {
	return p.text(func(c cPage, _ texts, into buffer) code { return C.session_node_text(c, 0, into) })
}

// NextURL is the address of the next page, "" on the last.
func (p *Page) NextURL() string {
	return p.text(func(c cPage, _ texts, into buffer) code { return C.session_html_next_url(c, into) })
}

// Links gives the absolute URLs that the page links to.
func (p *Page) Links() ([]string, error) {
	defer p.drop()
	return list(C.session_html_links(p.hold(), 0, C.SESSION_LINKS_ABSOLUTE))
}

// Find gives the texts that a selector matches, or with ::attr(name) the attributes.
func (p *Page) Find(css string) (found []string, err error) {
	err = p.use(func(c cPage, t texts) error {
		found, err = list(C.session_html_find_values(c, 0, t[0]))
		return err
	}, css)
	return found, err
}

// XPath gives the texts of the nodes, or the attributes, that an XPath 1.0 expression selects.
func (p *Page) XPath(expression string) (found []string, err error) {
	err = p.evaluate(expression, func(v *C.session_value_t) error {
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

// XPathValue gives what an XPath 1.0 expression computes: a string, a float64 or a bool. Of nodes it
// is the text of the first, "" without any.
func (p *Page) XPathValue(expression string) (value any, err error) {
	err = p.evaluate(expression, func(v *C.session_value_t) error {
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

func (p *Page) evaluate(expression string, read func(v *C.session_value_t) error) error {
	return p.use(func(c cPage, t texts) error {
		v := C.session_html_xpath(c, 0, t[0])
		defer C.session_value_free(v)
		if err := check(C.session_value_error(v), C.session_value_error_message(v)); err != nil {
			return err
		}
		return read(v)
	}, expression)
}

// Search is how to look for a search template. Without SearchText and SearchFullText it is looked for
// in the HTML.
type Search uint32

const (
	SearchAll      Search = C.SESSION_SEARCH_ALL       // all matches, not the first alone
	SearchText     Search = C.SESSION_SEARCH_TEXT      // in the text as a reader sees it
	SearchFullText Search = C.SESSION_SEARCH_FULL_TEXT // in all text as it stands
	SearchCase     Search = C.SESSION_SEARCH_CASE      // "A" is not "a"
)

// Match is a place where a search template was found: the values of its fields.
type Match struct {
	Fixed []any          // of {} and {:d}
	Named map[string]any // of {name} and {name:d}
}

// Search looks for a search template ("Price: {:f} {currency:w}"). Values are as encoding/json has
// them; dates and times are texts.
func (p *Page) Search(template string, how Search) (matches []Match, err error) {
	var failure error
	text, err := p.written(func(c cPage, t texts, into buffer) code {
		found := C.session_html_search(c, 0, t[0], C.uint32_t(how))
		defer C.session_matches_free(found)
		failure = check(C.session_matches_error(found), C.session_matches_error_message(found))
		return C.session_matches_json(found, into)
	}, template)
	if failure != nil {
		return nil, failure
	}
	err = decoded(text, err, &matches)
	return matches, err
}

// Extract fills a value, as json.Unmarshal, with what a specification finds, which is JSON:
// {"title": "h1", "links": ["a::attr(href)"]}.
func (p *Page) Extract(specification string, into any) error {
	text, err := p.written(func(c cPage, t texts, into buffer) code { return C.session_html_extract(c, t[0], into) }, specification)
	return decoded(text, err, into)
}
