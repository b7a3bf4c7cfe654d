/* SPDX-License-Identifier: BSD-2-Clause */
/* metrics_listener.c - runs in the master: binds the listener of `metrics`, and
 * replaces it after a reload.  What comes to it the master never reads. */
#include "daemon/master/metrics_listener.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/master/door.h"
#include "daemon/master/keep.h"
#include "daemon/master/master.h"
#include "daemon/master/network.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 16 };

struct bound {
    int fd;                    /* -1: none */
    char at[CONFIG_PATH_ROOM]; /* as the configuration has it; empty: none */
};

struct metrics_listener {
    struct bound now, next;
};

struct metrics_listener *metrics_listener_new(void)
{
    struct metrics_listener *listener = calloc(1, sizeof *listener);
    if (listener)
        listener->now.fd = listener->next.fd = -1;
    return listener;
}

int metrics_listener_fd(const struct master *master)
{
    return master->metrics_listener->now.fd;
}

static int refuse(const struct complaint *to, const char *at, const char *fault)
{
    char subject[CONFIG_PATH_ROOM + 16];
    (void)text_format(subject, sizeof subject, "metrics %s", at);
    return complain_about(to, true, subject, fault);
}

/* A descriptor, or -errno. */
static int bind_address(const struct master *master, const struct sockaddr_storage *address)
{
    const int on = 1, fd = network_socket(master, address->ss_family);
    if (fd < 0)
        return fd;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, (const struct sockaddr *)address, addr_size(address)) == 0 &&
        listen(fd, BACKLOG) == 0)
        return fd;
    const int error = -errno;
    close(fd);
    return error;
}

static int bind_at(const struct master *master, const char *at, const struct complaint *to)
{
    struct sockaddr_storage address;
    memset(&address, 0, sizeof address);
    if (*at == '/')
        return door_open(&(struct door){ .key = "metrics",
                                         .path = at,
                                         .type = SOCK_STREAM,
                                         .open = true,
                                         .group = (gid_t)-1 },
                         to);
    const int fd = addr_parse_here(at, &address) ? bind_address(master, &address) : -EINVAL;
    return fd >= 0 ? fd : refuse(to, at, strerror(-fd));
}

int metrics_listener_prepare(struct master *master, const struct config *config,
                             const struct complaint *to)
{
    struct metrics_listener *listener = master->metrics_listener;
    struct bound *next = &listener->next;
    next->fd = -1;
    (void)text_copy(next->at, sizeof next->at, config->metrics);
    if (!*next->at || strcmp(next->at, listener->now.at) == 0)
        return 0;
    const int fd = bind_at(master, next->at, to);
    if (fd < 0)
        return fd;
    next->fd = fd;
    return 0;
}

static void bound_close(struct bound *bound)
{
    if (bound->fd < 0)
        return;
    close(bound->fd);
    if (*bound->at == '/')
        (void)unlink(bound->at);
    *bound = (struct bound){ .fd = -1 };
}

void metrics_listener_drop(struct master *master)
{
    bound_close(&master->metrics_listener->next);
}

bool metrics_listener_take(struct master *master)
{
    struct metrics_listener *listener = master->metrics_listener;
    if (strcmp(listener->next.at, listener->now.at) == 0)
        return false;
    bound_close(&listener->now);
    listener->now = listener->next;
    listener->next = (struct bound){ .fd = -1 };
    return true;
}

/* Also where the start failed before there was one. */
void metrics_listener_close(struct master *master)
{
    if (master->metrics_listener)
        bound_close(&master->metrics_listener->now);
}

void metrics_listener_keep(const struct master *master, struct keeping *keeping)
{
    const struct bound *bound = &master->metrics_listener->now;
    struct kept_head *head = keeping_head(keeping);
    (void)text_copy(head->metrics.at, sizeof head->metrics.at, bound->at);
    head->metrics.listener = keeping_fd(keeping, bound->fd);
}

void metrics_listener_restore(struct master *master, const struct kept_head *head)
{
    struct bound *bound = &master->metrics_listener->now;
    bound->fd = head->metrics.listener;
    (void)text_format(bound->at, sizeof bound->at, "%.*s", KEPT_NAME_ROOM - 1, head->metrics.at);
}
