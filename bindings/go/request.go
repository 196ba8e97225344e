package htmlsession

/*
#include <htmlsession.h>

// With char in place of void, for which cgo would look at what else lies around Go's bytes.
static session_code set_body(session_request_t *request, const char *type, const char *body, size_t length) {
	return session_request_set_body(request, type, body, length);
}

static session_code add_part(session_request_t *request, const char *name, const char *file, const char *type,
                             const char *data, size_t length) {
	return session_request_add_part(request, name, file, type, data, length);
}
*/
import "C"

import "encoding/json"

// Request is a request that can be sent any number of times, by one goroutine at a time.
type Request struct {
	settings[cRequest]
	reader *bodyReader // of the body, if SetBodyReader set it
}

// NewRequest makes a request with any method. The URL may be relative to the session's base URL and
// is looked at when it is sent.
func NewRequest(method, url string) (request *Request, err error) {
	err = lend(func(t texts) error {
		request, err = ownRequest(C.session_request_new(t[0], t[1]))
		return err
	}, method, url)
	return request, err
}

func ownRequest(c cRequest) (*Request, error) {
	if err := check(C.session_request_error(c), C.session_request_error_message(c)); err != nil {
		C.session_request_free(c)
		return nil, err
	}
	h := own(c, func(c cRequest) { C.session_request_free(c) })
	return &Request{settings: settings[cRequest]{h}}, nil
}

// Method is the request's method.
func (r *Request) Method() string {
	defer r.drop()
	return C.GoString(C.session_request_method(r.hold()))
}

// URL is the request's address as NewRequest was given it or a form made it, without what SetParam
// and AddParam add.
func (r *Request) URL() (string, error) {
	return r.written(func(c cRequest, _ texts, into buffer) code { return C.session_request_url(c, into) })
}

// AddHeader adds a further value to a header. All that the request has of a header stands in place
// of the session's.
func (r *Request) AddHeader(name, value string) error {
	add := func(c cRequest, t texts) code { return C.session_request_add_header(c, t[0], t[1]) }
	return r.change(named("header", name), add, name, value)
}

// SetCookie sets a cookie for this request alone: sent to the URL's origin, never stored.
func (r *Request) SetCookie(name, value string) error {
	set := func(c cRequest, t texts) code { return C.session_request_set_cookie(c, t[0], t[1]) }
	return r.change(named("cookie", name), set, name, value)
}

// AddParam adds a parameter of the URL's query, also one of a name that is there already.
func (r *Request) AddParam(name, value string) error {
	add := func(c cRequest, t texts) code { return C.session_request_add_param(c, t[0], t[1]) }
	return r.change(named("parameter", name), add, name, value)
}

// AddField adds a field of a form, also one of a name that is there already. Fields alone are sent
// as application/x-www-form-urlencoded, with a part or a file as multipart/form-data.
func (r *Request) AddField(name, value string) error {
	add := func(c cRequest, t texts) code { return C.session_request_add_field(c, t[0], t[1]) }
	return r.change(named("field", name), add, name, value)
}

// AddPart adds bytes as a part of a multipart form. The file's name and the media type may be "";
// a part with a file's name then is application/octet-stream.
func (r *Request) AddPart(name, filename, contentType string, data []byte) error {
	bytes, length := lentBytes(data)
	add := func(c cRequest, t texts) code {
		return C.add_part(c, t[0], optional(t[1]), optional(t[2]), bytes, length)
	}
	return r.change(named("part", name), add, name, filename, contentType)
}

// AddFile adds a file as a part of a multipart form. It is read while it is sent; the server learns
// the last part of its path. The media type "" is application/octet-stream.
func (r *Request) AddFile(name, path, contentType string) error {
	add := func(c cRequest, t texts) code { return C.session_request_add_file(c, t[0], t[1], optional(t[2])) }
	return r.change(named("file", name), add, name, path, contentType)
}

// SetBody sets the body, in place of another one, and its media type unless that is "".
func (r *Request) SetBody(contentType string, body []byte) error {
	bytes, length := lentBytes(body)
	set := func(c cRequest, t texts) code { return C.set_body(c, optional(t[0]), bytes, length) }
	return r.change("body", set, contentType)
}

// SetBodyFile sets the body to a file, which is read while it is sent, and its media type unless
// that is "".
func (r *Request) SetBodyFile(contentType, path string) error {
	set := func(c cRequest, t texts) code { return C.session_request_set_body_file(c, optional(t[0]), t[1]) }
	return r.change("body", set, contentType, path)
}

// SetJSON sets the body to a value in JSON, sent as application/json.
func (r *Request) SetJSON(value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	set := func(c cRequest, t texts) code { return C.session_request_set_json(c, t[0]) }
	return r.change("JSON", set, string(text))
}

// SetStreamed lets the response come with its head: Response.Read reads the body while it comes.
func (r *Request) SetStreamed(streamed bool) error {
	set := func(c cRequest, _ texts) code { return C.session_request_set_streamed(c, flag(streamed)) }
	return r.change("streamed", set)
}

// SetOutputFile sends the body into a file, which appears whole or not at all. With resume a broken
// download is kept and gone on with.
func (r *Request) SetOutputFile(path string, resume bool) error {
	set := func(c cRequest, t texts) code { return C.session_request_set_output_file(c, t[0], flag(resume)) }
	return r.change(named("file", path), set, path)
}
