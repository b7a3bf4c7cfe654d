/* SPDX-License-Identifier: BSD-2-Clause */
/* verb.h - the first word of a command line. */
#ifndef NET_VERB_H
#define NET_VERB_H

#include <stddef.h>

/* How many bytes of line the verb takes; 0 where the line has another one.  The blank in "SITE
 * CHMOD" matches one or more, and letters match in any case. */
size_t verb_match(const char *line, const char *verb);

#endif
