/*
 * libhtmlsession 0.1.0: a browser session without the browser.
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
#define SESSION_VERSION "0.1.0"
#define SESSION_VERSION_MAJOR 0
#define SESSION_VERSION_MINOR 1
#define SESSION_VERSION_PATCH 0
#define SESSION_VERSION_NUMBER 0x000100

#ifdef __cplusplus
extern "C" {
#endif

typedef struct session_buffer_t session_buffer_t;
typedef struct session_cookies_t session_cookies_t;
typedef struct session_form_t session_form_t;
typedef struct session_html_t session_html_t;
typedef struct session_jar_t session_jar_t;
typedef struct session_matches_t session_matches_t;
typedef struct session_nodes_t session_nodes_t;
typedef struct session_pages_t session_pages_t;
typedef struct session_request_t session_request_t;
typedef struct session_response_t session_response_t;
typedef struct session_spec_t session_spec_t;
typedef struct session_strings_t session_strings_t;
typedef struct session_t session_t;
typedef struct session_value_t session_value_t;
typedef uint32_t session_node_t;

/* --------------------------------------------------------------------------
 * Codes
 * ------------------------------------------------------------------------- */

/**
 * What went wrong, as a stable number.
 *
 * The numbers stand in blocks, never change and are never used again; new ones may be added, so
 * treat a number you do not know as an error of its block. Each block maps onto one family of
 * the exceptions of Python's requests.
 */
typedef enum {
    /**
     * No error.
     */
    SESSION_OK = 0,
    /**
     * A pointer that must not be NULL was NULL.
     */
    SESSION_E_NULL = 1,
    /**
     * An argument has a value that the function does not take.
     */
    SESSION_E_ARGUMENT = 2,
    /**
     * A text argument is not valid UTF-8.
     */
    SESSION_E_UTF8 = 3,
    /**
     * The object is not in a state in which this call makes sense: the body of a streamed response as
     * a whole, a walk or a response whose reader is at work on another thread.
     */
    SESSION_E_STATE = 4,
    /**
     * The call came from inside a callback and would wait for itself: on the same session, or on one
     * whose own callback waits for this one.
     */
    SESSION_E_BUSY = 5,
    /**
     * The handle belongs to another process: it was inherited through `fork`.
     */
    SESSION_E_FORKED = 6,
    /**
     * Memory for data whose size a peer decides could not be had.
     */
    SESSION_E_MEMORY = 7,
    /**
     * A bug in the library: a panic was caught. The message says where.
     */
    SESSION_E_INTERNAL = 8,
    /**
     * This build of the library, or this platform, cannot do it.
     */
    SESSION_E_UNSUPPORTED = 9,
    /**
     * A file could not be read or written.
     */
    SESSION_E_IO = 10,
    /**
     * The transfer was cancelled with `session_cancel`.
     */
    SESSION_E_CANCELLED = 11,
    /**
     * The session was freed while the transfer was under way.
     */
    SESSION_E_CLOSED = 12,
    /**
     * A callback returned non-zero and so stopped the transfer.
     */
    SESSION_E_CALLBACK = 13,
    /**
     * The URL cannot be parsed, or has no host.
     */
    SESSION_E_URL = 100,
    /**
     * The scheme of the URL is neither `http` nor `https`.
     */
    SESSION_E_SCHEME = 101,
    /**
     * The method is not a token (RFC 9110, 5.6.2).
     */
    SESSION_E_METHOD = 102,
    /**
     * A header's name is not a token, or its value holds CR, LF, NUL or another control.
     */
    SESSION_E_HEADER = 103,
    /**
     * The request's body could not be read (file, reader callback).
     */
    SESSION_E_BODY = 104,
    /**
     * The body must be sent once more (redirect, retry, authentication) and cannot be rewound.
     */
    SESSION_E_REWIND = 105,
    /**
     * The proxy's URL cannot be parsed, or has a scheme that is not supported.
     */
    SESSION_E_PROXY_URL = 106,
    /**
     * The address of the host is refused: `session_set_public_only`.
     */
    SESSION_E_REFUSED = 107,
    /**
     * The host's name could not be resolved.
     */
    SESSION_E_DNS = 200,
    /**
     * The connection was refused or the host could not be reached.
     */
    SESSION_E_CONNECT = 201,
    /**
     * The connection broke while the request was sent.
     */
    SESSION_E_SEND = 202,
    /**
     * The connection broke before or while the response was received.
     */
    SESSION_E_RECEIVE = 203,
    /**
     * The proxy could not be reached or refused to serve.
     */
    SESSION_E_PROXY = 204,
    /**
     * The TLS handshake failed.
     */
    SESSION_E_TLS = 220,
    /**
     * The server's certificate is not signed by a trusted authority.
     */
    SESSION_E_TLS_UNTRUSTED = 221,
    /**
     * The server's certificate is for another host.
     */
    SESSION_E_TLS_HOST = 222,
    /**
     * The server's certificate has expired or is not valid yet.
     */
    SESSION_E_TLS_EXPIRED = 223,
    /**
     * The client certificate or its key cannot be used.
     */
    SESSION_E_TLS_CLIENT_CERT = 224,
    /**
     * The server's public key is not the pinned one.
     */
    SESSION_E_TLS_PIN = 225,
    /**
     * The file or the bytes of trusted authorities cannot be used.
     */
    SESSION_E_TLS_CA = 226,
    /**
     * The total time-out passed.
     */
    SESSION_E_TIMEOUT = 300,
    /**
     * The connect time-out passed.
     */
    SESSION_E_CONNECT_TIMEOUT = 301,
    /**
     * The read time-out passed: no byte came for that long.
     */
    SESSION_E_READ_TIMEOUT = 302,
    /**
     * The transfer stayed below the low-speed limit for too long.
     */
    SESSION_E_SLOW = 303,
    /**
     * The response is not valid HTTP, or has several different `Location` headers.
     */
    SESSION_E_PROTOCOL = 400,
    /**
     * The response's body ended early.
     */
    SESSION_E_TRUNCATED = 401,
    /**
     * The response's content encoding (gzip, deflate, br, zstd) is damaged.
     */
    SESSION_E_ENCODING = 402,
    /**
     * The response's headers exceed the limit of size or number.
     */
    SESSION_E_HEADERS_TOO_LARGE = 403,
    /**
     * The response's body exceeds the limit of size.
     */
    SESSION_E_BODY_TOO_LARGE = 404,
    /**
     * The response's body grows too much when it is decoded (a decompression bomb).
     */
    SESSION_E_RATIO = 405,
    /**
     * More redirects than the limit.
     */
    SESSION_E_TOO_MANY_REDIRECTS = 406,
    /**
     * The target of a redirect is refused: its URL, its scheme, or https to http.
     */
    SESSION_E_REDIRECT = 407,
    /**
     * The status is 400 or more. No request fails with it: it is what
     * session_response_failure() speaks of.
     */
    SESSION_E_STATUS = 408,
    /**
     * The CSS selector is invalid; the message names the column.
     */
    SESSION_E_SELECTOR = 500,
    /**
     * The XPath expression is invalid; the message names the column.
     */
    SESSION_E_XPATH = 501,
    /**
     * The search template is invalid; the message names the column.
     */
    SESSION_E_TEMPLATE = 502,
    /**
     * The extraction specification is invalid; the message names the field.
     */
    SESSION_E_SPEC = 503,
    /**
     * The query exceeded its budget of work.
     */
    SESSION_E_BUDGET = 504,
    /**
     * The document exceeds the limit of size or of nodes.
     */
    SESSION_E_DOCUMENT_TOO_LARGE = 505,
    /**
     * No such node in this document.
     */
    SESSION_E_NODE = 506,
    /**
     * No such form, field, option or submitter.
     */
    SESSION_E_FORM = 507,
    /**
     * A required value is missing in the page; the message names the field.
     */
    SESSION_E_MISSING = 508,
    /**
     * The cookie was refused; the reason is told apart.
     */
    SESSION_E_COOKIE_REFUSED = 600,
    /**
     * The cookie file is damaged; the message names the line.
     */
    SESSION_E_COOKIE_FILE = 601,
} session_code;

/**
 * Explains a code in a few words of English ("could not connect"). Static text, never NULL:
 * a number that is no code gives "unknown code". Any thread.
 */
const char *session_strerror(int code);

/* --------------------------------------------------------------------------
 * Versions
 * ------------------------------------------------------------------------- */

/**
 * The number of the binary interface. It changes when a program must be compiled anew.
 */
#define SESSION_ABI_VERSION 0

/**
 * The version of the library at run time, as text: "0.1.0". Static.
 */
const char *session_version(void);

/**
 * The version of the library at run time as a number that can be compared: 0x000100 is 0.1.0.
 * SESSION_VERSION_NUMBER is that of the header.
 */
uint32_t session_version_number(void);

/**
 * The number of the binary interface at run time. A program that was compiled against a header
 * with another SESSION_ABI_VERSION must not use this library.
 */
uint32_t session_abi_version(void);

/**
 * What the library was built with, as words separated by spaces: "libcurl/8.22.0 OpenSSL/3.6.3
 * http2 gzip deflate br zstd"; "ntlm" and "negotiate" where libcurl has them. Static.
 */
const char *session_features(void);

/* --------------------------------------------------------------------------
 * Callbacks
 * ------------------------------------------------------------------------- */

/**
 * Frees the userdata of a callback, once, when the library will not use it again: when the
 * callback is replaced or goes with its object, and at once when the function that was to set it
 * fails or was given NULL as the callback. It may run on any thread that is inside a call of the
 * library.
 */
typedef void (*session_free_fn)(void *userdata);

/* --------------------------------------------------------------------------
 * Session
 *
 * session_t
 *   A session: the cookies, connections, credentials and defaults that requests share. Any number
 *   of threads may use one at the same time.
 * ------------------------------------------------------------------------- */

/**
 * What redirects do to the method of a request.
 */
typedef enum {
    /**
     * As Python's requests: 301 turns POST into GET, 302 and 303 everything but HEAD.
     */
    SESSION_REDIRECTS_REQUESTS = 0,
    /**
     * As browsers (Fetch, 4.5): 301 and 302 turn POST into GET, 303 everything but HEAD.
     */
    SESSION_REDIRECTS_FETCH = 1,
    /**
     * As RFC 9110, 15.4: only 303 changes the method.
     */
    SESSION_REDIRECTS_STRICT = 2,
} session_redirects;


/**
 * Makes a session with an empty cookie jar of its own. Does no I/O and starts no thread. The
 * caller owns it; free it with session_free(). NULL only when there is no memory.
 */
session_t *session_new(void);

/**
 * Frees a session. Requests under way end with SESSION_E_CLOSED, and every thread that waits in
 * a call on the session returns. Responses, documents and jars taken from it stay valid. May
 * wait for a name look-up that is under way, which no system can interrupt. In a child process
 * of the one that made it, it only forgets the session. NULL is allowed.
 */
void session_free(session_t *session);

/**
 * The session's cookie jar: a reference of one's own, to be freed with session_jar_free(). It
 * outlives the session. NULL for a NULL session, and in a child process of the one that made it.
 */
session_jar_t *session_jar(session_t *session);

/**
 * Uses another jar from the next request on. Any number of sessions may share one. The session
 * keeps a reference of its own: the caller's must still be freed.
 */
session_code session_set_jar(session_t *session, const session_jar_t *jar);

/**
 * Gives a header one value in every request of the session, in place of a default one. A NULL
 * value sends no such header at all, be it User-Agent, Cookie or Authorization; only Host stays, which
 * HTTP requires. Content-Length and Transfer-Encoding are made from the body; values of the caller's
 * are left out. Default
 * headers: User-Agent (libhtmlsession and its version), Accept (any type) and Accept-Encoding
 * (gzip, deflate, br, zstd). SESSION_E_HEADER for a name that is not a token or a value with CR, LF or
 * another control character (RFC 9110, 5.5); nothing is changed then. Other bytes of a value are sent
 * as they are, UTF-8 or not. libcurl takes about 1 MiB of headers and refuses more: SESSION_E_HEADER.
 */
session_code session_set_header(session_t *session,
                                const char *name,
                                const char *value);

/**
 * Marks a header as secret: like Authorization and Cookie, it stays behind when a redirect leads
 * to another scheme, host or port.
 */
session_code session_set_secret_header(session_t *session,
                                       const char *name);

/**
 * Sends the headers that a browser has for a page whose address was typed in, in its order:
 * "chrome", "firefox", "safari", "edge", or "random" for any of them. NULL: the library's own, the
 * default. session_set_header() and a request's own headers change them one by one.
 */
session_code session_set_browser(session_t *session,
                                 const char *style);

/**
 * The User-Agent of a current browser, by the names of session_set_browser(); NULL for another name.
 * Static.
 */
const char *session_user_agent(const char *style);

/**
 * Gives a query parameter one value in every request of the session; NULL takes it back. It is
 * appended behind the query of the request's URL.
 */
session_code session_set_param(session_t *session, const char *name, const char *value);

/**
 * The URL that relative URLs of requests are resolved against; NULL (the default): there is
 * none, and a relative URL is an error.
 */
session_code session_set_base_url(session_t *session, const char *url);

/**
 * How long a whole request may take, redirects and retries included, in milliseconds; negative
 * is for ever, and 0 ends every request at once. Default 300000. Beyond it the request ends with
 * SESSION_E_TIMEOUT.
 */
session_code session_set_timeout_ms(session_t *session,
                                    int64_t milliseconds);

/**
 * How long it may take until a connection stands, name look-up and TLS included, in
 * milliseconds; negative is for ever, and with 0 only a connection comes about that stands at
 * once, as on the same machine. Default 10000. Beyond it: SESSION_E_CONNECT_TIMEOUT.
 */
session_code session_set_connect_timeout_ms(session_t *session, int64_t milliseconds);

/**
 * How long the peer may be silent on a connection that stands, in milliseconds; negative is for
 * ever, and 0 lets it not be silent at all. A line of a header counts when it is whole. Default 30000.
 * Beyond it: SESSION_E_READ_TIMEOUT.
 */
session_code session_set_read_timeout_ms(session_t *session,
                                         int64_t milliseconds);

/**
 * Sends HTTP Basic credentials (RFC 7617) with every request; they do not follow a redirect to
 * another scheme, host or port. A NULL user takes credentials of any kind back. SESSION_E_ARGUMENT for
 * control characters, and for a colon in the user's name.
 */
session_code session_set_auth_basic(session_t *session,
                                    const char *user,
                                    const char *password);

/**
 * Answers HTTP Digest challenges (RFC 7616; MD5, SHA-256, SHA-512, SHA-512/256, their -sess forms,
 * qop auth), and further requests in advance. The challenge is a hop of its own in the history. A
 * NULL user takes credentials of any kind back. SESSION_E_ARGUMENT for control characters in the user's
 * name.
 */
session_code session_set_auth_digest(session_t *session,
                                     const char *user,
                                     const char *password);

/**
 * Sends a bearer token (RFC 6750) with every request. NULL takes credentials of any kind back.
 * SESSION_E_HEADER for a token that is not one word.
 */
session_code session_set_auth_bearer(session_t *session, const char *token);

/**
 * Uses NTLM (MS-NLMP) where a server asks for it; a domain goes in front of the user with a
 * backslash. libcurl speaks it with the server within one hop. A NULL user takes credentials of
 * any kind back. SESSION_E_UNSUPPORTED if the library is built without it (session_features() has
 * "ntlm").
 */
session_code session_set_auth_ntlm(session_t *session,
                                   const char *user,
                                   const char *password);

/**
 * Uses Negotiate (RFC 4559: Kerberos) with the credentials of the operating system's user.
 * SESSION_E_UNSUPPORTED if the library is built without it (session_features() has "negotiate").
 */
session_code session_set_auth_negotiate(session_t *session);

/**
 * Takes credentials from a netrc file where neither URL, request nor session names any; they never
 * beat an Authorization header, and no redirect to another origin asks for them. The file is read
 * now. NULL (the default): from none. SESSION_E_IO if it cannot be read or everyone may write to it,
 * SESSION_E_ARGUMENT if it is no netrc file.
 */
session_code session_set_netrc(session_t *session,
                               const char *path);

/**
 * How many redirects are followed; 0: none, and the redirect itself is the response. Default 30.
 * One more ends the request with SESSION_E_TOO_MANY_REDIRECTS, its history complete.
 */
session_code session_set_redirect_limit(session_t *session,
                                        uint32_t limit);

/**
 * What redirects do to the method: one of the SESSION_REDIRECTS_ values. Default
 * SESSION_REDIRECTS_REQUESTS. 307 and 308 never change it. With refuse_downgrade not 0 a
 * redirect from https to http ends the request with SESSION_E_REDIRECT; default 0: it is
 * followed without credentials.
 */
session_code session_set_redirect_policy(session_t *session, int policy, int refuse_downgrade);

/**
 * Follows pages that lead on by themselves, by a Refresh header or <meta http-equiv=refresh>, if
 * they wait at most this many milliseconds for it; the wait is kept. They count as redirects of
 * status 302; a page that names itself is not followed. Where a reader, a sink or a file takes the
 * body only the header counts. Negative, the default: not at all.
 */
session_code session_set_refresh(session_t *session,
                                 int64_t max_delay_ms);

/**
 * How often a request is tried in all (1, the default: once), and how long to wait at most before the
 * second try, in milliseconds, doubling from then on up to two minutes. Each wait is between half of
 * that and all of it, lest clients come back together. Every method is tried again while nothing of
 * the request was sent: no address, no connection. Idempotent ones (RFC 9110, 9.2.2) also after a
 * connection or a stream that broke, and after 429, 502, 503 and 504 (session_set_retry_statuses());
 * a Retry-After of the server's beats the back-off, up to two minutes. Nothing is tried again once a
 * sink or a reader has part of the body. A kept connection that died before a byte came back is
 * replaced at once, whatever is set here, if the method is idempotent or nothing was sent.
 * SESSION_E_ARGUMENT for no try at all or a negative wait.
 */
session_code session_set_retry(session_t *session,
                               uint32_t attempts,
                               int64_t backoff_ms);

/**
 * The statuses after which a request is tried again, in place of 429, 502, 503 and 504; any_method
 * not 0: also with methods that are not idempotent, such as POST. Counts once session_set_retry()
 * allows more than one try.
 */
