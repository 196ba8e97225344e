#define _POSIX_C_SOURCE 200809L
#include "site.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static void add(text_t *text, const char *format, ...) {
    if (text->room - text->length < 8192) {
        text->room = text->room * 2 + 16384;
        text->data = realloc(text->data, text->room);
        CHECK(text->data != NULL);
    }
    va_list values;
    va_start(values, format);
    text->length += (size_t)vsnprintf(text->data + text->length, 8192, format, values);
    va_end(values);
}

static const char *const words[] = {
    "the",       "of",       "session",    "and",         "a",
    "to",        "request",  "in",         "which",       "cookie",
    "is",        "that",     "header",     "for",         "response",
    "as",        "with",     "by",         "element",     "be",
    "attribute", "or",       "server",     "connection",  "it",
    "may",       "are",      "page",       "on",          "document",
    "this",      "an",       "libraries",  "from",        "at",
    "must",      "not",      "f\xc3\xbcr", "caf\xc3\xa9", "\xe6\x96\x87\xe6\x9b\xb8",
    "1,024",     "x &lt; y", "R&amp;D"};
#define WORDS (sizeof words / sizeof *words)

/* The same words on every run. */
static unsigned next_word(unsigned *state) {
    *state = *state * 1103515245u + 12345u;
    return (*state >> 16) % WORDS;
}

static void prose(text_t *page, unsigned *state, int count) {
    for (int i = 0; i < count; i++)
        add(page, "%s%s", words[next_word(state)], i % 12 == 11 ? ".\n" : i % 7 == 6 ? ", " : " ");
}

/* An article with links, emphasis, a list, code; now and then a table, a picture, a drawing. */
static void article(text_t *page, unsigned *state, int number) {
    add(page,
        "\n  <article class=\"post%s\" id=\"post-%d\" data-number='%d'>\n    <h2><a href=\"/posts/%d.html\" "
        "rel=bookmark>",
        number % 3 == 0 ? " featured" : "", number, number, number);
    prose(page, state, 5);
    add(page,
        "</a></h2>\n    <!-- %d --><p class=\"meta\">by <a class=\"author\" "
        "href=\"/people?id=%d&amp;sort=asc\">",
        number, number % 5);
    prose(page, state, 2);
    add(page, "</a> on <time datetime=\"2024-0%d-17\">17 May 2024</time>\n    <p>", number % 9 + 1);
    prose(page, state, 60);
    add(page, "<em>");
    prose(page, state, 3);
    add(page, "</em> &mdash; <b><i>");
    prose(page, state, 3);
    add(page, "</b></i> <code>session_get()</code>, <a href='https://example.org/a/../b?q=%d#top' title=\"",
        number);
    prose(page, state, 4);
    add(page, "\">");
    prose(page, state, 4);
    add(page, "</a>.</p>\n    <ul class=\"tags\">\n");
    for (int i = 0; i < 6; i++) {
        unsigned tag = next_word(state) % 20;
        add(page, "      <li><a href=\"../tag/%u/\">%s</a></li>\n", tag, words[tag]);
    }
    add(page, "    </ul>\n");
    if (number % 4 == 1) {
        add(page, "    <table border=1>\n      <tr><th>name<th align=right>price</tr>\n");
        for (int i = 0; i < 8; i++)
            add(page, "      <tr class=row><td>%s</td><td class=\"price\">$%d.%02d</td></tr>\n", words[i],
                i * 7 + number, i);
        add(page, "    </table>\n");
    }
    if (number % 4 == 2)
        add(page,
            "    <img src=\"img/%d.png\" alt=\"\" width=64 height=64><br>\n    <pre>if (a &lt; b &amp;&amp; "
            "c)\n    return a;\n</pre>\n",
            number);
    if (number % 8 == 3)
        add(page, "    <svg viewBox=\"0 0 8 8\"><path d=\"M0 0h8v8z\"/><g fill=\"none\"><circle "
                  "r=\"4\"/></g></svg>\n");
    if (number % 8 == 5)
        add(page,
            "    <div><div><span>%d</span><div style=\"color:red\">&copy; 2024&nbsp;</div></div></div>\n",
            number);
    add(page, "  </article>");
}

