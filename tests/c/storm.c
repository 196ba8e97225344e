/*
 * Threads at cross purposes: `storm URL` is a server that answers /echo/… and never /silent. Requests
 * are cancelled from all sides, and sessions freed while others wait in them.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "htmlsession.h"

enum { WORKERS = 8, ROUNDS = 60, WAITERS = 4, FREES = 40 };

static const char *base;
static session_t *shared;
static volatile int over;

static void pause_us(long microseconds) {
    struct timespec time = {0, microseconds * 1000};
    nanosleep(&time, NULL);
}

static void url_of(char *into, size_t room, const char *path, long number) {
    snprintf(into, room, "%s/%s/%ld", base, path, number);
}

/* Gets: each ends as it should, or cancelled. The result counts those that did not. */
static void *work(void *argument) {
    char url[256];
    long wrong = 0, worker = (long)(size_t)argument;
    for (long i = 0; i < ROUNDS; i++) {
        url_of(url, sizeof url, "echo", worker * ROUNDS + i);
        session_response_t *response = session_get(shared, url);
        session_code code = session_response_error(response);
        size_t length;
        const char *body = session_response_body(response, &length);
        if (code == SESSION_OK)
            wrong += strcmp(body, strstr(url, "/echo/")) != 0;
        else
            wrong += code != SESSION_E_CANCELLED;
        session_response_free(response);
    }
    return (void *)(size_t)wrong;
}

static void *cancel(void *argument) {
    (void)argument;
    while (!over) {
        session_cancel(shared, 0);
        pause_us(300);
    }
    return NULL;
}

/* Submits and cancels by id, and takes what comes. */
static void *juggle(void *argument) {
    char url[256];
    long wrong = 0, own = (long)(size_t)argument;
    for (long i = 0; i < ROUNDS; i++) {
        uint64_t id = 0;
        url_of(url, sizeof url, i % 2 ? "echo" : "silent", own);
        session_request_t *request = session_request_new("GET", url);
        wrong += session_submit(shared, request, NULL, &id) != SESSION_OK;
        session_request_free(request);
        if (i % 2 == 0)
            session_cancel(shared, id);
        session_response_free(session_next(shared, 1));
    }
    return (void *)(size_t)wrong;
}

static void storm(void) {
    pthread_t workers[WORKERS], jugglers[2], cancellers[2];
    shared = session_new();
    over = 0;
    for (size_t i = 0; i < WORKERS; i++)
        pthread_create(&workers[i], NULL, work, (void *)i);
    for (size_t i = 0; i < 2; i++) {
        pthread_create(&jugglers[i], NULL, juggle, (void *)i);
        pthread_create(&cancellers[i], NULL, cancel, NULL);
    }
    void *wrong;
    for (size_t i = 0; i < WORKERS; i++) {
        pthread_join(workers[i], &wrong);
        CHECK(wrong == NULL);
    }
    for (size_t i = 0; i < 2; i++) {
        pthread_join(jugglers[i], &wrong);
        CHECK(wrong == NULL);
    }
    over = 1;
    for (size_t i = 0; i < 2; i++)
        pthread_join(cancellers[i], NULL);
    /* Every submission still has its response, and after the storm all is well. */
    session_cancel(shared, 0);
    session_response_t *response;
    while ((response = session_next(shared, 20000)) != NULL)
        session_response_free(response);
    CHECK(session_outstanding(shared) == 0);
    char url[256];
    url_of(url, sizeof url, "echo", 7);
    response = session_get(shared, url);
    CHECK(session_response_status(response) == 200);
    session_response_free(response);
    session_free(shared);
}

/* Waits for an answer that never comes: in a get, or for a submission. */
static void *wait_in_get(void *argument) {
    (void)argument;
    char url[256];
    url_of(url, sizeof url, "silent", 0);
    session_response_t *response = session_get(shared, url);
    session_code code = session_response_error(response);
    session_response_free(response);
    return (void *)(size_t)code;
}

/* The session is freed while threads wait in it: each returns, told that it was closed. */
static void free_during_get(int round) {
    pthread_t waiters[WAITERS];
    shared = session_new();
    for (int i = 0; i < WAITERS; i++)
        pthread_create(&waiters[i], NULL, wait_in_get, NULL);
    /* They enter with the handle while it lives: the header says so. */
    pause_us(20000 + 500 * round);
    session_t *session = shared;
    session_free(session);
    for (int i = 0; i < WAITERS; i++) {
        void *code;
        pthread_join(waiters[i], &code);
        CHECK((size_t)code == SESSION_E_CLOSED);
    }
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    base = argv[1];
    alarm(500); /* instead of hanging for ever */
    for (int i = 0; i < 3; i++)
        storm();
    for (int i = 0; i < FREES; i++)
        free_during_get(i);
    return checked();
}
