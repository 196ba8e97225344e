/*
 * What programs commonly do with a session, for packaging/profile.sh: done with a library that counts
 * what runs, it shows the compiler which code matters. Whatever is ever in a hurry belongs here: what
 * never runs is compiled for size.
 *
 *     train [TIMES]      the work, so many times (100)
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <string.h>

#include "htmlsession.h"
#include "site.h"

static text_t pages[3]; /* small, medium, large */

static char base[64];

static session_t *new_session(void) {
    session_t *session = session_new();
    CHECK(session_set_base_url(session, base) == SESSION_OK);
    CHECK(session_set_header(session, "Accept-Language", "en") == SESSION_OK);
    return session;
}

/* What programs ask a response for. */
static void look(const session_response_t *response) {
    size_t length;
    if (session_response_error(response) != SESSION_OK) {
        fprintf(stderr, "%s\n", session_response_error_message(response));
        exit(1);
    }
    CHECK(session_response_ok(response) && session_response_status(response) == 200);
    CHECK(session_response_header(response, "content-type", NULL) != NULL);
    CHECK(session_response_body(response, &length) != NULL && length > 0);
    CHECK(session_response_url(response) != NULL && session_response_remote_address(response) != NULL);
    CHECK(session_response_timing_us(response, SESSION_TIMING_TOTAL) > 0);
}

static void one_after_the_other(session_t *session, int count) {
    static const char *const urls[] = {"/small", "/medium?a=1&b=two", "/large#part", "/chunked", "/zip"};
    for (int i = 0; i < count; i++) {
        session_response_t *response = session_get(session, urls[i % 5]);
        look(response);
        session_response_free(response);
    }
}

static void log_in(session_t *session, int count) {
    for (int i = 0; i < count; i++) {
        session_response_t *page = session_get(session, "/small"), *inside;
        session_html_t *html = session_response_html(page);
        session_form_t *form = session_html_form_find(html, "#login");
        CHECK(form != NULL && session_form_set(form, "user", "jo") == SESSION_OK);
        CHECK(session_form_set(form, "password", "correct horse") == SESSION_OK);
        CHECK(session_form_check(form, "stay", NULL, 0) == SESSION_OK);
        session_request_t *request = session_form_submit(form);
        CHECK(session_request_set_header(request, "X-Train", "1") == SESSION_OK);
        inside = session_send(session, request);
        look(inside);
        CHECK(session_response_history_count(inside) == 1);
        session_response_free(inside);
        session_request_free(request);
        session_form_free(form);
        session_html_free(html);
        session_response_free(page);
    }
}

/* Read as it comes, and sent as JSON. */
static void stream(session_t *session, int count) {
    session_request_t *request = session_request_new("GET", "/large");
    CHECK(session_request_set_streamed(request, 1) == SESSION_OK);
    for (int i = 0; i < count; i++) {
        session_response_t *response = session_send(session, request);
        static char piece[16384];
        size_t length = 0;
        int64_t read;
        while ((read = session_response_read(response, piece, sizeof piece)) > 0)
            length += (size_t)read;
        CHECK(read == 0 && length == pages[2].length);
        session_response_free(response);
    }
    session_request_free(request);
    request = session_request_new("PUT", "/json?a=b");
    CHECK(session_request_set_param(request, "q", "caf\xc3\xa9 & more") == SESSION_OK);
    for (int i = 0; i < count; i++) {
        CHECK(session_request_set_json(request, "{\"a\": [1, 2.5, \"\\u00e9\"]}") == SESSION_OK);
        session_response_free(session_send(session, request));
    }
    session_request_free(request);
}

static void many_at_once(session_t *session, int count) {
    session_request_t *request = session_request_new("GET", "/small");
    CHECK(session_set_connection_limits(session, 64, 64, 64) == SESSION_OK);
    for (int begun = 0, ended = 0; ended < count; ended++) {
        for (; begun < count && begun < ended + 64; begun++)
            CHECK(session_submit(session, request, NULL, NULL) == SESSION_OK);
        session_response_t *response = session_next(session, -1);
        look(response);
        session_response_free(response);
    }
    session_request_free(request);
}

typedef struct {
    session_t *session;
    int count;
} share_t;

static void *one_thread(void *share) {
    one_after_the_other(((share_t *)share)->session, ((share_t *)share)->count);
    return NULL;
}

static void from_threads(session_t *session, int count) {
    pthread_t threads[8];
    share_t share = {session, count / 8};
    for (int i = 0; i < 8; i++)
        CHECK(pthread_create(&threads[i], NULL, one_thread, &share) == 0);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
}

