/* SPDX-License-Identifier: BSD-2-Clause */
/* listen.h - the listeners of the control connections. */
#ifndef MASTER_LISTEN_H
#define MASTER_LISTEN_H

#include "daemon/master/complaint.h"
#include "daemon/master/keep.h"
#include "daemon/master/watch.h"

#include <stdint.h>
#include <sys/socket.h>

struct listener {
    struct watch watch;
    int fd;
    uint32_t index; /* of config.listeners */
    struct sockaddr_storage address;
};

/* None yet.  on_client: what their watches call.  NULL: no memory. */
struct listeners *listeners_new(void (*on_client)(struct master *master, struct watch *watch));

/* Binds the listeners of this configuration in place of the present ones.  All
 * of them or, with -errno and a complaint, none: then the present ones stay. */
int listeners_open(struct master *master, const struct config *config, const struct complaint *to);
void listeners_close(struct master *master);

/* The listener at an address; NULL: there is none. */
const struct listener *listeners_find(const struct master *master,
                                      const struct sockaddr_storage *address);

/* Have they changed since this was asked last?  Then an event that is still to
 * be handled may belong to another listener than its watch says. */
bool listeners_changed(struct master *master);

/* Leaves clients in the backlog for a moment; the tick watches the listeners again. */
void listeners_pause(struct master *master);
void listeners_tick(struct master *master, int64_t now);

/* For an upgrade: into the image, and out of it.  False: the image has none that can be used. */
void listeners_keep(struct master *master, struct keeping *keeping);
bool listeners_restore(struct master *master, const struct kept_head *head,
                       struct kept_reader *reader);

#endif