text_t page_of(int articles) {
    text_t page = {NULL, 0, 0};
    unsigned state = (unsigned)articles;
    add(&page, articles == 16 ? "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" "
                                "\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">"
                              : "<!DOCTYPE html>");
    add(&page,
        "\n<html lang=\"en\">\n<head>\n  <meta charset=\"utf-8\">\n  <title>Page of %d &ndash; "
        "Training</title>\n"
        "  <link rel=\"stylesheet\" href=\"/style.css\">\n  <link rel=next href=\"?page=2\">\n"
        "  <meta name=\"viewport\" content=\"width=device-width\">\n"
        "  <style>\n    .post > h2 { margin: 0 } /* a < b */\n  </style>\n"
        "  <script>\n    if (window.a < 1 && \"</b>\") { document.title += '<!'; }\n  "
        "</script>\n</head>\n<body class=\"home page\">\n"
        "<nav><ul>",
        articles);
    for (int i = 0; i < 10; i++)
        add(&page, "<li class=\"item\"><a href=\"/section/%d\">%s</a>", i, words[i]);
    add(&page, "</ul></nav>\n<form action=\"/login\" method=post id=login>\n  <input type=\"hidden\" "
               "name=\"token\" value=\"5f3a\">\n"
               "  <label>Name <input name=user value=\"\"></label> <input type=password name=password>\n"
               "  <select name=language><option value=en selected>English<option value=de>Deutsch</select>\n"
               "  <input type=checkbox name=stay checked> <textarea name=note>\nnone</textarea> <button>Log "
               "in</button>\n</form>\n<main>");
    for (int i = 1; i <= articles; i++)
        article(&page, &state, i);
    add(&page, "\n</main>\n<footer><p>&copy; Training<p><a href=\"mailto:a@example.org\">mail</a> <a "
               "href=\"#top\">top</a></footer>\n</body>\n</html>\n");
    return page;
}

