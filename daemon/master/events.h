/* SPDX-License-Identifier: BSD-2-Clause */
/* events.h - the process events: its socket, and its channel to the scribe. */
#ifndef MASTER_EVENTS_H
#define MASTER_EVENTS_H

#include "daemon/master/complaint.h"

#include <stdbool.h>

struct master;

/* Binds events_socket, if there is one.  0, or -errno after a complaint. */
int events_socket_open(struct master *master, const struct complaint *to);
void events_socket_close(struct master *master);

/* For a reload: the socket of the new configuration in *fd, which is the present one where nothing
 * has changed, and -1 where there is none.  False after a complaint. */
bool events_socket_prepare(const struct master *master, const struct config *config,
                           const struct complaint *to, int *fd);
/* Takes it; master->config is the old configuration still.  Or closes it. */
void events_socket_switch(struct master *master, const struct config *config, int fd);
void events_socket_drop(const struct master *master, const struct config *config, int fd);

/* Gives the process events the socket. */
void events_give_socket(struct master *master);

/* Gives scribe and events a new channel, where one of them is new. */
void events_link(struct master *master);

#endif
