/* ascii.h - type A (RFC 959 section 3.1.1.1): lines end in CRLF on the wire
 * and in LF in a file.  At any boundary of buffers; pure.
 *
 * To the wire: an LF gets a CR before it, unless it has one (law R7).  From
 * the wire: CRLF becomes LF, a CR or LF alone stays as it is. */
#ifndef NET_ASCII_H
#define NET_ASCII_H

#include <stdbool.h>
#include <stddef.h>

struct ascii {
    bool cr; /* the last byte was CR; from the wire it is still held back */
};

/* n bytes of a file; to has room for 2 * n.  The bytes made. */
size_t ascii_to_wire(struct ascii *ascii, const char *from, size_t n, char *to);

/* n bytes of the wire; to has room for n + 1.  The bytes made. */
size_t ascii_from_wire(struct ascii *ascii, const char *from, size_t n, char *to);

/* The end of the stream: what is still held back, at most one byte. */
size_t ascii_from_wire_end(struct ascii *ascii, char *to);

#endif
