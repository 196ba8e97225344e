/* The main job against httpbin (gunicorn), which this project had no hand in: `httpbin URL`. */
#include "check.h"
#include "htmlsession.h"

/* Gets a page and checks status, number of hops before, and a text in the body. */
static void get(session_t *session, const char *path, int status, size_t hops, const char *holds) {
    session_response_t *response = session_get(session, path);
    CHECK_TEXT(session_response_error_message(response), "");
    CHECK(session_response_status(response) == status);
    if (session_response_history_count(response) != hops)
        fprintf(stderr, "%s: %zu hops\n", path, session_response_history_count(response));
    CHECK(session_response_history_count(response) == hops);
    if (strstr(session_response_text(response, NULL), holds) == NULL) {
        fprintf(stderr, "%s: %s\n", path, session_response_text(response, NULL));
        CHECK(!"the body holds what it should");
    }
    session_response_free(response);
}

static void form(session_t *session) {
    session_response_t *response = session_get(session, "/forms/post");
    session_html_t *page = session_response_html(response);
    session_form_t *order = session_html_form_at(page, 0);
    CHECK(session_form_set(order, "custname", "Ada Lovelace") == SESSION_OK);
    CHECK(session_form_check(order, "size", "large", 1) == SESSION_OK);
    CHECK(session_form_check(order, "topping", "cheese", 1) == SESSION_OK);
    CHECK(session_form_set(order, "comments", "two\nlines & more") == SESSION_OK);
    session_request_t *request = session_form_submit(order);
    CHECK(request != NULL);
    session_form_free(order);
    session_html_free(page);
    session_response_free(response);

    response = session_send(session, request);
    CHECK(session_response_ok(response));
    const char *echo = session_response_text(response, NULL);
    CHECK(strstr(echo, "\"custname\": \"Ada Lovelace\"") != NULL);
    CHECK(strstr(echo, "\"size\": \"large\"") != NULL);
    CHECK(strstr(echo, "\"topping\": \"cheese\"") != NULL);
    CHECK(strstr(echo, "\"comments\": \"two\\r\\nlines & more\"") != NULL);
    session_response_free(response);
    session_request_free(request);
}

/*
 * A log-in page of our own, sent to httpbin, which tells what arrived: a token, a checkbox, one of
 * two buttons, and a file.
 */
static void login(session_t *session, const char *url) {
    static const char text[] =
        "<form method=post enctype=multipart/form-data action=post><input type=hidden name=csrf value=t0k>"
        "<input name=user><input type=password name=password><input type=checkbox name=remember>"
        "<input type=checkbox name=spam><input type=file name=avatar>"
        "<button name=go value=login>Log in</button><button name=go value=register>Register</button></form>";
    session_html_t *page = session_html_new(text, strlen(text), url, NULL);
    session_form_t *form = session_html_form_at(page, 0);
    session_html_free(page);
    CHECK(session_form_set(form, "user", "ada") == SESSION_OK);
    CHECK(session_form_set(form, "password", "s3cret & more") == SESSION_OK);
    CHECK(session_form_check(form, "remember", NULL, 1) == SESSION_OK);
    CHECK(session_form_attach_bytes(form, "avatar", "face.png", "image/png", "a face", 6) == SESSION_OK);
    session_request_t *request = session_form_submit_with(form, "go", "register");
    session_form_free(form);
    session_response_t *response = session_send(session, request);
    session_request_free(request);
    CHECK(session_response_ok(response));
    session_buffer_t *json = session_buffer_new();
    CHECK(session_response_json(response, json) == SESSION_OK);
    const char *echo = session_buffer_data(json, NULL);
    CHECK(strstr(echo, "\"csrf\": \"t0k\"") && strstr(echo, "\"user\": \"ada\""));
    CHECK(strstr(echo, "\"password\": \"s3cret & more\"") != NULL);
    CHECK(strstr(echo, "\"remember\": \"on\"") && strstr(echo, "\"spam\"") == NULL);
    CHECK(strstr(echo, "\"go\": \"register\"") && strstr(echo, "\"login\"") == NULL);
    CHECK(strstr(echo, "\"avatar\": \"a face\"") != NULL);
    CHECK(strstr(echo, "\"Referer\": \"http://127.0.0.1") != NULL);
    session_buffer_free(json);
    session_response_free(response);
}

