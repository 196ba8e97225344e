/* Objects are freed in every order; each is asked after those that it came from are gone. */
#include "check.h"
#include "htmlsession.h"

enum { SESSION, RESPONSE, HTML, NODES, STRINGS, FORM, JAR, COOKIES, KINDS };

typedef struct {
    session_t *session;
    session_response_t *response;
    session_html_t *html;
    session_nodes_t *nodes;
    session_strings_t *strings;
    session_form_t *form;
    session_jar_t *jar;
    session_cookies_t *cookies;
} objects;

static void make(objects *all, const char *url) {
    all->session = session_new();
    all->response = session_get(all->session, url);
    all->html = session_response_html(all->response);
    all->nodes = session_html_find(all->html, 0, "li");
    all->strings = session_html_links(all->html, 0, SESSION_LINKS_ABSOLUTE);
    all->form = session_html_form_at(all->html, 0);
    all->jar = session_jar(all->session);
    all->cookies = session_jar_cookies(all->jar, NULL, NULL, NULL);
}

static void ask(const objects *all, int gone) {
    if (!(gone & 1 << RESPONSE))
        CHECK(session_response_status(all->response) == 200);
    if (!(gone & 1 << HTML))
        CHECK(session_html_root(all->html) != 0);
    if (!(gone & 1 << NODES))
        CHECK(session_nodes_count(all->nodes) == 3);
    if (!(gone & 1 << STRINGS))
        CHECK(session_strings_count(all->strings) == 4);
    if (!(gone & 1 << FORM))
        CHECK(session_form_field_count(all->form) == 2);
    if (!(gone & 1 << JAR))
        CHECK(session_jar_count(all->jar) == 1);
    if (!(gone & 1 << COOKIES))
        CHECK_TEXT(session_cookies_name(all->cookies, 0, NULL), "seen");
}

static void drop(objects *all, int kind) {
    switch (kind) {
    case SESSION: session_free(all->session); break;
    case RESPONSE: session_response_free(all->response); break;
    case HTML: session_html_free(all->html); break;
    case NODES: session_nodes_free(all->nodes); break;
    case STRINGS: session_strings_free(all->strings); break;
    case FORM: session_form_free(all->form); break;
    case JAR: session_jar_free(all->jar); break;
    case COOKIES: session_cookies_free(all->cookies); break;
    default: break;
    }
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    /* Each kind goes first, last, and in every place between: rotations, forwards and backwards. */
    for (int start = 0; start < KINDS; start++)
        for (int step = 1; step < KINDS; step += 2) { /* odd: prime to 8, so each comes once */
            objects all;
            int gone = 0;
            make(&all, argv[1]);
            ask(&all, gone);
            for (int i = 0, kind = start; i < KINDS; i++, kind = (kind + step) % KINDS) {
                drop(&all, kind);
                gone |= 1 << kind;
                ask(&all, gone);
            }
            CHECK(gone == (1 << KINDS) - 1);
        }
    /* NULL is nothing to free. */
    objects none;
    memset(&none, 0, sizeof none);
    for (int kind = 0; kind < KINDS; kind++)
        drop(&none, kind);
    return checked();
}
