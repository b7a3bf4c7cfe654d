/* SPDX-License-Identifier: BSD-2-Clause */
/* outside.h - the address that PASV announces to a client (passive_address). */
#ifndef MASTER_OUTSIDE_H
#define MASTER_OUTSIDE_H

#include "daemon/master/keep.h"

#include <netinet/in.h>
#include <stdint.h>

struct master;

/* NULL: no memory. */
struct outside *outside_new(void);

/* For this client of a listener, in network order; 0: the address it has connected to. */
uint32_t outside_address(const struct master *master, uint32_t listener,
                         const struct sockaddr_storage *client);

/* The resolver has found the address of a name. */
void outside_learn(struct master *master, const char *name, uint32_t address);

/* For an upgrade: into the image, and out of it. */
void outside_keep(const struct master *master, struct kept_head *head);
void outside_restore(struct master *master, const struct kept_head *head);

#endif
