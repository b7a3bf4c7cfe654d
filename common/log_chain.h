/* SPDX-License-Identifier: BSD-2-Clause */
/* log_chain.h - the chained log: each line carries its number and a hash over the
 * line before and itself, so that a line that was changed, removed, moved or cut
 * is found (doc/events.md).  Pure.
 *
 *   text  ... delete path="/a" seq=7 chain=<64 hex digits>
 *   JSON  {...,"path":"/a","seq":7,"chain":"<64 hex digits>"}
 *
 * chain = SHA-256(the chain of the line before || the line up to ` chain=` or
 * `,"chain":`), as bytes; the first line of a chain has the number 1 and 32 zero
 * bytes before it. */
#ifndef COMMON_LOG_CHAIN_H
#define COMMON_LOG_CHAIN_H

#include "common/sha256.h"

#include <stdbool.h>

struct log_chain {
    uint64_t sequence; /* of the last line; 0: none yet */
    uint8_t head[SHA256_SIZE];
};

enum {
    LOG_CHAIN_SUFFIX = 128,          /* bytes that a line grows by, at most */
    LOG_CHAIN_LINE = 512 * 1024,     /* the longest line */
    LOG_CHAIN_HEX = 2 * SHA256_SIZE, /* digits of a head */
};

/* Adds number and hash to a line of *length bytes (without its end), with LOG_CHAIN_SUFFIX
 * bytes of room, and moves the chain on.  False: the line is too long. */
bool log_chain_append(struct log_chain *chain, char *line, size_t *length);

enum log_chain_verdict {
    CHAIN_FITS,
    CHAIN_BEGINS, /* fits, as the first line of a new chain */
    CHAIN_NONE,   /* the line has no number and hash */
    CHAIN_GAP,    /* its number is not the next one */
    CHAIN_BROKEN, /* its hash does not fit */
};

/* Checks the line that follows the chain's last one, and moves the chain on if it fits.  With
 * a chain of number 0 the line may have any number, but must follow the head. */
enum log_chain_verdict log_chain_check(struct log_chain *chain, const char *line, size_t length);

/* Goes on with a line that did not fit, so that the next one can be checked. */
void log_chain_resume(struct log_chain *chain, const char *line, size_t length);

/* The head as lower-case hex digits, both ways.  False: they are no such digits. */
bool log_chain_read_hex(const char digits[LOG_CHAIN_HEX], uint8_t to[SHA256_SIZE]);
void log_chain_hex(const struct log_chain *chain, char to[LOG_CHAIN_HEX + 1]);

#endif
