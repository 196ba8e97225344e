/*
 * Callbacks that use the library: `callbacks PAGE ECHO`, a page that sets a cookie and a URL that
 * gives back what is posted. Callbacks of every kind run in the midst of a request and call the
 * session that they were called from, its jar, and another session; cancel the request; and free the
 * session.
 */
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "htmlsession.h"

typedef struct {
    session_t *own, *other;
    session_jar_t *jar;
    const char *url;
    int calls, freed, nested;
    uint64_t submitted;
    int free_own; /* the callback frees the session that runs it */
    int cancel;   /* or cancels all of its requests */
    size_t sent, received;
} context_t;

static void use_jar(session_jar_t *jar, const char *url) {
    session_buffer_t *header = session_buffer_new();
    session_cookies_t *all = session_jar_cookies(jar, NULL, NULL, NULL);
    CHECK(all != NULL);
    CHECK(session_jar_header(jar, url, header) == SESSION_OK);
    session_cookies_free(all);
    session_buffer_free(header);
}

/* What is done from inside of a request of `own`. */
static void use_all(context_t *context) {
    context->calls++;
    use_jar(context->jar, context->url);
    if (context->own == NULL || context->nested)
        return; /* freed by an earlier call; called for what a callback did */
    context->nested = 1;

    /* A request of the same session cannot be waited for: the waiting would never end. */
    session_response_t *response = session_get(context->own, context->url);
    CHECK(session_response_error(response) == SESSION_E_BUSY);
    session_response_free(response);
    /* Nor for a submitted one; what has ended already is handed out. */
    response = session_next(context->own, -1);
    CHECK(response == NULL || session_response_id(response) == context->submitted);
    session_response_free(response);

    /* What does not wait works. */
    CHECK(session_set_header(context->own, "X-From", "callback") == SESSION_OK);
    CHECK(session_cancel(context->own, 4711) == SESSION_OK);
    CHECK(session_set_connection_limits(context->own, 4, 8, 8) == SESSION_OK);
    CHECK(session_fd(context->own) >= 0);
    if (context->submitted == 0) {
        session_request_t *request = session_request_new("GET", context->url);
        CHECK(session_submit(context->own, request, NULL, &context->submitted) == SESSION_OK);
        session_request_free(request);
    }
    session_jar_t *jar = session_jar(context->own);
    CHECK(jar != NULL);
    session_jar_free(jar);

    /* And another session does all. */
    response = session_get(context->other, context->url);
    CHECK(session_response_status(response) == 200);
    session_response_free(response);
    if (context->cancel)
        CHECK(session_cancel(context->own, 0) == SESSION_OK);
    if (context->free_own) {
        session_free(context->own);
        context->own = NULL;
    }
    context->nested = 0;
}

static int policy(const char *url, const session_cookies_t *cookie, void *userdata) {
    context_t *context = userdata;
    CHECK(url != NULL && session_cookies_count(cookie) == 1);
    use_all(context);
    return 0;
}

static void changed(const session_cookies_t *cookie, void *userdata) {
    CHECK(session_cookies_count(cookie) == 1);
    use_all(userdata);
}

static void forget(void *userdata) {
    ((context_t *)userdata)->freed++;
}

static void logged(int level, uint64_t request, const char *event, const char *text, void *userdata) {
    CHECK(level <= SESSION_LOG_DEBUG && request > 0 && event[0] != '\0' && text != NULL);
    use_all(userdata);
}

static int sink(const void *data, size_t length, void *userdata) {
    CHECK(data != NULL || length == 0);
    ((context_t *)userdata)->received += length;
    use_all(userdata);
    return 0;
}

static int progress(int64_t received, int64_t to_receive, int64_t sent, int64_t to_send, void *userdata) {
    CHECK(received >= 0 && sent >= 0 && to_receive >= -1 && to_send >= -1);
    use_all(userdata);
    return 0;
}

enum { BODY = 3000 };

static int64_t read_body(void *into, size_t room, void *userdata) {
    context_t *context = userdata;
    size_t left = BODY - context->sent, count = room < 1000 ? room : 1000;
    count = count < left ? count : left;
    memset(into, 'b', count);
    context->sent += count;
    use_all(context);
    return (int64_t)count;
}

static int rewind_body(void *userdata) {
    ((context_t *)userdata)->sent = 0;
    return 0;
}

static context_t context_of(const char *url) {
    context_t context = {.own = session_new(), .other = session_new(), .url = url};
    context.jar = session_jar(context.own);
    return context;
}

/* A request with callbacks of every kind; what it ends with is the result. */
static session_code run_all(context_t *context, const char *echo) {
    session_t *own = context->own;
    CHECK(session_set_log(own, SESSION_LOG_DEBUG, logged, context, forget) == SESSION_OK);
    session_request_t *request = session_request_new("POST", echo);
    CHECK(session_request_set_sink(request, sink, context, forget) == SESSION_OK);
    CHECK(session_request_set_progress(request, progress, context, forget) == SESSION_OK);
    CHECK(session_request_set_body_reader(request, NULL, BODY, read_body, rewind_body, context, forget) == SESSION_OK);
    session_response_t *response = session_send(own, request);
    session_code code = session_response_error(response);
    session_response_free(response);
    session_request_free(request);
    return code;
}

static void finish(context_t *context, int kinds) {
    if (context->own != NULL) {
        session_cancel(context->own, 0);
        session_response_t *response;
        while ((response = session_next(context->own, 20000)) != NULL)
            session_response_free(response);
        session_free(context->own);
    }
    session_free(context->other);
    session_jar_free(context->jar);
    CHECK(context->freed == kinds);
}

static void all_kinds(const char *url, const char *echo) {
    context_t context = context_of(url);
    CHECK(run_all(&context, echo) == SESSION_OK);
    CHECK(context.sent == BODY && context.received == BODY);
    CHECK(context.calls > 6 && context.submitted != 0);
    finish(&context, 4);

    context = context_of(url);
    context.cancel = 1;
    CHECK(run_all(&context, echo) == SESSION_E_CANCELLED);
    finish(&context, 4);

    context = context_of(url);
    context.free_own = 1;
    CHECK(run_all(&context, echo) == SESSION_E_CLOSED);
    finish(&context, 4);
}

static void run(const char *url, int free_own) {
    context_t context = context_of(url);
    context.free_own = free_own;
    CHECK(session_jar_set_policy(context.jar, policy, &context, forget) == SESSION_OK);
    CHECK(session_jar_set_change_hook(context.jar, changed, &context, forget) == SESSION_OK);

    session_response_t *response = session_get(context.own, url);
    /* Freed in its midst, the request ends early, unless all of its response had come. */
    if (!free_own || session_response_error(response) != SESSION_E_CLOSED) {
        CHECK(session_response_status(response) == 200);
        CHECK(session_jar_count(context.jar) == 1);
    }
    session_response_free(response);
    CHECK(context.calls >= 2 && context.submitted != 0);
    if (!free_own) {
        /* The callback's submission runs its course, and so do its own callbacks. */
        response = session_next(context.own, 20000);
        CHECK(session_response_id(response) == context.submitted);
        CHECK(session_response_status(response) == 200);
        session_response_free(response);
    }
    finish(&context, 2);
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    alarm(300); /* instead of hanging for ever */
    run(argv[1], 0);
    run(argv[1], 1);
    all_kinds(argv[1], argv[2]);
    return checked();
}
