/* SPDX-License-Identifier: BSD-2-Clause */
/* names.c - runs in JAIL, as the user, in the user's root.  Sorts the names of
 * the user's disk, in place: libc's qsort may allocate and read /proc. */
#include "daemon/jail/names.h"

#include <string.h>
#include <sys/mman.h>

enum { KEPT_BYTES = 32 * 1024, KEPT_NAMES = 1024 }; /* an idle session keeps no more */

/* The last list, if it was small, for the next listing. */
static struct names *spare;

struct names *names_new(void)
{
    struct names *names = spare;
    spare = NULL;
    if (names)
        return names;
    void *memory = mmap(NULL, sizeof(struct names), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory; /* zeros: empty */
}

void names_free(struct names *names)
{
    if (names && !spare && names->used <= KEPT_BYTES && names->count <= KEPT_NAMES) {
        names->count = names->used = 0;
        spare = names;
    } else if (names) {
        munmap(names, sizeof *names);
    }
}

bool names_add(struct names *names, const char *name, unsigned char type)
{
    const size_t n = strlen(name) + 1;
    if (names->count == NAMES_MAX || n + 1 > NAMES_BYTES - names->used)
        return false;
    names->text[names->used++] = (char)type;
    memcpy(names->text + names->used, name, n);
    names->at[names->count++] = (uint32_t)names->used;
    names->used += n;
    return true;
}

unsigned char names_type(const struct names *names, size_t i)
{
    return (unsigned char)names->text[names->at[i] - 1];
}

const char *names_get(const struct names *names, size_t i)
{
    return names->text + names->at[i];
}

static bool less(const struct names *names, size_t a, size_t b)
{
    return strcmp(names_get(names, a), names_get(names, b)) < 0;
}

static void swap(struct names *names, size_t a, size_t b)
{
    const uint32_t kept = names->at[a];
    names->at[a] = names->at[b];
    names->at[b] = kept;
}

/* Heap sort: moves the name at root down until no child is greater. */
static void sink(struct names *names, size_t root, size_t end)
{
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= end)
            return;
        if (child + 1 < end && less(names, child, child + 1))
            child++;
        if (!less(names, root, child))
            return;
        swap(names, root, child);
        root = child;
    }
}

void names_sort(struct names *names)
{
    for (size_t i = names->count / 2; i > 0; i--)
        sink(names, i - 1, names->count);
    for (size_t end = names->count; end > 1; end--) {
        swap(names, 0, end - 1);
        sink(names, 0, end - 1);
    }
}