static void query(const session_html_t *html, session_buffer_t *text) {
    static const char *const needle = "cookie";
    static const char *const selectors[] = {
        "a",
        "a[href]",
        ".post",
        "#post-3",
        "article.featured > h2 a",
        "ul.tags li:nth-child(2n+1)",
        "div p, td.price",
        "tr:not(:first-child) td:last-child",
        "article:has(table) .author",
        "a[href^=http i]",
        ":is(h2, h3) > a:only-child",
        "input:checked, input[type=text]",
        "li:contains('cookie')",
        "ul + p ~ div",
    };
    static const char *const paths[] = {
        "//a/@href",
        "//article[@class='post']/h2/a",
        "//ul/li[position() < 3]",
        "count(//td)",
        "//a[contains(@href, 'tag')][not(ancestor::nav)]",
        "string(//title)",
        "//tr[last()]/td[2]/text()",
        "//h2/a = //li/a",
        "//td[. > 5]",
        "id('post-2')",
        "//a[starts-with(normalize-space(@href), '..')]/ancestor::ul",
        "substring-before(concat(//title, '-'), ' ')",
        "sum(//@data-number)",
        "//p/following-sibling::*[1]",
    };
    for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++) {
        session_nodes_t *nodes = session_html_find(html, 0, selectors[i]);
        CHECK(session_nodes_error(nodes) == SESSION_OK);
        session_strings_free(session_nodes_text(nodes, html));
        session_nodes_free(nodes);
    }
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        session_value_t *value = session_html_xpath(html, 0, paths[i]);
        CHECK(session_value_error(value) == SESSION_OK);
        session_value_free(value);
    }
    session_node_t root = session_html_root(html);
    CHECK(session_node_text(html, root, text) == SESSION_OK);
    CHECK(session_node_full_text(html, root, text) == SESSION_OK);
    CHECK(session_node_html(html, root, text) == SESSION_OK);
    CHECK(session_html_title(html, text) == SESSION_OK);
    session_strings_free(session_html_links(html, 0, SESSION_LINKS_ABSOLUTE));
    session_strings_free(session_html_links(html, 0, 0));
    CHECK(session_html_next_url(html, text) == SESSION_OK);
    session_matches_t *matches = session_html_search(html, 0, "${price:g}", SESSION_SEARCH_ALL);
    CHECK(session_matches_error(matches) == SESSION_OK && session_matches_json(matches, text) == SESSION_OK);
    session_matches_free(matches);
    session_matches_free(session_html_search(html, 0, "by {name} on", SESSION_SEARCH_TEXT));
    session_nodes_t *found = session_html_find_containing(html, 0, "li", &needle, 1);
    CHECK(session_nodes_error(found) == SESSION_OK);
    session_nodes_free(found);
    for (session_node_t node = root; node != 0; node = session_node_next_element(html, node))
        CHECK(session_node_tag(html, node) != NULL);
    CHECK(session_html_extract(
              html,
              "{\"title\": \"title\", \"links\": [\"h2 a::attr(href)\"], \"tags\": [\".tags a\"],"
              " \"prices\": [{\"css\": \".price\", \"as\": \"number\"}]}",
              text) == SESSION_OK);
}

static void read_page(const text_t *page) {
    session_buffer_t *text = session_buffer_new();
    session_html_t *html = session_html_new(page->data, page->length, "https://example.org/a/", "utf-8");
    CHECK(html != NULL);
    query(html, text);
    session_html_free(html);
    session_buffer_free(text);
    /* Many are only parsed for one thing; some are not in UTF-8. */
    for (int other = 0; other < 3; other++) {
        html = session_html_new(page->data, page->length, NULL, other == 0 ? "iso-8859-1" : NULL);
        CHECK(session_html_find_first(html, 0, "main a") != 0);
        session_html_free(html);
    }
}

static void keep_cookies(int count) {
    session_jar_t *jar = session_jar_new();
    session_buffer_t *text = session_buffer_new();
    for (int i = 0; i < count; i++) {
        char url[64], field[128];
        snprintf(url, sizeof url, "https://www%d.example%d.co.uk/a/b", i % 7, i % 50);
        snprintf(field, sizeof field, "name%d=value%d; Path=/%s; Max-Age=%d%s", i % 9, i, i % 3 ? "" : "a",
                 1000 + i, i % 4 ? "; Secure" : "");
        CHECK(session_jar_store(jar, url, field, strlen(field), NULL) == SESSION_OK);
        for (int times = 0; times < 4; times++)
            CHECK(session_jar_header(jar, url, text) == SESSION_OK);
    }
    CHECK(session_jar_save_buffer(jar, 2, text) == SESSION_OK);
    size_t length;
    const char *saved = session_buffer_data(text, &length);
    session_jar_t *copy = session_jar_new();
    CHECK(session_jar_load_bytes(copy, saved, length, 2, 0, NULL, NULL) == SESSION_OK);
    session_jar_free(copy);
    session_buffer_free(text);
    session_jar_free(jar);
}

int main(int argc, char **argv) {
    int times = argc > 1 ? atoi(argv[1]) : 100;
    for (int i = 0; i < 3; i++)
        pages[i] = page_of((int[]){1, 16, 120}[i]);
    snprintf(base, sizeof base, "http://127.0.0.1:%d/", start_server(pages));
    for (int i = 0; i < times; i++) {
        session_t *session = new_session();
        one_after_the_other(session, 200);
        log_in(session, 4);
        stream(session, 4);
        many_at_once(session, 200);
        from_threads(session, 40);
        session_free(session);
        read_page(&pages[i % 3]);
        keep_cookies(50);
    }
    return 0;
}
