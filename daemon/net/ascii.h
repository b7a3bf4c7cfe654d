/* SPDX-License-Identifier: BSD-2-Clause */
/* ascii.h - type A (RFC 959 section 3.1.1.1): lines end in CRLF on the wire
 * and in LF in a file.  To the wire, an LF gets a CR before it, unless it has
 * one (law R7).  From the wire, CRLF becomes LF; a CR or LF alone stays.
 * Buffers may end anywhere.  No system calls. */
#ifndef NET_ASCII_H
#define NET_ASCII_H

#include <stdbool.h>
#include <stddef.h>

struct ascii {
    bool cr; /* the last byte was CR; from the wire, it has not been written yet */
};

/* n bytes of a file; `to` has room for 2 * n.  Returns how many bytes it wrote. */
size_t ascii_to_wire(struct ascii *ascii, const char *from, size_t n, char *to);

/* n bytes of the wire; `to` has room for n + 1. Returns how many bytes it wrote. */
size_t ascii_from_wire(struct ascii *ascii, const char *from, size_t n, char *to);

/* At the end of the stream: writes a CR that is still held back.  Returns 0 or 1. */
size_t ascii_from_wire_end(struct ascii *ascii, char *to);

#endif
