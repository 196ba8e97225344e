package htmlsession

/*
#include <fcntl.h>
#include <poll.h>
#include <htmlsession.h>

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

// With char in place of void, for which cgo would look at what else lies around Go's bytes.
static session_code ca_pem(session_t *session, const char *pem, size_t length) {
	return session_set_ca_pem(session, pem, length);
}
*/
import "C"

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Session has the cookies, connections and settings that requests share.
type Session struct {
	settings[cSession]
	engine *engine
}

// engine is what the goroutine that delivers responses holds, so that a forgotten Session can
// be collected and ends it.
type engine struct {
	*handle[cSession]
	file    *os.File
	closing chan struct{} // closed when Close begins
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
	e := &engine{handle: h, file: file, waiting: map[uint64]chan<- cResponse{}}
	e.closing, e.done = make(chan struct{}), make(chan struct{})
	go e.deliver(raw)
	s := &Session{settings[cSession]{h}, e}
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
func (s *Session) Close() error {
	if s.engine == nil {
		return nil
	}
	return s.engine.Close()
}

func (e *engine) Close() (err error) {
	e.once.Do(func() {
		e.mu.Lock()
		e.ending = true
		e.mu.Unlock()
		close(e.closing)
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
// response that is streamed the body too. A status of 400 and more is no error (see Response.Err). Of
// a transfer that failed there is the error alone, not what had come of the page.
func (s *Session) Do(ctx context.Context, request *Request) (*Response, error) {
	defer runtime.KeepAlive(s)
	switch {
	case s == nil || s.engine == nil:
		return nil, ErrClosed
	case ctx == nil:
		return nil, refuse("the context is nil")
	case request == nil:
		return nil, refuse("the request is nil")
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	e := s.engine // not the Session, which the context would keep
	request.reader.begin(ctx, e)
	id, answer, err := e.submit(request)
	if err != nil {
		return nil, err
	}
	var c cResponse
	select {
	case c = <-answer:
	case <-ctx.Done():
		e.cancel(id)
		C.session_response_free(<-answer)
		return nil, context.Cause(ctx)
	}
	if C.session_response_is_streamed(c) == 0 {
		response, err := whole(c)
		return response, request.reader.cause(err)
	}
	if err := failure(c); err != nil {
		return nil, request.reader.cause(err)
	}
	unwatch := context.AfterFunc(ctx, func() { e.cancel(id) })
	return &Response{own(c, func(c cResponse) {
		unwatch()
		C.session_response_free(c)
	}), &stream{s, ctx, id, unwatch, request.reader}}, nil
}

// failure frees a response that is an error.
func failure(c cResponse) error {
	err := check(C.session_response_error(c), C.session_response_error_message(c))
	if err != nil {
		C.session_response_free(c)
	}
	return err
}

// whole gives a response that is in memory, or its error.
func whole(c cResponse) (*Response, error) {
	if err := failure(c); err != nil {
		return nil, err
	}
	return &Response{own(c, func(c cResponse) { C.session_response_free(c) }), nil}, nil
}

func (s *Session) send(ctx context.Context, method, url string, prepare func(request *Request) error) (*Response, error) {
	request, err := NewRequest(method, url)
	if err != nil {
		return nil, err
	}
	defer request.Close()
	if prepare != nil {
		if err := prepare(request); err != nil {
			return nil, err
		}
	}
	return s.Do(ctx, request)
}

func body(contentType string, body []byte) func(request *Request) error {
	return func(request *Request) error {
		if body == nil && contentType == "" {
			return nil
		}
		return request.SetBody(contentType, body)
	}
}

// Get sends a GET request, as Do.
func (s *Session) Get(ctx context.Context, url string) (*Response, error) {
	return s.send(ctx, "GET", url, nil)
}

// Head sends a HEAD request, as Do.
func (s *Session) Head(ctx context.Context, url string) (*Response, error) {
	return s.send(ctx, "HEAD", url, nil)
}

// Delete sends a DELETE request, as Do.
func (s *Session) Delete(ctx context.Context, url string) (*Response, error) {
	return s.send(ctx, "DELETE", url, nil)
}

// Post sends a POST request with a body of a media type, as Do.
func (s *Session) Post(ctx context.Context, url, contentType string, content []byte) (*Response, error) {
	return s.send(ctx, "POST", url, body(contentType, content))
}

// Put sends a PUT request with a body of a media type, as Do.
func (s *Session) Put(ctx context.Context, url, contentType string, content []byte) (*Response, error) {
	return s.send(ctx, "PUT", url, body(contentType, content))
}

// Patch sends a PATCH request with a body of a media type, as Do.
func (s *Session) Patch(ctx context.Context, url, contentType string, content []byte) (*Response, error) {
	return s.send(ctx, "PATCH", url, body(contentType, content))
}

// Jar gives the session's cookies, which outlive it.
func (s *Session) Jar() *Jar {
	defer runtime.KeepAlive(s)
	defer s.drop()
	return ownJar(C.session_jar(s.hold()))
}

// SetJar uses the cookies of a jar, from the next request on. Any number of sessions may share one.
func (s *Session) SetJar(jar *Jar) error {
	if jar == nil {
		return refuse("the jar is nil")
	}
	defer jar.drop()
	shared := jar.hold()
	return s.change("jar", func(c cSession, _ texts) code { return C.session_set_jar(c, shared) })
}

// SetBaseURL sets what the relative URLs of requests are relative to; "", the default: they are
// errors.
func (s *Session) SetBaseURL(url string) error {
	set := func(c cSession, t texts) code { return C.session_set_base_url(c, optional(t[0])) }
	return s.change("base URL", set, url)
}

// SetCAFile names the file of the certificate authorities to trust (PEM) instead of the system's,
// which "" brings back.
func (s *Session) SetCAFile(path string) error {
	set := func(c cSession, t texts) code { return C.session_set_ca_file(c, optional(t[0])) }
	return s.change(named("file", path), set, path)
}

// SetCAPEM sets the certificate authorities to trust themselves (PEM), in place of a file.
func (s *Session) SetCAPEM(pem []byte) error {
	bytes, length := lentBytes(pem)
	return s.change("authorities", func(c cSession, _ texts) code { return C.ca_pem(c, bytes, length) })
}

// SetClientCert names the PEM files of the client's certificate with its chain, and of its key; a
// key of "" is in the same file, a passphrase of "" is none, a certificate of "" takes it back.
func (s *Session) SetClientCert(certFile, keyFile, passphrase string) error {
	set := func(c cSession, t texts) code {
		return C.session_set_client_cert(c, optional(t[0]), optional(t[1]), optional(t[2]))
	}
	return s.change(named("certificate", certFile), set, certFile, keyFile, passphrase)
}

// SetPinnedKey sets the public key that servers must have: "sha256//" and the base64 of its SHA-256,
// several with ";" between; "", the default, is any.
func (s *Session) SetPinnedKey(pin string) error {
	set := func(c cSession, t texts) code { return C.session_set_pinned_key(c, optional(t[0])) }
	return s.change("pinned key", set, pin)
}

// SetBrowser sends the headers of a browser ("chrome", "firefox", "safari", "edge", "random"); "",
// the default, those of the library.
func (s *Session) SetBrowser(name string) error {
	set := func(c cSession, t texts) code { return C.session_set_browser(c, optional(t[0])) }
	return s.change(named("browser", name), set, name)
}

// SetNetrc reads the credentials of hosts from a file; "", the default, from none.
func (s *Session) SetNetrc(path string) error {
	set := func(c cSession, t texts) code { return C.session_set_netrc(c, optional(t[0])) }
	return s.change(named("file", path), set, path)
}

// SetUnixSocket sets the socket that all connections go to; "", the default: to their hosts.
func (s *Session) SetUnixSocket(path string) error {
	set := func(c cSession, t texts) code { return C.session_set_unix_socket(c, optional(t[0])) }
	return s.change(named("socket", path), set, path)
}

// SetTrustEnv sets whether the environment's proxies and certificate authorities count, as they do by
// default.
func (s *Session) SetTrustEnv(on bool) error {
	set := func(c cSession, _ texts) code { return C.session_set_trust_env(c, flag(on)) }
	return s.change("environment", set)
}

// SetHSTS sets whether hosts that asked for https are not spoken to over http again, as by default.
func (s *Session) SetHSTS(on bool) error {
	set := func(c cSession, _ texts) code { return C.session_set_hsts(c, flag(on)) }
	return s.change("HSTS", set)
}

// SetPublicOnly sets whether only addresses of the public internet are connected to, for programs that
// fetch what strangers name. By default all are.
func (s *Session) SetPublicOnly(on bool) error {
	set := func(c cSession, _ texts) code { return C.session_set_public_only(c, flag(on)) }
	return s.change("public internet", set)
}