static void list(session_t *session) {
    session_response_t *response = session_get(session, "/links/10/3");
    session_html_t *page = session_response_html(response);
    session_response_free(response);
    session_strings_t *links = session_html_links(page, 0, SESSION_LINKS_ABSOLUTE);
    CHECK(session_strings_count(links) == 9); /* ten pages, one of them this */
    for (size_t i = 0; i < session_strings_count(links); i++) {
        response = session_get(session, session_strings_at(links, i, NULL));
        CHECK(session_response_ok(response));
        session_response_free(response);
    }
    session_strings_free(links);
    session_html_free(page);
}

static void multipart(session_t *session) {
    session_request_t *request = session_request_new("POST", "/post");
    session_request_add_field(request, "note", "with a file");
    CHECK(session_request_add_part(request, "upload", "a.txt", "text/plain", "bytes", 5) == SESSION_OK);
    session_response_t *response = session_send(session, request);
    const char *echo = session_response_text(response, NULL);
    CHECK(strstr(echo, "\"upload\": \"bytes\"") != NULL && strstr(echo, "\"note\": \"with a file\"") != NULL);
    session_response_free(response);
    session_request_free(request);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    session_t *session = session_new();
    CHECK(session_set_base_url(session, argv[1]) == SESSION_OK);

    get(session, "/cookies/set?sid=abc&theme=dark", 200, 1, "\"sid\": \"abc\"");
    get(session, "/cookies", 200, 0, "\"theme\": \"dark\"");
    get(session, "/cookies/delete?theme", 200, 1, "\"cookies\"");
    session_jar_t *jar = session_jar(session);
    CHECK(session_jar_count(jar) == 1);
    session_jar_free(jar);

    get(session, "/redirect/3", 200, 3, "\"url\"");
    get(session, "/absolute-redirect/2", 200, 2, "\"url\"");
    get(session, "/redirect-to?url=%2Fstatus%2F404&status_code=307", 404, 1, "");
    get(session, "/gzip", 200, 0, "\"gzipped\": true");
    get(session, "/deflate", 200, 0, "\"deflated\": true");
    get(session, "/brotli", 200, 0, "\"brotli\": true");
    get(session, "/encoding/utf8", 200, 0, "\xe2\x88\xae E\xe2\x8b\x85" "da");
    get(session, "/stream/3", 200, 0, "\"id\": 2");
    get(session, "/html", 200, 0, "Herman Melville - Moby-Dick");
    get(session, "/basic-auth/ada/secret", 401, 0, "");
    form(session);
    login(session, argv[1]);
    list(session);
    multipart(session);

    session_set_auth_basic(session, "ada", "secret");
    get(session, "/basic-auth/ada/secret", 200, 0, "\"authenticated\": true");
    session_set_auth_digest(session, "ada", "secret");
    get(session, "/digest-auth/auth/ada/secret/SHA-256", 200, 1, "\"authenticated\": true");
    /* Once challenged, the session answers in advance. */
    get(session, "/digest-auth/auth/ada/secret/SHA-256", 200, 0, "\"authenticated\": true");

    session_set_redirect_limit(session, 2);
    session_response_t *response = session_get(session, "/redirect/5");
    CHECK(session_response_error(response) == SESSION_E_TOO_MANY_REDIRECTS);
    CHECK(session_response_history_count(response) >= 2);
    session_response_free(response);
    session_set_read_timeout_ms(session, 300);
    response = session_get(session, "/delay/3");
    CHECK(session_response_error(response) == SESSION_E_READ_TIMEOUT);
    session_response_free(response);
    session_free(session);
    return checked();
}
