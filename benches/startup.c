/*
 * What it costs a program to begin: `startup LIBRARY [URL]` loads the library, makes a session and
 * frees it, and with a URL gets it once. Prints the size of the file, times, and the memory that
 * became this process's own (private dirty, /proc/self/smaps_rollup).
 */
#define _POSIX_C_SOURCE 200809L
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "htmlsession.h"

static double now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static long private_dirty_kib(void) {
    char line[256];
    long kib = 0;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "Private_Dirty:", 14) == 0)
            kib = atol(line + 14);
    if (file != NULL)
        fclose(file);
    return kib;
}

int main(int argc, char **argv) {
    if (argc < 2)
        return 2;
    long memory = private_dirty_kib(); /* twice: the first one makes stdio's own buffers */
    memory = private_dirty_kib();
    double begin = now_ms();
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    const session_api_t *(*resolve)(uint32_t);
    *(void **)&resolve = dlsym(library, "session_api");
    const session_api_t *api = resolve(SESSION_ABI_VERSION);
    double loaded = now_ms();
    session_t *session = api->session_new();
    double made = now_ms();
    long dirty = private_dirty_kib() - memory;
    struct stat file;
    if (stat(argv[1], &file) == 0)
        printf("library %.2f MB\n", (double)file.st_size / 1e6);
    printf("dlopen %.2f ms, first session %.3f ms, %ld KiB private dirty\n", loaded - begin, made - loaded, dirty);

    enum { ROUNDS = 10000 };
    double start = now_ms();
    for (int i = 0; i < ROUNDS; i++)
        api->session_free(api->session_new());
    printf("session_new and session_free: %.2f us\n", (now_ms() - start) * 1e3 / ROUNDS);

    if (argc > 2) {
        start = now_ms();
        session_response_t *response = api->session_get(session, argv[2]);
        printf("first request %.2f ms: %d, %ld KiB private dirty\n", now_ms() - start,
               api->session_response_status(response), private_dirty_kib() - memory);
        api->session_response_free(response);
    }
    api->session_free(session);
    dlclose(library);
    return 0;
}
