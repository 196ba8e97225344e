/*
 * The main job: log in, keep the cookie, follow the redirect, read the lists. `session URL` is
 * where the driver serves its site; /silent never answers, and nothing listens at the second URL.
 */
#include "check.h"
#include "htmlsession.h"

static void fails(session_t *session, const char *url, session_code code, const char *names) {
    session_response_t *response = session_get(session, url);
    if (session_response_error(response) != code)
        fprintf(stderr, "%s: %s\n", url, session_response_error_message(response));
    CHECK(session_response_error(response) == code);
    CHECK(session_response_ok(response) == 0 && session_response_status(response) == 0);
    CHECK(strstr(session_response_error_message(response), names) != NULL);
    CHECK(strchr(session_response_error_message(response), '\n') == NULL);
    session_response_free(response);
}

static void job(session_t *session) {
    static const char form[] = "user=ada&password=secret";
    size_t length, found = 0;
    session_response_t *response = session_get(session, "/private");
    CHECK(session_response_status(response) == 401 && session_response_error(response) == SESSION_OK);
    CHECK(session_response_ok(response) == 0);
    session_response_free(response);

    response = session_post(session, "/login", "application/x-www-form-urlencoded", form, strlen(form));
    CHECK(session_response_ok(response) && session_response_status(response) == 200);
    CHECK(session_response_history_count(response) == 1);
    const session_response_t *hop = session_response_history_at(response, 0);
    CHECK(session_response_status(hop) == 302);
    CHECK_TEXT(session_response_method(hop), "POST");
    CHECK_TEXT(session_response_method(response), "GET");
    CHECK_TEXT(session_response_header(hop, "LOCATION", &length), "/list?page=1");
    CHECK(length == strlen("/list?page=1"));
    CHECK(session_response_timing_us(response, SESSION_TIMING_ELAPSED) > 0);

    session_buffer_t *text = session_buffer_new();
    int pages = 0;
    while (response != NULL) {
        pages++;
        CHECK(session_response_ok(response));
        session_html_t *page = session_response_html(response);
        session_response_free(response);
        session_nodes_t *items = session_html_find(page, 0, "li > a[href]");
        size_t count;
        const session_node_t *nodes = session_nodes_data(items, &count);
        for (size_t i = 0; i < count; i++) {
            char expected[32];
            found++;
            snprintf(expected, sizeof expected, "Item %d", (int)found);
            CHECK(session_node_text(page, nodes[i], text) == SESSION_OK);
            CHECK_TEXT(session_buffer_data(text, NULL), expected);
        }
        session_nodes_free(items);
        CHECK(session_html_next_url(page, text) == SESSION_OK);
        const char *next = session_buffer_data(text, NULL);
        session_html_free(page);
        response = *next != '\0' ? session_get(session, next) : NULL;
    }
    CHECK(pages == 3 && found == 9);
    session_buffer_free(text);

    session_jar_t *jar = session_jar(session);
    session_cookies_t *cookies = session_jar_cookies(jar, NULL, NULL, "sid");
    CHECK(session_cookies_count(cookies) == 1);
    CHECK_TEXT(session_cookies_value(cookies, 0, NULL), "1");
    CHECK(session_cookies_http_only(cookies, 0) == 1);
    session_cookies_free(cookies);
    session_jar_free(jar);
}

static void many(session_t *session) {
    int marks[8];
    for (int i = 0; i < 8; i++) {
        session_request_t *request = session_request_new("GET", "/list?page=2");
        marks[i] = 0;
        CHECK(session_submit(session, request, &marks[i], NULL) == SESSION_OK);
        session_request_free(request);
    }
    CHECK(session_outstanding(session) == 8);
    session_response_t *response;
    while ((response = session_next(session, 10000)) != NULL) {
        CHECK(session_response_status(response) == 200);
        ++*(int *)session_response_userdata(response);
        session_response_free(response);
    }
    for (int i = 0; i < 8; i++)
        CHECK(marks[i] == 1);
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    session_t *session = session_new();
    CHECK(session_set_base_url(session, argv[1]) == SESSION_OK);
    CHECK(session_set_trust_env(session, 0) == SESSION_OK); /* no proxy answers for hosts that are not there */
    job(session);
    many(session);

    fails(session, "http://[::1", SESSION_E_URL, "[::1");
    fails(session, "ftp://host/", SESSION_E_SCHEME, "ftp");
    fails(session, argv[2], SESSION_E_CONNECT, "127.0.0.1");
    fails(session, "http://no-such-host.invalid/", SESSION_E_DNS, "no-such-host.invalid");
    CHECK(session_set_header(session, "bad name", "x") == SESSION_E_HEADER);
    CHECK(session_set_header(session, "X-Good", "a\r\nEvil: 1") == SESSION_E_HEADER);
    CHECK(session_set_header(session, "X-\xff\xfe", "x") == SESSION_E_UTF8);
    session_set_read_timeout_ms(session, 200);
    session_response_t *silent = session_get(session, "/silent");
    CHECK(session_response_error(silent) == SESSION_E_READ_TIMEOUT);
    session_response_free(silent);

    /* Codes explain themselves, unknown ones too. */
    CHECK(strlen(session_strerror(SESSION_E_DNS)) > 0);
    CHECK_TEXT(session_strerror(-7), "unknown code");
    CHECK_TEXT(session_version(), SESSION_VERSION);
    CHECK(session_version_number() == SESSION_VERSION_NUMBER);
    CHECK(session_abi_version() == SESSION_ABI_VERSION);
    session_free(session);
    return checked();
}
