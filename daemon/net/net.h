/* SPDX-License-Identifier: BSD-2-Clause */
/* net.h - NET: the process of a session that talks to the client.  It has no
 * privilege and an empty root, opens no file and creates no socket; it asks
 * JAIL, auth, the dialer and the keeper. */
#ifndef NET_NET_H
#define NET_NET_H

#include "daemon/config/config.h"
#include "daemon/roles.h"

/* Before the first fork: initializes the digests, which would otherwise open files or look things
 * up in a confined process. */
void net_warm_up(void);

/* SHA-256 of OpenSSL, after net_warm_up(); NULL: it does not provide it. */
const struct evp_md_st *net_sha256(void);

/* Waits for the client that the master sends, serves it, and exits.  The process is confined, and
 * has the descriptors that channel.h names. */
_Noreturn void net_run(const struct config *config);

/* rehearsal.c: the self-test of this program.  NULL, or what failed, with errno. */
const char *net_rehearse(enum role role);

#endif
