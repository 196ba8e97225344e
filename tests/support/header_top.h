/*
 * libhtmlsession @VERSION@: a browser session without the browser.
 *
 * HTTP sessions with cookies, credentials, redirects and time-outs, and HTML pages that can be
 * asked with CSS selectors, XPath and search templates.
 *
 *     session_t *session = session_new();
 *     session_response_t *response = session_get(session, "https://example.org/");
 *     if (session_response_error(response) != SESSION_OK)
 *         fprintf(stderr, "%s\n", session_response_error_message(response));
 *     session_response_free(response);
 *     session_free(session);
 *
 * Ownership. A function that returns a pointer without const to an object gives it to the caller,
 *   who frees it with the _free function of its type. Objects may be freed in any order: a
 *   response outlives its session, a document its response. Freeing NULL does nothing. Nothing of
 *   this library is ever given to free(). Everything passed in is copied before a call returns.
 *
 * Text. In: NUL-terminated UTF-8; bytes as pointer and length, where NULL goes with 0. Out: a
 *   const pointer is lent by the object it came from and valid until that is freed; it is always
 *   NUL-terminated, and its length is stored where an argument asks for it. Text that must be
 *   computed is written into a session_buffer_t.
 *
 * Errors. A request always gives back a response, which carries its own error; so do results of
 *   queries. Functions that set something return a session_code. There is no "last error" of a
 *   thread or a session that could be mixed up. NULL, text that is not UTF-8 and numbers out of
 *   range are errors, never crashes: a function that returns no code then returns NULL or 0. Output
 *   arguments that tell more than the result (a length, a reason, an id) may be NULL; all are always
 *   written. Codes are stable numbers; new ones may be added. session_strerror() explains them.
 *
 * Threads. A session may be used by any number of threads at the same time, and so may a jar.
 *   Responses, documents and results never change: any number of threads may read one. Builders
 *   (requests, forms), walks through pages and buffers belong to one thread at a time. The library
 *   starts no threads of its own; libcurl resolves names on threads that session_free() waits for.
 *   It installs no signal handlers, raises no SIGPIPE, and changes neither environment nor locale.
 *   It reads the environment where a session is made, in session_set_trust_env() and in the first
 *   request of the process: no other thread may call setenv() meanwhile.
 *
 * Callbacks. They may call the library, and run without a lock held; where they would wait for
 *   themselves, calls fail with SESSION_E_BUSY. None may throw, or leave by longjmp().
 *
 * fork(). A session, and so a jar, belongs to the process that made it. In a child every call on it
 *   gives SESSION_E_FORKED and session_free() only forgets it; the child may make its own.
 *
 * Numbers. Sizes and times in milliseconds are int64_t or size_t; int is 0 or 1 where it says yes
 *   or no. An enumeration has the size of an int: do not compile with -fshort-enums.
 */
#ifndef HTMLSESSION_H
#define HTMLSESSION_H

#include <stddef.h>
#include <stdint.h>

/* The version that this header belongs to; session_version() is that of the library in use. */
#define SESSION_VERSION "@VERSION@"
#define SESSION_VERSION_MAJOR @MAJOR@
#define SESSION_VERSION_MINOR @MINOR@
#define SESSION_VERSION_PATCH @PATCH@
#define SESSION_VERSION_NUMBER @NUMBER@

#ifdef __cplusplus
extern "C" {
#endif

@TYPES@

@GROUPS@
/* Does not compile with -fshort-enums. */
struct session_enumerations_are_ints {
    char yes[sizeof(session_code) == sizeof(int) ? 1 : -1];
};

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* HTMLSESSION_H */