/* The page as gzip (RFC 1952), in blocks that are stored as they are. */
static text_t zipped(const text_t *page) {
    text_t zip = {malloc(page->length + page->length / 100 + 1024), 10, 0};
    CHECK(zip.data != NULL);
    memcpy(zip.data, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    for (size_t at = 0; at < page->length;) {
        size_t left = page->length - at, size = left < 60000 ? left : 60000;
        const unsigned lengths[] = {(unsigned)size, ~(unsigned)size};
        zip.data[zip.length++] = left == size;
        for (int i = 0; i < 4; i++)
            zip.data[zip.length++] = (char)(lengths[i / 2] >> i % 2 * 8 & 0xff);
        memcpy(zip.data + zip.length, page->data + at, size);
        zip.length += size;
        at += size;
    }
    uint32_t check = 0xffffffff, trailer[2];
    for (size_t at = 0; at < page->length; at++) {
        check ^= (unsigned char)page->data[at];
        for (int bit = 0; bit < 8; bit++)
            check = check >> 1 ^ (check & 1 ? 0xedb88320 : 0);
    }
    trailer[0] = ~check;
    trailer[1] = (uint32_t)page->length;
    for (int i = 0; i < 8; i++)
        zip.data[zip.length++] = (char)(trailer[i / 4] >> i % 4 * 8 & 0xff);
    return zip;
}

#define PEERS 100

typedef struct {
    int descriptor;
    size_t length;
    char request[8192];
} peer_t;

static void answer(int peer, const char *status, const char *headers, const char *body, size_t length) {
    static text_t reply;
    reply.length = 0;
    add(&reply,
        "HTTP/1.1 %s\r\nServer: train/1.0\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\n"
        "Content-Type: text/html; charset=utf-8\r\nContent-Length: %zu\r\n%s\r\n",
        status, length, headers);
    while (reply.room - reply.length < length + 1) {
        reply.room = reply.room * 2 + length;
        reply.data = realloc(reply.data, reply.room);
        CHECK(reply.data != NULL);
    }
    memcpy(reply.data + reply.length, body, length);
    size_t all = reply.length + length;
    for (size_t sent = 0; sent < all;) {
        ssize_t count = send(peer, reply.data + sent, all - sent, MSG_NOSIGNAL);
        if (count <= 0)
            return;
        sent += (size_t)count;
    }
}

/* Answers a request that is there as a whole. */
static void respond(int peer, const char *request, const text_t *pages, const text_t *zip) {
    static const char *const names[] = {"small", "medium", "large"};
    for (size_t i = 0; i < 3; i++) {
        char start[16];
        int length = snprintf(start, sizeof start, "GET /%s", names[i]);
        if (strncmp(request, start, (size_t)length) == 0) {
            answer(peer, "200 OK",
                   "Set-Cookie: id=1; Path=/; HttpOnly; SameSite=Lax\r\nETag: \"5f3a-1\"\r\n"
                   "Cache-Control: max-age=60\r\nVary: Accept-Encoding\r\n",
                   pages[i].data, pages[i].length);
            return;
        }
    }
    if (strncmp(request, "GET /zip", 8) == 0)
        answer(peer, "200 OK", "Content-Encoding: gzip\r\n", zip->data, zip->length);
    else if (strncmp(request, "POST /login", 11) == 0)
        answer(peer, "302 Found",
               "Location: /small?in=1\r\nSet-Cookie: user=9c1f77; Path=/; Max-Age=86400\r\n"
               "Set-Cookie: theme=\"dark\"; Expires=Fri, 01 Jan 2038 00:00:00 GMT; Domain=localhost\r\n",
               "", 0);
    else if (strncmp(request, "GET /chunked", 12) == 0) {
        const char *reply =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            "e\r\n{\"name\":\"tra\\u\r\n14\r\n0069n\",\"list\":[1,2]}\r\n0\r\n\r\n";
        (void)!send(peer, reply, strlen(reply), MSG_NOSIGNAL);
    } else
        answer(peer, "404 Not Found", "", "<title>Not found</title>", 24);
}

/* Reads on; 0 when the connection is over. */
static int serve(peer_t *peer, const text_t *pages, const text_t *zip) {
    ssize_t count =
        recv(peer->descriptor, peer->request + peer->length, sizeof peer->request - 1 - peer->length, 0);
    if (count <= 0)
        return 0;
    peer->length += (size_t)count;
    peer->request[peer->length] = '\0';
    const char *end = strstr(peer->request, "\r\n\r\n");
    if (end == NULL)
        return peer->length < sizeof peer->request - 1;
    size_t body = 0;
    for (const char *line = strchr(peer->request, '\n'); line != NULL && line < end;
         line = strchr(line + 1, '\n'))
        if (strncasecmp(line + 1, "Content-Length:", 15) == 0)
            body = strtoul(line + 16, NULL, 10);
    if (peer->length < (size_t)(end + 4 - peer->request) + body)
        return peer->length < sizeof peer->request - 1;
    peer->length = 0;
    respond(peer->descriptor, peer->request, pages, zip);
    return 1;
}

/* Until the other end of `alive` is closed. */
static void run_server(int listener, int alive, const text_t *pages) {
    const text_t zip = zipped(&pages[1]);
    static peer_t peers[PEERS];
    struct pollfd wait[PEERS + 2] = {{listener, POLLIN, 0}, {alive, POLLIN, 0}};
    for (int i = 0; i < PEERS; i++)
        wait[i + 2] = (struct pollfd){-1, POLLIN, 0};
    while (poll(wait, PEERS + 2, -1) > 0 && wait[1].revents == 0) {
        for (int i = 0; i < PEERS; i++) {
            if (wait[i + 2].fd < 0 && wait[0].revents != 0) {
                wait[0].revents = 0;
                wait[i + 2].fd = peers[i].descriptor = accept(listener, NULL, NULL);
                peers[i].length = 0;
            } else if (wait[i + 2].fd >= 0 && wait[i + 2].revents != 0 && !serve(&peers[i], pages, &zip)) {
                close(wait[i + 2].fd);
                wait[i + 2].fd = -1;
            }
        }
    }
}

int start_server(const text_t *pages) {
    int ends[2], listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(listener >= 0 && bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(listen(listener, PEERS) == 0 && pipe(ends) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        close(ends[1]);
        run_server(listener, ends[0], pages);
        _exit(0);
    }
    close(listener);
    close(ends[0]);
    return ntohs(address.sin_port);
}

