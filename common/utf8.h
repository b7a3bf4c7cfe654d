/* SPDX-License-Identifier: BSD-2-Clause */
/* utf8.h - decodes UTF-8 (RFC 3629).  Pure. */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first character of n bytes (at least one): its length in bytes and its code point. */
struct utf8_char {
    size_t length;
    uint32_t code; /* the byte's value where it is not part of a well-formed sequence */
    bool valid;
};
struct utf8_char utf8_next(const char *bytes, size_t n);

/* Can this character change how the text around it is shown, or act on a
 * terminal?  The control characters (C0, DEL, C1), as a byte of Latin-1 too,
 * line and paragraph separators, and the marks, embeddings, overrides and
 * isolates of bidirectional text. */
bool utf8_is_control(struct utf8_char one);

#endif
