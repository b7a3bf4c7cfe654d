/* SPDX-License-Identifier: BSD-2-Clause */
/* orders.h - the master's side of the orders (daemon/sandbox/orders.h). */
#ifndef MASTER_ORDERS_H
#define MASTER_ORDERS_H

#include "daemon/roles.h"

/* What the orders are made from. */
struct order_facts {
    const struct config *config;
    const struct role_ids *ids;
    uint32_t nofile; /* RLIMIT_NOFILE where a role's row has none */
};

/* A sealed memfd that holds the orders of all roles, close-on-exec; or -errno.
 * filters_compile() has succeeded. */
int orders_to_fd(const struct order_facts *facts);

#endif