session_code session_set_retry_statuses(session_t *session,
                                        const int *statuses,
                                        size_t count,
                                        int any_method);

/**
 * The most bytes that a body may have, as received and as decoded; negative: no limit but that
 * of session_set_max_decoded_ratio(). Default: none. Beyond it: SESSION_E_BODY_TOO_LARGE, and
 * the response has what came until then.
 */
session_code session_set_max_body(session_t *session, int64_t bytes);

/**
 * How many times larger than received a body of more than 64 MiB may be once it is decoded.
 * Default 200; 0 is like 1. Beyond it: SESSION_E_RATIO.
 */
session_code session_set_max_decoded_ratio(session_t *session, uint32_t ratio);

/**
 * Sends a GET request and waits for its end. Never NULL: whatever goes wrong is in the response
 * (session_response_error()). The caller owns it; free it with session_response_free().
 */
session_response_t *session_get(session_t *session, const char *url);

/**
 * Sends a HEAD request; otherwise as session_get().
 */
session_response_t *session_head(session_t *session, const char *url);

/**
 * Sends an OPTIONS request; otherwise as session_get().
 */
session_response_t *session_options(session_t *session, const char *url);

/**
 * Sends a DELETE request; otherwise as session_get().
 */
session_response_t *session_delete(session_t *session, const char *url);

/**
 * Sends a POST request with a body, which is copied. content_type is the body's media type, or
 * NULL to send none. Otherwise as session_get().
 */
session_response_t *session_post(session_t *session,
                                 const char *url,
                                 const char *content_type,
                                 const void *body,
                                 size_t length);

/**
 * Sends a PUT request with a body; otherwise as session_post().
 */
session_response_t *session_put(session_t *session,
                                const char *url,
                                const char *content_type,
                                const void *body,
                                size_t length);

/**
 * Sends a PATCH request with a body; otherwise as session_post().
 */
session_response_t *session_patch(session_t *session,
                                  const char *url,
                                  const char *content_type,
                                  const void *body,
                                  size_t length);

/* --------------------------------------------------------------------------
 * Session: how it connects
 * ------------------------------------------------------------------------- */

/**
 * Whether hosts that asked for https (Strict-Transport-Security, RFC 6797) over a verified
 * connection are not spoken to over http again by this session. Default 1.
 */
session_code session_set_hsts(session_t *session, int on);

/**
 * Loads the hosts that are only reached over https from a file in curl's format, and adds them to
 * those that are known, however many they are; of those that servers name a session remembers
 * 10,000. SESSION_E_IO if the file cannot be read or has more than 64 MiB; SESSION_E_ARGUMENT if a
 * line is damaged (not a comment, or a host, a space and a quoted date); nothing changes then. into,
 * unless NULL, gets the error in one line with the line's number, and is empty if there is none.
 */
session_code session_hsts_load(session_t *session,
                               const char *path,
                               session_buffer_t *into);

/**
 * Saves the hosts that are only reached over https to a file in curl's format. A new file is
 * written beside the old one, synced to the disk and renamed; only its owner may read it.
 * SESSION_E_IO if that fails; the old file is then untouched. into as for session_hsts_load().
 */
session_code session_hsts_save(session_t *session, const char *path, session_buffer_t *into);

/**
 * Ends transfers with SESSION_E_SLOW that move fewer bytes a second than this, on average, for
 * this many seconds (0 is like 1). 0 bytes, the default: none. The time in which a reader of a streamed
 * response lets it wait does not count.
 */
session_code session_set_low_speed(session_t *session,
                                   uint32_t bytes_per_second,
                                   uint32_t seconds);

/**
 * The address, name or network interface that connections leave from; NULL (the default): any.
 * Idle connections from another one are not used again (with a libcurl of the system: from 8.16 on).
 */
session_code session_set_interface(session_t *session,
                                   const char *interface);

/**
 * Whether only addresses of the public internet are connected to, for programs that fetch what
 * strangers name. Loopback, private, link-local, shared, multicast and all other special-purpose
 * addresses (RFC 6890) end the request with SESSION_E_REFUSED, however they are spelled, whichever
 * name leads to them and whoever redirects there; also where IPv6 wraps them (mapped, NAT64, 6to4).
 * A proxy's own address is not looked at; through it names go on to where the proxy finds them,
 * "localhost" excepted. A Unix socket is connected to as always. Counts for requests that begin
 * afterwards, on connections that are open already too. Default 0.
 */
session_code session_set_public_only(session_t *session,
                                     int on);

/**
 * The Unix socket that all connections go to instead of the URL's host and port, past any proxy;
 * NULL (the default): none. An empty or too long path is SESSION_E_ARGUMENT.
 */
session_code session_set_unix_socket(session_t *session,
                                     const char *path);

/**
 * Sends requests through a proxy: "http://", "https://", "socks4://", "socks4a://", "socks5://"
 * or "socks5h://", with credentials if needed. NULL: no proxy, whatever the environment says.
 */
session_code session_set_proxy(session_t *session, const char *url);

/**
 * Whether the environment counts where nothing else says: for proxies http_proxy, https_proxy,
 * all_proxy, no_proxy (all but the first in capitals too), for certificate authorities
 * SSL_CERT_FILE and SSL_CERT_DIR. Default 1, with the environment as it was when the session was
 * made; setting it to 1 reads it anew. localhost and loopback addresses are never reached through
 * such proxies.
 */
session_code session_set_trust_env(session_t *session,
                                   int trust);

/**
 * Whether the certificates of servers are verified. Default 1. With 0 anybody on the way can
 * read and change everything.
 */
session_code session_set_verify(session_t *session, int verify);

/**
 * The file of the certificate authorities to trust (PEM) instead of the system's; NULL: the
 * system's, or what the environment names (session_set_trust_env()). A file that cannot be read
 * ends requests with SESSION_E_TLS_CA.
 */
session_code session_set_ca_file(session_t *session, const char *path);

/**
 * The certificate authorities to trust themselves (PEM) instead of a file; length 0: as
 * session_set_ca_file() with NULL. The later call of the two counts.
 */
session_code session_set_ca_pem(session_t *session, const void *pem, size_t length);

/**
 * The client certificate for TLS: PEM files of the certificate with its chain and of the key
 * (NULL: it is in the same file), and the key's passphrase or NULL. A NULL certificate takes it
 * back. Files that cannot be used end requests with SESSION_E_TLS_CLIENT_CERT.
 */
session_code session_set_client_cert(session_t *session,
                                     const char *cert_file,
                                     const char *key_file,
                                     const char *passphrase);

/**
 * The public key that servers must have: "sha256//" and the base64 of its SHA-256, several
 * separated by ";". NULL: any. Another key ends requests with SESSION_E_TLS_PIN. SESSION_E_ARGUMENT for
 * a text of another form.
 */
session_code session_set_pinned_key(session_t *session,
                                    const char *pin);

/**
 * The lowest version of TLS: 10, 11, 12 or 13. Default 12.
 */
session_code session_set_min_tls(session_t *session, int version);

/**
 * The version of HTTP to use: 0 (the default) HTTP/2 where the server agrees during the TLS
 * handshake, else HTTP/1.1; 10 and 11 just that one; 20 HTTP/2 by prior knowledge, also without
 * TLS.
 */
session_code session_set_http_version(session_t *session, int version);

/**
 * Finds a host and port at this address ("127.0.0.1", "[::1]", or several with commas between),
 * whatever DNS says; NULL: where DNS says. Connections that are open are not used any more.
 * SESSION_E_ARGUMENT for what is no host name, no port or no IP address.
 */
session_code session_set_resolve(session_t *session,
                                 const char *host,
                                 uint16_t port,
                                 const char *address);

/**
 * Limits of connections: to one host (default 32), in all (default 256), and idle ones that are
 * kept for reuse (default 64; 0: every connection ends with its request). Requests beyond them wait
 * their turn, for one host in the order in which they came.
 */
session_code session_set_connection_limits(session_t *session,
                                           size_t per_host,
                                           size_t total,
                                           size_t idle);

/* --------------------------------------------------------------------------
 * Session: what it tells
 * ------------------------------------------------------------------------- */

/**
 * How much a log is told.
 */
typedef enum {
    /**
     * What failed.
     */
    SESSION_LOG_ERROR = 0,
    /**
     * What was decided too: redirects, retries, challenges, cookies that were refused.
     */
    SESSION_LOG_INFO = 1,
    /**
     * Every request and response too.
     */
    SESSION_LOG_DEBUG = 2,
} session_log;

/**
 * Told what a request goes through: a SESSION_LOG_ value, the request's number (of a submitted
 * one its id), what happened in one word ("request", "response", "redirect", "method", "strip",
 * "auth", "retry", "cookie", "hsts", "proxy", "resume", "refresh", "end"; there may be more), and
 * what exactly, in one line. The texts are lent for the call. Secrets are never told: no
 * credentials, no values of cookies, no queries of URLs.
 */
typedef void (*session_log_fn)(int level,
                               uint64_t request,
                               const char *event,
                               const char *text,
                               void *userdata);

/**
 * Sets the log, and how much it is told (a SESSION_LOG_ value), from the next request on; NULL,
 * the default: none. It runs on a thread that waits in the session, without a lock held; from
 * inside it, calls that would wait on the same session give SESSION_E_BUSY. free_userdata, unless
 * NULL, is called when the userdata is not used any more.
 */
session_code session_set_log(session_t *session,
                             int level,
                             session_log_fn log,
                             void *userdata,
                             session_free_fn free_userdata);

/* --------------------------------------------------------------------------
 * Request
 *
 * session_request_t
 *   A request: method, URL, and what differs from the session's defaults. It can be sent any
 *   number of times and belongs to one thread at a time.
 * ------------------------------------------------------------------------- */

/**
 * Makes a request. The method is any token (RFC 9110, 9.1), case-sensitive; the URL may be
 * relative to the session's base URL and is checked when the request is sent. Never NULL: with a
 * NULL argument, text that is not UTF-8 or a method that is not a token, session_request_error() says
 * so, and so does the response when the request is sent. The caller owns it; free it with
 * session_request_free().
 */
session_request_t *session_request_new(const char *method,
                                       const char *url);

/**
 * What is wrong with a request so that it cannot be sent, SESSION_OK if nothing: an argument of
 * session_request_new().
 */
session_code session_request_error(const session_request_t *request);

/**
 * The same in one line that names the offender; "" if nothing is wrong. Lent by the request.
 */
const char *session_request_error_message(const session_request_t *request);

/**
 * The method of a request. Lent by the request. NULL for NULL.
 */
const char *session_request_method(const session_request_t *request);

/**
 * Writes the URL of a request as session_request_new() was given it, or as a form made it, its data
 * included if it is sent with GET: without what session_request_set_param() and its kin add.
 */
session_code session_request_url(const session_request_t *request,
                                 session_buffer_t *into);

/**
 * Frees a request. One that was submitted goes on. NULL is allowed.
 */
void session_request_free(session_request_t *request);

/**
 * Gives a header one value, in place of the session's; NULL sends none. Errors as
 * session_set_header().
 */
session_code session_request_set_header(session_request_t *request,
                                        const char *name,
                                        const char *value);

/**
 * Adds a further value to a header of the request. All that the request has of a header stands in
 * place of the session's and of a default. Errors as session_set_header().
 */
session_code session_request_add_header(session_request_t *request,
                                        const char *name,
                                        const char *value);

/**
 * Gives a query parameter one value, in place of the session's; NULL drops it.
 */
session_code session_request_set_param(session_request_t *request,
                                       const char *name,
                                       const char *value);

/**
 * Adds a query parameter, also one of a name that the request has already. All that it has of a name
 * stand in place of the session's.
 */
session_code session_request_add_param(session_request_t *request,
                                       const char *name,
                                       const char *value);

/**
 * Sets the body, which is copied, and its media type or NULL. It replaces any body that was set
 * before, fields and parts too.
 */
session_code session_request_set_body(session_request_t *request,
                                      const char *content_type,
                                      const void *body,
                                      size_t length);

/**
 * Sets the body to JSON text, which is copied and sent as application/json.
 */
session_code session_request_set_json(session_request_t *request, const char *json);

/**
 * Sets the body to a file, which is read while it is sent and never kept in memory. The media
 * type may be NULL. A file that cannot be read, or is a pipe, ends the request with SESSION_E_BODY.
 */
session_code session_request_set_body_file(session_request_t *request,
                                           const char *content_type,
                                           const char *path);

/**
 * Adds a field of a form. Fields alone are sent as application/x-www-form-urlencoded; with a part
 * or a file the form is sent as multipart/form-data.
 */
session_code session_request_add_field(session_request_t *request,
                                       const char *name,
                                       const char *value);

/**
 * Adds bytes, which are copied, as a part of a multipart form. The file name and the media type
 * may be NULL; the type is then application/octet-stream if there is a file name, and else none.
 */
session_code session_request_add_part(session_request_t *request,
                                      const char *name,
                                      const char *filename,
                                      const char *content_type,
                                      const void *data,
                                      size_t length);

/**
 * Adds a file as a part of a multipart form. It is read while it is sent; the server learns the
 * last part of its path. A NULL media type is application/octet-stream.
 */
session_code session_request_add_file(session_request_t *request,
                                      const char *name,
                                      const char *path,
                                      const char *content_type);

/**
 * Sets a cookie for this request alone: sent to the URL's origin, never stored. SESSION_E_ARGUMENT
 * for a pair that cannot stand in a header.
 */
session_code session_request_set_cookie(session_request_t *request,
                                        const char *name,
                                        const char *value);

/**
 * Uses HTTP Basic credentials for this request. A NULL user sends none, whatever the URL, the session
 * and a netrc file say.
 */
session_code session_request_set_auth_basic(session_request_t *request,
                                            const char *user,
                                            const char *password);

/**
 * As session_set_auth_digest(), for this request. A NULL user sends none.
 */
session_code session_request_set_auth_digest(session_request_t *request,
                                             const char *user,
                                             const char *password);

/**
 * As session_set_auth_bearer(), for this request. NULL sends none.
 */
session_code session_request_set_auth_bearer(session_request_t *request, const char *token);

/**
 * As session_set_auth_ntlm(), for this request. A NULL user sends none.
 */
session_code session_request_set_auth_ntlm(session_request_t *request,
                                           const char *user,
                                           const char *password);

/**
 * As session_set_auth_negotiate(), for this request.
 */
session_code session_request_set_auth_negotiate(session_request_t *request);

/**
 * As session_set_verify(), for this request.
 */
session_code session_request_set_verify(session_request_t *request, int verify);

/**
 * As session_set_retry(), for this request; statuses and methods are the session's.
 */
session_code session_request_set_retry(session_request_t *request,
                                       uint32_t attempts,
                                       int64_t backoff_ms);

/**
 * As session_set_redirect_policy(), for this request.
 */
session_code session_request_set_redirect_policy(session_request_t *request,
                                                 int policy,
                                                 int refuse_downgrade);

/**
 * As session_set_refresh(), for this request.
 */
session_code session_request_set_refresh(session_request_t *request, int64_t max_delay_ms);

/**
 * As session_set_timeout_ms(), for this request.
 */
session_code session_request_set_timeout_ms(session_request_t *request, int64_t milliseconds);

/**
 * As session_set_connect_timeout_ms(), for this request.
 */
session_code session_request_set_connect_timeout_ms(session_request_t *request,
                                                    int64_t milliseconds);

/**
 * As session_set_read_timeout_ms(), for this request.
 */
session_code session_request_set_read_timeout_ms(session_request_t *request,
                                                 int64_t milliseconds);

/**
 * As session_set_redirect_limit(), for this request.
 */
session_code session_request_set_redirect_limit(session_request_t *request, uint32_t limit);

/**
 * As session_set_max_body(), for this request.
 */
session_code session_request_set_max_body(session_request_t *request, int64_t bytes);

/**
 * As session_set_proxy(), for this request.
 */
session_code session_request_set_proxy(session_request_t *request, const char *url);

/**
 * Sends a request and waits for its end; what it returns is as in session_get(). The request can
 * be sent again. Any thread; the calling thread does the work, and meanwhile that of other threads
 * that wait in the session.
 */
session_response_t *session_send(session_t *session,
                                 const session_request_t *request);

/* --------------------------------------------------------------------------
 * Many at once, and event loops
 * ------------------------------------------------------------------------- */

/**
 * Submits a request and returns at once, with its id in *id unless that is NULL. The response
 * comes out of session_next() and carries the id and userdata. The request may be changed or freed
 * right away. Any thread.
 */
session_code session_submit(session_t *session,
                            const session_request_t *request,
                            void *userdata,
                            uint64_t *id);

/**
 * Hands out a finished response of a submitted request, in the order in which they end. Waits at
 * most timeout_ms milliseconds (0: not at all; negative: as long as it takes) and drives the
 * transfers meanwhile. NULL when none ended in time, when no submitted request is left, when the
 * session was freed, and for a NULL session; session_outstanding() tells them apart. NULL at once
 * inside a callback of the same session, where nothing may wait, and in a process that has inherited the
 * session through fork(). The caller owns the response. Any number of threads may wait.
 */
session_response_t *session_next(session_t *session,
                                 int64_t timeout_ms);

/**
 * Hands out the response of one submitted request, by its id. Waits and drives the transfers as
 * session_next(). NULL when it did not end in time, when it was handed out already or never was
 * submitted, when the session was freed, and for a NULL session. The caller owns the response.
 */
session_response_t *session_wait(session_t *session, uint64_t id, int64_t timeout_ms);

/**
 * How many submitted requests session_next() still has to hand out. 0 for a NULL session.
 */
size_t session_outstanding(const session_t *session);

/**
 * A descriptor that is readable when session_next(session, 0) has something to do: give it to
 * poll, epoll, kqueue, libuv or any event loop, and call session_next(session, 0) until it
 * returns NULL. It is level-triggered: readable for as long as there is something to do. (As an
 * edge-triggered one it works too if session_next() was called until NULL before waiting.) It
 * belongs to the session and is closed with it, or with the last response that is streamed; never
 * read from it. -1 when there is no descriptor left, and for a NULL session.
 */
int session_fd(session_t *session);

