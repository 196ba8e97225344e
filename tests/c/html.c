/* A page without a session: nodes are integers, and one that is not of the page is none. */
#include "check.h"
#include "htmlsession.h"

static const char page[] = "<!doctype html><title> A  title </title><base href=/base/><ul>"
                           "<li id=one class='x y'><a href=1>One</a><li><a href=2>Two</a></ul>";

/* Whatever is asked of a node that is not there: no answer, and no crash. */
static void nothing(const session_html_t *html, session_node_t node, session_buffer_t *text) {
    const char *name = "", *value = "";
    CHECK(session_node_kind(html, node) == 0);
    CHECK(session_node_tag(html, node) == NULL);
    CHECK(session_node_attribute(html, node, "id", NULL) == NULL);
    CHECK(session_node_attribute_count(html, node) == 0);
    CHECK(session_node_attribute_at(html, node, 0, &name, &value) == SESSION_E_NODE);
    CHECK(name == NULL && value == NULL);
    CHECK(session_node_parent(html, node) == 0 && session_node_first_child(html, node) == 0);
    CHECK(session_node_next_sibling(html, node) == 0 && session_node_line(html, node) == 0);
    CHECK(session_node_matches(html, node, "*") == 0);
    CHECK(session_html_find_first(html, node, "*") == 0);
    CHECK(session_node_text(html, node, text) == SESSION_E_NODE);
    CHECK_TEXT(session_buffer_data(text, NULL), "");
    CHECK(session_node_html(html, node, text) == SESSION_E_NODE);
    session_nodes_t *found = session_html_find(html, node, "*");
    CHECK(session_nodes_error(found) == SESSION_E_NODE && session_nodes_count(found) == 0);
    session_nodes_free(found);
}

int main(void) {
    session_buffer_t *text = session_buffer_new();
    session_html_t *html = session_html_new(page, strlen(page), "http://h/p", NULL);
    session_html_t *small = session_html_new("<p>", 3, NULL, NULL);
    CHECK(session_html_title(html, text) == SESSION_OK);
    CHECK_TEXT(session_buffer_data(text, NULL), "A title");

    session_nodes_t *items = session_html_find(html, 0, "li");
    size_t count, length;
    const session_node_t *nodes = session_nodes_data(items, &count);
    CHECK(count == 2 && nodes[0] < nodes[1]);
    CHECK_TEXT(session_node_tag(html, nodes[0]), "li");
    CHECK_TEXT(session_node_attribute(html, nodes[0], "ID", &length), "one");
    CHECK(length == 3);
    CHECK(session_nodes_at(items, 2) == 0);
    session_strings_t *texts = session_nodes_text(items, html);
    CHECK(session_strings_count(texts) == 2);
    CHECK_TEXT(session_strings_at(texts, 1, NULL), "Two");
    session_strings_free(texts);
    session_strings_t *links = session_html_links(html, 0, SESSION_LINKS_ABSOLUTE);
    CHECK_TEXT(session_strings_at(links, 0, NULL), "http://h/base/1");
    session_strings_free(links);

    session_nodes_t *wrong = session_html_find(html, 0, "li >");
    CHECK(session_nodes_error(wrong) == SESSION_E_SELECTOR);
    CHECK(strlen(session_nodes_error_message(wrong)) > 0);
    session_nodes_free(wrong);

    /* A node of the larger page in the smaller one, numbers out of range, and 0. */
    nothing(small, nodes[1], text);
    nothing(html, UINT32_MAX, text);
    nothing(html, 1u << 31, text);
    nothing(html, 1000, text);
    CHECK(session_node_tag(html, 0) == NULL && session_node_parent(html, 0) == 0);

    CHECK(session_html_new(NULL, 5, NULL, NULL) == NULL);
    CHECK(session_html_new("x", 1, NULL, "no-such-encoding") == NULL);
    session_html_t *empty = session_html_new(NULL, 0, NULL, NULL);
    CHECK(empty != NULL);
    session_html_free(empty);
    session_nodes_free(items);
    session_html_free(small);
    session_html_free(html);
    session_buffer_free(text);
    return checked();
}
