/*
 * One thread, one epoll loop, a thousand requests under way: `epoll URL`. The session's descriptor
 * is one of three that the loop waits for; the program's own timer and pipe get their turns.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "htmlsession.h"

enum { FIRST = 1000, MORE = 500, TOTAL = FIRST + MORE, CANCELLED = 10 };
enum { SESSION, TIMER, PIPE };

static const char *base;
static int slots[TOTAL]; /* what each request's userdata points at: how often it came back */

static void submit(session_t *session, int number, uint64_t *id) {
    char url[256];
    snprintf(url, sizeof url, "%s/echo/%d", base, number);
    session_request_t *request = session_request_new("GET", url);
    CHECK(session_submit(session, request, &slots[number], id) == SESSION_OK);
    session_request_free(request);
}

/* Whether the body is the path that was asked for. */
static int is_echo(const session_response_t *response, int number) {
    char expected[32];
    size_t length;
    const char *body = session_response_body(response, &length);
    int wanted = snprintf(expected, sizeof expected, "/echo/%d", number);
    return length == (size_t)wanted && memcmp(body, expected, length) == 0;
}

static void watch(int epoll, int fd, uint32_t what) {
    struct epoll_event event = {.events = EPOLLIN, .data = {.u32 = what}};
    CHECK(fd >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
}

static int threads(void) {
    int count = 0;
    struct dirent *entry;
    DIR *folder = opendir("/proc/self/task");
    while (folder != NULL && (entry = readdir(folder)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    base = argv[1];
    int before = threads();
    session_t *session = session_new();
    int epoll = epoll_create1(EPOLL_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    int ends[2];
    CHECK(pipe(ends) == 0);
    struct itimerspec every = {{0, 5000000}, {0, 5000000}};
    timerfd_settime(timer, 0, &every, NULL);
    watch(epoll, session_fd(session), SESSION);
    watch(epoll, timer, TIMER);
    watch(epoll, ends[0], PIPE);

    uint64_t ids[FIRST];
    for (int i = 0; i < FIRST; i++)
        submit(session, i, &ids[i]);
    CHECK(session_outstanding(session) == FIRST);
    /* The last ones have not even begun: the limit of connections lets others go first. */
    for (int i = FIRST - CANCELLED; i < FIRST; i++)
        CHECK(session_cancel(session, ids[i]) == SESSION_OK);

    int came = 0, good = 0, cancelled = 0, submitted = FIRST, ticks = 0, pings = 0, wakes = 0, most = 0;
    time_t until = time(NULL) + 120;
    while (came < TOTAL && time(NULL) < until) {
        struct epoll_event events[8];
        int count = epoll_wait(epoll, events, 8, 10000);
        CHECK(count > 0);
        wakes++;
        for (int i = 0; i < count; i++) {
            uint64_t ring;
            char ping;
            session_response_t *response;
            switch (events[i].data.u32) {
            case TIMER:
                CHECK(read(timer, &ring, sizeof ring) == sizeof ring);
                ticks++;
                CHECK(write(ends[1], "!", 1) == 1);
                break;
            case PIPE:
                CHECK(read(ends[0], &ping, 1) == 1);
                pings++;
                break;
            default:
                while ((response = session_next(session, 0)) != NULL) {
                    int *slot = session_response_userdata(response);
                    int number = (int)(slot - slots);
                    CHECK(number >= 0 && number < TOTAL && slots[number]++ == 0);
                    came++;
                    if (session_response_error(response) == SESSION_E_CANCELLED)
                        cancelled++;
                    else
                        good += session_response_status(response) == 200 && is_echo(response, number);
                    session_response_free(response);
                    if (submitted < TOTAL) /* from inside of the loop, as events come */
                        submit(session, submitted++, NULL);
                }
            }
        }
        int running = threads();
        most = running > most ? running : most;
    }
    CHECK(came == TOTAL && cancelled == CANCELLED && good == TOTAL - CANCELLED);
    for (int i = 0; i < TOTAL; i++)
        CHECK(slots[i] == 1);
    CHECK(session_outstanding(session) == 0);
    CHECK(ticks > 0 && pings > 0);
    CHECK(wakes < 20 * TOTAL); /* no busy loop */
    CHECK(most == before);     /* and no thread */

    /* With nothing to do the descriptor is silent. */
    struct epoll_event event;
    epoll_ctl(epoll, EPOLL_CTL_DEL, timer, NULL);
    while (epoll_wait(epoll, &event, 1, 0) == 1 && event.data.u32 == PIPE) {
        char ping;
        CHECK(read(ends[0], &ping, 1) == 1);
    }
    CHECK(epoll_wait(epoll, &event, 1, 200) == 0);
    session_free(session);
    close(timer);
    close(ends[0]);
    close(ends[1]);
    close(epoll);
    printf("%d requests, %d wake-ups, %d ticks\n", came, wakes, ticks);
    return checked();
}
