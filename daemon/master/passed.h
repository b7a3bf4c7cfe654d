/* SPDX-License-Identifier: BSD-2-Clause */
/* passed.h - listeners that a service manager passes (sd_listen_fds(3)). */
#ifndef MASTER_PASSED_H
#define MASTER_PASSED_H

#include "daemon/master/complaint.h"

#include <sys/socket.h>

/* Takes the descriptors that LISTEN_PID and LISTEN_FDS announce to this process, and
 * closes all others from 3 on, which the daemon would take for its own.  To be called
 * before it opens any, and before it forks.  NULL: errno. */
struct passed *passed_take(void);

/* None.  NULL: no memory. */
struct passed *passed_none(void);

/* Are they listening sockets that the daemon can use?  0, or -errno after a complaint. */
int passed_check(const struct passed *passed, const struct complaint *to);

/* The one at this address, which is the caller's from now on; -1: none. */
int passed_claim(struct passed *passed, const struct sockaddr_storage *address);

/* Closes those that no listener has claimed, each with a warning. */
void passed_close_rest(struct passed *passed, const struct complaint *to);

#endif
