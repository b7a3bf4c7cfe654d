/* SPDX-License-Identifier: BSD-2-Clause */
/* reply.h - the server's replies (RFC 959 section 4.2, RFC 2389 section 3), read as a state
 * machine: any cut of the bytes into pieces gives the same result.  Telnet commands (RFC 854) are
 * taken out; 0xFF before a byte below 240 is data.  Pure; memory is bounded. */
#ifndef CLIENT_ENGINE_REPLY_H
#define CLIENT_ENGINE_REPLY_H

#include <stdbool.h>
#include <stddef.h>

enum {
    REPLY_TEXT_SIZE = 64 * 1024,  /* text kept of one reply; the rest is dropped */
    REPLY_LINE_SIZE = 4096 + 256, /* a line is kept up to here */
    REPLY_STRAY_MAX = 20,         /* lines that are skipped before a reply */
    REPLY_MAX_BYTES = 1024 * 1024 /* a longer reply is no reply */
};

enum reply_step { REPLY_MORE, REPLY_DONE, REPLY_BAD };

struct reply {
    /* result, valid from REPLY_DONE until the next byte is fed */
    int code;                   /* 100..699 */
    bool cut;                   /* text was dropped */
    size_t text_bytes;          /* without the NUL */
    char text[REPLY_TEXT_SIZE]; /* the lines without code and CRLF, joined by LF, NUL-ended */

    /* state */
    bool tolerant; /* blank and stray lines before a reply are skipped: there was one before */
    unsigned skipped;
    enum { REPLY_AT_START, REPLY_IN_LINES, REPLY_AT_END } state;
    enum { TELNET_NONE, TELNET_IAC, TELNET_OPTION } telnet;
    size_t line_bytes, total_bytes;
    char line[REPLY_LINE_SIZE];
};

void reply_init(struct reply *reply);

/* Takes bytes up to the end of one reply; *used says how many of them it took.  After REPLY_DONE
 * the next call begins the next reply; after REPLY_BAD the connection must be closed. */
enum reply_step reply_feed(struct reply *reply, const char *bytes, size_t n, size_t *used);

/* The last line of the text: the most useful one of a long reply. */
const char *reply_last_line(const struct reply *reply);

#endif
