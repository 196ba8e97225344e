package htmlsession

/*
#include <htmlsession.h>
*/
import "C"

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"runtime"
	"time"
	"unsafe"
)

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
	reader  *bodyReader // of the request's body, which may still be sent
}

// Close frees the response. Of a stream it cancels what was not read, and ends a Read that waits.
func (r *Response) Close() error {
	err := r.handle.Close()
	if r.stream != nil {
		r.stream.session.engine.cancel(r.stream.id)
	}
	return err
}

// Status is the status code.
func (r *Response) Status() int {
	defer r.drop()
	return int(C.session_response_status(r.hold()))
}

// Err is nil but for a status of 400 and more, of which it is a *StatusError, and for a hop that
// was cut off.
func (r *Response) Err() error {
	return r.use(func(c cResponse, _ texts) error {
		_, err := into(func(into buffer) code { return C.session_response_failure(c, into) })
		if errors.Is(err, ErrStatus) {
			return &StatusError{int(C.session_response_status(c)), C.GoString(C.session_response_url(c)), err.Error()}
		}
		return err
	})
}

// Reason is the reason phrase; where the protocol has none, the registered one.
func (r *Response) Reason() string {
	defer r.drop()
	return C.GoString(C.session_response_reason(r.hold()))
}

// Method is what this hop was asked with, which redirects may change.
func (r *Response) Method() string {
	defer r.drop()
	return C.GoString(C.session_response_method(r.hold()))
}

// URL is the address that answered, after redirects.
func (r *Response) URL() string {
	defer r.drop()
	return C.GoString(C.session_response_url(r.hold()))
}

// RemoteAddress is the address of the host that answered ("127.0.0.1:80"), the proxy's where there
// is one.
func (r *Response) RemoteAddress() string {
	defer r.drop()
	return C.GoString(C.session_response_remote_address(r.hold()))
}

// HTTPVersion is 10, 11 or 20.
func (r *Response) HTTPVersion() int {
	defer r.drop()
	return int(C.session_response_http_version(r.hold()))
}

// Redirects counts the hops before this response.
func (r *Response) Redirects() int {
	defer r.drop()
	return int(C.session_response_history_count(r.hold()))
}

// History gives the hops before this response, the oldest first: redirects, and challenges that were
// answered. They keep it in memory, so close them too where that matters.
func (r *Response) History() []*Response {
	defer r.drop()
	c := r.hold()
	hops := make([]*Response, C.session_response_history_count(c))
	for i := range hops {
		whole := r.handle // without r, whose collection would wait for the hop's
		whole.hold()
		hop := C.session_response_history_at(c, C.size_t(i))
		hops[i] = &Response{handle: own(hop, func(cResponse) { whole.drop() })}
	}
	return hops
}

// Timing names a part of the time that a response took.
type Timing int

const (
	TimingElapsed    Timing = C.SESSION_TIMING_ELAPSED     // the whole request, all hops
	TimingTotal      Timing = C.SESSION_TIMING_TOTAL       // this hop
	TimingQueue      Timing = C.SESSION_TIMING_QUEUE       // waiting for a free connection
	TimingNameLookup Timing = C.SESSION_TIMING_NAME_LOOKUP // from the hop's start to the host's address
	TimingConnect    Timing = C.SESSION_TIMING_CONNECT     // from the hop's start to a connection
	TimingTLS        Timing = C.SESSION_TIMING_TLS         // from the hop's start to agreement about TLS
	TimingFirstByte  Timing = C.SESSION_TIMING_FIRST_BYTE  // from the hop's start to the first byte
)

// Timing is how long a part took, 0 of what did not happen. Of a stream, what was known with its
// head until it was read to the end.
func (r *Response) Timing(which Timing) time.Duration {
	defer r.drop()
	return max(0, time.Duration(C.session_response_timing_us(r.hold(), C.int(which)))*time.Microsecond)
}

// Elapsed is how long the whole request took, all hops.
func (r *Response) Elapsed() time.Duration { return r.Timing(TimingElapsed) }

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

// whole reads from a response whose body is in memory.
func (r *Response) whole(read func(c cResponse) (data *C.char, length C.size_t)) (text string, err error) {
	defer r.drop()
	c := r.hold()
	if c == nil {
		return "", ErrClosed
	}
	if C.session_response_is_streamed(c) == 1 {
		return "", ErrStreamed
	}
	data, length := read(c)
	if data == nil {
		return "", &Error{Code: C.SESSION_E_MEMORY}
	}
	return copied(data, length), check(C.session_response_error(c), C.session_response_error_message(c))
}

// Body is the body, its content encoding undone; ErrStreamed if it is read while it comes, nothing if
// it went into a file.
func (r *Response) Body() ([]byte, error) {
	text, err := r.whole(func(c cResponse) (data *C.char, length C.size_t) {
		data = (*C.char)(C.session_response_body(c, &length))
		return data, length
	})
	return []byte(text), err
}

// Text is the body as UTF-8, decoded as browsers find the encoding. Errors as of Body.
func (r *Response) Text() (string, error) {
	return r.whole(func(c cResponse) (data *C.char, length C.size_t) {
		data = C.session_response_text(c, &length)
		return data, length
	})
}

// JSON decodes the body, as json.Unmarshal. Errors also as of Body.
func (r *Response) JSON(into any) error {
	text, err := r.written(func(c cResponse, _ texts, into buffer) code { return C.session_response_json(c, into) })
	if errors.Is(err, ErrStreamed) {
		return ErrStreamed // which has a better message
	}
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
	if c == nil {
		return 0, ErrClosed
	}
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
	err := check(C.session_code(-count), C.session_response_error_message(c))
	if r.stream != nil {
		err = r.stream.reader.cause(err)
	}
	return 0, err
}

// Page parses the body, once; it outlives the response. Errors also as of Body.
func (r *Response) Page() (page *Page, err error) {
	_, err = r.written(func(c cResponse, _ texts, into buffer) code {
		page = ownPage(C.session_response_html(c))
		return C.session_response_html_error(c, into)
	})
	if err != nil {
		return nil, err
	}
	return page, nil
}
