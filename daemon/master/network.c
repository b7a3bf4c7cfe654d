/* network.c - runs in the master: leaves the machine's network once, when the
 * listeners are bound, so that it and all its children have none of their own:
 * they hold only sockets that were handed to them.  A private namespace for
 * each cell would cost half a millisecond a fork; this one costs nothing.
 *
 * A socket belongs to the network that its process was in when it was made.
 * So the master goes back for the moment of one socket(2), and the dialer's
 * process for good, before it gives up its powers. */
#include "daemon/master/master.h"

#include "common/text.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char here[] = "/proc/self/ns/net";

static int close_both(struct master *master, int error)
{
    if (master->first_network >= 0)
        close(master->first_network);
    if (master->own_network >= 0)
        close(master->own_network);
    master->first_network = master->own_network = -1;
    return error;
}

static int leave(struct master *master)
{
    master->first_network = open(here, O_RDONLY | O_CLOEXEC);
    if (master->first_network < 0 || unshare(CLONE_NEWNET | CLONE_NEWIPC) != 0)
        return close_both(master, -errno);
    master->own_network = open(here, O_RDONLY | O_CLOEXEC);
    if (master->own_network >= 0)
        return 0;
    const int error = -errno; /* there would be no way to come here again */
    if (setns(master->first_network, CLONE_NEWNET) != 0)
        die("master: the network can't be entered again: %s", strerror(errno));
    return close_both(master, error);
}

void network_leave(struct master *master, config_complain *complain, void *context)
{
    char line[160];
    const int error = leave(master);
    if (!error)
        return;
    (void)text_format(line, sizeof line, "no private network for the processes (%s): the other walls stand",
                      strerror(-error));
    complain(context, false, line);
}

bool network_is_private(const struct master *master)
{
    return master->first_network >= 0;
}

bool network_return(const struct master *master)
{
    return !network_is_private(master) || setns(master->first_network, CLONE_NEWNET) == 0;
}

int network_socket(const struct master *master, int family)
{
    if (!network_return(master))
        return -errno;
    const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    const int error = fd < 0 ? -errno : 0;
    if (network_is_private(master) && setns(master->own_network, CLONE_NEWNET) != 0)
        die("master: the network can't be left again: %s", strerror(errno));
    return error ? error : fd;
}
