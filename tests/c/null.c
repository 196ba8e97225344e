/*
 * NULL in every pointer argument of every function: alone with the others good, and all at once.
 * null_calls.inc is made by the driver from the header's list of functions. In it
 *   CODE, TEXT, LENT, NUMBER and NOTHING are calls by what they return, OWNED_x gives a handle;
 *   the second argument says whether it is the object itself that is NULL: then there is an error.
 *   STALE and WRITTEN are around each call: buffers and output arguments are always written.
 */
#include "check.h"
#include "htmlsession.h"

static session_t *the_session;
static session_request_t *the_request;
static session_response_t *the_response;
static session_html_t *the_html;
static session_nodes_t *the_nodes;
static session_strings_t *the_strings;
static session_matches_t *the_matches;
static session_value_t *the_value;
static session_form_t *the_form;
static session_spec_t *the_spec;
static session_buffer_t *the_buffer;
static session_jar_t *the_jar;
static session_cookies_t *the_cookies;
static session_pages_t *the_pages;

#define CODE(call, fails) check((call) != SESSION_OK || !(fails), #call " is an error", "null", 0)
#define NUMBER(call, fails) number((double)(call), fails, #call)
#define TEXT(call, fails) text(call, fails, #call)
#define LENT(call, fails) check((call) == NULL || !(fails), #call " is NULL", "null", 0)
#define NOTHING(call, fails) (call)

static void number(double number, int fails, const char *call) {
    check(number == 0 || number == -1 || !fails, call, "null: 0 or -1", 0);
}

static void text(const char *text, int fails, const char *call) {
    check(text == NULL || *text == '\0' || !fails, call, "null: NULL or empty", 0);
}

/* Handles that carry an error may be given back in place of NULL. */
#define WITH_ERROR(type)                                                                         \
    static void owned_##type(session_##type##_t *handle, int fails, const char *call) {          \
        check(handle == NULL || !fails || session_##type##_error(handle) != SESSION_OK, call,    \
              "null: carries an error", 0);                                                      \
        session_##type##_free(handle);                                                           \
    }
#define PLAIN(type, name)                                                                        \
    static void owned_##name(type *handle, int fails, const char *call) {                        \
        check(handle == NULL || !fails, call, "null: gives nothing", 0);                         \
        type##_FREE(handle);                                                                     \
    }
#define session_t_FREE session_free
#define session_request_t_FREE session_request_free
#define session_html_t_FREE session_html_free
#define session_buffer_t_FREE session_buffer_free
#define session_jar_t_FREE session_jar_free
#define session_cookies_t_FREE session_cookies_free
#define session_pages_t_FREE session_pages_free
WITH_ERROR(response)
WITH_ERROR(nodes)
WITH_ERROR(strings)
WITH_ERROR(matches)
WITH_ERROR(value)
WITH_ERROR(form)
WITH_ERROR(spec)
PLAIN(session_t, session)
PLAIN(session_request_t, request)
PLAIN(session_html_t, html)
PLAIN(session_buffer_t, buffer)
PLAIN(session_jar_t, jar)
PLAIN(session_cookies_t, cookies)
PLAIN(session_pages_t, pages)
#define OWNED(type, call, fails) owned_##type(call, fails, #call)

/* What an output argument points to, and arrays of one. */
static union {
    size_t size;
    uint64_t id;
    const void *pointer;
    int number;
    double real;
} out[2];
static const char *const texts[] = {"a"};
static const size_t lengths[] = {1};

#define STALE() (session_html_title(the_html, the_buffer), memset(out, 0xaa, sizeof out))
#define WRITTEN(text, value, name) written(text, value, name)

static void written(int text, int value, const char *call) {
    CHECK_TEXT(text && strcmp(session_buffer_data(the_buffer, NULL), "stale") == 0 ? call : "", "");
    CHECK_TEXT(value && out[0].id == 0xaaaaaaaaaaaaaaaa ? call : "", "");
}

int main(void) {
    static const char page[] = "<title>stale</title><form><input name=a></form><p>a</p>";
    the_session = session_new();
    the_request = session_request_new("GET", "http://127.0.0.1:1/");
    the_response = session_get(the_session, "a");
    the_html = session_html_new(page, strlen(page), "http://h/", NULL);
    the_nodes = session_html_find(the_html, 0, "p");
    the_strings = session_html_links(the_html, 0, 0);
    the_matches = session_html_search(the_html, 0, "{}", 0);
    the_value = session_html_xpath(the_html, 0, "//p");
    the_form = session_html_form_at(the_html, 0);
    the_spec = session_spec_new("{\"t\": \"title\"}");
    the_buffer = session_buffer_new();
    the_jar = session_jar_new();
    the_cookies = session_jar_cookies(the_jar, NULL, NULL, NULL);
    the_pages = session_pages_new(the_session, the_request, 2);
    CHECK(session_response_error(the_response) == SESSION_E_URL);
    CHECK(session_spec_error(the_spec) == SESSION_OK);
    CHECK(session_form_error(the_form) == SESSION_OK);

#include "null_calls.inc"

    session_pages_free(the_pages);
    session_cookies_free(the_cookies);
    session_jar_free(the_jar);
    session_buffer_free(the_buffer);
    session_spec_free(the_spec);
    session_form_free(the_form);
    session_value_free(the_value);
    session_matches_free(the_matches);
    session_strings_free(the_strings);
    session_nodes_free(the_nodes);
    session_html_free(the_html);
    session_response_free(the_response);
    session_request_free(the_request);
    session_free(the_session);
    return checked();
}
