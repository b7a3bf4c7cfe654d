/* SPDX-License-Identifier: BSD-2-Clause */
/* ascii.h - line ends of type A (RFC 959 section 3.1.1.1): CRLF on the network, LF in local files.
 * Pure. */
#ifndef CLIENT_ENGINE_ASCII_H
#define CLIENT_ENGINE_ASCII_H

#include <stdbool.h>
#include <stddef.h>

/* Between two pieces of one transfer; begins as zeros. */
struct ascii {
    bool cr; /* the last byte was CR */
};

/* CRLF becomes LF; other CRs stay.  to has room for n + 1 bytes.  Returns how many were written. */
size_t ascii_receive(struct ascii *state, const char *from, size_t n, char *to);
/* The CR that a text may end with: 1 or 0 bytes. */
size_t ascii_receive_end(struct ascii *state, char *to);

/* LF becomes CRLF, unless there is a CR before it.  to has room for 2 n bytes. */
size_t ascii_send(struct ascii *state, const char *from, size_t n, char *to);

#endif
