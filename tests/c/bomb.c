/*
 * A small reply that decodes to very much: `bomb URL MIB` fetches it, checks that it ends with the
 * code of its kind, and that the process never needed more memory than that.
 */
#include <stdlib.h>

#include "check.h"
#include "htmlsession.h"

/* The most memory that the process ever had, in KiB. */
static long high_water_kib(void) {
    char line[256];
    long kib = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = atol(line + 6);
    if (file != NULL)
        fclose(file);
    return kib;
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    size_t length = 0;
    session_t *session = session_new();
    session_response_t *response = session_get(session, argv[1]);
    CHECK(session_response_error(response) == SESSION_E_RATIO);
    CHECK(session_response_status(response) == 200);
    CHECK(strlen(session_response_error_message(response)) > 0);
    CHECK(session_response_body(response, &length) != NULL && length <= 64 << 20);
    session_response_free(response);
    session_free(session);
    long kib = high_water_kib();
    printf("%ld KiB at most, %ld KiB of body\n", kib, (long)(length / 1024));
    CHECK(kib > 0 && kib < atol(argv[2]) * 1024);
    return checked();
}
