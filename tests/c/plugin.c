/*
 * The library as a plugin: `plugin LIBRARY URL COPY` loads it and resolves one name. Nothing else of
 * it is to be seen, load, use and unload over and over leave neither threads nor memory behind, and a
 * copy of it works beside it.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <signal.h>
#include <unistd.h>

#include "check.h"
#include "htmlsession.h"

typedef const session_api_t *(*api_fn)(uint32_t);

static int entries(const char *folder) {
    int count = 0;
    DIR *open = opendir(folder);
    while (open != NULL && readdir(open) != NULL)
        count++;
    closedir(open);
    return count;
}

static long resident_kib(void) {
    long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%ld %ld", &size, &pages) == 2);
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void round_trip(const char *library, const char *url) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    api_fn resolve;
    if (handle == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        CHECK(handle != NULL);
        return;
    }
    CHECK(dlsym(handle, "curl_easy_init") == NULL);
    CHECK(dlsym(handle, "SSL_new") == NULL && dlsym(handle, "inflate") == NULL);
    CHECK(dlsym(RTLD_DEFAULT, "session_new") == NULL); /* RTLD_LOCAL */
    *(void **)&resolve = dlsym(handle, "session_api");
    CHECK(resolve(SESSION_ABI_VERSION + 1) == NULL);
    const session_api_t *api = resolve(SESSION_ABI_VERSION);
    CHECK(api != NULL && api->size == sizeof *api);

    session_t *session = api->session_new();
    session_response_t *response = api->session_get(session, url);
    CHECK(api->session_response_status(response) == 200);
    session_html_t *html = api->session_response_html(response);
    CHECK(api->session_html_find_first(html, 0, "li") != 0);
    api->session_html_free(html);
    api->session_response_free(response);
    api->session_free(session);
    dlclose(handle);
}

/* Two copies in one process, with a session of each at work: neither is the other. */
static void two_copies(const char *const library[2], const char *url) {
    void *handle[2];
    const session_api_t *api[2];
    session_t *session[2];
    for (int i = 0; i < 2; i++) {
        api_fn resolve;
        handle[i] = dlopen(library[i], RTLD_NOW | RTLD_LOCAL);
        CHECK(handle[i] != NULL);
        *(void **)&resolve = dlsym(handle[i], "session_api");
        api[i] = resolve(SESSION_ABI_VERSION);
        session[i] = api[i]->session_new();
    }
    CHECK(api[0] != api[1] && api[0]->session_new != api[1]->session_new);
    for (int i = 0; i < 10; i++) {
        session_response_t *response = api[i % 2]->session_get(session[i % 2], url);
        CHECK(api[i % 2]->session_response_status(response) == 200);
        api[i % 2]->session_response_free(response);
    }
    for (int i = 0; i < 2; i++) {
        api[i]->session_free(session[i]);
        dlclose(handle[i]);
    }
}

int main(int argc, char **argv) {
    struct sigaction before, after;
    CHECK(argc == 4);
    sigaction(SIGPIPE, NULL, &before);
    for (int i = 0; i < 20; i++)
        round_trip(argv[1], argv[2]);
    int threads = entries("/proc/self/task"), files = entries("/proc/self/fd");
    long memory = resident_kib();
    for (int i = 0; i < 1000; i++)
        round_trip(argv[1], argv[2]);
    CHECK(entries("/proc/self/task") == threads);
    CHECK(entries("/proc/self/fd") == files);
    CHECK(resident_kib() - memory < 1024); /* flat: a kibibyte a round would be a leak */
    const char *const copies[2] = {argv[1], argv[3]};
    two_copies(copies, argv[2]);
    sigaction(SIGPIPE, NULL, &after);
    CHECK(before.sa_handler == after.sa_handler);
    return checked();
}
