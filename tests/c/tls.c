/*
 * HTTPS and HTTP/2 against nginx: `tls PORT CA` is where it serves site.test, and the file of the
 * authority that signed its certificate.
 */
#include <stdlib.h>

#include "check.h"
#include "htmlsession.h"

static session_t *start(const char *port) {
    session_t *session = session_new();
    session_set_trust_env(session, 0);
    char base[64];
    snprintf(base, sizeof base, "https://site.test:%s/", port);
    CHECK(session_set_base_url(session, base) == SESSION_OK);
    CHECK(session_set_resolve(session, "site.test", (uint16_t)atoi(port), "127.0.0.1") == SESSION_OK);
    CHECK(session_set_resolve(session, "other.test", (uint16_t)atoi(port), "127.0.0.1") == SESSION_OK);
    return session;
}

static void fails(session_t *session, const char *url, session_code code) {
    session_response_t *response = session_get(session, url);
    if (session_response_error(response) != code)
        fprintf(stderr, "%s: %s\n", url, session_response_error_message(response));
    CHECK(session_response_error(response) == code);
    CHECK(session_response_status(response) == 0);
    CHECK(strlen(session_response_error_message(response)) > 0);
    session_response_free(response);
}

static void job(session_t *session, int version) {
    static const char fields[] = "user=ada";
    session_response_t *response = session_get(session, "/list/1");
    CHECK(session_response_status(response) == 401);
    session_response_free(response);

    response = session_post(session, "/login", "application/x-www-form-urlencoded", fields, strlen(fields));
    CHECK_TEXT(session_response_error_message(response), "");
    CHECK(session_response_history_count(response) == 1);
    CHECK(session_response_http_version(response) == version);
    CHECK(session_response_timing_us(response, SESSION_TIMING_TOTAL) > 0);
    int pages = 0;
    session_buffer_t *next = session_buffer_new();
    for (;;) {
        CHECK(session_response_status(response) == 200);
        CHECK(session_response_http_version(response) == version);
        session_html_t *page = session_response_html(response);
        session_nodes_t *items = session_html_find(page, 0, "li");
        CHECK(session_nodes_count(items) == 2);
        session_nodes_free(items);
        session_html_next_url(page, next);
        session_html_free(page);
        session_response_free(response);
        pages++;
        if (session_buffer_data(next, NULL)[0] == '\0')
            break;
        response = session_get(session, session_buffer_data(next, NULL));
    }
    CHECK(pages == 3);
    session_buffer_free(next);

    session_jar_t *jar = session_jar(session);
    session_cookies_t *cookies = session_jar_cookies(jar, "site.test", NULL, "__Host-sid");
    CHECK(session_cookies_count(cookies) == 1 && session_cookies_secure(cookies, 0) == 1);
    session_cookies_free(cookies);
    session_jar_free(jar);
}

/* Many at once share one HTTP/2 connection. */
static void many(session_t *session) {
    for (int i = 0; i < 50; i++) {
        session_request_t *request = session_request_new("GET", "/list/2");
        CHECK(session_submit(session, request, NULL, NULL) == SESSION_OK);
        session_request_free(request);
    }
    int good = 0;
    session_response_t *response;
    while ((response = session_next(session, 20000)) != NULL) {
        good += session_response_status(response) == 200 && session_response_http_version(response) == 20;
        session_response_free(response);
    }
    CHECK(good == 50);
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    char other[64];
    snprintf(other, sizeof other, "https://other.test:%s/list/1", argv[1]);

    session_t *session = start(argv[1]);
    fails(session, "/list/1", SESSION_E_TLS_UNTRUSTED);
    CHECK(session_set_ca_file(session, argv[2]) == SESSION_OK);
    job(session, 20);
    many(session);
    fails(session, other, SESSION_E_TLS_HOST);
    CHECK(session_set_pinned_key(session, "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=") == SESSION_OK);
    fails(session, other, SESSION_E_TLS_HOST);
    session_free(session);

    session = start(argv[1]);
    session_set_ca_file(session, argv[2]);
    CHECK(session_set_http_version(session, 11) == SESSION_OK);
    job(session, 11);
    session_free(session);

    session = start(argv[1]);
    session_set_ca_file(session, "/no/such/file.pem");
    fails(session, "/list/1", SESSION_E_TLS_CA);
    session_free(session);

    session = start(argv[1]);
    CHECK(session_set_verify(session, 0) == SESSION_OK);
    session_response_t *response = session_get(session, other);
    CHECK(session_response_error(response) == SESSION_OK);
    session_response_free(response);
    session_free(session);
    return checked();
}
