/* SPDX-License-Identifier: BSD-2-Clause */
/* ascii.c - runs in NET, without privilege; converts bytes of transfers. */
#include "daemon/net/ascii.h"

#include <string.h>

/* Goes from each special byte to the next by memchr and memcpy: lines are long enough to make
 * that faster. */
size_t ascii_to_wire(struct ascii *ascii, const char *from, size_t n, char *to)
{
    const char *const end = from + n;
    char *at = to;
    while (from < end) {
        const char *lf = memchr(from, '\n', (size_t)(end - from));
        const size_t run = (size_t)((lf ? lf : end) - from);
        memcpy(at, from, run);
        at += run;
        if (run > 0)
            ascii->cr = from[run - 1] == '\r';
        if (!lf)
            break;
        if (!ascii->cr)
            *at++ = '\r';
        *at++ = '\n';
        ascii->cr = false;
        from = lf + 1;
    }
    return (size_t)(at - to);
}

size_t ascii_from_wire(struct ascii *ascii, const char *from, size_t n, char *to)
{
    const char *const end = from + n;
    char *at = to;
    if (n == 0)
        return 0;
    if (ascii->cr && *from != '\n')
        *at++ = '\r';
    ascii->cr = false;
    while (from < end) {
        const char *cr = memchr(from, '\r', (size_t)(end - from));
        const size_t run = (size_t)((cr ? cr : end) - from);
        memcpy(at, from, run);
        at += run;
        if (!cr)
            break;
        from = cr + 1;
        if (from == end)
            ascii->cr = true;
        else if (*from != '\n')
            *at++ = '\r';
    }
    return (size_t)(at - to);
}

size_t ascii_from_wire_end(struct ascii *ascii, char *to)
{
    if (!ascii->cr)
        return 0;
    ascii->cr = false;
    *to = '\r';
    return 1;
}
