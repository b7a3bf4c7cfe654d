/* net_dialer.h - NET asks the dialer for the socket of a data connection.
 * Only after the log-in, and one question at a time: the answer to the last
 * one must have been read.
 * The dialer knows the cell's peer and local address from the master; NET says
 * neither, so a bounce can't be asked for. */
#ifndef BORDER_NET_DIALER_H
#define BORDER_NET_DIALER_H

#include "daemon/border/message.h"

enum net_dialer {
    DIAL_LISTEN = 1, /* struct dial: a listener in passive_ports, on the control connection's local address */
    DIAL_CONNECT = 2, /* struct dial: a socket that is connecting to the peer's `port` */
};

struct dial {
    struct message_head head;
    uint32_t port; /* DIAL_CONNECT: 1024..65535; DIAL_LISTEN: 0 */
    uint32_t reserved;
};

struct dial_answer {          /* with one fd where error is 0: non-blocking, close-on-exec */
    struct message_head head; /* .type of the question */
    uint32_t error; /* 0; EADDRINUSE: no port is free; EMFILE: the session has four listeners; else errno */
    uint32_t port;  /* DIAL_LISTEN: where it listens */
};

#endif
