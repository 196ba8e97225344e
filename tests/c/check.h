/* The harness: CHECK() counts and tells what failed; a program ends with `return checked();`. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <string.h>

static int checks, failures;

#define CHECK(condition) check(condition, #condition, __FILE__, __LINE__)
#define CHECK_TEXT(text, expected) check_text(text, expected, __FILE__, __LINE__)

static inline void check(int good, const char *what, const char *file, int line) {
    checks++;
    if (!good && ++failures)
        fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
}

static inline void check_text(const char *text, const char *expected, const char *file, int line) {
    if (text == NULL || strcmp(text, expected) != 0)
        fprintf(stderr, "%s:%d: \"%s\" instead of \"%s\"\n", file, line, text ? text : "(null)", expected);
    check(text != NULL && strcmp(text, expected) == 0, "the text is as expected", file, line);
}

static inline int checked(void) {
    printf("%d checks, %d failed\n", checks, failures);
    return checks == 0 || failures != 0;
}

#endif
