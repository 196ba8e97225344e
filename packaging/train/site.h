/* The pages that the training works with, and a server that has them. */
#ifndef SITE_H
#define SITE_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the program: what is measured when something goes wrong is worth nothing. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                  \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

typedef struct {
    char *data;
    size_t length, room;
} text_t;

/* A page with so many articles, the same on every run. */
text_t page_of(int articles);

/*
 * Serves three pages, /small, /medium and /large, and a log-in, by a process that ends with this one.
 * Returns the port on loopback.
 */
int start_server(const text_t *pages);

#endif