/**
 * Cancels a submitted request by its id, or with 0 every request of the session, those of blocked
 * threads too. Each still gives its response, with SESSION_E_CANCELLED, and its callbacks are called
 * no more: one may cancel its own request. An id that is over or unknown is no error. Any thread.
 */
session_code session_cancel(session_t *session,
                            uint64_t id);

/* --------------------------------------------------------------------------
 * Response
 *
 * session_response_t
 *   A response: the end of a request, whatever became of it. Immutable; any number of threads may
 *   read it. It outlives its session.
 * ------------------------------------------------------------------------- */

/**
 * What a time of session_response_timing_us() is of.
 */
typedef enum {
    /**
     * The whole request, all hops.
     */
    SESSION_TIMING_ELAPSED = 0,
    /**
     * This hop, from its start to its end.
     */
    SESSION_TIMING_TOTAL = 1,
    /**
     * Waiting for a free connection.
     */
    SESSION_TIMING_QUEUE = 2,
    /**
     * From the hop's start until the host's name was resolved.
     */
    SESSION_TIMING_NAME_LOOKUP = 3,
    /**
     * From the hop's start until the connection stood.
     */
    SESSION_TIMING_CONNECT = 4,
    /**
     * From the hop's start until TLS was agreed.
     */
    SESSION_TIMING_TLS = 5,
    /**
     * From the hop's start until the first byte of the response.
     */
    SESSION_TIMING_FIRST_BYTE = 6,
} session_timing;


/**
 * Frees a response. Documents taken from it stay valid. NULL is allowed.
 */
void session_response_free(session_response_t *response);

/**
 * What went wrong, SESSION_OK if nothing. A status of 400 and more is no error.
 */
session_code session_response_error(const session_response_t *response);

/**
 * The error in one line that names the offender; "" if there is none. Lent by the response.
 */
const char *session_response_error_message(const session_response_t *response);

/**
 * 1 if there is no error and the status is below 400, else 0.
 */
int session_response_ok(const session_response_t *response);

/**
 * The status (RFC 9110, 15); 0 if no response came.
 */
int session_response_status(const session_response_t *response);

/**
 * The version of HTTP: 10, 11 or 20 (30 is kept for HTTP/3); 0 if no response came.
 */
int session_response_http_version(const session_response_t *response);

/**
 * The reason phrase; where the protocol has none, the registered one. Lent by the response.
 */
const char *session_response_reason(const session_response_t *response);

/**
 * The method that this hop was made with. Lent by the response.
 */
const char *session_response_method(const session_response_t *response);

/**
 * The URL that answered, after redirects, without credentials. Lent by the response.
 */
const char *session_response_url(const session_response_t *response);

/**
 * The address that answered ("127.0.0.1:80", "[::1]:80"), the proxy's where there is one; "" if
 * there was no connection. Lent by the response.
 */
const char *session_response_remote_address(const session_response_t *response);

/**
 * The first value of a header, whatever the case of its name, and its length in *length unless
 * that is NULL; NULL if there is none. Lent by the response.
 */
const char *session_response_header(const session_response_t *response,
                                    const char *name,
                                    size_t *length);

/**
 * The number of header fields.
 */
size_t session_response_header_count(const session_response_t *response);

/**
 * The header field at an index, in the order received: its name and value in *name and *value,
 * each unless NULL. SESSION_E_ARGUMENT beyond the last, and both are NULL. Lent by the response.
 */
session_code session_response_header_at(const session_response_t *response,
                                        size_t index,
                                        const char **name,
                                        const char **value);

/**
 * The body, its content encoding undone, and its length in *length unless that is NULL. There is
 * a NUL behind it. After an error it is what had come until then. Empty if it went to a reader, a sink
 * or a file. NULL only for a NULL response. Lent by the response.
 */
const void *session_response_body(const session_response_t *response,
                                  size_t *length);

/**
 * The body as UTF-8 text, decoded as browsers find the encoding: byte order mark, Content-Type,
 * the page's own declaration, detection. Its length is in *length unless that is NULL; it is
 * NUL-terminated, and may hold NULs that the server sent. Decoded on the first call and lent by
 * the response. NULL for a NULL response, for one that is streamed, and when there is no memory.
 */
const char *session_response_text(const session_response_t *response,
                                  size_t *length);

/**
 * A time in microseconds, named by a SESSION_TIMING_ value; 0 for what did not happen, -1 for a
 * name that does not exist. Of a streamed response, what was known with its head until the reader has
 * come to the end.
 */
int64_t session_response_timing_us(const session_response_t *response,
                                   int which);

/**
 * Bytes of the body as they came over the wire, before decoding. Of a streamed response as
 * session_response_timing_us().
 */
uint64_t session_response_bytes_received(const session_response_t *response);

/**
 * Bytes of the request's body that were sent.
 */
uint64_t session_response_bytes_sent(const session_response_t *response);

/**
 * The number of hops before this response: redirects, and challenges that were answered.
 */
size_t session_response_history_count(const session_response_t *response);

/**
 * A hop before this response, the oldest at 0; NULL beyond the last. It is a response of its own,
 * lent by this one: do not free it. Of the body of a redirect or a challenge no more than 1 MiB
 * is read; if there was more, the hop carries SESSION_E_BODY_TOO_LARGE.
 */
const session_response_t *session_response_history_at(const session_response_t *response,
                                                      size_t index);

/**
 * The id of a submitted request; 0 for others.
 */
uint64_t session_response_id(const session_response_t *response);

/**
 * What session_submit() was given for the caller's own use.
 */
void *session_response_userdata(const session_response_t *response);

/**
 * The name of the encoding of session_response_text(), as the Encoding standard spells it; NULL
 * for a NULL response and for one that is streamed. Static.
 */
const char *session_response_encoding(const session_response_t *response);

/**
 * What decided about the encoding: "bom" (a byte order mark), "http" (the Content-Type header),
 * "meta" (the page's own declaration), "xml", "detected" (its bytes look like it) or "default".
 * NULL for a NULL response and for one that is streamed. Static.
 */
const char *session_response_encoding_source(const session_response_t *response);

/**
 * The body as a page: parsed on the first call, the same document each time. Every call gives a
 * reference of one's own, to be freed with session_html_free(); it outlives the response. NULL for
 * a NULL response, and where session_response_html_error() says why.
 */
session_html_t *session_response_html(const session_response_t *response);

/**
 * Why session_response_html() gave NULL, SESSION_OK if it does not: SESSION_E_DOCUMENT_TOO_LARGE
 * for a page beyond the limits, SESSION_E_STATE for a response that is streamed,
 * SESSION_E_MEMORY. into, unless NULL, gets the error in one line, and is empty if there is none.
 */
session_code session_response_html_error(const session_response_t *response,
                                         session_buffer_t *into);

/**
 * What is wrong with the response in one line, a status of 400 and more included ("404 Client
 * Error: Not Found for url: http://...", the URL without its query), written into a buffer; empty
 * if nothing is. Returns the error's code, SESSION_E_STATUS for a status of 400 and more, SESSION_OK
 * if nothing is wrong.
 */
session_code session_response_failure(const session_response_t *response,
                                      session_buffer_t *into);

/**
 * Writes the target of the Link header with this relation (RFC 8288), resolved against the
 * response's URL; empty if there is none.
 */
session_code session_response_link(const session_response_t *response,
                                   const char *relation,
                                   session_buffer_t *into);

/**
 * Writes the body as JSON text in UTF-8, whichever of UTF-8, UTF-16 and UTF-32 it came in, without
 * a byte order mark. Whether it is valid JSON is not looked at. SESSION_E_UTF8 if it is in no
 * encoding that JSON allows, SESSION_E_STATE if the response is streamed.
 */
session_code session_response_json(const session_response_t *response,
                                   session_buffer_t *into);

/**
 * Writes the address of the next page: what the page declares with rel=next, else what the Link
 * header does, else what the page's links say ("next", "more", "older"). Empty if there is none.
 * SESSION_E_STATE if the response is streamed.
 */
session_code session_response_next_url(const session_response_t *response,
                                       session_buffer_t *into);

/* --------------------------------------------------------------------------
 * Response: what happened on a hop
 * ------------------------------------------------------------------------- */

/**
 * The number of decisions that were made on this hop: redirects, headers that stayed behind,
 * retries, challenges, cookies that were refused and the like.
 */
size_t session_response_note_count(const session_response_t *response);

/**
 * A decision of this hop: what it was about in one word, as a log is told it (session_set_log()),
 * in *event, and what exactly in *text, each unless NULL. SESSION_E_ARGUMENT beyond the last, and
 * both are NULL. Lent by the response.
 */
session_code session_response_note_at(const session_response_t *response,
                                      size_t index,
                                      const char **event,
                                      const char **text);

/**
 * The number of Set-Cookie fields of this hop.
 */
size_t session_response_cookie_count(const session_response_t *response);

/**
 * What became of a Set-Cookie field of this hop: the cookie's name, written into a buffer, and in
 * *reason whether it was stored or why not (SESSION_COOKIE_REASON_ values;
 * session_cookie_reason_text() explains them), each unless NULL. SESSION_E_ARGUMENT beyond the
 * last, and SESSION_COOKIE_REASON_NO_COOKIE.
 */
session_code session_response_cookie_at(const session_response_t *response,
                                        size_t index,
                                        session_buffer_t *name,
                                        int *reason);

/**
 * How many cookies this hop sent; 0 if it sent nothing at all.
 */
size_t session_response_cookies_sent(const session_response_t *response);

/**
 * Writes the Cookie field that this hop sent ("a=1; b=2") into a buffer; empty if there was none.
 */
session_code session_response_cookie_header(const session_response_t *response,
                                            session_buffer_t *into);

/**
 * The proxy that this hop went through, without credentials ("http://10.0.0.1:3128"); "" if there
 * was none. Lent by the response.
 */
const char *session_response_proxy(const session_response_t *response);

/**
 * 1 if the hop used a connection that an earlier request had opened, else 0.
 */
int session_response_reused_connection(const session_response_t *response);

/**
 * The content encodings that are still on the body because they are not known here ("compress");
 * "" if there are none. Lent by the response.
 */
const char *session_response_undecoded(const session_response_t *response);

/* --------------------------------------------------------------------------
 * Bodies in pieces
 * ------------------------------------------------------------------------- */

/**
 * Takes a piece of a body, decoded; the bytes are lent for the call. 0 goes on, anything else
 * ends the request with SESSION_E_CALLBACK.
 */
typedef int (*session_sink_fn)(const void *data, size_t length, void *userdata);

/**
 * Told how far a transfer is, in bytes of the bodies as they go over the wire; -1 for what is not
 * known. Those that a resumed download had before count as received. 0 goes on, anything else
 * ends the request with SESSION_E_CALLBACK.
 */
typedef int (*session_progress_fn)(int64_t received,
                                   int64_t to_receive,
                                   int64_t sent,
                                   int64_t to_send,
                                   void *userdata);

/**
 * Writes the next bytes of a request's body, room at most, and returns how many; 0 is the end, a
 * negative number ends the request with SESSION_E_CALLBACK.
 */
typedef int64_t (*session_body_read_fn)(void *into, size_t room, void *userdata);

/**
 * Goes back to the first byte of a request's body; anything but 0 says that it cannot.
 */
typedef int (*session_body_rewind_fn)(void *userdata);

/**
 * Gives the response back as soon as the head of the final one is complete, after redirects,
 * challenges and retries; its body is then read with session_response_read() while it comes. The
 * transfer waits while nobody reads, with about 256 KiB in memory. session_response_body() is
 * empty then, and text, JSON and page cannot be had. The total time-out ends with the head,
 * unless this request has one of its own; the read time-out passes only if nothing more has come
 * when the reader is back. Freeing the response cancels what was not read. 0 takes it back: into
 * memory, the default.
 */
session_code session_request_set_streamed(session_request_t *request,
                                          int streamed);

/**
 * Gives the body of the final response to a function, decoded, piece by piece; the response has
 * none then. Of a status of 400 and more the body stays with the response. The function runs on a
 * thread that waits in the session, without a lock held; from inside it, calls that would wait on
 * the same session give SESSION_E_BUSY. NULL: into memory, the default. The total time-out as for
 * session_request_set_streamed(). free_userdata, unless NULL, is called when the userdata is not
 * used any more: not before the request and every transfer of it are gone.
 */
session_code session_request_set_sink(session_request_t *request,
                                      session_sink_fn sink,
                                      void *userdata,
                                      session_free_fn free_userdata);

/**
 * Writes the body of a response of status 200 (or 206) into a file. It comes into being beside
 * it, with ".part" at the end of its name, and takes its place when it is whole and on the disk:
 * the file is never half written. With resume not 0 a partial file of an earlier try of the same
 * URL is gone on with if the server says that the resource is still the same (If-Range; what it
 * was is noted in ".part.meta"); else it starts anew. After a failure it is kept where the server
 * gave something to compare (a strong ETag, or a Last-Modified that is old enough to count as one);
 * else nothing could ever be told to fit, and it is removed. Other statuses
 * leave the file alone, and their body is the response's. The total time-out as for
 * session_request_set_streamed(). SESSION_E_ARGUMENT for a path that ends in no name. The request
 * ends with SESSION_E_IO if the file cannot be written, also because another download of it came
 * later, and with SESSION_E_PROTOCOL if a part comes that was not asked for. NULL: into memory, the
 * default.
 */
session_code session_request_set_output_file(session_request_t *request,
                                             const char *path,
                                             int resume);

/**
 * Sets what is told of every piece that is sent or received; NULL, the default, is nothing.
 * Threads and free_userdata as for session_request_set_sink().
 */
session_code session_request_set_progress(session_request_t *request,
                                          session_progress_fn progress,
                                          void *userdata,
                                          session_free_fn free_userdata);

/**
 * Sets the body to what a function writes, of this many bytes; a negative length: it is not
 * known, and the body is sent in chunks. With a length, fewer bytes end the request with
 * SESSION_E_BODY. rewind is called when the body must be sent once more (redirects 307 and 308,
 * challenges, retries, sending the request again); without it, NULL, that ends the request with
 * SESSION_E_REWIND. One transfer at a time can use it, another one gives SESSION_E_STATE. The
 * media type may be NULL. Threads and free_userdata as for session_request_set_sink().
 */
session_code session_request_set_body_reader(session_request_t *request,
                                             const char *content_type,
                                             int64_t length,
                                             session_body_read_fn read,
                                             session_body_rewind_fn rewind,
                                             void *userdata,
                                             session_free_fn free_userdata);

/**
 * Reads the next bytes of the body, decoded, room at most, and returns how many; 0 is the end, and
 * with a room of 0 says nothing. Of a streamed response it waits for at least one byte, and the
 * calling thread drives the transfer meanwhile; the body of others is read from memory. After all
 * bytes that came before, what broke the transfer: its code with a minus (-SESSION_E_TRUNCATED),
 * and session_response_error() tells it from then on. -SESSION_E_BUSY from inside a callback of
 * the session. Any thread, one at a time: -SESSION_E_STATE while another one reads.
 */
int64_t session_response_read(session_response_t *response,
                              void *into,
                              size_t room);

/**
 * Reads the next line of the body into a buffer, without its end (CR LF, LF or CR): 1, or 0 when
 * there is none left. Else as session_response_read(); the two may be mixed. A line of more than
 * 16 MiB is -SESSION_E_BODY_TOO_LARGE.
 */
int session_response_read_line(session_response_t *response,
                               session_buffer_t *into);

/**
 * How many bytes of the body can be read without waiting; 0 if a read would have to wait, or while
 * another thread reads; -1 if it would tell the end or an error. It never waits itself. For event
 * loops: session_fd() is readable when more may have come, and session_next(session, 0) takes it in.
 */
int64_t session_response_available(session_response_t *response);

/**
 * 1 if the body is read while it comes (session_request_set_streamed()), else 0.
 */
int session_response_is_streamed(const session_response_t *response);

/**
 * Where a resumed download went on: how many bytes its file had before. 0 if it started anew.
 */
uint64_t session_response_resumed_from(const session_response_t *response);

/**
 * A field that came behind the body (a trailer; RFC 9110, 6.5), and its length in *length unless
 * that is NULL; NULL if there is none. Of a streamed response only after its end. Lent by the
 * response.
 */
const char *session_response_trailer(const session_response_t *response,
                                     const char *name,
                                     size_t *length);

/* --------------------------------------------------------------------------
 * Walking from page to page
 *
 * session_pages_t
 *   A walk from a page to the next as long as pages name one, each visited once. It belongs to one
 *   thread at a time. Pages are read into memory, whatever the request says of its response's body. At
 *   another origin credentials, secret headers and cookies of the request stay behind, as at a redirect.
 *   The session must not be freed before the last page: then the next one fails with SESSION_E_CLOSED.
 * ------------------------------------------------------------------------- */

/**
 * Begins a walk with a request, for at most limit pages (0: 1000). Nothing is sent yet. The caller
 * owns the walk; free it with session_pages_free(). NULL for a NULL argument.
 */
session_pages_t *session_pages_new(session_t *session,
                                   const session_request_t *request,
                                   size_t limit);

/**
 * Sets the words by which links to a next page are known, in any case: `count` of them instead of
 * "next", "more" and "older". With a count of 0 only what is declared counts.
 */
session_code session_pages_set_symbols(session_pages_t *pages,
                                       const char *const *symbols,
                                       size_t count);

/**
 * Frees a walk. NULL is allowed.
 */
void session_pages_free(session_pages_t *pages);

/**
 * Fetches the next page and waits for it. Which one that is, the page before tells: by rel=next in
 * itself or else in its Link header, else by the words of its links ("next", "more", "older", or
 * those set). NULL at the end: no next page, one that was visited already, or the limit; nothing is
 * sent for it then, unless a redirect leads to what was visited. A page that failed is the last. The
 * caller owns the response.
 */
session_response_t *session_pages_next(session_pages_t *pages);

/* --------------------------------------------------------------------------
 * Buffer
 *
 * session_buffer_t
 *   A growing text that functions write their result into. Use one again and again: each
 *   function replaces what was in it. One thread at a time.
 * ------------------------------------------------------------------------- */

/**
 * Makes an empty buffer. The caller owns it; free it with session_buffer_free(). NULL only
 * when there is no memory.
 */
