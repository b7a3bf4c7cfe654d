/* SPDX-License-Identifier: BSD-2-Clause */
/* to_net.h - what the master sends to a NET.  One way: the master never reads
 * this channel (invariant I1), and NET never writes to it.  End of file means
 * that the master is gone: an idle NET exits, a busy one goes on (I13). */
#ifndef PROTOCOL_TO_NET_H
#define PROTOCOL_TO_NET_H

#include "daemon/protocol/rows.h"

#include <netinet/in.h>

/* CLIENT: a client has connected; with its socket, non-blocking.  END: a new end of
 * a channel to a shared process that was restarted; with the fd.  STOP: send a 421
 * and exit, after the running transfer or at once.  TRACE: log the protocol's lines. */
/* clang-format off */
#define TO_NET(ROW)                                                                                                  \
    ROW(TO_NET_CLIENT, 1, WHOLE(to_net_client), 1, PHASE_WAITING,                 client)                            \
    ROW(TO_NET_END,    2, WHOLE(to_net_end),    1, PHASE_WAITING | PHASE_SERVING, end)                               \
    ROW(TO_NET_STOP,   3, WHOLE(to_net_stop),   0, PHASE_WAITING | PHASE_SERVING, stop)                              \
    ROW(TO_NET_TRACE,  4, WHOLE(to_net_trace),  0, PHASE_SERVING,                 trace)
/* clang-format on */

enum to_net { TO_NET(BORDER_TYPE) };

struct to_net_client {
    struct message_head head;
    uint64_t session;       /* the session's number, as logs and wardctl show it */
    int64_t accepted_ms;    /* CLOCK_MONOTONIC; the login deadline counts from here (law M1) */
    uint32_t listener;      /* index into config.listeners */
    uint32_t outside;       /* IPv4, in network order: for PASV; 0: that of local */
    uint32_t trace_seconds; /* 0: the session is not traced */
    uint32_t reserved;
    struct sockaddr_storage peer; /* as accept(2) gave it; IPv4-mapped addresses unmapped */
    struct sockaddr_storage local;
};

enum shared_role {
    SHARED_AUTH,
    SHARED_DIALER,
    SHARED_KEEPER,
    SHARED_SCRIBE,
    SHARED_CONTROL,
    SHARED_RESOLVER,
    SHARED_EVENTS,
    SHARED_GREETER,
    SHARED_METRICS, /* runs only where the configuration asks for it */
    SHARED_ROLES
};

struct to_net_end {
    struct message_head head;
    uint32_t role; /* enum shared_role; NET closes the old end and uses this one */
    uint32_t reserved;
};

struct to_net_trace {
    struct message_head head;
    uint32_t seconds; /* from now on; 0: no longer */
    uint32_t reserved;
};

enum stop_kind { STOP_GENTLY = 1, STOP_NOW = 2 };
enum stop_reason { STOP_SHUTDOWN = 1, STOP_KICKED = 2, STOP_BANNED = 3 };

struct to_net_stop {
    struct message_head head;
    uint32_t kind;   /* enum stop_kind: gently lets a transfer finish */
    uint32_t reason; /* enum stop_reason: the text of the 421 */
};

#endif
