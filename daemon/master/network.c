/* SPDX-License-Identifier: BSD-2-Clause */
/* network.c - runs in the master: leaves the machine's network once the
 * listeners are bound, so that the master and its children have no network of
 * their own, only the sockets they are handed.  A private namespace for each
 * cell would cost half a millisecond a fork; this one costs nothing.
 *
 * A socket belongs to the network that its process was in when it made it.  So
 * the master goes back for the time of one socket(2), and the dialer's process
 * goes back for good before it gives up its privileges. */
#include "daemon/master/network.h"

#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/master/master.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

struct network {
    int machine, own; /* namespaces */
};

static const char current[] = "/proc/self/ns/net";

static void network_close(struct network *network)
{
    if (network->machine >= 0)
        close(network->machine);
    if (network->own >= 0)
        close(network->own);
    free(network);
}

/* 0 or -errno.  In a user namespace, the network may be another namespace's: who leaves it cannot
 * come back.  To enter the network that one is in takes the same right. */
static int leave(struct network *network)
{
    network->own = -1;
    network->machine = open(current, O_RDONLY | O_CLOEXEC);
    if (network->machine < 0 || setns(network->machine, CLONE_NEWNET) != 0 ||
        unshare(CLONE_NEWNET | CLONE_NEWIPC) != 0)
        return -errno;
    network->own = open(current, O_RDONLY | O_CLOEXEC);
    if (network->own >= 0)
        return 0;
    const int error = -errno; /* without it, the master could not come back here */
    if (setns(network->machine, CLONE_NEWNET) != 0)
        die("master: cannot return to the network: %s", strerror(errno));
    return error;
}

void network_leave(struct master *master, const struct complaint *to)
{
    char line[160];
    struct network *network = malloc(sizeof *network);
    const int error = network ? leave(network) : -ENOMEM;
    if (!error) {
        master->network = network;
        return;
    }
    if (network)
        network_close(network);
    (void)text_format(
        line, sizeof line,
        "no private network for the processes (%s); the other restrictions stay in place",
        strerror(-error));
    to->complain(to->context, false, line);
}

bool network_is_private(const struct master *master)
{
    return master->network != NULL;
}

bool network_return(const struct master *master)
{
    return !master->network || setns(master->network->machine, CLONE_NEWNET) == 0;
}

int network_socket(const struct master *master, int family)
{
    return network_open(master, family, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP);
}

int network_open(const struct master *master, int family, int type, int protocol)
{
    if (!network_return(master))
        return -errno;
    const int fd = socket(family, type | SOCK_CLOEXEC, protocol);
    const int error = fd < 0 ? -errno : 0;
    if (master->network && setns(master->network->own, CLONE_NEWNET) != 0)
        die("master: cannot leave the network again: %s", strerror(errno));
    return error ? error : fd;
}

void network_keep(const struct master *master, struct keeping *keeping)
{
    const struct network *network = master->network;
    const int32_t machine = keeping_fd(keeping, network ? network->machine : -1);
    const int32_t own = keeping_fd(keeping, network ? network->own : -1);
    keeping_head(keeping)->machine_network = machine;
    keeping_head(keeping)->own_network = own;
}

bool network_restore(struct master *master, const struct kept_head *head)
{
    if (head->machine_network < 0 || head->own_network < 0)
        return true;
    master->network = malloc(sizeof *master->network);
    if (master->network)
        *master->network =
            (struct network){ .machine = head->machine_network, .own = head->own_network };
    return master->network != NULL;
}
