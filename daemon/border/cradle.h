/* cradle.h - what the master asks of the cradles: one child, which has the
 * channels that come with the question, at FD_MASTER and on (channel.h).  The
 * answers come in the order of the questions, of which few may be under way. */
#ifndef BORDER_CRADLE_H
#define BORDER_CRADLE_H

#include "daemon/border/message.h"

enum to_cradle { CRADLE_BEAR = 1 };

enum { BIRTHS_MOST = 8 }; /* under way: fewer than a channel holds datagrams (net.unix.max_dgram_qlen) */

struct cradle_ask { /* with the child's channels */
    struct message_head head;
    uint64_t cell;
};

struct cradle_answer {
    struct message_head head;
    uint64_t cell;  /* as it was asked */
    int32_t pid;    /* of the master's new child */
    uint32_t error; /* errno, where there is none */
};

#endif
