/* SPDX-License-Identifier: BSD-2-Clause */
/* passive_ports.h - how many of the passive ports are in use, as the kernel sees it. */
#ifndef MASTER_PASSIVE_PORTS_H
#define MASTER_PASSIVE_PORTS_H

#include <stdbool.h>
#include <stdint.h>

struct master;

struct passive_ports {
    uint32_t configured; /* of all listeners */
    uint32_t in_use;     /* of these, the ports that this or another program listens on */
    bool known;          /* in_use is */
};

struct passive_ports passive_ports_count(const struct master *master);

#endif
