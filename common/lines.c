/* SPDX-License-Identifier: BSD-2-Clause */
#include "common/lines.h"

#include "common/utf8.h"

#include <string.h>

size_t lines_make_safe(char *text, size_t n)
{
    size_t to = 0;
    for (size_t from = 0; from < n;) {
        const struct utf8_char one = utf8_next(text + from, n - from);
        const char byte = text[from];
        if (byte == '\n' || byte == '\t' || !utf8_is_control(one)) {
            memmove(text + to, text + from, one.length);
            to += one.length;
        } else if (byte != '\r' || from + 1 == n || text[from + 1] != '\n') {
            text[to++] = '?';
        }
        from += one.length;
    }
    text[to] = '\0';
    return to;
}

size_t lines_next(const char *text, const char **rest)
{
    const size_t n = strcspn(text, "\n");
    *rest = text[n] == '\0' || text[n + 1] == '\0' ? NULL : text + n + 1;
    return n;
}
