/* SPDX-License-Identifier: BSD-2-Clause */
/* zygote.h - the master's requests to the zygotes: fork one child with the
 * channels that come with the request, from FD_MASTER on (channel.h).  The
 * answers come in the order of the requests; only a few may be pending. */
#ifndef PROTOCOL_ZYGOTE_H
#define PROTOCOL_ZYGOTE_H

#include "daemon/protocol/message.h"

enum to_zygote { ZYGOTE_FORK = 1 };

/* pending: fewer datagrams than a channel holds (net.unix.max_dgram_qlen) */
enum { STARTING_MAX = 8 };
/* with the child's channels */
struct zygote_ask {
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
