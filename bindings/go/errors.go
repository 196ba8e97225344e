package htmlsession

// #include <htmlsession.h>
import "C"

import (
	"fmt"
	"os"
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
	ErrClosed      = &Error{Code: C.SESSION_E_CLOSED, Message: "used after Close, or never made"}
	ErrUnreachable = &Error{Code: C.SESSION_E_CONNECT}
	ErrTimeout     = &Error{Code: C.SESSION_E_TIMEOUT}
	ErrSelector    = &Error{Code: C.SESSION_E_SELECTOR}
	ErrXPath       = &Error{Code: C.SESSION_E_XPATH}
	ErrForm        = &Error{Code: C.SESSION_E_FORM}
	ErrMissing     = &Error{Code: C.SESSION_E_MISSING}
	ErrStatus      = &Error{Code: C.SESSION_E_STATUS} // of a StatusError
	ErrStreamed    = &Error{Code: C.SESSION_E_STATE, Message: "the body is streamed: only Read has it"}
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

// StatusError is a status of 400 and more, which Response.Err makes an error.
type StatusError struct {
	Status  int
	URL     string // what answered
	Message string // "404 Client Error: Not Found for url: http://..."
}

func (e *StatusError) Error() string { return e.Message }

// Unwrap gives ErrStatus.
func (e *StatusError) Unwrap() error { return ErrStatus }

func refuse(format string, values ...any) error {
	return &Error{C.SESSION_E_ARGUMENT, fmt.Sprintf(format, values...)}
}

func check(result code, message *C.char) error {
	switch result {
	case C.SESSION_OK:
		return nil
	case C.SESSION_E_NULL: // nothing but what was closed or never made is ever NULL here
		return ErrClosed
	}
	return &Error{int(result), C.GoString(message)}
}
