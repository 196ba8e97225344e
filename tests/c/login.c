/*
 * Log-in by form: `login URL FILE`. The driver serves a form with a token against forgery, a
 * checkbox, two submit buttons and a file field, and greets with what it was sent.
 */
#include "check.h"
#include "htmlsession.h"

static session_form_t *filled(session_t *session, const char *file) {
    session_response_t *response = session_get(session, "/account/login");
    session_html_t *page = session_response_html(response);
    session_response_free(response);
    session_form_t *form = session_html_form_find(page, "form[method=post] [type=password]");
    session_html_free(page);
    CHECK(session_form_error(form) == SESSION_OK);
    CHECK(session_form_set(form, "user", "ada") == SESSION_OK);
    CHECK(session_form_set(form, "password", "s3cret & more") == SESSION_OK);
    CHECK(session_form_check(form, "remember", NULL, 1) == SESSION_OK);
    CHECK(session_form_attach_file(form, "avatar", file, "image/png") == SESSION_OK);
    return form;
}

/* Sends the request of a form, frees both, and compares status and text of the answer. */
static void answers(session_t *session, session_form_t *form, session_request_t *request, int status,
                    const char *css, const char *expected) {
    CHECK_TEXT(session_form_error_message(form), "");
    session_form_free(form);
    session_response_t *response = session_send(session, request);
    session_request_free(request);
    CHECK(session_response_status(response) == status);
    session_html_t *page = session_response_html(response);
    session_buffer_t *text = session_buffer_new();
    session_node_text(page, session_html_find_first(page, 0, css), text);
    CHECK_TEXT(session_buffer_data(text, NULL), expected);
    session_buffer_free(text);
    session_html_free(page);
    session_response_free(response);
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    session_t *session = session_new();
    CHECK(session_set_base_url(session, argv[1]) == SESSION_OK);

    session_form_t *form = filled(session, argv[2]);
    answers(session, form, session_form_submit(form), 200, "h1",
            "csrf/user/password/remember/avatar/go by login remembered face.png image/png a face");

    form = filled(session, argv[2]);
    CHECK(session_form_check(form, "remember", NULL, 0) == SESSION_OK);
    answers(session, form, session_form_submit_without(form), 200, "h1",
            "csrf/user/password/avatar by nothing forgotten face.png image/png a face");

    form = filled(session, argv[2]);
    answers(session, form, session_form_submit_with(form, "go", "register"), 403, ".error", "closed");

    form = filled(session, argv[2]);
    CHECK(session_form_set(form, "csrf", "guessed") == SESSION_OK);
    answers(session, form, session_form_submit_with(form, "go", "login"), 403, ".error", "forged");

    /* A button that is not there: an error that names it, and no request. */
    form = filled(session, argv[2]);
    CHECK(session_form_submit_with(form, "stay", NULL) == NULL);
    CHECK(session_form_error(form) == SESSION_E_FORM);
    CHECK(strstr(session_form_error_message(form), "\"stay\"") != NULL);
    session_form_free(form);

    session_free(session);
    return checked();
}
