/* zygote.h - what the master asks of the zygotes: one child, which has the
 * channels that come with the question, at FD_MASTER and on (channel.h).  The
 * answers come in the order of the questions, of which few may be under way. */
#ifndef PROTOCOL_ZYGOTE_H
#define PROTOCOL_ZYGOTE_H

#include "daemon/protocol/message.h"

enum to_zygote { ZYGOTE_FORK = 1 };

enum { STARTING_MAX = 8 }; /* under way: fewer than a channel holds datagrams (net.unix.max_dgram_qlen) */

struct zygote_ask { /* with the child's channels */
    struct message_head head;
    uint64_t cell;
};

struct zygote_answer {
    struct message_head head;
    uint64_t cell;  /* as it was asked */
    int32_t pid;    /* of the master's new child */
    uint32_t error; /* errno, where there is none */
};

#endif
