/*
 * What the library does to the process: `process URL`. Sessions and fork, descriptors and exec, and
 * that signals, environment, locale and working directory stay as they are.
 */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "htmlsession.h"

static int status(session_t *session, const char *url) {
    session_response_t *response = session_get(session, url);
    int status = session_response_status(response);
    session_response_free(response);
    return status;
}

static session_code error(session_t *session, const char *url) {
    session_response_t *response = session_get(session, url);
    session_code code = session_response_error(response);
    session_response_free(response);
    return code;
}

/* In the child: the parent's session is out of reach, a response is not, and a new session works. */
static int child(session_t *inherited, session_response_t *response, const char *url) {
    alarm(30); /* instead of hanging for ever */
    CHECK(error(inherited, url) == SESSION_E_FORKED);
    CHECK(session_set_header(inherited, "X-Child", "1") == SESSION_E_FORKED);
    CHECK(session_response_status(response) == 200);
    session_response_free(response);
    session_free(inherited);
    session_t *own = session_new();
    CHECK(status(own, url) == 200);
    session_free(own);
    return checked();
}

static void forks(const char *url) {
    session_t *session = session_new();
    session_response_t *response = session_get(session, url);
    for (int i = 0; i < 3; i++) {
        int result = -1;
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0)
            _exit(child(session, response, url));
        CHECK(pid > 0 && waitpid(pid, &result, 0) == pid && WIFEXITED(result) && WEXITSTATUS(result) == 0);
    }
    CHECK(status(session, url) == 200); /* the parent's connection was left alone */
    session_response_free(response);
    session_free(session);
}

/* Everything that is open while a session is in use is closed by exec. */
static void descriptors(const char *url) {
    session_t *session = session_new();
    CHECK(status(session, url) == 200);
    CHECK(session_fd(session) >= 0);
    int open = 0;
    for (int fd = 3; fd < 256; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (flags >= 0)
            open++;
        CHECK(flags < 0 || (flags & FD_CLOEXEC) != 0);
    }
    CHECK(open > 0);
    session_free(session);
    for (int fd = 3; fd < 256; fd++)
        CHECK(fcntl(fd, F_GETFD) < 0);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    for (int fd = 3; fd < 256; fd++)
        close(fd); /* those of the test that started this */
    struct sigaction before[32], after;
    char folder[2][4096];
    for (int signal = 1; signal < 32; signal++)
        sigaction(signal, NULL, &before[signal]);
    CHECK(getcwd(folder[0], sizeof folder[0]) != NULL);
    char **environment = environ;
    CHECK_TEXT(setlocale(LC_ALL, NULL), "C");

    forks(argv[1]);
    descriptors(argv[1]);

    for (int signal = 1; signal < 32; signal++) {
        sigaction(signal, NULL, &after);
        CHECK(after.sa_handler == before[signal].sa_handler);
    }
    CHECK(getcwd(folder[1], sizeof folder[1]) != NULL);
    CHECK_TEXT(folder[1], folder[0]);
    CHECK(environ == environment);
    CHECK_TEXT(setlocale(LC_ALL, NULL), "C");
    return checked();
}
