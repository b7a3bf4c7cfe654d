/* SPDX-License-Identifier: BSD-2-Clause */
/* channel.h - how messages travel: one datagram each, checked before it is used
 * (invariant I8).  NET may not call sendmsg(2), and JAIL not recvmsg(2), so that no
 * descriptor can travel the wrong way: hence the functions with and without
 * descriptors. */
#ifndef IPC_CHANNEL_H
#define IPC_CHANNEL_H

#include "daemon/protocol/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The descriptors of every confined process have fixed numbers.  0 to 2 are /dev/null. */
enum {
    /* NET, shared processes: the channel to the master.  JAIL: the channel to its NET */
    FD_MASTER = 3,
    FD_AUTH = 4,   /* NET, JAIL: to auth */
    FD_SCRIBE = 5, /* every process but the scribe and the master */
    FD_JAIL = 6,   /* NET: to its JAIL */
    FD_DIALER = 7, /* NET */
    FD_KEEPER = 8, /* NET */
    FD_KEPT = 9,   /* the first descriptor that is not inherited */

    FD_CHECKER = FD_AUTH,  /* checker: the connected socket of the administrator's checker */
    FD_SKELETON = FD_AUTH, /* homes: the files of a new home; closed where there are none */
    FD_NEXT = FD_JAIL,     /* shared processes: to their successor (hand_over.h) */

    /* a zygote: its channel to the master; those of its children come at FD_MASTER and on */
    FD_ZYGOTE = 10,
    FD_ZYGOTE_SCRIBE = 11, /* ... and its own to the scribe */

    /* What each program reads, or enters, at its start; closed before it serves. */
    FD_ROOT = FD_KEPT,    /* the empty root */
    FD_CONFIG = 12,       /* the configuration (config.h) */
    FD_ORDERS = 13,       /* its own confinement (sandbox/orders.h) */
    FD_CERTIFICATES = 14, /* NET's zygote, and a keeper that checks (certificates.h) */
    FD_PLACES = 15,

    /* How many channels the halves of a cell start with. */
    NET_CHANNELS = FD_KEPT - FD_MASTER,
    JAIL_CHANNELS = FD_JAIL - FD_MASTER,
    HALF_FDS_MAX = NET_CHANNELS,
};

/* A pair of connected SOCK_SEQPACKET ends, close-on-exec, the buffers sized
 * for `room` bytes in one datagram.  0 or -errno. */
int channel_pair(int ends[2], size_t room);

/* Sends size bytes as one datagram, with send(2): no descriptor.  0 or -errno:
 * -EPIPE or -ECONNRESET when the other end is gone.  flags: 0 or MSG_DONTWAIT. */
int channel_send(int channel, const void *message, size_t size, int flags);

/* The same with sendmsg(2) and one descriptor, which stays the caller's; fd -1 sends none. */
int channel_send_fd(int channel, const void *message, size_t size, int fd, int flags);

/* The same with `count` descriptors, at most HALF_FDS_MAX, all open: for the master and a zygote
 * alone. */
int channel_send_fds(int channel, const void *message, size_t size, const int fds[], size_t count,
                     int flags);

/* Receives one datagram with recv(2), which drops any descriptor.  Its size in
 * bytes; 0 at end of file; or -errno (-EMSGSIZE: it was larger than room). */
ssize_t channel_receive(int channel, void *message, size_t room, int flags);

/* The same with recvmsg(2); *fd is the descriptor that came, close-on-exec, or
 * -1.  -EBADMSG where the control data was cut or carried anything else; all
 * descriptors that came are closed then. */
ssize_t channel_receive_fd(int channel, void *message, size_t room, int *fd, int flags);

/* The same with up to `most` descriptors, at most HALF_FDS_MAX; *came is their number, and the rest
 * of fds is -1. */
ssize_t channel_receive_fds(int channel, void *message, size_t room, int fds[], size_t most,
                            size_t *came, int flags);

/* The phase of a receiver that has only one. */
enum { ALWAYS = 1 };

/* One row of a border's table: a message, its size, and when it may come.  Made by BORDER_ROW
 * (rows.h). */
struct border_row {
    const char *name;
    /* exact; where text_at is not 0, the maximum, and the minimum is text_at + 1 */
    size_t size;
    size_t text_at;  /* offset of the text that ends the message, or 0 */
    unsigned phases; /* bit set of the receiver's own phases */
    unsigned fds;    /* descriptors that must come with it */
};

/* Why a message is refused; BORDER_FINE where it is not. */
enum border_fault {
    BORDER_FINE,
    BORDER_SHORT,
    BORDER_TYPE,
    BORDER_SIZE,
    BORDER_PHASE,
    BORDER_FD,
    BORDER_TEXT
};

/* Checks a received message of n bytes against table[head.type] (rows entries;
 * a row whose size is 0 is no message).  phase is one bit; fds: how many
 * descriptors came.  Pure: neither logs nor closes. */
enum border_fault border_check(const struct border_row *table, size_t rows, const void *message,
                               size_t n, unsigned phase, size_t fds);

/* The fault as text, for a log line. */
const char *border_fault_text(enum border_fault fault);

/* The size of a message whose last field is this text, at text_at. */
size_t message_size(size_t text_at, const char *text);

#endif
