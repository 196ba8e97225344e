/*
 * The site: a log-in form, a session cookie, a redirect, and three list pages linked by "next".
 * It speaks just enough HTTP for that, one connection after the other.
 */
#include "site.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const books[][2] = {
    {"On the Origin of Species", "Charles Darwin"}, {"Elements", "Euclid"},
    {"Relativity", "Albert Einstein"},              {"Opticks", "Isaac Newton"},
    {"Micrographia", "Robert Hooke"},               {"Dialogue", "Galileo Galilei"},
    {"Almagest", "Ptolemy"},                        {"Silent Spring", "Rachel Carson"},
};
#define BOOKS ((int)(sizeof books / sizeof *books))
#define PER_PAGE 3

static pid_t child = -1;
static int lifeline = -1; /* the child ends when this end of the pipe is closed */

static void answer(int peer, const char *status, const char *headers, const char *body) {
    char head[512];
    int length = snprintf(head, sizeof head,
                          "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\n"
                          "Content-Length: %zu\r\nConnection: close\r\n%s\r\n",
                          status, strlen(body), headers);
    if (send(peer, head, (size_t)length, MSG_NOSIGNAL) == length)
        (void)!send(peer, body, strlen(body), MSG_NOSIGNAL);
}

static void login_page(int peer, const char *status) {
    answer(peer, status, "Set-Cookie: language=en; Path=/; Max-Age=86400\r\n",
           "<!doctype html><title>The reading room: log in</title>"
           "<form action=/login method=post><input type=hidden name=token value=5f3a>"
           "<label>Name <input name=user></label>"
           "<label>Password <input name=password type=password></label>"
           "<button>Log in</button></form>");
}

static void list_page(int peer, int page) {
    char body[4096];
    int length = snprintf(body, sizeof body,
                          "<!doctype html><title>The reading room, page %d</title><h1>Books</h1><ul>",
                          page);
    for (int i = (page - 1) * PER_PAGE; i < page * PER_PAGE && i < BOOKS; i++)
        length += snprintf(body + length, sizeof body - (size_t)length,
                           "<li class=book><a href=\"book/%d\">%s</a> <em>%s</em>", i + 1,
                           books[i][0], books[i][1]);
    length += snprintf(body + length, sizeof body - (size_t)length, "</ul>");
    if (page * PER_PAGE < BOOKS)
        snprintf(body + length, sizeof body - (size_t)length, "<a rel=next href=\"?page=%d\">next</a>",
                 page + 1);
    answer(peer, "200 OK", "", body);
}

/* Reads a whole request: the head, and as much of a body as Content-Length says. */
static int read_request(int peer, char *into, size_t room) {
    size_t length = 0, wanted = 0;
    for (;;) {
        ssize_t count = recv(peer, into + length, room - 1 - length, 0);
        if (count <= 0)
            return 0;
        length += (size_t)count;
        into[length] = '\0';
        const char *end = strstr(into, "\r\n\r\n");
        if (end != NULL && wanted == 0) {
            wanted = (size_t)(end + 4 - into);
            for (const char *line = strchr(into, '\n'); line != NULL; line = strchr(line + 1, '\n'))
                if (strncasecmp(line + 1, "Content-Length:", 15) == 0)
                    wanted += strtoul(line + 16, NULL, 10);
        }
        if (wanted != 0 && length >= wanted)
            return 1;
        if (length >= room - 1)
            return 0;
    }
}

static void serve(int peer) {
    char request[16384];
    if (!read_request(peer, request, sizeof request))
        return;
    int page = 1;
    if (strncmp(request, "GET /login", 10) == 0) {
        login_page(peer, "200 OK");
    } else if (strncmp(request, "POST /login", 11) == 0) {
        const char *fields = strstr(request, "\r\n\r\n") + 4;
        if (strstr(fields, "token=5f3a") && strstr(fields, "user=" SITE_USER) &&
            strstr(fields, "password=correct+horse"))
            answer(peer, "302 Found",
                   "Location: /books/\r\n"
                   "Set-Cookie: session=9c1f77; Path=/; HttpOnly; SameSite=Lax\r\n",
                   "");
        else
            login_page(peer, "403 Forbidden");
    } else if (strstr(request, "session=9c1f77") == NULL) {
        answer(peer, "302 Found", "Location: /login\r\n", "");
    } else if (sscanf(request, "GET /books/?page=%d ", &page) == 1 ||
               strncmp(request, "GET /books/ ", 12) == 0) {
        list_page(peer, page > 0 && page < 1000 ? page : 1);
    } else {
        answer(peer, "404 Not Found", "", "<title>Not found</title>");
    }
}

static void run(int listener, int alive) {
    struct pollfd wait[2] = {{listener, POLLIN, 0}, {alive, POLLIN, 0}};
    while (poll(wait, 2, -1) > 0 && wait[1].revents == 0) {
        int peer = accept(listener, NULL, NULL);
        if (peer < 0)
            continue;
        struct timeval patience = {5, 0};
        setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        serve(peer);
        close(peer);
    }
}

int site_start(void) {
    int ends[2], listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener < 0)
        return 0;
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0 || pipe(ends) != 0) {
        close(listener);
        return 0;
    }
    child = fork();
    if (child == 0) {
        close(ends[1]);
        run(listener, ends[0]);
        _exit(0);
    }
    close(listener);
    close(ends[0]);
    if (child < 0) {
        close(ends[1]);
        return 0;
    }
    lifeline = ends[1];
    return ntohs(address.sin_port);
}

void site_stop(void) {
    if (child <= 0)
        return;
    close(lifeline);
    waitpid(child, NULL, 0);
    child = -1;
}
