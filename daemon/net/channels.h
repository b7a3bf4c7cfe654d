/* SPDX-License-Identifier: BSD-2-Clause */
/* channels.h - NET's ends of the channels to the other processes: s->master,
 * jail, auth, dialer, keeper and scribe. */
#ifndef NET_CHANNELS_H
#define NET_CHANNELS_H

#include "daemon/net/session.h"

/* The ends that every NET begins with. */
void channels_open(struct session *s);

/* The master has started a shared process again; fd leads to it. */
void channels_replace(struct session *s, uint32_t role, int fd);

/* Closes one of them, if it is open. */
void channels_close(int *end);

/* The serial number of the next question. */
uint32_t channels_serial(struct session *s);

#endif