session_buffer_t *session_buffer_new(void);

/**
 * Frees a buffer and the text in it. NULL is allowed.
 */
void session_buffer_free(session_buffer_t *buffer);

/**
 * The text: NUL-terminated, and its length without the NUL in *length unless that is NULL.
 * Valid until the buffer is written to again or freed. NULL only for a NULL buffer.
 */
const char *session_buffer_data(const session_buffer_t *buffer, size_t *length);

/* --------------------------------------------------------------------------
 * HTML: the document
 *
 * session_html_t
 *   A parsed page. Immutable; any number of threads may ask it at the same time. It outlives the
 *   response that it was taken from.
 * ------------------------------------------------------------------------- */

/**
 * Absolute URLs instead of references as written; those that cannot be resolved are left out.
 */
#define SESSION_LINKS_ABSOLUTE 1

/**
 * The same link as often as it stands.
 */
#define SESSION_LINKS_REPEATED 2

/**
 * Links into the same page too: "#…", and an empty href of an a or area element.
 */
#define SESSION_LINKS_ANCHORS 4

/**
 * Links with the scheme javascript too.
 */
#define SESSION_LINKS_JAVASCRIPT 8

/**
 * Links with the scheme mailto too.
 */
#define SESSION_LINKS_MAILTO 16

/**
 * The links of a elements; the default if no element is named.
 */
#define SESSION_LINKS_A 256

/**
 * The links of area elements.
 */
#define SESSION_LINKS_AREA 512

/**
 * The links of link elements.
 */
#define SESSION_LINKS_LINK 1024

/**
 * The sources of img elements.
 */
#define SESSION_LINKS_IMG 2048

/**
 * The actions of form elements.
 */
#define SESSION_LINKS_FORM 4096


/**
 * Parses a page as browsers without scripts do. `url` is the address that its links are
 * relative to, or NULL. `encoding` is the name of the encoding to read it in ("utf-8",
 * "windows-1252"), or NULL to find it as browsers do: byte order mark, the page's own
 * declaration, detection. The caller owns the document; free it with session_html_free(). NULL
 * if the URL or the encoding is not valid, the page exceeds the limits, or there is no memory.
 */
session_html_t *session_html_new(const void *bytes_of_page,
                                 size_t length,
                                 const char *url,
                                 const char *encoding);

/**
 * As session_html_new(), and tells why there is no document: *html gets the document, or NULL, and
 * the buffer, unless NULL, the error in one line. SESSION_E_URL, SESSION_E_ARGUMENT for the encoding,
 * SESSION_E_DOCUMENT_TOO_LARGE, SESSION_E_MEMORY.
 */
session_code session_html_parse(const void *bytes_of_page,
                                size_t length,
                                const char *url,
                                const char *encoding,
                                session_html_t **html,
                                session_buffer_t *into);

/**
 * Frees a document. Results taken from it stay valid; its nodes do not. NULL is allowed.
 */
void session_html_free(session_html_t *html);

/**
 * The name of the encoding that the page was read in, as the Encoding standard spells it; NULL
 * for a NULL document. Lent by the document.
 */
const char *session_html_encoding(const session_html_t *html);

/**
 * Writes the page's title: the text of its first title element, white space collapsed. Empty if
 * it has none.
 */
session_code session_html_title(const session_html_t *html, session_buffer_t *into);

/**
 * Writes the URL that the page's links are relative to (HTML, "document base URL"): its first
 * base element's, or the page's own. Empty if it has neither.
 */
session_code session_html_base_url(const session_html_t *html, session_buffer_t *into);

/**
 * Writes the absolute URL of a reference, resolved against the page's base (WHATWG URL), its query
 * in the page's encoding. SESSION_E_URL if that cannot be done.
 */
session_code session_html_resolve(const session_html_t *html,
                                  const char *reference,
                                  session_buffer_t *into);

/**
 * The root element ("html"); 0 if there is none.
 */
session_node_t session_html_root(const session_html_t *html);

/**
 * The elements below `scope` (0: in the whole document) that match a CSS selector, in document
 * order. The scope itself is never among them.
 *
 * The selectors are those of Selectors 4 without namespaces, states that need a browser, :default,
 * :valid, :invalid, :in-range, :out-of-range and :dir(). Those of controls (:checked, :disabled,
 * :required, :read-write and others) are as the markup has them. Beyond them there are :contains(text),
 * :icontains(text), :selected, places in the result as jQuery has them (:first, :last, :eq(n),
 * :lt(n), :gt(n), :even, :odd), and ::text and ::attr(name) as Scrapy has them: ::text gives text nodes, ::attr(name) the
 * elements that have the attribute.
 *
 * Never NULL but for want of memory: a result carries its error, see session_nodes_error().
 * Errors: SESSION_E_SELECTOR (the message names the column), SESSION_E_BUDGET for a selector
 * that takes too much work on this page, SESSION_E_NODE for a scope that the document does not
 * have. A selector may have 64 KiB and pseudo-classes 10 deep in one another. Free it with
 * session_nodes_free().
 */
session_nodes_t *session_html_find(const session_html_t *html,
                                   session_node_t scope,
                                   const char *css);

/**
 * The first node that session_html_find() would give, without looking further; 0 if there is
 * none, and after an error.
 */
session_node_t session_html_find_first(const session_html_t *html,
                                       session_node_t scope,
                                       const char *css);

/**
 * The elements below `scope` that match a CSS selector (NULL: all) and whose full text contains
 * one of `count` needles, without regard to case; with a count of 0 the text does not matter.
 * Otherwise as session_html_find().
 */
session_nodes_t *session_html_find_containing(const session_html_t *html,
                                              session_node_t scope,
                                              const char *css,
                                              const char *const *needles,
                                              size_t count);

/**
 * The strings that a selector ending in ::text or ::attr(name) asks for, in document order; of
 * elements the full text. Errors as of session_html_find(), see session_strings_error(). Never
 * NULL but for want of memory; free the list with session_strings_free().
 */
session_strings_t *session_html_find_values(const session_html_t *html,
                                            session_node_t scope,
                                            const char *css);

/**
 * The links of `scope` and of what is below it (0: of the whole document), in document order.
 * `flags` are SESSION_LINKS_ values added up; with 0 they are those of a elements as written but
 * without white space at the ends, each once, without links into the same page, javascript: and
 * mailto:. Errors: SESSION_E_ARGUMENT for a flag that does not exist, SESSION_E_NODE,
 * SESSION_E_BUDGET for absolute URLs that are too much text, as behind a base URL without measure.
 * Never NULL but for want of memory; free the list with session_strings_free().
 */
session_strings_t *session_html_links(const session_html_t *html,
                                      session_node_t scope,
                                      uint32_t flags);

/**
 * The elements that session_html_links() has its links from: the node at an index is where the
 * string at that index stands, first if it stands often. session_nodes_text() and
 * session_nodes_attribute() tell the links' texts and rel. Errors as of session_html_links(), see
 * session_nodes_error(). Never NULL but for want of memory; free it with session_nodes_free().
 */
session_nodes_t *session_html_link_nodes(const session_html_t *html,
                                         session_node_t scope,
                                         uint32_t flags);

/**
 * Writes the address of the next page: what the page declares with rel=next, else what the Link
 * header of its response did, else what its links say ("next", "more", "older"). Empty if there
 * is none.
 */
session_code session_html_next_url(const session_html_t *html, session_buffer_t *into);

/**
 * The same with `count` words of your own that links to a next page have in their text, in any
 * case. With a count of 0 only what is declared counts.
 */
session_code session_html_next_url_with(const session_html_t *html,
                                        const char *const *symbols,
                                        size_t count,
                                        session_buffer_t *into);

/* --------------------------------------------------------------------------
 * HTML: nodes
 * ------------------------------------------------------------------------- */

/**
 * What a node is.
 */
typedef enum {
    /**
     * No node of this document, or its root.
     */
    SESSION_KIND_NONE = 0,
    /**
     * An element.
     */
    SESSION_KIND_ELEMENT = 1,
    /**
     * A run of text.
     */
    SESSION_KIND_TEXT = 2,
    /**
     * A comment.
     */
    SESSION_KIND_COMMENT = 3,
    /**
     * The document type declaration.
     */
    SESSION_KIND_DOCTYPE = 4,
    /**
     * The root of a template's contents.
     */
    SESSION_KIND_FRAGMENT = 5,
} session_kind;

/**
 * What the node is: a SESSION_KIND_ value.
 */
int session_node_kind(const session_html_t *html, session_node_t node);

/**
 * An element's name, in lower case in HTML; NULL for other nodes. Lent by the document.
 */
const char *session_node_tag(const session_html_t *html, session_node_t node);

/**
 * The value of an attribute by its name with its prefix ("href", "xlink:href"), in any case, and
 * its length in *length unless that is NULL; "" for an attribute without a value, NULL if there
 * is none. Lent by the document.
 */
const char *session_node_attribute(const session_html_t *html,
                                   session_node_t node,
                                   const char *name,
                                   size_t *length);

/**
 * The number of an element's attributes; 0 for other nodes.
 */
size_t session_node_attribute_count(const session_html_t *html, session_node_t node);

/**
 * The attribute at an index from 0, in the order of the source: its name, with its prefix, and
 * value in *name and *value, each unless NULL. SESSION_E_ARGUMENT beyond the last, SESSION_E_NODE
 * without such a node, and both are NULL. Lent by the document.
 */
session_code session_node_attribute_at(const session_html_t *html,
                                       session_node_t node,
                                       size_t index,
                                       const char **name,
                                       const char **value);

/**
 * The words of an attribute that is a list, such as class and rel; none without the attribute.
 * The name in any case on an HTML element. Never NULL but for want of memory; free it with
 * session_strings_free().
 */
session_strings_t *session_node_tokens(const session_html_t *html,
                                       session_node_t node,
                                       const char *name);

/**
 * The line of the source that the element's tag begins in, from 1; 0 where no tag made it.
 */
int session_node_line(const session_html_t *html, session_node_t node);

/**
 * The parent; 0 for the root element.
 */
session_node_t session_node_parent(const session_html_t *html, session_node_t node);

/**
 * The first child of any kind; 0 if there is none.
 */
session_node_t session_node_first_child(const session_html_t *html, session_node_t node);

/**
 * The last child of any kind; 0 if there is none.
 */
session_node_t session_node_last_child(const session_html_t *html, session_node_t node);

/**
 * The next sibling of any kind; 0 if there is none.
 */
session_node_t session_node_next_sibling(const session_html_t *html, session_node_t node);

/**
 * The previous sibling of any kind; 0 if there is none.
 */
session_node_t session_node_previous_sibling(const session_html_t *html, session_node_t node);

/**
 * The next sibling that is an element; 0 if there is none.
 */
session_node_t session_node_next_element(const session_html_t *html, session_node_t node);

/**
 * The previous sibling that is an element; 0 if there is none.
 */
session_node_t session_node_previous_element(const session_html_t *html, session_node_t node);

/**
 * The root of a template's contents, which are a tree of their own; 0 for other nodes.
 */
session_node_t session_node_template_contents(const session_html_t *html, session_node_t node);

/**
 * The children of any kind in order (0: of the document). Never NULL but for want of memory;
 * free the result with session_nodes_free().
 */
session_nodes_t *session_node_children(const session_html_t *html, session_node_t node);

/**
 * The ancestors, the parent first, without the document. Never NULL but for want of memory;
 * free the result with session_nodes_free().
 */
session_nodes_t *session_node_ancestors(const session_html_t *html, session_node_t node);

/**
 * 1 if the element, which :scope is, matches a CSS selector, 0 if not, and after an error.
 */
int session_node_matches(const session_html_t *html, session_node_t element, const char *css);

/**
 * The nearest that matches a CSS selector of the element, which :scope is, and its ancestors; 0 if
 * none does, and after an error.
 */
session_node_t session_node_closest(const session_html_t *html,
                                    session_node_t element,
                                    const char *css);

/**
 * Writes the text of a node (0: of the document) as a reader sees it: blocks on lines of their
 * own, br as a line break, a tab between the cells of a row, runs of white space as one space
 * but in pre and textarea; what is not shown (script, style, whatever is hidden, a dialog that is
 * not open, a popover) is left out, but what details holds is given, open or closed.
 * SESSION_E_NODE without such a node.
 */
session_code session_node_text(const session_html_t *html,
                               session_node_t node,
                               session_buffer_t *into);

/**
 * Writes all text of a node (0: of the document) as it stands: DOM's textContent.
 * SESSION_E_NODE without such a node.
 */
session_code session_node_full_text(const session_html_t *html,
                                    session_node_t node,
                                    session_buffer_t *into);

/**
 * Writes the text right below a node, without that of elements below it, as it stands.
 * SESSION_E_NODE without such a node.
 */
session_code session_node_own_text(const session_html_t *html,
                                   session_node_t node,
                                   session_buffer_t *into);

/**
 * Writes a node (0: the document) as HTML (DOM's outerHTML). SESSION_E_NODE without such a node.
 */
session_code session_node_html(const session_html_t *html,
                               session_node_t node,
                               session_buffer_t *into);

/**
 * Writes what is below a node (0: the document) as HTML (DOM's innerHTML). SESSION_E_NODE
 * without such a node.
 */
session_code session_node_inner_html(const session_html_t *html,
                                     session_node_t node,
                                     session_buffer_t *into);

/* --------------------------------------------------------------------------
 * HTML: results of CSS
 *
 * session_nodes_t
 *   The nodes that a query found, in document order, or the error for which there are none.
 *   Immutable; any number of threads may read it. It outlives its document.
 *
 * session_node_t
 *   A node of a document: a plain number, valid as long as its document. 0 is no node, and as a
 *   scope the whole document. A number that the document does not have gives "none" everywhere.
 * ------------------------------------------------------------------------- */

/**
 * Frees a result. Its nodes need no freeing and stay valid as long as their document. NULL is
 * allowed.
 */
void session_nodes_free(session_nodes_t *nodes);

/**
 * What went wrong with the query, SESSION_OK if nothing; there are no nodes then.
 */
session_code session_nodes_error(const session_nodes_t *nodes);

/**
 * The error in one line that names the offender and, of a selector, the column; "" if there is
 * none. Lent by the result.
 */
const char *session_nodes_error_message(const session_nodes_t *nodes);

/**
 * All nodes at once, as one array, and their number in *count unless that is NULL. Lent by the
 * result. NULL if there are none.
 */
const session_node_t *session_nodes_data(const session_nodes_t *nodes, size_t *count);

/**
 * The number of nodes.
 */
size_t session_nodes_count(const session_nodes_t *nodes);

/**
 * The node at an index from 0; 0 beyond the last.
 */
session_node_t session_nodes_at(const session_nodes_t *nodes, size_t index);

/**
 * One attribute of every node, in the result's order, in one call; no string for a node that
 * does not have it. The name in any case on HTML elements, as written on others. Never NULL but for
 * want of memory; free the list with session_strings_free(). `html` is the document that the result is
 * of. The list of a query that failed has the query's error.
 */
session_strings_t *session_nodes_attribute(const session_nodes_t *nodes,
                                           const session_html_t *html,
                                           const char *name);

/**
 * The text of every node as session_node_text() gives it, in one call. Never NULL but for want
 * of memory; free the list with session_strings_free().
 */
session_strings_t *session_nodes_text(const session_nodes_t *nodes, const session_html_t *html);

/**
 * The full text of every node as session_node_full_text() gives it, in one call. Never NULL but
 * for want of memory; free the list with session_strings_free().
 */
session_strings_t *session_nodes_full_text(const session_nodes_t *nodes,
                                           const session_html_t *html);

/* --------------------------------------------------------------------------
 * HTML: results of XPath
 *
 * session_value_t
 *   The value of an XPath expression: a node-set, a string, a number or a boolean, or the error
 *   for which there is none. To its reader it never changes; any number of threads may read it.
 *   It outlives its document, which it keeps in memory.
 * ------------------------------------------------------------------------- */

/**
 * session_value_type(): no value, for there was an error.
 */
#define SESSION_VALUE_TYPE_NONE 0

/**
 * session_value_type(): a node-set.
 */
#define SESSION_VALUE_TYPE_NODES 1

/**
 * session_value_type(): a string.
 */
#define SESSION_VALUE_TYPE_STRING 2

/**
 * session_value_type(): a number.
 */
#define SESSION_VALUE_TYPE_NUMBER 3

/**
 * session_value_type(): a boolean.
 */
#define SESSION_VALUE_TYPE_BOOLEAN 4

/**
 * What an item of a node-set is.
 */
typedef enum {
    /**
     * No such item.
     */
    SESSION_ITEM_KIND_NONE = 0,
    /**
     * An element.
     */
    SESSION_ITEM_KIND_ELEMENT = 1,
    /**
     * An attribute.
     */
    SESSION_ITEM_KIND_ATTRIBUTE = 2,
    /**
     * A run of text.
     */
    SESSION_ITEM_KIND_TEXT = 3,
    /**
     * A comment.
     */
    SESSION_ITEM_KIND_COMMENT = 4,
    /**
     * The document, or the root of a template's contents.
     */
    SESSION_ITEM_KIND_DOCUMENT = 5,
} session_item_kind;


/**
 * Evaluates an XPath 1.0 expression with `scope` as the context node.
 *
 * A relative path starts at the scope; with 0 at the root element ("html"), so that "body/p"
 * and ".//p" find what they do in lxml, or at the document if it has no element. A path that
 * begins with "/" starts at the document, or at the root of the template's contents that the
 * scope is in; so "//p" finds all, "descendant::p" those below the scope.
 *
 * Names without a prefix match elements of any namespace; the only prefix is "xml", and there
 * are no variables. Expressions are compiled once and kept in a cache that all threads share.
 *
 * Never NULL but for want of memory: the value carries its error, see session_value_error().
 * Errors: SESSION_E_XPATH (the message names the column), SESSION_E_BUDGET for an expression
 * that takes too much work on this page, SESSION_E_NODE for a scope that the document does not
 * have or that is its document type. Free it with session_value_free().
 */
session_value_t *session_html_xpath(const session_html_t *html,
                                    session_node_t scope,
                                    const char *expression);

/**
 * Frees a value. Its nodes need no freeing and stay valid as long as their document. NULL is
 * allowed.
 */
