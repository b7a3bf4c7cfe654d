/* SPDX-License-Identifier: BSD-2-Clause */
/* net_dialer.h - NET asks the dialer for the socket of a data connection.
 * Only after the log-in, and one question at a time: the answer to the last
 * one must have been read.
 * The dialer knows the cell's peer and local address from the master; NET says
 * neither, so a bounce can't be asked for. */
#ifndef PROTOCOL_NET_DIALER_H
#define PROTOCOL_NET_DIALER_H

#include "daemon/protocol/rows.h"

/* LISTEN: a listener in passive_ports, on the control connection's local
 * address.  CONNECT: a socket that is connecting to the peer's `port`.  After
 * the handler: the lowest and the highest port that may be requested (law D1). */
/* clang-format off */
#define NET_TO_DIALER(ROW)                                                                                           \
    ROW(DIAL_LISTEN,  1, WHOLE(dial), 0, PHASE_SERVING, listen,  0,    0)                                            \
    ROW(DIAL_CONNECT, 2, WHOLE(dial), 0, PHASE_SERVING, connect, 1024, 65535)
/* clang-format on */

enum net_dialer { NET_TO_DIALER(BORDER_TYPE) };

struct dial {
    struct message_head head;
    uint32_t port; /* as its row says */
    uint32_t reserved;
};

struct dial_answer {          /* with one fd where error is 0: non-blocking, close-on-exec */
    struct message_head head; /* .type of the question */
    /* 0; EADDRINUSE: no port is free; EMFILE: the session has four listeners; else errno */
    uint32_t error;
    uint32_t port; /* DIAL_LISTEN: where it listens */
    /* DIAL_LISTEN, 1: the range has ports to spare, so the session may keep the listener for further
     * connections; 0: for one connection */
    uint32_t may_keep;
    uint32_t reserved;
};

#endif
