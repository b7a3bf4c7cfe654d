/* SPDX-License-Identifier: BSD-2-Clause */
/* line.h - splits the bytes of a control connection into command lines (RFC
 * 959 section 4, RFC 1123 section 4.1.2.12, law R4).  No system calls. */
#ifndef NET_LINE_H
#define NET_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LINE_BYTES = 4096,        /* the longest line, without its end */
    RAW_SIZE = 8192,          /* what may wait unread after a line */
    TELNET_ANSWERS_SIZE = 60, /* bytes of Telnet answers, three each */
};

enum telnet_state {
    TELNET_DATA,
    TELNET_IAC,    /* after 255 */
    TELNET_WILL,   /* the answer to the option that follows is DONT */
    TELNET_DO,     /* ... WONT */
    TELNET_IGNORE, /* the option of WONT or DONT follows */
    TELNET_SUB,    /* within a subnegotiation */
    TELNET_SUB_IAC,
};

enum line_state {
    LINE_NONE,     /* no whole line yet */
    LINE_READY,    /* .text holds it, NUL-ended */
    LINE_TOO_LONG, /* skipped; .text holds its beginning */
    LINE_NUL,      /* it has a NUL */
};

struct line_reader {
    char raw[RAW_SIZE];
    size_t start, end; /* of the unread bytes in raw */
    uint64_t filled;   /* bytes that have come, in all */
    char text[LINE_BYTES + 1];
    size_t length;
    enum line_state state;
    enum telnet_state telnet;
    size_t crs; /* CRs that have just come */
    bool too_long;
    bool nul;
    char answers[TELNET_ANSWERS_SIZE]; /* to be sent; the caller resets `answered` */
    size_t answered;
};

/* Where to read bytes to: at most *room bytes, maybe 0. */
char *line_room(struct line_reader *reader, size_t *room);
void line_filled(struct line_reader *reader, size_t n);

/* Reads on to the end of the next line.  A line that is ready stays until line_take().  After
 * LINE_NONE with answers held: send them and call again. */
enum line_state line_next(struct line_reader *reader);

/* Does any line that has arrived match?  Changes nothing. */
typedef bool line_match(const char *text, const void *context);
bool line_ahead(const struct line_reader *reader, line_match *match, const void *context);

/* Has line_room() any room? */
bool line_has_room(const struct line_reader *reader);

/* The line is done: line_next() goes on after it. .text stays until then. */
void line_take(struct line_reader *reader);

/* Are there unread bytes? */
bool line_has_more(const struct line_reader *reader);

/* Overwrites the line and all bytes before it, because it held a secret. */
void line_wipe(struct line_reader *reader);

#endif