void session_value_free(session_value_t *value);

/**
 * Why there is no value, SESSION_OK if there is one. An empty node-set is no error.
 */
session_code session_value_error(const session_value_t *value);

/**
 * The error in one line that names the offender and the column in the expression; "" if there
 * is none. Lent by the value.
 */
const char *session_value_error_message(const session_value_t *value);

/**
 * What the value is: one of SESSION_VALUE_TYPE_…, SESSION_VALUE_TYPE_NONE after an error.
 */
int session_value_type(const session_value_t *value);

/**
 * The number of items of a node-set; 0 for another type and after an error.
 */
size_t session_value_count(const session_value_t *value);

/**
 * The items of a node-set in document order as one array, and their number in *count unless
 * that is NULL. For an attribute it has the element that has it, for the document 0. Lent by
 * the value. NULL if there are none.
 */
const session_node_t *session_value_nodes(const session_value_t *value, size_t *count);

/**
 * What an item of a node-set (from 0) is: one of SESSION_ITEM_KIND_…, SESSION_ITEM_KIND_NONE if
 * there is no such item.
 */
int session_value_item_kind(const session_value_t *value,
                            size_t index);

/**
 * The name of an element or attribute with its prefix ("a", "href", "xlink:href"); "" for
 * other items, NULL if there is no such item. Lent by the value.
 */
const char *session_value_item_name(const session_value_t *value, size_t index);

/**
 * The string-value of an item (XPath 1.0, 5): all text below an element or the document, an
 * attribute's value, the data of a text or comment; its length in *length unless that is NULL.
 * NULL if there is no such item. Lent by the value, which makes it when it is first asked for
 * and keeps 256 MiB for all its items, NULL beyond; session_node_full_text() has no such limit.
 */
const char *session_value_item_text(const session_value_t *value, size_t index, size_t *length);

/**
 * The value as a number (XPath 1.0, 4.4): a boolean is 0 or 1, a string or the first node's
 * string-value is NaN where it is no number. 0 after an error.
 */
double session_value_number(const session_value_t *value);

/**
 * The value as a boolean (XPath 1.0, 4.3): 1 for a node-set with items, a string that is not
 * empty, a number that is neither 0 nor NaN, and true; else 0, and 0 after an error.
 */
int session_value_boolean(const session_value_t *value);

/**
 * The value as a string (XPath 1.0, 4.2): of a node-set the string-value of its first item, a
 * number in decimal digits ("NaN", "Infinity"), "true" or "false"; its length in *length unless
 * that is NULL. "" after an error. NULL for a NULL value. Lent by the value.
 */
const char *session_value_string(const session_value_t *value, size_t *length);

/* --------------------------------------------------------------------------
 * HTML: lists of texts
 *
 * session_strings_t
 *   A list of strings in one buffer, or the error for which there is none. Immutable; any number
 *   of threads may read it. It outlives what it was taken from.
 * ------------------------------------------------------------------------- */

/**
 * Frees a list and the strings in it. NULL is allowed.
 */
void session_strings_free(session_strings_t *strings);

/**
 * What went wrong when the list was asked for, SESSION_OK if nothing; the list is empty then.
 */
session_code session_strings_error(const session_strings_t *strings);

/**
 * The error in one line that names the offender and, of a selector, the column; "" if there is
 * none. Lent by the list.
 */
const char *session_strings_error_message(const session_strings_t *strings);

/**
 * The number of strings.
 */
size_t session_strings_count(const session_strings_t *strings);

/**
 * The string at an index from 0, NUL-terminated, and its length in *length unless that is NULL.
 * NULL beyond the last, and where an element has no such attribute. Lent by the list.
 */
const char *session_strings_at(const session_strings_t *strings, size_t index, size_t *length);

/**
 * All strings at once: one buffer, each string followed by a NUL. *offsets, unless NULL, becomes
 * an array of one number more than there are strings: where each begins in the buffer, and at
 * the end the buffer's size; string i has offsets[i + 1] - offsets[i] - 1 bytes. Where an
 * element has no such attribute the string is empty; session_strings_missing() tells those apart. Lent
 * by the list. NULL for a NULL list.
 */
const char *session_strings_data(const session_strings_t *strings,
                                 const size_t **offsets);

/**
 * The indexes at which there is no string, because an element has no such attribute, in order; their
 * number in *count unless that is NULL. Lent by the list. NULL only for a NULL list.
 */
const size_t *session_strings_missing(const session_strings_t *strings,
                                      size_t *count);

/* --------------------------------------------------------------------------
 * HTML: search templates
 *
 * session_matches_t
 *   The matches of a search template, in the text's order, and the error if the search failed.
 *   Immutable; any number of threads may read it. It outlives its document.
 * ------------------------------------------------------------------------- */

/**
 * session_html_search(): all matches. Without it the first.
 */
#define SESSION_SEARCH_ALL 1

/**
 * session_html_search(): in the text as a reader sees it. Without it in the HTML.
 */
#define SESSION_SEARCH_TEXT 2

/**
 * session_html_search(): in all text as it stands. Without it in the HTML.
 */
#define SESSION_SEARCH_FULL_TEXT 4

/**
 * session_html_search(): "A" is not "a". Without it case is ignored.
 */
#define SESSION_SEARCH_CASE 8

/**
 * session_matches_type(): no such match or field.
 */
#define SESSION_MATCH_NONE 0

/**
 * session_matches_type(): text.
 */
#define SESSION_MATCH_TEXT 1

/**
 * session_matches_type(): an integer that fits 64 bits.
 */
#define SESSION_MATCH_INTEGER 2

/**
 * session_matches_type(): an integer that does not; its text is in decimal digits.
 */
#define SESSION_MATCH_BIG_INTEGER 3

/**
 * session_matches_type(): a floating point number.
 */
#define SESSION_MATCH_NUMBER 4

/**
 * session_matches_type(): a date with its time; its text is in ISO 8601.
 */
#define SESSION_MATCH_DATETIME 5

/**
 * session_matches_type(): a date; its text is in ISO 8601.
 */
#define SESSION_MATCH_DATE 6

/**
 * session_matches_type(): a time of day; its text is in ISO 8601.
 */
#define SESSION_MATCH_TIME 7


/**
 * Looks for a search template (docs/templates.md: "Price: {:f} {currency:w}") in a node, 0 for
 * the whole document. `flags` are SESSION_SEARCH_… or 0. Never NULL unless there is no memory:
 * the result carries its error (a bad template: SESSION_E_TEMPLATE, and the column in the
 * message; other flags: SESSION_E_ARGUMENT). The caller owns it; free it with session_matches_free(). Any thread.
 */
session_matches_t *session_html_search(const session_html_t *html,
                                       session_node_t scope,
                                       const char *search_template,
                                       uint32_t flags);

/**
 * Frees the matches. NULL is allowed.
 */
void session_matches_free(session_matches_t *matches);

/**
 * Why the search failed, SESSION_OK if it did not. Finding nothing is no error.
 */
session_code session_matches_error(const session_matches_t *matches);

/**
 * The error in one line, with the column in the template; "" if there is none. Lent by the
 * matches.
 */
const char *session_matches_error_message(const session_matches_t *matches);

/**
 * The number of matches; 0 after an error.
 */
size_t session_matches_count(const session_matches_t *matches);

/**
 * The number of the template's fields, repeated names counted once; 0 after an error.
 */
size_t session_matches_field_count(const session_matches_t *matches);

/**
 * The name of a field (from 0, in the template's order), NULL for a positional one or if there
 * is no such field. Lent by the matches.
 */
const char *session_matches_field_name(const session_matches_t *matches, size_t field);

/**
 * The place of the field with this name, as the template writes it ("a[b]"); -1 if there is
 * none.
 */
int session_matches_field(const session_matches_t *matches, const char *name);

/**
 * What the field is in a match (from 0): one of SESSION_MATCH_…, SESSION_MATCH_NONE if there is
 * no such match or field.
 */
int session_matches_type(const session_matches_t *matches,
                         size_t index,
                         size_t field);

/**
 * Writes the field's value as text: numbers in digits, dates and times in ISO 8601. Errors:
 * SESSION_E_ARGUMENT if there is no such match or field.
 */
session_code session_matches_value(const session_matches_t *matches,
                                   size_t index,
                                   size_t field,
                                   session_buffer_t *into);

/**
 * The field's value as an integer: 0 if it is none, or if there is no such match or field.
 */
int64_t session_matches_integer(const session_matches_t *matches, size_t index, size_t field);

/**
 * The field's value as a number, integers too: 0 if it is none, or if there is no such match or
 * field.
 */
double session_matches_number(const session_matches_t *matches, size_t index, size_t field);

/**
 * Where a match stands in session_matches_searched(): the bytes from *start up to *end, each
 * unless NULL. Errors: SESSION_E_ARGUMENT if there is no such match.
 */
session_code session_matches_range(const session_matches_t *matches,
                                   size_t index,
                                   size_t *start,
                                   size_t *end);

/**
 * Where a field stands in session_matches_searched(), padding left out: the bytes from *start up
 * to *end, each unless NULL. Errors: SESSION_E_ARGUMENT if there is no such match or field.
 */
session_code session_matches_span(const session_matches_t *matches,
                                  size_t index,
                                  size_t field,
                                  size_t *start,
                                  size_t *end);

/**
 * The text that was searched, which the spans are places in: NUL-terminated, its length in
 * *length unless that is NULL. "" after an error. Lent by the matches.
 */
const char *session_matches_searched(const session_matches_t *matches, size_t *length);

/**
 * Writes all matches as JSON: [{"fixed": [...], "named": {...}}, ...]. Integers beyond 64 bits,
 * dates and times are strings. Errors: the search's own.
 */
session_code session_matches_json(const session_matches_t *matches, session_buffer_t *into);

/* --------------------------------------------------------------------------
 * HTML: forms
 *
 * session_form_t
 *   A form in the state that its page and you gave it. It is independent of its document, carries
 *   the error of the last call that failed, and belongs to one thread at a time.
 * ------------------------------------------------------------------------- */

/**
 * The number of forms on the page.
 */
size_t session_html_form_count(const session_html_t *html);

/**
 * The form that a node is, that owns it (a field anywhere on the page), or that it is inside
 * of. Never NULL unless there is no memory: without such a form the handle carries the error
 * (SESSION_E_FORM, SESSION_E_NODE), and everything asked of it fails. The caller owns it; free
 * it with session_form_free(). Any thread.
 */
session_form_t *session_html_form(const session_html_t *html, session_node_t node);

/**
 * The form at a place on the page, from 0. Errors and ownership as session_html_form().
 */
session_form_t *session_html_form_at(const session_html_t *html, size_t index);

/**
 * The first form with this name, else the first with it as its id. Errors and ownership as
 * session_html_form().
 */
session_form_t *session_html_form_named(const session_html_t *html, const char *name);

/**
 * The form that the first node matching a CSS selector is, that owns it, or that it is inside of.
 * Errors: also SESSION_E_SELECTOR. Ownership as session_html_form().
 */
session_form_t *session_html_form_find(const session_html_t *html,
                                       const char *css);

/**
 * Frees a form. Requests made of it stay. NULL is allowed.
 */
void session_form_free(session_form_t *form);

/**
 * The error of the last call on this form that failed, SESSION_OK if none did.
 */
session_code session_form_error(const session_form_t *form);

/**
 * That error in one line, which names the field, option or button; "" if there is none. Lent by
 * the form until the next call on it.
 */
const char *session_form_error_message(const session_form_t *form);

/**
 * The form element; 0 if the form was not found.
 */
session_node_t session_form_node(const session_form_t *form);

/**
 * Writes the whole form as JSON: {"name", "id", "action", "encoding", "fields": [{"name", "type",
 * "value", "label", "checked", "disabled", "options": [{"value", "label", "selected",
 * "disabled"}]}]}. The label is what a button or an option shows.
 */
session_code session_form_json(const session_form_t *form,
                               session_buffer_t *into);

/**
 * Sets the first field with this name that takes a value: the text of a text field, hidden and
 * read-only ones too; the option of a select, by its value or else by what it shows; the radio
 * button with this value. A color that CSS can name becomes #rrggbb. Errors: SESSION_E_FORM if there
 * is none, or it cannot hold the value.
 */
session_code session_form_set(session_form_t *form,
                              const char *name,
                              const char *value);

/**
 * Sets the field at a place (from 0). Errors as session_form_set().
 */
session_code session_form_set_at(session_form_t *form, size_t field, const char *value);

/**
 * Checks (1) or unchecks (0) the first checkbox or radio button with this name and, unless it is
 * NULL, this value. Checking a radio button unchecks the others of its group. Errors:
 * SESSION_E_FORM if there is none, or to uncheck a radio button.
 */
session_code session_form_check(session_form_t *form,
                                const char *name,
                                const char *value,
                                int checked);

/**
 * Checks (1) or unchecks (0) the field at a place (from 0). Errors as session_form_check().
 */
session_code session_form_check_at(session_form_t *form, size_t field, int checked);

/**
 * Selects (1) or unselects (0) an option of the first select with this name, by its value or
 * else by what it shows; the others of a select of several options stay as they are. A drop-down
 * of which nothing is selected selects its first option again. Errors: SESSION_E_FORM if there is
 * none, or the option is disabled.
 */
session_code session_form_select(session_form_t *form,
                                 const char *name,
                                 const char *value,
                                 int selected);

/**
 * Attaches a file of this machine to the first file field with this name. It is read when the
 * request is sent; the server is told the last component of its path. A NULL type is
 * application/octet-stream. A field that does not take several holds the last one. The page
 * itself can never name a file. Errors: SESSION_E_FORM if there is no such field, SESSION_E_HEADER
 * for a type with control characters.
 */
session_code session_form_attach_file(session_form_t *form,
                                      const char *name,
                                      const char *path,
                                      const char *content_type);

/**
 * Attaches bytes, which are copied, as a file of this name. Otherwise as
 * session_form_attach_file().
 */
session_code session_form_attach_bytes(session_form_t *form,
                                       const char *name,
                                       const char *filename,
                                       const char *content_type,
                                       const void *content,
                                       size_t length);

/**
 * Adds a hidden field that the page does not have, as scripts do.
 */
session_code session_form_add(session_form_t *form, const char *name, const char *value);

/**
 * Disables (1) or enables (0) the first field with this name, as scripts do. Errors:
 * SESSION_E_FORM if there is none.
 */
session_code session_form_set_disabled(session_form_t *form, const char *name, int disabled);

/**
 * Makes the request that a browser sends when the form's first submit button that is not
 * disabled is clicked: method, address, body, encoding, Referer and Origin as the form, the
 * button and the page say. Send it with session_send(); it can be changed before. NULL on an
 * error, which session_form_error() tells: SESSION_E_URL or SESSION_E_SCHEME for an action that
 * is no http or https address, SESSION_E_FORM for a form that only closes a dialog. The caller
 * owns it; free it with session_request_free(). The form stays as it is.
 */
session_request_t *session_form_submit(session_form_t *form);

/**
 * The same with the first submit button with this name and, unless it is NULL, this value.
 * SESSION_E_FORM also if there is none, or it is disabled.
 */
session_request_t *session_form_submit_with(session_form_t *form,
                                            const char *name,
                                            const char *value);

/**
 * The same with the submit button at a place among the fields (from 0). SESSION_E_FORM also if
 * there is none, or it is disabled.
 */
session_request_t *session_form_submit_at(session_form_t *form, size_t field);

/**
 * The same with an image button, clicked at this place, in pixels from its upper left corner.
 * SESSION_E_FORM also if it is no image.
 */
session_request_t *session_form_submit_image(session_form_t *form, size_t field, int x, int y);

/**
 * The same without any button, as a script's form.submit() does.
 */
session_request_t *session_form_submit_without(session_form_t *form);

/**
 * The number of the form's fields (buttons too), in document order, wherever on the page they
 * are.
 */
size_t session_form_field_count(const session_form_t *form);

/**
 * The type of a field (from 0): that of the input ("text", "checkbox", "file"; "button" for
 * reset buttons too), "select-one", "select-multiple" or "textarea". Static; NULL if there is no
 * such field.
 */
const char *session_form_field_type(const session_form_t *form,
                                    size_t field);

/**
 * The element of a field, of an added one that of the form; 0 if there is no such field.
 */
session_node_t session_form_field_node(const session_form_t *form, size_t field);

/**
 * Writes the name of a field. Errors: SESSION_E_FORM if there is no such field.
 */
session_code session_form_field_name(const session_form_t *form,
                                     size_t field,
                                     session_buffer_t *into);

/**
 * Writes the value of a field: its text, what a checkbox or button sends, the value of the
 * first selected option, the name of the first attached file. Errors: SESSION_E_FORM if there
 * is no such field.
 */
session_code session_form_field_value(const session_form_t *form,
                                      size_t field,
                                      session_buffer_t *into);

/**
 * 1 if the checkbox or radio button is checked, else 0.
 */
int session_form_field_checked(const session_form_t *form, size_t field);

/**
 * 1 if the field is disabled, by itself or by a fieldset around it, and so is not sent.
 */
int session_form_field_disabled(const session_form_t *form, size_t field);

/**
 * The number of a select's options, in document order; 0 for other fields.
 */
size_t session_form_option_count(const session_form_t *form, size_t field);

/**
 * Writes the value of an option (from 0) of a select: what is sent when it is selected. Errors:
 * SESSION_E_FORM if there is no such option.
 */
session_code session_form_option_value(const session_form_t *form,
                                       size_t field,
                                       size_t option,
                                       session_buffer_t *into);

/**
 * Writes what an option (from 0) of a select shows. Errors as session_form_option_value().
 */
session_code session_form_option_label(const session_form_t *form,
                                       size_t field,
                                       size_t option,
                                       session_buffer_t *into);

/**
 * 1 if the option (from 0) of a select is selected, else 0.
 */
int session_form_option_selected(const session_form_t *form, size_t field, size_t option);

/**
 * 1 if the option (from 0) of a select is disabled, by itself or by its group, and so can not be
 * selected.
 */
int session_form_option_disabled(const session_form_t *form,
                                 size_t field,
                                 size_t option);

