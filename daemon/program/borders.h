/* SPDX-License-Identifier: BSD-2-Clause */
/* borders.h - the number of each border: a digest of its declarations, the same
 * in all programs of one build.  The orders have the master's numbers; a program
 * with a different number for a border that it uses refuses to start. */
#ifndef PROGRAM_BORDERS_H
#define PROGRAM_BORDERS_H

#include <stdint.h>

enum border {
    BORDER_ORDERS,
    BORDER_START, /* fixed descriptors, certificates, checks */
    BORDER_CONFIG,
    BORDER_FROM_MASTER,
    BORDER_ZYGOTE,
    BORDER_TO_NET,
    BORDER_NET_AUTH,
    BORDER_AUTH_JAIL,
    BORDER_NET_JAIL,
    BORDER_NET_DIALER,
    BORDER_NET_KEEPER,
    BORDER_TO_SCRIBE,
    BORDER_CONTROL,
    BORDER_ERRAND,
    BORDER_TO_EVENTS,
    BORDER_HAND_OVER, /* a shared process to its successor */
    BORDER_IMAGE,     /* of the master's state, for an upgrade */
    BORDERS
};

/* The borders of every program. */
#define BORDERS_OF_ALL                                                                             \
    (1U << BORDER_ORDERS | 1U << BORDER_START | 1U << BORDER_CONFIG | 1U << BORDER_TO_SCRIBE)

const char *border_name(enum border border);
uint64_t border_number(enum border border);

#endif
