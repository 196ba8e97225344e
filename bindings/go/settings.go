package htmlsession

/*
#include <htmlsession.h>

// What a setting is for: one of the two, or neither once that was closed.
typedef struct { session_t *session; session_request_t *request; } target;

#define SETTING(name, arguments, ...) static session_code set_##name arguments { \
	return on.request ? session_request_set_##name(on.request, __VA_ARGS__) \
	                  : session_set_##name(on.session, __VA_ARGS__); }
SETTING(header, (target on, const char *name, const char *value), name, value)
SETTING(param, (target on, const char *name, const char *value), name, value)
SETTING(auth_basic, (target on, const char *user, const char *password), user, password)
SETTING(auth_digest, (target on, const char *user, const char *password), user, password)
SETTING(auth_bearer, (target on, const char *token), token)
SETTING(timeout_ms, (target on, int64_t milliseconds), milliseconds)
SETTING(connect_timeout_ms, (target on, int64_t milliseconds), milliseconds)
SETTING(read_timeout_ms, (target on, int64_t milliseconds), milliseconds)
SETTING(redirect_limit, (target on, uint32_t limit), limit)
SETTING(redirect_policy, (target on, int policy, int refuse_downgrade), policy, refuse_downgrade)
SETTING(retry, (target on, uint32_t attempts, int64_t backoff), attempts, backoff)
SETTING(max_body, (target on, int64_t bytes), bytes)
SETTING(proxy, (target on, const char *url), url)
SETTING(verify, (target on, int verify), verify)
*/
import "C"

import (
	"fmt"
	"math"
	"time"
)

// settings are those that a session has for all its requests, and a request for itself instead.
type settings[P pointer] struct{ *handle[P] }

func (s settings[P]) change(what string, change func(c P, t texts) code, all ...string) error {
	err := s.use(func(c P, t texts) error { return check(change(c, t), nil) }, all...)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func (s settings[P]) set(what string, set func(on C.target, t texts) code, all ...string) error {
	return s.change(what, func(c P, t texts) code {
		var on C.target
		switch c := any(c).(type) {
		case cSession:
			on.session = c
		case cRequest:
			on.request = c
		}
		return set(on, t)
	}, all...)
}

func named(kind, name string) string { return fmt.Sprintf("%s %q", kind, name) }

// milliseconds of a time-out: part of one is one, none is for ever.
func milliseconds(most time.Duration) C.int64_t {
	if most <= 0 {
		return -1
	}
	return C.int64_t((most-1)/time.Millisecond + 1)
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

// SetAuthDigest answers HTTP Digest challenges; each is a hop of its own in the history.
func (s settings[P]) SetAuthDigest(user, password string) error {
	set := func(on C.target, t texts) code { return C.set_auth_digest(on, t[0], t[1]) }
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
// milliseconds; zero and less is for ever. The default is five minutes. That of a session ends with
// the head of a response that is streamed, that of a request with its body.
func (s settings[P]) SetTimeout(most time.Duration) error {
	set := func(on C.target, _ texts) code { return C.set_timeout_ms(on, milliseconds(most)) }
	return s.set("time-out", set)
}

// SetConnectTimeout sets how long it may take until a connection stands, name look-up and TLS
// included; as of SetTimeout, zero and less is for ever. The default is ten seconds.
func (s settings[P]) SetConnectTimeout(most time.Duration) error {
	set := func(on C.target, _ texts) code { return C.set_connect_timeout_ms(on, milliseconds(most)) }
	return s.set("connect time-out", set)
}

// SetReadTimeout sets how long the peer may be silent on a connection that stands; as of
// SetTimeout, zero and less is for ever. The default is thirty seconds.
func (s settings[P]) SetReadTimeout(most time.Duration) error {
	set := func(on C.target, _ texts) code { return C.set_read_timeout_ms(on, milliseconds(most)) }
	return s.set("read time-out", set)
}

// SetRedirectLimit sets how many redirects are followed, 30 by default. With 0 the redirect itself
// is the response, beyond another limit the request ends with an error.
func (s settings[P]) SetRedirectLimit(limit int) error {
	if limit < 0 || int64(limit) > math.MaxUint32 {
		return refuse("redirect limit %d", limit)
	}
	set := func(on C.target, _ texts) code { return C.set_redirect_limit(on, C.uint32_t(limit)) }
	return s.set("redirect limit", set)
}

// Redirects is what redirects do to the method of a request; 307 and 308 never change it.
type Redirects int

const (
	RedirectsRequests Redirects = C.SESSION_REDIRECTS_REQUESTS // 301 turns POST into GET, 302 and 303 all but HEAD; the default
	RedirectsFetch    Redirects = C.SESSION_REDIRECTS_FETCH    // as browsers: 301 and 302 turn POST into GET, 303 all but HEAD
	RedirectsStrict   Redirects = C.SESSION_REDIRECTS_STRICT   // only 303 changes it
)

// SetRedirectPolicy sets what redirects do to the method, and whether one from https to http is
// refused; by default it is followed without credentials.
func (s settings[P]) SetRedirectPolicy(policy Redirects, refuseDowngrade bool) error {
	set := func(on C.target, _ texts) code {
		return C.set_redirect_policy(on, C.int(policy), flag(refuseDowngrade))
	}
	return s.set("redirect policy", set)
}

// SetRetry sets how often a request is tried in all, once by default, and how long to wait at most
// before the second try, which doubles from then on. What was sent in part is tried again only with
// methods that are idempotent.
func (s settings[P]) SetRetry(attempts int, backoff time.Duration) error {
	if attempts < 1 || int64(attempts) > math.MaxUint32 || backoff < 0 {
		return refuse("retry of %d attempts after %v", attempts, backoff)
	}
	wait := C.int64_t(backoff / time.Millisecond)
	set := func(on C.target, _ texts) code { return C.set_retry(on, C.uint32_t(attempts), wait) }
	return s.set("retry", set)
}

// SetMaxBody sets the most bytes that a body may have, as received and as decoded; negative, the
// default, is no limit. A larger one is an error.
func (s settings[P]) SetMaxBody(bytes int64) error {
	set := func(on C.target, _ texts) code { return C.set_max_body(on, C.int64_t(bytes)) }
	return s.set("limit of the body", set)
}

// SetProxy sends requests through a proxy ("http://user:password@host:3128", "socks5h://host");
// "" is none, whatever the environment says.
func (s settings[P]) SetProxy(url string) error {
	set := func(on C.target, t texts) code { return C.set_proxy(on, optional(t[0])) }
	return s.set("proxy", set, url)
}

// SetVerify sets whether the certificates of servers are verified, as they are by default. Without
// it anybody on the way can read and change everything.
func (s settings[P]) SetVerify(on bool) error {
	verify := flag(on)
	set := func(on C.target, _ texts) code { return C.set_verify(on, verify) }
	return s.set("verify", set)
}