/* --------------------------------------------------------------------------
 * HTML: extraction
 *
 * session_spec_t
 *   A compiled extraction specification (docs/extract.md), or the error that says why it is none.
 *   Immutable; any number of threads may use it.
 * ------------------------------------------------------------------------- */

/**
 * Compiles an extraction specification, which is JSON: {"title": "h1", "links":
 * ["a::attr(href)"]}. Never NULL unless there is no memory: a bad one carries its error, whose
 * message names the field. The caller owns it; free it with session_spec_free(). Any thread.
 */
session_spec_t *session_spec_new(const char *json);

/**
 * Frees a specification. NULL is allowed.
 */
void session_spec_free(session_spec_t *spec);

/**
 * What is wrong with the specification: SESSION_E_SPEC, SESSION_OK if nothing.
 */
session_code session_spec_error(const session_spec_t *spec);

/**
 * The error in one line that names the field; "" if there is none. Lent by the specification.
 */
const char *session_spec_error_message(const session_spec_t *spec);

/**
 * Writes what a specification finds below a node, 0 for the whole document, as one JSON object.
 * On an error the buffer holds the message instead, in one line: SESSION_E_MISSING names the
 * required field that has no value, SESSION_E_BUDGET the field that takes too much work,
 * SESSION_E_NODE is for a node that the document does not have, and that of a bad specification
 * is its own. Any thread.
 */
session_code session_spec_run(const session_spec_t *spec,
                              const session_html_t *html,
                              session_node_t scope,
                              session_buffer_t *into);

/**
 * The same in one call, for the whole document: the specification is compiled, or taken from a
 * cache of those used lately. Errors as session_spec_run() and SESSION_E_SPEC, with the message
 * in the buffer.
 */
session_code session_html_extract(const session_html_t *html,
                                  const char *spec_json,
                                  session_buffer_t *into);

/* --------------------------------------------------------------------------
 * Cookies: the jar
 *
 * session_jar_t
 *   A cookie jar. Any number of threads and sessions may use one at the same time; it lives as
 *   long as anyone holds a reference to it. What a request costs does not depend on how many
 *   cookies of other sites there are.
 * ------------------------------------------------------------------------- */

/**
 * Context of a request: not HTTP, but on behalf of a script. HttpOnly cookies are out of reach.
 */
#define SESSION_COOKIES_NON_HTTP 1

/**
 * Context of a request: cross-site, a navigation of the whole page with a safe method, as when
 * a link is followed.
 */
#define SESSION_COOKIES_NAVIGATION 2

/**
 * Context of a request: cross-site, a navigation of the whole page with another method, as when
 * a form is posted.
 */
#define SESSION_COOKIES_UNSAFE_NAVIGATION 4

/**
 * Context of a request: cross-site, of something inside a page.
 */
#define SESSION_COOKIES_CROSS_SITE 8

/**
 * A cookie set by hand: for secure connections only.
 */
#define SESSION_COOKIE_SECURE 1

/**
 * A cookie set by hand: out of reach of scripts.
 */
#define SESSION_COOKIE_HTTP_ONLY 2

/**
 * A cookie set by hand: for the subdomains of its domain too.
 */
#define SESSION_COOKIE_SUBDOMAINS 4

/**
 * A cookie set by hand: SameSite=None.
 */
#define SESSION_COOKIE_SAME_SITE_NONE 16

/**
 * A cookie set by hand: SameSite=Lax.
 */
#define SESSION_COOKIE_SAME_SITE_LAX 32

/**
 * A cookie set by hand: SameSite=Strict.
 */
#define SESSION_COOKIE_SAME_SITE_STRICT 48

/**
 * Loading: leave out session cookies, as if a browser had been closed in between.
 */
#define SESSION_LOAD_DROP_SESSION 1

/**
 * Loading: skip damaged entries instead of failing.
 */
#define SESSION_LOAD_LENIENT 2

/**
 * What became of a cookie, and why.
 *
 * The numbers are stable; new ones may be added. Those below 20 are successes.
 */
typedef enum {
    /**
     * Stored as a new cookie.
     */
    SESSION_COOKIE_REASON_ACCEPTED = 0,
    /**
     * Stored in the place of one with the same name, domain and path.
     */
    SESSION_COOKIE_REASON_REPLACED = 1,
    /**
     * It was expired already, and so deleted the stored one.
     */
    SESSION_COOKIE_REASON_DELETED = 2,
    /**
     * It was expired already, and there was nothing to delete.
     */
    SESSION_COOKIE_REASON_DELETED_NOTHING = 3,
    /**
     * Sent with the request.
     */
    SESSION_COOKIE_REASON_SENT = 10,
    /**
     * The field holds a control character (RFC 6265bis, 5.6, step 1).
     */
    SESSION_COOKIE_REASON_CONTROL_CHARACTER = 20,
    /**
     * Neither name nor value.
     */
    SESSION_COOKIE_REASON_EMPTY = 21,
    /**
     * Name and value are longer than 4096 bytes together.
     */
    SESSION_COOKIE_REASON_TOO_LONG = 22,
    /**
     * The `Domain` attribute is `.`, or is not ASCII.
     */
    SESSION_COOKIE_REASON_DOMAIN_INVALID = 23,
    /**
     * The `Domain` attribute is neither the request's host nor a parent of it within its
     * registrable domain.
     */
    SESSION_COOKIE_REASON_DOMAIN_MISMATCH = 24,
    /**
     * The `Domain` attribute is a public suffix: the cookie would reach strangers.
     */
    SESSION_COOKIE_REASON_PUBLIC_SUFFIX = 25,
    /**
     * The `Path` attribute is not ASCII and so can never match.
     */
    SESSION_COOKIE_REASON_PATH_INVALID = 26,
    /**
     * `Secure`, but the connection is not.
     */
    SESSION_COOKIE_REASON_NOT_SECURE = 27,
    /**
     * A Secure cookie of that name would be shadowed from an insecure connection.
     */
    SESSION_COOKIE_REASON_OVERLAY_SECURE = 28,
    /**
     * `HttpOnly`, but the call is not HTTP.
     */
    SESSION_COOKIE_REASON_HTTP_ONLY = 29,
    /**
     * `SameSite`, but the request is cross-site.
     */
    SESSION_COOKIE_REASON_SAME_SITE = 30,
    /**
     * `SameSite=None` without `Secure`.
     */
    SESSION_COOKIE_REASON_SAME_SITE_NONE_INSECURE = 31,
    /**
     * The name begins with `__Secure-`, and a condition of that prefix is not met.
     */
    SESSION_COOKIE_REASON_PREFIX_SECURE = 32,
    /**
     * The name begins with `__Host-`, and a condition of that prefix is not met.
     */
    SESSION_COOKIE_REASON_PREFIX_HOST = 33,
    /**
     * The name begins with `__Http-`, and a condition of that prefix is not met.
     */
    SESSION_COOKIE_REASON_PREFIX_HTTP = 34,
    /**
     * The name begins with `__Host-Http-`, and a condition of that prefix is not met.
     */
    SESSION_COOKIE_REASON_PREFIX_HOST_HTTP = 35,
    /**
     * A nameless cookie whose value begins with a prefix: on the wire it would pass for one.
     */
    SESSION_COOKIE_REASON_PREFIX_NAMELESS = 36,
    /**
     * `Partitioned` without `Secure`.
     */
    SESSION_COOKIE_REASON_PARTITIONED_INSECURE = 37,
    /**
     * The URL has no host, or its scheme is none of http, https, ws and wss.
     */
    SESSION_COOKIE_REASON_BAD_URL = 38,
    /**
     * The caller's policy refused it.
     */
    SESSION_COOKIE_REASON_POLICY = 39,
    /**
     * The name, value or path given by hand cannot stand in a header.
     */
    SESSION_COOKIE_REASON_MALFORMED = 40,
    /**
     * The call failed before there was a cookie to decide about; its code says why.
     */
    SESSION_COOKIE_REASON_NO_COOKIE = 41,
    /**
     * Removed: the registrable domain has too many cookies.
     */
    SESSION_COOKIE_REASON_EVICTED_DOMAIN = 50,
    /**
     * Removed: the partition has too many cookies or bytes.
     */
    SESSION_COOKIE_REASON_EVICTED_PARTITION = 51,
    /**
     * Removed: the jar has too many cookies.
     */
    SESSION_COOKIE_REASON_EVICTED_TOTAL = 52,
    /**
     * Expired.
     */
    SESSION_COOKIE_REASON_EXPIRED = 53,
    /**
     * Deleted by the caller.
     */
    SESSION_COOKIE_REASON_CLEARED = 54,
    /**
     * Kept back: it belongs to another host.
     */
    SESSION_COOKIE_REASON_OTHER_HOST = 60,
    /**
     * Kept back: its path does not match.
     */
    SESSION_COOKIE_REASON_OTHER_PATH = 61,
    /**
     * Kept back: it belongs to another partition.
     */
    SESSION_COOKIE_REASON_OTHER_PARTITION = 62,
    /**
     * Kept back: a cookie of this request has the same name.
     */
    SESSION_COOKIE_REASON_OVERRIDDEN = 63,
    /**
     * Kept back: the header is as long as it may be.
     */
    SESSION_COOKIE_REASON_HEADER_FULL = 64,
} session_cookie_reason;


/**
 * Tells the time: milliseconds since 1970-01-01 00:00:00 UTC. May be called on any thread that
 * uses the jar, at the same time as on others.
 */
typedef int64_t (*session_clock_fn)(void *userdata);

/**
 * Decides about a cookie that a server sent: 0 stores it, 1 stores it without its expiry, as a
 * session cookie, anything else refuses it. The cookies object holds this one cookie and is
 * valid during the call. It may use the jar.
 */
typedef int (*session_cookie_policy_fn)(const char *url,
                                        const session_cookies_t *cookie,
                                        void *userdata);

/**
 * Told of every cookie that came or went, and why (session_cookies_reason). The cookies object
 * holds this one cookie and is valid during the call. It may use the jar.
 */
typedef void (*session_cookie_change_fn)(const session_cookies_t *cookie, void *userdata);

/**
 * Makes an empty jar. The caller owns a reference to it; free it with session_jar_free(). NULL
 * only when there is no memory.
 */
session_jar_t *session_jar_new(void);

/**
 * Frees a reference to a jar; the jar goes with the last one, and is saved then if
 * session_jar_set_autosave() asks for it. NULL is allowed.
 */
void session_jar_free(session_jar_t *jar);

/**
 * Stores what one Set-Cookie field says, as if url had sent it over HTTP. The field is given
 * without its name, as length bytes; it may hold any byte. *reason, unless NULL, tells what became of
 * it. SESSION_OK when it was stored, or has expired and so deleted the cookie, if there was one;
 * SESSION_E_COOKIE_REFUSED; SESSION_E_URL.
 */
session_code session_jar_store(session_jar_t *jar,
                               const char *url,
                               const void *field,
                               size_t length,
                               session_cookie_reason *reason);

/**
 * As session_jar_store(), in a context: 0 or some of SESSION_COOKIES_..., and the key of the
 * partition (such as "https://example.com") for Partitioned cookies, or NULL or "" for none.
 */
session_code session_jar_store_in(session_jar_t *jar,
                                  const char *url,
                                  const void *field,
                                  size_t length,
                                  uint32_t flags,
                                  const char *partition,
                                  session_cookie_reason *reason);

/**
 * Stores the count Set-Cookie fields of one response, all at once: no other thread sees some of
 * them without the rest. reasons, unless NULL, has room for count reasons. SESSION_OK even when
 * fields were refused: the reasons tell.
 */
session_code session_jar_store_response(session_jar_t *jar,
                                        const char *url,
                                        const char *const *fields,
                                        const size_t *lengths,
                                        size_t count,
                                        uint32_t flags,
                                        const char *partition,
                                        session_cookie_reason *reasons);

/**
 * Writes the value of the Cookie header for a request to url ("a=1; b=2") into the buffer; empty
 * when there is to be no header.
 */
session_code session_jar_header(session_jar_t *jar,
                                const char *url,
                                session_buffer_t *into);

/**
 * As session_jar_header(), in a context; see session_jar_store_in().
 */
session_code session_jar_header_in(session_jar_t *jar,
                                   const char *url,
                                   uint32_t flags,
                                   const char *partition,
                                   session_buffer_t *into);

/**
 * Sets a cookie by hand, under the rules of a Set-Cookie field that its own host sent over a
 * secure connection. domain is a host, with a dot in front also for those below it, as with
 * SESSION_COOKIE_SUBDOMAINS; path may be NULL for "/"; name is "" for a nameless cookie;
 * value is NUL-terminated, NULL for an empty one; expires_ms is in milliseconds since 1970, 0 for a
 * session cookie, and a time that has passed deletes the cookie; flags are some of
 * SESSION_COOKIE_.... *reason, unless NULL, tells what became of it. SESSION_E_COOKIE_REFUSED when
 * it breaks a rule.
 */
session_code session_jar_set(session_jar_t *jar,
                             const char *domain,
                             const char *cookie_path,
                             const char *name,
                             const char *value,
                             int64_t expires_ms,
                             uint32_t flags,
                             session_cookie_reason *reason);

/**
 * Writes the value of the cookie of this name that a request to url sends into the buffer.
 * SESSION_E_MISSING when it sends none.
 */
session_code session_jar_get(session_jar_t *jar,
                             const char *url,
                             const char *name,
                             session_buffer_t *into);

/**
 * Deletes the cookies of a domain, path and name, each exactly, or any where it is NULL. A
 * domain with a leading dot means its subdomains too. *count, unless NULL, gets how many they were.
 */
session_code session_jar_delete(session_jar_t *jar,
                                const char *domain,
                                const char *cookie_path,
                                const char *name,
                                size_t *count);

/**
 * Deletes all cookies.
 */
session_code session_jar_clear(session_jar_t *jar);

/**
 * Deletes the cookies without an expiry, as when a browser is closed.
 */
session_code session_jar_clear_session(session_jar_t *jar);

/**
 * How many cookies there are that have not expired; 0 for NULL.
 */
size_t session_jar_count(session_jar_t *jar);

/**
 * A snapshot of the cookies of a domain, path and name, each exactly, or any where it is NULL;
 * sorted by domain, path and name. A domain with a leading dot means its subdomains too. The
 * caller owns it; free it with session_cookies_free(). NULL only for bad arguments.
 */
session_cookies_t *session_jar_cookies(session_jar_t *jar,
                                       const char *domain,
                                       const char *cookie_path,
                                       const char *name);

/**
 * Every cookie of the site of url, each with the reason why a request sends it or does not
 * (session_cookies_reason), in the order of the header. Context as for session_jar_store_in().
 * The caller owns it; free it with session_cookies_free(). NULL only for bad arguments.
 */
session_cookies_t *session_jar_explain(session_jar_t *jar,
                                       const char *url,
                                       uint32_t flags,
                                       const char *partition);

/**
 * Loads cookies from a file and adds them to the jar. file_format: 0 finds out, 1 Netscape
 * (cookies.txt), 2 JSON (ours, Playwright's, browser extensions', tough-cookie's, HAR), LWP's only with
 * 0; flags: some of SESSION_LOAD_.... *count, unless NULL, gets how many were stored. The buffer, unless NULL, gets
 * a line for each entry that was skipped or found no room within the jar's limits (its number and the
 * reason), a last one "evicted to make room: N" when cookies had to go that were in the jar before,
 * or else the error. SESSION_E_IO
 * when the file cannot be read, SESSION_E_COOKIE_FILE when it is damaged; the jar is then as it was.
 */
session_code session_jar_load(session_jar_t *jar,
                              const char *file,
                              int file_format,
                              uint32_t flags,
                              size_t *count,
                              session_buffer_t *into);

/**
 * As session_jar_load(), from length bytes of memory.
 */
session_code session_jar_load_bytes(session_jar_t *jar,
                                    const void *data,
                                    size_t length,
                                    int file_format,
                                    uint32_t flags,
                                    size_t *count,
                                    session_buffer_t *into);

/**
 * Saves the cookies to a file: a new one is written beside it, synced and renamed over it, with
 * mode 0600; a symbolic link is replaced, not followed. file_format: 0 is JSON for a name that ends in
 * ".json", else Netscape; 1 Netscape; 2 JSON. *count, unless NULL, gets how many were written:
 * cookies in a partition, and such with a TAB, have no place in the Netscape format, and curl takes
 * the value of a nameless one for its name. SESSION_E_IO
 * when it fails; the old file is then as it was.
 */
session_code session_jar_save(session_jar_t *jar,
                              const char *file,
                              int file_format,
                              size_t *count);

/**
 * As session_jar_save(), into a buffer. Format 0 is Netscape.
 */
session_code session_jar_save_buffer(session_jar_t *jar,
                                     int file_format,
                                     session_buffer_t *into);

/**
 * Saves the jar to a file when its last reference is freed; NULL, the default, does not. Errors
 * then go unnoticed. SESSION_E_ARGUMENT for an empty path. Format as for session_jar_save().
 */
session_code session_jar_set_autosave(session_jar_t *jar, const char *file, int file_format);

/**
 * Explains a reason in a few words of English. Static text, never NULL: a number that is no
 * reason gives "unknown reason". Any thread.
 */
const char *session_cookie_reason_text(int reason);

/**
 * Sets the limits; 0 means none. Most cookies of one registrable domain (default 180), most
 * cookies in the jar (default 100,000), and most bytes of a Cookie header (default 0). What is unused
 * for longest goes first. What is there already stays until the next cookie is stored.
 */
session_code session_jar_set_limits(session_jar_t *jar,
                                    int64_t per_domain,
                                    int64_t total,
                                    int64_t header_bytes);

/**
 * Sets the limits of one registrable domain in one partition; 0 means none. Most cookies (default
 * 180), and most bytes of their names and values together (default 10,240). What is unused for
 * longest goes first.
 */
session_code session_jar_set_partition_limits(session_jar_t *jar,
                                              int64_t cookies,
                                              int64_t bytes);

/**
 * Sets the longest lifetime that a server, or session_jar_set(), may give a cookie, in
 * milliseconds. Default and most: 400 days. With 0, a cookie with an expiry is not stored.
 */
session_code session_jar_set_max_lifetime_ms(session_jar_t *jar, int64_t milliseconds);

/**
 * Sets whether http to localhost, its subdomains, 127.0.0.0/8 and ::1 counts as secure. Default 1.
 */
