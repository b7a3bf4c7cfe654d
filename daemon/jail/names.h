/* SPDX-License-Identifier: BSD-2-Clause */
/* names.h - the names of a directory, sorted by bytes.  There is a limit,
 * beyond which a listing is unsorted, but complete (law N4). */
#ifndef JAIL_NAMES_H
#define JAIL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NAMES_MAX = 10000, NAMES_BYTES = 1024 * 1024 };

struct names {
    size_t count, used; /* names; bytes of text */
    uint32_t at[NAMES_MAX];
    char text[NAMES_BYTES]; /* before each name one byte: its type */
};

/* An empty list, or NULL.  Its memory is used only as it fills. */
struct names *names_new(void);
void names_free(struct names *names);

/* False: it is full.  type: what getdents64(2) said it is. */
bool names_add(struct names *names, const char *name, unsigned char type);
void names_sort(struct names *names);
const char *names_get(const struct names *names, size_t i);
unsigned char names_type(const struct names *names, size_t i);

#endif
