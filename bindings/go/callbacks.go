package htmlsession

/*
#include <stdint.h>
#include <htmlsession.h>

int64_t htmlsessionRead(void *into, size_t room, void *handle);
int htmlsessionRewind(void *handle);
void htmlsessionLog(int level, uint64_t request, char *event, char *text, void *handle);
void htmlsessionForget(void *handle);

// Of what C is to call it gets a number, for it must not keep pointers of Go.
static session_code set_body_reader(session_request_t *request, const char *type, int64_t length, uintptr_t handle) {
	return session_request_set_body_reader(request, type, length, htmlsessionRead, htmlsessionRewind, (void *)handle,
	                                       htmlsessionForget);
}

static session_code set_log(session_t *session, int level, uintptr_t handle) {
	return session_set_log(session, level, handle ? (session_log_fn)htmlsessionLog : NULL, (void *)handle,
	                       handle ? htmlsessionForget : NULL);
}
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/cgo"
	"sync"
	"unsafe"
)

// bodyReader is what C reads the body of a request from. Each Read has a goroutine of its own: the one
// that C calls drives all requests of the session, and must get away when the request is over. Nor
// may a panic, or runtime.Goexit, unwind through C.
type bodyReader struct {
	from  io.Reader
	start int64 // where a Seeker stood; negative: there is no way back

	mu    sync.Mutex
	ended [2]<-chan struct{} // closed with the request's context, and with its session
	err   error              // what ended the transfer

	call   sync.Mutex // held by what C calls
	buffer []byte
	after  error // what came with the last bytes
	left   bool  // a Read may still be at work that is not waited for
}

var errLeft = errors.New("an earlier Read of the body has not returned")

// SetBodyReader sets the body to what a reader gives, and its media type unless that is "". A negative
// length is not known: the body is sent in chunks. With fewer bytes than the length the request fails.
// Redirects, challenges and sending the request again may need the body from its start; an io.Seeker
// goes back there, with others the request fails.
//
// Do gives the error that the reader has, also of a panic. All requests of the session wait while the
// reader does, so that a slow one had better have a session to itself; a context that ends lets go of
// it. It must not wait for the session.
func (r *Request) SetBodyReader(contentType string, body io.Reader, length int64) error {
	if body == nil {
		return refuse("the reader is nil")
	}
	reader := &bodyReader{from: body, start: -1}
	if seeker, is := body.(io.Seeker); is {
		if at, err := seeker.Seek(0, io.SeekCurrent); err == nil {
			reader.start = at
		}
	}
	handle, given := cgo.NewHandle(reader), false
	err := r.change("body", func(c cRequest, t texts) code {
		given = true // and deleted by C, now if it fails
		return C.set_body_reader(c, optional(t[0]), C.int64_t(max(length, -1)), C.uintptr_t(handle))
	}, contentType)
	if !given {
		handle.Delete()
	}
	if err == nil {
		r.reader = reader
	}
	return err
}

// begin comes before a transfer.
func (b *bodyReader) begin(ctx context.Context, e *engine) {
	if b != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.ended, b.err = [...]<-chan struct{}{ctx.Done(), e.closing}, nil
	}
}

// cause gives what the reader failed with instead of the error of a transfer that it ended.
func (b *bodyReader) cause(err error) error {
	if b == nil || err == nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return fmt.Errorf("body: %w", b.err)
	}
	return err
}

// attempt runs a method of the reader and waits for its end, or for that of the transfer.
func (b *bodyReader) attempt(method func() (int, error)) (count int, err error) {
	if b.left {
		return 0, errLeft
	}
	type result struct {
		count int
		err   error
	}
	results := make(chan result, 1)
	go func() {
		r := result{0, errors.New("the reader ended its goroutine")}
		defer func() {
			if reason := recover(); reason != nil {
				r = result{0, fmt.Errorf("panic: %v", reason)}
			}
			results <- r
		}()
		r.count, r.err = method()
	}()
	b.mu.Lock()
	ended := b.ended
	b.mu.Unlock()
	select {
	case r := <-results:
		return r.count, r.err
	case <-ended[0]:
	case <-ended[1]:
	}
	b.left = true
	return 0, ErrCancelled
}

func (b *bodyReader) read(room int) (int, error) {
	b.call.Lock()
	defer b.call.Unlock()
	if len(b.buffer) < room {
		b.buffer = make([]byte, room)
	}
	buffer := b.buffer[:room]
	for range 100 { // as bufio
		if b.after != nil {
			return 0, b.after
		}
		count, err := b.attempt(func() (int, error) { return b.from.Read(buffer) })
		if count < 0 || count > room {
			return 0, errors.New("the reader returned an impossible count")
		}
		b.after = err
		if count > 0 {
			return count, nil
		}
	}
	return 0, io.ErrNoProgress
}

func (b *bodyReader) rewind() (int, error) {
	if b.start < 0 {
		return 0, errors.New("the reader is no io.Seeker")
	}
	b.call.Lock()
	defer b.call.Unlock()
	b.after = nil
	return b.attempt(func() (int, error) {
		_, err := b.from.(io.Seeker).Seek(b.start, io.SeekStart)
		return 0, err
	})
}

// failed keeps what is to be told of a transfer that ends here.
func (b *bodyReader) failed(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

//export htmlsessionRead
func htmlsessionRead(into unsafe.Pointer, room C.size_t, handle unsafe.Pointer) C.int64_t {
	b := cgo.Handle(uintptr(handle)).Value().(*bodyReader)
	count, err := b.read(int(min(room, 1<<20)))
	switch {
	case count > 0:
		copy(unsafe.Slice((*byte)(into), count), b.buffer)
	case err != io.EOF:
		b.failed(err)
		return -1
	}
	return C.int64_t(count)
}

//export htmlsessionRewind
func htmlsessionRewind(handle unsafe.Pointer) C.int {
	b := cgo.Handle(uintptr(handle)).Value().(*bodyReader)
	if _, err := b.rewind(); err != nil {
		if b.start >= 0 { // else the library's own words are better
			b.failed(err)
		}
		return 1
	}
	return 0
}

//export htmlsessionForget
func htmlsessionForget(handle unsafe.Pointer) { cgo.Handle(uintptr(handle)).Delete() }

// SetLogger tells a logger what requests go through from the next one on, as much as it is enabled for
// now: at LevelDebug every request and response, at LevelInfo redirects, retries and the like, at
// LevelError what failed. nil, the default, is none. Secrets are never told: no credentials, no values of
// cookies, no queries of URLs. It must not wait for the session.
func (s *Session) SetLogger(logger *slog.Logger) error {
	level, handle := C.int(C.SESSION_LOG_ERROR), cgo.Handle(0)
	if logger != nil {
		switch {
		case logger.Enabled(context.Background(), slog.LevelDebug):
			level = C.SESSION_LOG_DEBUG
		case logger.Enabled(context.Background(), slog.LevelInfo):
			level = C.SESSION_LOG_INFO
		}
		handle = cgo.NewHandle(logger)
	}
	// C deletes the handle, also if this fails.
	return s.change("log", func(c cSession, _ texts) code { return C.set_log(c, level, C.uintptr_t(handle)) })
}

//export htmlsessionLog
func htmlsessionLog(level C.int, request C.uint64_t, event, text *C.char, handle unsafe.Pointer) {
	logger := cgo.Handle(uintptr(handle)).Value().(*slog.Logger)
	to := slog.LevelError
	switch level {
	case C.SESSION_LOG_DEBUG:
		to = slog.LevelDebug
	case C.SESSION_LOG_INFO:
		to = slog.LevelInfo
	}
	name, what := C.GoString(event), slog.String("text", C.GoString(text))
	done := make(chan struct{})
	go func() { // so that neither a panic nor runtime.Goexit unwinds through C
		defer close(done)
		logger.LogAttrs(context.Background(), to, name, slog.Uint64("request", uint64(request)), what)
	}()
	<-done
}
