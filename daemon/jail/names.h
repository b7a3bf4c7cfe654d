/* names.h - the names of a directory, sorted bytewise, up to a bound: beyond
 * it a listing is unsorted but never cut (law N4). */
#ifndef JAIL_NAMES_H
#define JAIL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NAMES_MAX = 10000, NAMES_BYTES = 1024 * 1024 };

struct names {
    size_t count, used; /* names; bytes of text */
    uint32_t at[NAMES_MAX];
    char text[NAMES_BYTES];
};

/* An empty list, or NULL.  Memory is touched only as it fills. */
struct names *names_new(void);
void names_free(struct names *names);

/* False: it is full. */
bool names_add(struct names *names, const char *name);
void names_sort(struct names *names);
const char *names_get(const struct names *names, size_t i);

#endif