session_code session_jar_set_loopback_secure(session_jar_t *jar,
                                             int secure);

/**
 * Sets whether SameSite=None needs Secure, without which the cookie is refused. Default 1.
 */
session_code session_jar_set_same_site_none_secure(session_jar_t *jar, int needed);

/**
 * Sets whether Partitioned cookies of requests without a partition are kept in the partition of
 * the request's own site, and sent from there. Default 0: they are stored without a partition.
 */
session_code session_jar_set_partition_by_own_site(session_jar_t *jar, int own);

/**
 * Sets the clock; NULL, the default, is the system's. free_userdata, unless NULL, is called when
 * the userdata is not used any more.
 */
session_code session_jar_set_clock(session_jar_t *jar,
                                   session_clock_fn clock,
                                   void *userdata,
                                   session_free_fn free_userdata);

/**
 * Sets what decides about the cookies that servers send, in responses and in the fields that
 * session_jar_store() and its kin are given, before they are stored; NULL, the default, accepts all.
 * It is asked of cookies that passed every check but those against stored ones: that one may still
 * shadow a Secure cookie, or be in the place of an HttpOnly one that is out of reach. It is not asked
 * of deletions, nor of what the program itself sets or loads: session_jar_set(), session_jar_load().
 * Called without a lock held. free_userdata as for session_jar_set_clock().
 */
session_code session_jar_set_policy(session_jar_t *jar,
                                    session_cookie_policy_fn policy,
                                    void *userdata,
                                    session_free_fn free_userdata);

/**
 * Sets what is told of every change; NULL, the default, is nothing. It is called on the thread
 * that made the change, after it, without a lock held. free_userdata as for
 * session_jar_set_clock().
 */
session_code session_jar_set_change_hook(session_jar_t *jar,
                                         session_cookie_change_fn hook,
                                         void *userdata,
                                         session_free_fn free_userdata);

/* --------------------------------------------------------------------------
 * Cookies: what is in a jar
 *
 * session_cookies_t
 *   A snapshot of cookies; the jar may change or be freed meanwhile. Immutable: many threads may
 *   read it. Cookies are counted from 0; an index that is too large gives NULL or 0.
 * ------------------------------------------------------------------------- */

/**
 * Frees the snapshot and all text that was borrowed from it. NULL is allowed.
 */
void session_cookies_free(session_cookies_t *cookies);

/**
 * How many cookies there are; 0 for NULL.
 */
size_t session_cookies_count(const session_cookies_t *cookies);

/**
 * The name, empty for a nameless cookie: bytes as the server sent them, NUL-terminated, and
 * their number in *length unless that is NULL. Valid until the snapshot is freed.
 */
const char *session_cookies_name(const session_cookies_t *cookies,
                                 size_t index,
                                 size_t *length);

/**
 * The value: bytes as the server sent them; otherwise as session_cookies_name().
 */
const char *session_cookies_value(const session_cookies_t *cookies,
                                  size_t index,
                                  size_t *length);

/**
 * The domain, without a leading dot, in lower case and ASCII; otherwise as
 * session_cookies_name().
 */
const char *session_cookies_domain(const session_cookies_t *cookies,
                                   size_t index,
                                   size_t *length);

/**
 * The path; otherwise as session_cookies_name().
 */
const char *session_cookies_path(const session_cookies_t *cookies,
                                 size_t index,
                                 size_t *length);

/**
 * The key of the partition, NULL for a cookie in none; otherwise as session_cookies_name().
 */
const char *session_cookies_partition(const session_cookies_t *cookies,
                                      size_t index,
                                      size_t *length);

/**
 * 1 when it is sent to its domain only, 0 when to subdomains too.
 */
int session_cookies_host_only(const session_cookies_t *cookies, size_t index);

/**
 * 1 when it is sent over secure connections only.
 */
int session_cookies_secure(const session_cookies_t *cookies, size_t index);

/**
 * 1 when it is out of reach of scripts.
 */
int session_cookies_http_only(const session_cookies_t *cookies, size_t index);

/**
 * The SameSite attribute: 0 unset (treated as Lax), 1 None, 2 Lax, 3 Strict.
 */
int session_cookies_same_site(const session_cookies_t *cookies, size_t index);

/**
 * When it expires, in milliseconds since 1970; 0 for a session cookie.
 */
int64_t session_cookies_expires_ms(const session_cookies_t *cookies, size_t index);

/**
 * When it was first stored, in milliseconds since 1970.
 */
int64_t session_cookies_creation_ms(const session_cookies_t *cookies, size_t index);

/**
 * When it was last stored or sent, in milliseconds since 1970, exact to a minute.
 */
int64_t session_cookies_last_access_ms(const session_cookies_t *cookies, size_t index);

/**
 * The reason, where there is one: of session_jar_explain() why it is sent or not, of a change
 * hook why it came or went. SESSION_COOKIE_REASON_NO_COOKIE where there is none, such as beyond the last
 * and for NULL. session_cookie_reason_text() explains it.
 */
int session_cookies_reason(const session_cookies_t *cookies,
                           size_t index);

/* --------------------------------------------------------------------------
 * Plugins
 * ------------------------------------------------------------------------- */

/**
 * Pointers to all functions of the library, each under its own name. New functions are only ever
 * added at the end: those that lie beyond size are not in this library.
 */
