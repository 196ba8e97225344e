/*
 * Callbacks that use the library: `callbacks URL`. The jar's policy and change hook run in the midst
 * of a request and call the session that they were called from, its jar, and another session.
 */
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "htmlsession.h"

typedef struct {
    session_t *own, *other;
    session_jar_t *jar;
    const char *url;
    int calls, freed;
    uint64_t submitted;
    int free_own; /* the hook frees the session that runs it */
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
    if (context->own == NULL)
        return; /* freed by an earlier call */

    /* A request of the same session cannot be waited for: the waiting would never end. */
    session_response_t *response = session_get(context->own, context->url);
    CHECK(session_response_error(response) == SESSION_E_BUSY);
    session_response_free(response);
    CHECK(session_next(context->own, -1) == NULL);

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
    if (context->free_own) {
        session_free(context->own);
        context->own = NULL;
    }
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

static void run(const char *url, int free_own) {
    context_t context = {.own = session_new(), .other = session_new(), .url = url, .free_own = free_own};
    context.jar = session_jar(context.own);
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
        session_free(context.own);
    }
    session_free(context.other);
    session_jar_free(context.jar);
    CHECK(context.freed == 2);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    alarm(300); /* instead of hanging for ever */
    run(argv[1], 0);
    run(argv[1], 1);
    return checked();
}
