/* SPDX-License-Identifier: BSD-2-Clause */
/* row.c - runs in rehash: the rows of the user file, as bytes.  Pure. */
#include "daemon/rehash/rehash.h"

#include <errno.h>
#include <string.h>

/* Is the field at `at` this text? */
static bool field_is(const char *at, const char *end, const char *text)
{
    const size_t length = strlen(text);
    return (size_t)(end - at) > length && memcmp(at, text, length) == 0 && at[length] == ':';
}

int row_find(const char *text, size_t size, const struct errand_rehash *ask, size_t *at)
{
    const char *const end = text + size;
    size_t rows = 0;
    bool same = false;
    for (const char *line = text; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop)
            stop = end;
        if (field_is(line, stop, ask->name)) {
            const char *hash = line + strlen(ask->name) + 1;
            same = field_is(hash, stop, ask->from);
            *at = (size_t)(hash - text);
            rows++;
        }
        line = stop + 1;
    }
    if (rows != 1)
        return rows ? ENOTUNIQ : ENOENT;
    return same ? 0 : ESTALE;
}

/* "$y$", parameters, salt and 43 bytes of hash, all of crypt(5)'s alphabet. */
bool hash_is_default(const char *hash)
{
    static const char alphabet[] =
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    enum { HASHED = 43, PARTS = 3 };
    if (strncmp(hash, "$y$", strlen("$y$")) != 0)
        return false;
    hash += strlen("$y$");
    for (int part = 1; part <= PARTS; part++) {
        const size_t length = strspn(hash, alphabet);
        if (length == 0 || (part == PARTS && length != HASHED) ||
            hash[length] != (part < PARTS ? '$' : '\0'))
            return false;
        hash += length + 1;
    }
    return true;
}