typedef struct {
    /**
     * The size of the table in bytes, as this library has it.
     */
    size_t size;
    const char *(*session_strerror)(int code);
    const char *(*session_version)(void);
    uint32_t (*session_version_number)(void);
    uint32_t (*session_abi_version)(void);
    const char *(*session_features)(void);
    session_t *(*session_new)(void);
    void (*session_free)(session_t *session);
    session_code (*session_set_header)(session_t *session, const char *name, const char *value);
    session_code (*session_set_secret_header)(session_t *session, const char *name);
    session_code (*session_set_param)(session_t *session, const char *name, const char *value);
    session_code (*session_set_base_url)(session_t *session, const char *url);
    session_code (*session_set_timeout_ms)(session_t *session, int64_t milliseconds);
    session_code (*session_set_connect_timeout_ms)(session_t *session, int64_t milliseconds);
    session_code (*session_set_read_timeout_ms)(session_t *session, int64_t milliseconds);
    session_code (*session_set_auth_basic)(session_t *session,
                                           const char *user,
                                           const char *password);
    session_code (*session_set_auth_digest)(session_t *session,
                                            const char *user,
                                            const char *password);
    session_code (*session_set_auth_bearer)(session_t *session, const char *token);
    session_code (*session_set_redirect_limit)(session_t *session, uint32_t limit);
    session_code (*session_set_redirect_policy)(session_t *session,
                                                int policy,
                                                int refuse_downgrade);
    session_code (*session_set_retry)(session_t *session, uint32_t attempts, int64_t backoff_ms);
    session_code (*session_set_max_body)(session_t *session, int64_t bytes);
    session_code (*session_set_max_decoded_ratio)(session_t *session, uint32_t ratio);
    session_code (*session_set_proxy)(session_t *session, const char *url);
    session_code (*session_set_trust_env)(session_t *session, int trust);
    session_code (*session_set_verify)(session_t *session, int verify);
    session_code (*session_set_ca_file)(session_t *session, const char *path);
    session_code (*session_set_ca_pem)(session_t *session, const void *pem, size_t length);
    session_code (*session_set_client_cert)(session_t *session,
                                            const char *cert_file,
                                            const char *key_file,
                                            const char *passphrase);
    session_code (*session_set_pinned_key)(session_t *session, const char *pin);
    session_code (*session_set_min_tls)(session_t *session, int version);
    session_code (*session_set_http_version)(session_t *session, int version);
    session_code (*session_set_resolve)(session_t *session,
                                        const char *host,
                                        uint16_t port,
                                        const char *address);
    session_code (*session_set_connection_limits)(session_t *session,
                                                  size_t per_host,
                                                  size_t total,
                                                  size_t idle);
    session_response_t *(*session_get)(session_t *session, const char *url);
    session_response_t *(*session_head)(session_t *session, const char *url);
    session_response_t *(*session_options)(session_t *session, const char *url);
    session_response_t *(*session_delete)(session_t *session, const char *url);
    session_response_t *(*session_post)(session_t *session,
                                        const char *url,
                                        const char *content_type,
                                        const void *body,
                                        size_t length);
    session_response_t *(*session_put)(session_t *session,
                                       const char *url,
                                       const char *content_type,
                                       const void *body,
                                       size_t length);
    session_response_t *(*session_patch)(session_t *session,
                                         const char *url,
                                         const char *content_type,
                                         const void *body,
                                         size_t length);
    session_request_t *(*session_request_new)(const char *method, const char *url);
    void (*session_request_free)(session_request_t *request);
    session_code (*session_request_set_header)(session_request_t *request,
                                               const char *name,
                                               const char *value);
    session_code (*session_request_add_header)(session_request_t *request,
                                               const char *name,
                                               const char *value);
    session_code (*session_request_set_param)(session_request_t *request,
                                              const char *name,
                                              const char *value);
    session_code (*session_request_add_param)(session_request_t *request,
                                              const char *name,
                                              const char *value);
    session_code (*session_request_set_body)(session_request_t *request,
                                             const char *content_type,
                                             const void *body,
                                             size_t length);
    session_code (*session_request_set_json)(session_request_t *request, const char *json);
    session_code (*session_request_set_body_file)(session_request_t *request,
                                                  const char *content_type,
                                                  const char *path);
    session_code (*session_request_add_field)(session_request_t *request,
                                              const char *name,
                                              const char *value);
    session_code (*session_request_add_part)(session_request_t *request,
                                             const char *name,
                                             const char *filename,
                                             const char *content_type,
                                             const void *data,
                                             size_t length);
    session_code (*session_request_add_file)(session_request_t *request,
                                             const char *name,
                                             const char *path,
                                             const char *content_type);
    session_code (*session_request_set_cookie)(session_request_t *request,
                                               const char *name,
                                               const char *value);
    session_code (*session_request_set_auth_basic)(session_request_t *request,
                                                   const char *user,
                                                   const char *password);
    session_code (*session_request_set_timeout_ms)(session_request_t *request,
                                                   int64_t milliseconds);
    session_code (*session_request_set_connect_timeout_ms)(session_request_t *request,
                                                           int64_t milliseconds);
    session_code (*session_request_set_read_timeout_ms)(session_request_t *request,
                                                        int64_t milliseconds);
    session_code (*session_request_set_redirect_limit)(session_request_t *request,
                                                       uint32_t limit);
    session_code (*session_request_set_max_body)(session_request_t *request, int64_t bytes);
    session_code (*session_request_set_proxy)(session_request_t *request, const char *url);
    session_response_t *(*session_send)(session_t *session, const session_request_t *request);
    session_code (*session_submit)(session_t *session,
                                   const session_request_t *request,
                                   void *userdata,
                                   uint64_t *id);
    session_response_t *(*session_next)(session_t *session, int64_t timeout_ms);
    size_t (*session_outstanding)(const session_t *session);
    int (*session_fd)(session_t *session);
    session_code (*session_cancel)(session_t *session, uint64_t id);
    void (*session_response_free)(session_response_t *response);
    session_code (*session_response_error)(const session_response_t *response);
    const char *(*session_response_error_message)(const session_response_t *response);
    int (*session_response_ok)(const session_response_t *response);
    int (*session_response_status)(const session_response_t *response);
    int (*session_response_http_version)(const session_response_t *response);
    const char *(*session_response_reason)(const session_response_t *response);
    const char *(*session_response_method)(const session_response_t *response);
    const char *(*session_response_url)(const session_response_t *response);
    const char *(*session_response_remote_address)(const session_response_t *response);
    const char *(*session_response_header)(const session_response_t *response,
                                           const char *name,
                                           size_t *length);
    size_t (*session_response_header_count)(const session_response_t *response);
    session_code (*session_response_header_at)(const session_response_t *response,
                                               size_t index,
                                               const char **name,
                                               const char **value);
    const void *(*session_response_body)(const session_response_t *response, size_t *length);
    const char *(*session_response_text)(const session_response_t *response, size_t *length);
    int64_t (*session_response_timing_us)(const session_response_t *response, int which);
    uint64_t (*session_response_bytes_received)(const session_response_t *response);
    uint64_t (*session_response_bytes_sent)(const session_response_t *response);
    size_t (*session_response_history_count)(const session_response_t *response);
    const session_response_t *(*session_response_history_at)(const session_response_t *response,
                                                             size_t index);
    uint64_t (*session_response_id)(const session_response_t *response);
    void *(*session_response_userdata)(const session_response_t *response);
    const char *(*session_response_encoding)(const session_response_t *response);
    session_buffer_t *(*session_buffer_new)(void);
    void (*session_buffer_free)(session_buffer_t *buffer);
    const char *(*session_buffer_data)(const session_buffer_t *buffer, size_t *length);
    session_html_t *(*session_response_html)(const session_response_t *response);
    session_html_t *(*session_html_new)(const void *bytes_of_page,
                                        size_t length,
                                        const char *url,
                                        const char *encoding);
    void (*session_html_free)(session_html_t *html);
    const char *(*session_html_encoding)(const session_html_t *html);
    session_code (*session_html_title)(const session_html_t *html, session_buffer_t *into);
    session_code (*session_html_base_url)(const session_html_t *html, session_buffer_t *into);
    session_code (*session_html_resolve)(const session_html_t *html,
                                         const char *reference,
                                         session_buffer_t *into);
    session_node_t (*session_html_root)(const session_html_t *html);
    session_nodes_t *(*session_html_find)(const session_html_t *html,
                                          session_node_t scope,
                                          const char *css);
    session_node_t (*session_html_find_first)(const session_html_t *html,
                                              session_node_t scope,
                                              const char *css);
    session_nodes_t *(*session_html_find_containing)(const session_html_t *html,
                                                     session_node_t scope,
                                                     const char *css,
                                                     const char *const *needles,
                                                     size_t count);
    session_strings_t *(*session_html_find_values)(const session_html_t *html,
                                                   session_node_t scope,
                                                   const char *css);
    session_strings_t *(*session_html_links)(const session_html_t *html,
                                             session_node_t scope,
                                             uint32_t flags);
    session_code (*session_html_next_url)(const session_html_t *html, session_buffer_t *into);
    int (*session_node_kind)(const session_html_t *html, session_node_t node);
    const char *(*session_node_tag)(const session_html_t *html, session_node_t node);
    const char *(*session_node_attribute)(const session_html_t *html,
                                          session_node_t node,
                                          const char *name,
                                          size_t *length);
    size_t (*session_node_attribute_count)(const session_html_t *html, session_node_t node);
    session_code (*session_node_attribute_at)(const session_html_t *html,
                                              session_node_t node,
                                              size_t index,
                                              const char **name,
                                              const char **value);
    session_strings_t *(*session_node_tokens)(const session_html_t *html,
                                              session_node_t node,
                                              const char *name);
    int (*session_node_line)(const session_html_t *html, session_node_t node);
    session_node_t (*session_node_parent)(const session_html_t *html, session_node_t node);
    session_node_t (*session_node_first_child)(const session_html_t *html, session_node_t node);
    session_node_t (*session_node_last_child)(const session_html_t *html, session_node_t node);
    session_node_t (*session_node_next_sibling)(const session_html_t *html, session_node_t node);
    session_node_t (*session_node_previous_sibling)(const session_html_t *html,
                                                    session_node_t node);
    session_node_t (*session_node_next_element)(const session_html_t *html, session_node_t node);
    session_node_t (*session_node_previous_element)(const session_html_t *html,
                                                    session_node_t node);
    session_node_t (*session_node_template_contents)(const session_html_t *html,
                                                     session_node_t node);
    session_nodes_t *(*session_node_children)(const session_html_t *html, session_node_t node);
    session_nodes_t *(*session_node_ancestors)(const session_html_t *html, session_node_t node);
    int (*session_node_matches)(const session_html_t *html,
                                session_node_t element,
                                const char *css);
    session_node_t (*session_node_closest)(const session_html_t *html,
                                           session_node_t element,
                                           const char *css);
    session_code (*session_node_text)(const session_html_t *html,
                                      session_node_t node,
                                      session_buffer_t *into);
    session_code (*session_node_full_text)(const session_html_t *html,
                                           session_node_t node,
                                           session_buffer_t *into);
    session_code (*session_node_own_text)(const session_html_t *html,
                                          session_node_t node,
                                          session_buffer_t *into);
    session_code (*session_node_html)(const session_html_t *html,
                                      session_node_t node,
                                      session_buffer_t *into);
    session_code (*session_node_inner_html)(const session_html_t *html,
                                            session_node_t node,
                                            session_buffer_t *into);
    void (*session_nodes_free)(session_nodes_t *nodes);
    session_code (*session_nodes_error)(const session_nodes_t *nodes);
    const char *(*session_nodes_error_message)(const session_nodes_t *nodes);
    const session_node_t *(*session_nodes_data)(const session_nodes_t *nodes, size_t *count);
    size_t (*session_nodes_count)(const session_nodes_t *nodes);
    session_node_t (*session_nodes_at)(const session_nodes_t *nodes, size_t index);
    session_strings_t *(*session_nodes_attribute)(const session_nodes_t *nodes,
                                                  const session_html_t *html,
                                                  const char *name);
    session_strings_t *(*session_nodes_text)(const session_nodes_t *nodes,
                                             const session_html_t *html);
    session_strings_t *(*session_nodes_full_text)(const session_nodes_t *nodes,
                                                  const session_html_t *html);
    void (*session_strings_free)(session_strings_t *strings);
    session_code (*session_strings_error)(const session_strings_t *strings);
    const char *(*session_strings_error_message)(const session_strings_t *strings);
    size_t (*session_strings_count)(const session_strings_t *strings);
    const char *(*session_strings_at)(const session_strings_t *strings,
                                      size_t index,
                                      size_t *length);
    const char *(*session_strings_data)(const session_strings_t *strings, const size_t **offsets);
    session_matches_t *(*session_html_search)(const session_html_t *html,
                                              session_node_t scope,
                                              const char *search_template,
                                              uint32_t flags);
    void (*session_matches_free)(session_matches_t *matches);
    session_code (*session_matches_error)(const session_matches_t *matches);
    const char *(*session_matches_error_message)(const session_matches_t *matches);
    size_t (*session_matches_count)(const session_matches_t *matches);
    size_t (*session_matches_field_count)(const session_matches_t *matches);
    const char *(*session_matches_field_name)(const session_matches_t *matches, size_t field);
    int (*session_matches_field)(const session_matches_t *matches, const char *name);
    int (*session_matches_type)(const session_matches_t *matches, size_t index, size_t field);
    session_code (*session_matches_value)(const session_matches_t *matches,
                                          size_t index,
                                          size_t field,
                                          session_buffer_t *into);
    int64_t (*session_matches_integer)(const session_matches_t *matches,
                                       size_t index,
                                       size_t field);
    double (*session_matches_number)(const session_matches_t *matches,
                                     size_t index,
                                     size_t field);
    session_code (*session_matches_range)(const session_matches_t *matches,
                                          size_t index,
                                          size_t *start,
                                          size_t *end);
    session_code (*session_matches_span)(const session_matches_t *matches,
                                         size_t index,
                                         size_t field,
                                         size_t *start,
                                         size_t *end);
    const char *(*session_matches_searched)(const session_matches_t *matches, size_t *length);
    session_code (*session_matches_json)(const session_matches_t *matches,
                                         session_buffer_t *into);
    size_t (*session_html_form_count)(const session_html_t *html);
    session_form_t *(*session_html_form)(const session_html_t *html, session_node_t node);
    session_form_t *(*session_html_form_at)(const session_html_t *html, size_t index);
    session_form_t *(*session_html_form_named)(const session_html_t *html, const char *name);
    void (*session_form_free)(session_form_t *form);
    session_code (*session_form_error)(const session_form_t *form);
    const char *(*session_form_error_message)(const session_form_t *form);
    session_node_t (*session_form_node)(const session_form_t *form);
    size_t (*session_form_field_count)(const session_form_t *form);
    const char *(*session_form_field_type)(const session_form_t *form, size_t field);
    session_node_t (*session_form_field_node)(const session_form_t *form, size_t field);
    session_code (*session_form_field_name)(const session_form_t *form,
                                            size_t field,
                                            session_buffer_t *into);
    session_code (*session_form_field_value)(const session_form_t *form,
                                             size_t field,
                                             session_buffer_t *into);
    int (*session_form_field_checked)(const session_form_t *form, size_t field);
    int (*session_form_field_disabled)(const session_form_t *form, size_t field);
    session_code (*session_form_json)(const session_form_t *form, session_buffer_t *into);
    session_code (*session_form_set)(session_form_t *form, const char *name, const char *value);
    session_code (*session_form_set_at)(session_form_t *form, size_t field, const char *value);
    session_code (*session_form_check)(session_form_t *form,
                                       const char *name,
                                       const char *value,
                                       int checked);
    session_code (*session_form_check_at)(session_form_t *form, size_t field, int checked);
    session_code (*session_form_select)(session_form_t *form,
                                        const char *name,
                                        const char *value,
                                        int selected);
    session_code (*session_form_attach_file)(session_form_t *form,
                                             const char *name,
                                             const char *path,
                                             const char *content_type);
    session_code (*session_form_attach_bytes)(session_form_t *form,
                                              const char *name,
                                              const char *filename,
                                              const char *content_type,
                                              const void *content,
                                              size_t length);
    session_code (*session_form_add)(session_form_t *form, const char *name, const char *value);
    session_code (*session_form_set_disabled)(session_form_t *form,
                                              const char *name,
                                              int disabled);
    session_request_t *(*session_form_submit)(session_form_t *form);
    session_request_t *(*session_form_submit_with)(session_form_t *form,
                                                   const char *name,
                                                   const char *value);
    session_request_t *(*session_form_submit_at)(session_form_t *form, size_t field);
    session_request_t *(*session_form_submit_image)(session_form_t *form,
                                                    size_t field,
                                                    int x,
                                                    int y);
    session_request_t *(*session_form_submit_without)(session_form_t *form);
    session_spec_t *(*session_spec_new)(const char *json);
    void (*session_spec_free)(session_spec_t *spec);
    session_code (*session_spec_error)(const session_spec_t *spec);
    const char *(*session_spec_error_message)(const session_spec_t *spec);
    session_code (*session_spec_run)(const session_spec_t *spec,
                                     const session_html_t *html,
                                     session_node_t scope,
                                     session_buffer_t *into);
    session_code (*session_html_extract)(const session_html_t *html,
                                         const char *spec_json,
                                         session_buffer_t *into);
    session_jar_t *(*session_jar)(session_t *session);
    session_code (*session_set_jar)(session_t *session, const session_jar_t *jar);
    session_jar_t *(*session_jar_new)(void);
    void (*session_jar_free)(session_jar_t *jar);
    session_code (*session_jar_store)(session_jar_t *jar,
                                      const char *url,
                                      const void *field,
                                      size_t length,
                                      session_cookie_reason *reason);
    session_code (*session_jar_store_in)(session_jar_t *jar,
                                         const char *url,
                                         const void *field,
                                         size_t length,
                                         uint32_t flags,
                                         const char *partition,
                                         session_cookie_reason *reason);
    session_code (*session_jar_store_response)(session_jar_t *jar,
                                               const char *url,
                                               const char *const *fields,
                                               const size_t *lengths,
                                               size_t count,
                                               uint32_t flags,
                                               const char *partition,
                                               session_cookie_reason *reasons);
    session_code (*session_jar_header)(session_jar_t *jar,
                                       const char *url,
                                       session_buffer_t *into);
    session_code (*session_jar_header_in)(session_jar_t *jar,
                                          const char *url,
                                          uint32_t flags,
                                          const char *partition,
                                          session_buffer_t *into);
    session_code (*session_jar_set)(session_jar_t *jar,
                                    const char *domain,
                                    const char *cookie_path,
                                    const char *name,
                                    const char *value,
                                    int64_t expires_ms,
                                    uint32_t flags,
                                    session_cookie_reason *reason);
    session_code (*session_jar_get)(session_jar_t *jar,
                                    const char *url,
                                    const char *name,
                                    session_buffer_t *into);
    session_code (*session_jar_delete)(session_jar_t *jar,
                                       const char *domain,
                                       const char *cookie_path,
                                       const char *name,
                                       size_t *count);
    session_code (*session_jar_clear)(session_jar_t *jar);
    session_code (*session_jar_clear_session)(session_jar_t *jar);
    size_t (*session_jar_count)(session_jar_t *jar);
    session_cookies_t *(*session_jar_cookies)(session_jar_t *jar,
                                              const char *domain,
                                              const char *cookie_path,
                                              const char *name);
    session_cookies_t *(*session_jar_explain)(session_jar_t *jar,
                                              const char *url,
                                              uint32_t flags,
                                              const char *partition);
    session_code (*session_jar_load)(session_jar_t *jar,
                                     const char *file,
                                     int file_format,
                                     uint32_t flags,
                                     size_t *count,
                                     session_buffer_t *into);
    session_code (*session_jar_load_bytes)(session_jar_t *jar,
                                           const void *data,
                                           size_t length,
                                           int file_format,
                                           uint32_t flags,
                                           size_t *count,
                                           session_buffer_t *into);
    session_code (*session_jar_save)(session_jar_t *jar,
                                     const char *file,
                                     int file_format,
                                     size_t *count);
    session_code (*session_jar_save_buffer)(session_jar_t *jar,
                                            int file_format,
                                            session_buffer_t *into);
    session_code (*session_jar_set_autosave)(session_jar_t *jar,
                                             const char *file,
                                             int file_format);
    session_code (*session_jar_set_limits)(session_jar_t *jar,
                                           int64_t per_domain,
                                           int64_t total,
                                           int64_t header_bytes);
    session_code (*session_jar_set_max_lifetime_ms)(session_jar_t *jar, int64_t milliseconds);
    session_code (*session_jar_set_loopback_secure)(session_jar_t *jar, int secure);
    session_code (*session_jar_set_partition_by_own_site)(session_jar_t *jar, int own);
    session_code (*session_jar_set_clock)(session_jar_t *jar,
                                          session_clock_fn clock,
                                          void *userdata,
                                          session_free_fn free_userdata);
    session_code (*session_jar_set_policy)(session_jar_t *jar,
                                           session_cookie_policy_fn policy,
                                           void *userdata,
                                           session_free_fn free_userdata);
    session_code (*session_jar_set_change_hook)(session_jar_t *jar,
                                                session_cookie_change_fn hook,
                                                void *userdata,
                                                session_free_fn free_userdata);
    const char *(*session_cookie_reason_text)(int reason);
    void (*session_cookies_free)(session_cookies_t *cookies);
    size_t (*session_cookies_count)(const session_cookies_t *cookies);
    const char *(*session_cookies_name)(const session_cookies_t *cookies,
                                        size_t index,
                                        size_t *length);
    const char *(*session_cookies_value)(const session_cookies_t *cookies,
                                         size_t index,
                                         size_t *length);
    const char *(*session_cookies_domain)(const session_cookies_t *cookies,
                                          size_t index,
                                          size_t *length);
    const char *(*session_cookies_path)(const session_cookies_t *cookies,
                                        size_t index,
                                        size_t *length);
    const char *(*session_cookies_partition)(const session_cookies_t *cookies,
                                             size_t index,
                                             size_t *length);
    int (*session_cookies_host_only)(const session_cookies_t *cookies, size_t index);
    int (*session_cookies_secure)(const session_cookies_t *cookies, size_t index);
    int (*session_cookies_http_only)(const session_cookies_t *cookies, size_t index);
    int (*session_cookies_same_site)(const session_cookies_t *cookies, size_t index);
    int64_t (*session_cookies_expires_ms)(const session_cookies_t *cookies, size_t index);
    int64_t (*session_cookies_creation_ms)(const session_cookies_t *cookies, size_t index);
    int64_t (*session_cookies_last_access_ms)(const session_cookies_t *cookies, size_t index);
    int (*session_cookies_reason)(const session_cookies_t *cookies, size_t index);
    session_code (*session_set_browser)(session_t *session, const char *style);
    const char *(*session_user_agent)(const char *style);
    session_code (*session_set_netrc)(session_t *session, const char *path);
    session_code (*session_set_hsts)(session_t *session, int on);
    session_code (*session_set_interface)(session_t *session, const char *interface);
    session_code (*session_set_unix_socket)(session_t *session, const char *path);
    session_code (*session_response_failure)(const session_response_t *response,
                                             session_buffer_t *into);
    session_code (*session_response_link)(const session_response_t *response,
                                          const char *relation,
                                          session_buffer_t *into);
    session_code (*session_response_json)(const session_response_t *response,
                                          session_buffer_t *into);
    session_code (*session_response_next_url)(const session_response_t *response,
                                              session_buffer_t *into);
    session_pages_t *(*session_pages_new)(session_t *session,
                                          const session_request_t *request,
                                          size_t limit);
    void (*session_pages_free)(session_pages_t *pages);
    session_response_t *(*session_pages_next)(session_pages_t *pages);
    session_value_t *(*session_html_xpath)(const session_html_t *html,
                                           session_node_t scope,
                                           const char *expression);
    void (*session_value_free)(session_value_t *value);
    session_code (*session_value_error)(const session_value_t *value);
    const char *(*session_value_error_message)(const session_value_t *value);
    int (*session_value_type)(const session_value_t *value);
    size_t (*session_value_count)(const session_value_t *value);
    const session_node_t *(*session_value_nodes)(const session_value_t *value, size_t *count);
    int (*session_value_item_kind)(const session_value_t *value, size_t index);
    const char *(*session_value_item_name)(const session_value_t *value, size_t index);
    const char *(*session_value_item_text)(const session_value_t *value,
                                           size_t index,
                                           size_t *length);
    double (*session_value_number)(const session_value_t *value);
    int (*session_value_boolean)(const session_value_t *value);
    const char *(*session_value_string)(const session_value_t *value, size_t *length);
    session_code (*session_pages_set_symbols)(session_pages_t *pages,
                                              const char *const *symbols,
                                              size_t count);
    session_nodes_t *(*session_html_link_nodes)(const session_html_t *html,
                                                session_node_t scope,
                                                uint32_t flags);
    session_code (*session_html_next_url_with)(const session_html_t *html,
                                               const char *const *symbols,
                                               size_t count,
                                               session_buffer_t *into);
    session_form_t *(*session_html_form_find)(const session_html_t *html, const char *css);
    size_t (*session_form_option_count)(const session_form_t *form, size_t field);
    session_code (*session_form_option_value)(const session_form_t *form,
                                              size_t field,
                                              size_t option,
                                              session_buffer_t *into);
    session_code (*session_form_option_label)(const session_form_t *form,
                                              size_t field,
                                              size_t option,
                                              session_buffer_t *into);
    int (*session_form_option_selected)(const session_form_t *form, size_t field, size_t option);
    int (*session_form_option_disabled)(const session_form_t *form, size_t field, size_t option);
    session_code (*session_set_auth_ntlm)(session_t *session,
                                          const char *user,
                                          const char *password);
    session_code (*session_set_auth_negotiate)(session_t *session);
    session_code (*session_set_refresh)(session_t *session, int64_t max_delay_ms);
    session_code (*session_set_retry_statuses)(session_t *session,
                                               const int *statuses,
                                               size_t count,
                                               int any_method);
    session_code (*session_hsts_load)(session_t *session,
                                      const char *path,
                                      session_buffer_t *into);
    session_code (*session_hsts_save)(session_t *session,
                                      const char *path,
                                      session_buffer_t *into);
    session_code (*session_set_low_speed)(session_t *session,
                                          uint32_t bytes_per_second,
                                          uint32_t seconds);
    session_code (*session_set_log)(session_t *session,
                                    int level,
                                    session_log_fn log,
                                    void *userdata,
                                    session_free_fn free_userdata);
    session_code (*session_request_error)(const session_request_t *request);
    const char *(*session_request_error_message)(const session_request_t *request);
    session_code (*session_request_set_auth_digest)(session_request_t *request,
                                                    const char *user,
                                                    const char *password);
    session_code (*session_request_set_auth_bearer)(session_request_t *request,
                                                    const char *token);
    session_code (*session_request_set_auth_ntlm)(session_request_t *request,
                                                  const char *user,
                                                  const char *password);
    session_code (*session_request_set_auth_negotiate)(session_request_t *request);
    session_code (*session_request_set_verify)(session_request_t *request, int verify);
    session_code (*session_request_set_retry)(session_request_t *request,
                                              uint32_t attempts,
                                              int64_t backoff_ms);
    session_code (*session_request_set_redirect_policy)(session_request_t *request,
                                                        int policy,
                                                        int refuse_downgrade);
    session_code (*session_request_set_refresh)(session_request_t *request, int64_t max_delay_ms);
    session_response_t *(*session_wait)(session_t *session, uint64_t id, int64_t timeout_ms);
    const char *(*session_response_encoding_source)(const session_response_t *response);
    session_code (*session_response_html_error)(const session_response_t *response,
                                                session_buffer_t *into);
    size_t (*session_response_note_count)(const session_response_t *response);
    session_code (*session_response_note_at)(const session_response_t *response,
                                             size_t index,
                                             const char **event,
                                             const char **text);
    size_t (*session_response_cookie_count)(const session_response_t *response);
    session_code (*session_response_cookie_at)(const session_response_t *response,
                                               size_t index,
                                               session_buffer_t *name,
                                               int *reason);
    size_t (*session_response_cookies_sent)(const session_response_t *response);
    const char *(*session_response_proxy)(const session_response_t *response);
    int (*session_response_reused_connection)(const session_response_t *response);
    const char *(*session_response_undecoded)(const session_response_t *response);
    session_code (*session_request_set_streamed)(session_request_t *request, int streamed);
    session_code (*session_request_set_sink)(session_request_t *request,
                                             session_sink_fn sink,
                                             void *userdata,
                                             session_free_fn free_userdata);
    session_code (*session_request_set_output_file)(session_request_t *request,
                                                    const char *path,
                                                    int resume);
    session_code (*session_request_set_progress)(session_request_t *request,
                                                 session_progress_fn progress,
                                                 void *userdata,
                                                 session_free_fn free_userdata);
    session_code (*session_request_set_body_reader)(session_request_t *request,
                                                    const char *content_type,
                                                    int64_t length,
                                                    session_body_read_fn read,
                                                    session_body_rewind_fn rewind,
                                                    void *userdata,
                                                    session_free_fn free_userdata);
    int64_t (*session_response_read)(session_response_t *response, void *into, size_t room);
    int (*session_response_read_line)(session_response_t *response, session_buffer_t *into);
    int64_t (*session_response_available)(session_response_t *response);
    int (*session_response_is_streamed)(const session_response_t *response);
    uint64_t (*session_response_resumed_from)(const session_response_t *response);
    const char *(*session_response_trailer)(const session_response_t *response,
                                            const char *name,
                                            size_t *length);
    const size_t *(*session_strings_missing)(const session_strings_t *strings, size_t *count);
    session_code (*session_response_cookie_header)(const session_response_t *response,
                                                   session_buffer_t *into);
    session_code (*session_jar_set_partition_limits)(session_jar_t *jar,
                                                     int64_t cookies,
                                                     int64_t bytes);
    session_code (*session_jar_set_same_site_none_secure)(session_jar_t *jar, int needed);
    session_code (*session_html_parse)(const void *bytes_of_page,
                                       size_t length,
                                       const char *url,
                                       const char *encoding,
                                       session_html_t **html,
                                       session_buffer_t *into);
    const char *(*session_request_method)(const session_request_t *request);
    session_code (*session_request_url)(const session_request_t *request, session_buffer_t *into);
    session_code (*session_set_public_only)(session_t *session, int on);
} session_api_t;

/**
 * The table of all functions, for a host that resolves just this one symbol (dlsym). abi_version
 * is the SESSION_ABI_VERSION of the header that the host was compiled with; NULL if the library
 * has another one. Static. Any thread.
 */
const session_api_t *session_api(uint32_t abi_version);

/* Does not compile with -fshort-enums. */
struct session_enumerations_are_ints {
    char yes[sizeof(session_code) == sizeof(int) ? 1 : -1];
};

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* HTMLSESSION_H */
