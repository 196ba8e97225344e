package htmlsession

/*
#include <htmlsession.h>
*/
import "C"

import (
	"context"
	"iter"
	"runtime"
	"unsafe"
)

// Pages walks from page to page as long as pages name a next one, each visited once, for at most
// limit pages; 0: 1000. Which is the next one a page declares with rel=next, or the words of its links
// tell: "next", "more" and "older", or those given.
//
//	for response, err := range session.Pages(ctx, request, 0) {
//		if err != nil {
//			return err
//		}
//		...
//		response.Close()
//	}
//
// An error is the last that it gives; a status of 400 and more is none (see Response.Err), but the
// last page too. Pages are read into memory, whatever the request says. When the context ends the walk
// does, but the library goes on with the page that is under way, until its time-outs or until
// the session is closed. A walk occupies a thread while it waits.
func (s *Session) Pages(ctx context.Context, first *Request, limit int, words ...string) iter.Seq2[*Response, error] {
	return func(yield func(response *Response, err error) bool) {
		defer runtime.KeepAlive(s)
		walk, err := s.walk(ctx, first, limit, words)
		if err != nil {
			yield(nil, err)
			return
		}
		defer walk.Close()
		first.reader.begin(ctx, s.engine)
		for {
			response, err := next(ctx, walk)
			if err != nil {
				yield(nil, first.reader.cause(err))
				return
			}
			if response == nil || !yield(response, nil) {
				return
			}
		}
	}
}

func (s *Session) walk(ctx context.Context, first *Request, limit int, words []string) (walk *handle[cPages], err error) {
	switch {
	case s == nil || s.engine == nil:
		return nil, ErrClosed
	case ctx == nil:
		return nil, refuse("the context is nil")
	case first == nil:
		return nil, refuse("the request is nil")
	case limit < 0:
		return nil, refuse("a limit of %d pages", limit)
	}
	err = s.use(func(c cSession, t texts) error {
		defer first.drop()
		pages := C.session_pages_new(c, first.hold(), C.size_t(limit))
		if pages == nil {
			return ErrClosed
		}
		walk = own(pages, func(c cPages) { C.session_pages_free(c) })
		if len(t) == 0 {
			return nil
		}
		return check(C.session_pages_set_symbols(pages, unsafe.SliceData(t), C.size_t(len(t))), nil)
	}, words...)
	return walk, err
}

// next gives neither a response nor an error at the end. C does not hold the session, so that closing it
// ends the page that is under way.
func next(ctx context.Context, walk *handle[cPages]) (*Response, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	answer := make(chan cResponse, 1)
	c := walk.hold()
	go func() {
		defer walk.drop()
		answer <- C.session_pages_next(c)
	}()
	select {
	case c := <-answer:
		if c == nil {
			return nil, nil
		}
		return whole(c)
	case <-ctx.Done():
		go func() { C.session_response_free(<-answer) }()
		return nil, context.Cause(ctx)
	}
}
