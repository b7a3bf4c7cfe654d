/* SPDX-License-Identifier: BSD-2-Clause */
/* charset.h - names in another character set than UTF-8, as old servers have them: converted on the
 * way out and in, by iconv(3).  What is not valid there stays as it is, so that each name that was
 * listed can be sent back. */
#ifndef CLIENT_ENGINE_CHARSET_H
#define CLIENT_ENGINE_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

struct charset;

/* 0; -EINVAL: unknown, or ASCII is not a part of it; -ENOMEM. */
int charset_open(const char *name, struct charset **charset);
void charset_close(struct charset *charset); /* takes NULL */

/* A command line of n bytes, in place.  False: it does not fit, or has a character that the set
 * lacks. */
bool charset_encode(struct charset *charset, char *line, size_t room, size_t *n);

/* n bytes of the server's become UTF-8 in to, without a NUL; cut at room.  Returns how many. */
size_t charset_decode(struct charset *charset, const char *text, size_t n, char *to, size_t room);

#endif
