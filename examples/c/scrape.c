/*
 * A scraper on libhtmlsession.
 *
 *     scrape              logs in to a little site that it serves itself, and reads its book list
 *     scrape URL [CSS]    shows what a selector ("a" if none) finds on any page
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "htmlsession.h"
#include "site.h"

/* The way to a response: one line for each hop, and what went wrong, if anything. */
static int report(const session_response_t *response) {
    size_t hops = session_response_history_count(response);
    for (size_t i = 0; i <= hops; i++) {
        const session_response_t *hop = i < hops ? session_response_history_at(response, i) : response;
        int version = session_response_http_version(hop);
        printf("  %-4s %s\n", session_response_method(hop), session_response_url(hop));
        if (session_response_status(hop) == 0)
            continue;
        printf("       -> %d %s, HTTP/%d", session_response_status(hop),
               session_response_reason(hop), version / 10);
        if (version < 20)
            printf(".%d", version % 10);
        printf(", first byte after %.2f ms, all after %.2f ms\n",
               (double)session_response_timing_us(hop, SESSION_TIMING_FIRST_BYTE) / 1000.0,
               (double)session_response_timing_us(hop, SESSION_TIMING_TOTAL) / 1000.0);
    }
    if (session_response_ok(response))
        return 1;
    if (session_response_error(response) != SESSION_OK)
        fprintf(stderr, "%s: %s\n", session_strerror(session_response_error(response)),
                session_response_error_message(response));
    else
        fprintf(stderr, "the server says %d %s\n", session_response_status(response),
                session_response_reason(response));
    return 0;
}

/* What a selector finds on a page, and where the page's links lead. */
static int show(const session_html_t *page, const char *css, session_buffer_t *text) {
    session_html_title(page, text);
    printf("  title: %s\n", session_buffer_data(text, NULL));

    session_nodes_t *found = session_html_find(page, 0, css);
    if (session_nodes_error(found) != SESSION_OK) {
        fprintf(stderr, "%s: %s\n", session_strerror(session_nodes_error(found)),
                session_nodes_error_message(found));
        session_nodes_free(found);
        return 0;
    }
    size_t count;
    const session_node_t *nodes = session_nodes_data(found, &count);
    printf("  %zu × %s\n", count, css);
    for (size_t i = 0; i < count; i++) {
        session_node_text(page, nodes[i], text);
        printf("    %s\n", session_buffer_data(text, NULL));
    }
    session_nodes_free(found);

    session_strings_t *links = session_html_links(page, 0, SESSION_LINKS_ABSOLUTE);
    printf("  %zu links\n", session_strings_count(links));
    for (size_t i = 0; i < session_strings_count(links); i++)
        printf("    %s\n", session_strings_at(links, i, NULL));
    session_strings_free(links);
    return 1;
}

/* Shows a page and those behind it, as far as "next" leads, at most ten. */
static int show_all(session_t *session, session_response_t *response, const char *css, int follow) {
    session_buffer_t *text = session_buffer_new();
    int good = 0;
    for (int page = 1; report(response); page++) {
        session_html_t *html = session_response_html(response);
        good = html != NULL && show(html, css, text);
        int more = good && follow && page < 10 &&
                   session_html_next_url(html, text) == SESSION_OK &&
                   session_buffer_data(text, NULL)[0] != '\0';
        session_html_free(html);
        if (!more)
            break;
        good = 0;
        session_response_free(response);
        response = session_get(session, session_buffer_data(text, NULL));
    }
    session_response_free(response);
    session_buffer_free(text);
    return good;
}

/* The cookies that the session has now. */
static void show_cookies(session_t *session) {
    session_jar_t *jar = session_jar(session);
    session_cookies_t *cookies = session_jar_cookies(jar, NULL, NULL, NULL);
    size_t count = session_cookies_count(cookies);
    printf("cookies: %zu\n", count);
    for (size_t i = 0; i < count; i++)
        printf("  %s=%s for %s%s%s\n", session_cookies_name(cookies, i, NULL),
               session_cookies_value(cookies, i, NULL), session_cookies_domain(cookies, i, NULL),
               session_cookies_path(cookies, i, NULL),
               session_cookies_expires_ms(cookies, i) == 0 ? ", until the session ends" : "");
    session_cookies_free(cookies);
    session_jar_free(jar);
}

/* Logs in: reads the form, sends it back filled in, and ends where the site leads. */
static session_response_t *log_in(session_t *session, const char *url) {
    session_response_t *response = session_get(session, url);
    if (!report(response))
        return response;
    session_html_t *page = session_response_html(response);
    session_form_t *form = session_html_form_at(page, 0);
    session_form_set(form, "user", SITE_USER);
    session_form_set(form, "password", SITE_PASSWORD);
    session_request_t *request = session_form_submit(form); /* with the hidden fields, too */
    if (request == NULL)
        fprintf(stderr, "the form: %s\n", session_form_error_message(form));
    session_form_free(form);
    session_html_free(page);
    session_response_free(response);

    response = session_send(session, request);
    session_request_free(request);
    return response;
}

int main(int argc, char **argv) {
    const char *url = argc > 1 && argv[1][0] != '\0' ? argv[1] : NULL;
    const char *css = argc > 2 && argv[2][0] != '\0' ? argv[2] : url != NULL ? "a" : "li.book";
    char login[64];
    if (url == NULL) {
        int port = site_start();
        if (port == 0) {
            fputs("no port for the bundled site\n", stderr);
            return EXIT_FAILURE;
        }
        snprintf(login, sizeof login, "http://127.0.0.1:%d/login", port);
    }

    session_t *session = session_new();
    session_response_t *response = url != NULL ? session_get(session, url) : log_in(session, login);
    int good = show_all(session, response, css, url == NULL);
    show_cookies(session);
    session_free(session);
    site_stop();
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
