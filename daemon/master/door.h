/* SPDX-License-Identifier: BSD-2-Clause */
/* door.h - a UNIX socket that the master binds, for another process to accept on. */
#ifndef MASTER_DOOR_H
#define MASTER_DOOR_H

#include "daemon/master/complaint.h"

#include <stdbool.h>
#include <sys/types.h>

struct door {
    const char *key;  /* of the configuration, for complaints */
    const char *path; /* where it is bound */
    int type;         /* SOCK_SEQPACKET, SOCK_STREAM */
    bool open;        /* anyone on this machine may connect */
    gid_t group;      /* who may connect in addition to root; (gid_t)-1: none */
};

/* Replaces a socket that a killed daemon has left, and nothing else.  The listening socket, or
 * -errno after a complaint. */
int door_open(const struct door *door, const struct complaint *to);

#endif
