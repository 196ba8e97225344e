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
// pages may be used by any number of goroutines, a request, a form and the reading of a body by one
// at a time. Texts are copied into Go's memory at once.
//
// Close frees an object, at any time and more than once: calls under way end first, later ones
// give ErrClosed or nothing. So does what no function of this package has made: a zero value. What
// is forgotten is freed after it was collected. But Go's collector does not see the memory of the
// library, so close what is big, responses and pages, when done.
//
// Objects may be closed in any order. A response that is streamed keeps its session from being
// collected, though not from being closed, and an Element its page.
//
// # Building
//
// The package needs cgo, a C compiler and the library with its header. Where the compiler looks
// anyway (/usr/local, /usr) there is nothing to say. Elsewhere either name the folders,
//
//	CGO_CFLAGS=-I/opt/hs/include CGO_LDFLAGS="-L/opt/hs/lib -Wl,-rpath,/opt/hs/lib" go build
//
// or build with the tag pkgconfig, which asks pkg-config for them:
//
//	PKG_CONFIG_PATH=/opt/hs/lib/pkgconfig go build -tags pkgconfig
//
// pkg-config names no folder for the program to find a shared library in at run time: that takes
// LD_LIBRARY_PATH or an -rpath as above.
package htmlsession

/*
#cgo pkgconfig pkg-config: htmlsession
#cgo !pkgconfig LDFLAGS: -lhtmlsession
#include <htmlsession.h>

#if SESSION_ABI_VERSION != 0
#error "this package is for the libhtmlsession whose SESSION_ABI_VERSION is 0"
#endif
*/
import "C"

// Version is that of the library in use: "0.1.0".
func Version() string { return C.GoString(C.session_version()) }

// Features tells what the library was built with, as words divided by spaces:
// "libcurl/8.22.0 OpenSSL/3.6.3 http2 gzip deflate br zstd".
func Features() string { return C.GoString(C.session_features()) }
