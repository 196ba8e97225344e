/*
 * lexbor, as the benches measure it: a shared library whose functions parse a page, ask it one
 * thing, free it, and tell how much was found. `make bench-html` builds it from the sources that
 * the PyPI package selectolax brings.
 */
#include <lexbor/css/css.h>
#include <lexbor/html/html.h>
#include <lexbor/selectors/selectors.h>
#include <lexbor/url/url.h>
#include <string.h>

static lxb_html_document_t *parsed(const char *html, size_t length) {
    lxb_html_document_t *document = lxb_html_document_create();
    lxb_html_document_parse(document, (const lxb_char_t *)html, length);
    return document;
}

size_t peer_parse(const char *html, size_t length) {
    lxb_html_document_t *document = parsed(html, length);
    size_t found = lxb_html_document_body_element(document) != NULL;
    lxb_html_document_destroy(document);
    return found;
}

/* Parsed pages that are kept, for their memory. */
void *peer_keep(const char *html, size_t length) { return parsed(html, length); }

struct text {
    char *data;
    size_t length, room;
};

static lxb_status_t append(const lxb_char_t *data, size_t length, void *context) {
    struct text *text = context;
    if (text->length + length + 1 > text->room) {
        text->room = 2 * (text->length + length + 1);
        text->data = realloc(text->data, text->room);
    }
    memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = '\0';
    return LXB_STATUS_OK;
}

/* The absolute URLs of all a[href], each behind the other in one buffer. */
static size_t links(lxb_html_document_t *document, const char *url, struct text *into) {
    size_t count = 0;
    lxb_dom_document_t *dom = lxb_dom_interface_document(document);
    lxb_dom_collection_t *found = lxb_dom_collection_make(dom, 256);
    lxb_dom_elements_by_tag_name(lxb_dom_interface_element(dom->element), found, (const lxb_char_t *)"a", 1);
    lxb_url_parser_t parser;
    memset(&parser, 0, sizeof parser);
    lxb_url_parser_init(&parser, NULL);
    lxb_url_t *base = lxb_url_parse(&parser, NULL, (const lxb_char_t *)url, strlen(url));
    for (size_t i = 0; i < lxb_dom_collection_length(found); i++) {
        size_t length;
        const lxb_char_t *href =
            lxb_dom_element_get_attribute(lxb_dom_collection_element(found, i), (const lxb_char_t *)"href", 4, &length);
        if (href == NULL || length == 0)
            continue;
        lxb_url_parser_clean(&parser);
        lxb_url_t *absolute = lxb_url_parse(&parser, base, href, length);
        if (absolute == NULL)
            continue;
        lxb_url_serialize(absolute, append, into, false);
        append((const lxb_char_t *)"", 1, into);
        lxb_url_destroy(absolute);
        count++;
    }
    lxb_url_parser_memory_destroy(&parser);
    lxb_url_parser_destroy(&parser, false);
    lxb_dom_collection_destroy(found, true);
    return count;
}

size_t peer_links(const char *html, size_t length, const char *url) {
    struct text text = {NULL, 0, 0};
    lxb_html_document_t *document = parsed(html, length);
    size_t count = links(document, url, &text);
    lxb_html_document_destroy(document);
    free(text.data);
    return count;
}

static lxb_status_t count_node(lxb_dom_node_t *node, lxb_css_selector_specificity_t spec, void *context) {
    (void)node, (void)spec;
    ++*(size_t *)context;
    return LXB_STATUS_OK;
}

/* A selector that is compiled once, as the library's are by its cache. */
size_t peer_css(const char *html, size_t length, const char *css) {
    static lxb_css_parser_t *parser;
    static lxb_selectors_t *selectors;
    static lxb_css_selector_list_t *list;
    if (parser == NULL) {
        parser = lxb_css_parser_create();
        lxb_css_parser_init(parser, NULL);
        selectors = lxb_selectors_create();
        lxb_selectors_init(selectors);
        lxb_selectors_opt_set_noi(selectors, LXB_SELECTORS_OPT_MATCH_FIRST);
        list = lxb_css_selectors_parse(parser, (const lxb_char_t *)css, strlen(css));
    }
    size_t count = 0;
    lxb_html_document_t *document = parsed(html, length);
    lxb_selectors_find(selectors, lxb_dom_interface_node(document), list, count_node, &count);
    lxb_html_document_destroy(document);
    return count;
}

size_t peer_text(const char *html, size_t length, const char *unused) {
    (void)unused;
    lxb_html_document_t *document = parsed(html, length);
    size_t found = 0;
    lxb_char_t *text = lxb_dom_node_text_content(lxb_dom_interface_node(lxb_dom_interface_document(document)->element), &found);
    lxb_dom_document_destroy_text(lxb_dom_interface_document(document), text);
    lxb_html_document_destroy(document);
    return found;
}

/* What the whole job asks of a page: its links, absolute, and its title. */
size_t peer_page(const char *html, size_t length, const char *url) {
    struct text text = {NULL, 0, 0};
    lxb_html_document_t *document = parsed(html, length);
    size_t count = links(document, url, &text), title_length;
    const lxb_char_t *title = lxb_html_document_title(document, &title_length);
    count += title != NULL && title_length > 0;
    lxb_html_document_destroy(document);
    free(text.data);
    return count;
}
