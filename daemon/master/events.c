/* SPDX-License-Identifier: BSD-2-Clause */
/* events.c - runs in the master: binds events_socket, gives it to the process
 * events, and joins that process to the scribe. */
#include "daemon/master/events.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/master/door.h"
#include "daemon/master/master.h"
#include "daemon/master/shared.h"
#include "daemon/protocol/to_events.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_socket(const struct config *config, const struct complaint *to)
{
    const struct door door = { .key = "events_socket",
                               .path = config->events_socket,
                               .type = SOCK_STREAM,
                               .group = (gid_t)config->events_gid };
    return door_open(&door, to);
}

int events_socket_open(struct master *master, const struct complaint *to)
{
    if (!master->config->events_socket[0])
        return 0;
    const int fd = open_socket(master->config, to);
    if (fd < 0)
        return fd;
    master->events_socket = fd;
    return 0;
}

void events_socket_close(struct master *master)
{
    if (master->events_socket < 0)
        return;
    (void)unlink(master->config->events_socket);
    close(master->events_socket);
    master->events_socket = -1;
}

static bool has_same_path(const struct config *one, const struct config *other)
{
    return strcmp(one->events_socket, other->events_socket) == 0;
}

bool events_socket_prepare(const struct master *master, const struct config *config,
                           const struct complaint *to, int *fd)
{
    const bool same = has_same_path(master->config, config);
    *fd = master->events_socket;
    if (same && master->config->events_gid == config->events_gid)
        return true;
    *fd = -1;
    if (!config->events_socket[0])
        return true;
    if (same) /* our own: only the group changes */
        (void)unlink(config->events_socket);
    *fd = open_socket(config, to);
    return *fd >= 0;
}

void events_socket_switch(struct master *master, const struct config *config, int fd)
{
    if (fd == master->events_socket)
        return;
    if (master->events_socket >= 0)
        close(master->events_socket);
    if (master->events_socket >= 0 && !has_same_path(master->config, config))
        (void)unlink(master->config->events_socket);
    master->events_socket = fd;
    events_give_socket(master);
}

void events_socket_drop(const struct master *master, const struct config *config, int fd)
{
    if (fd < 0 || fd == master->events_socket)
        return;
    (void)unlink(config->events_socket);
    close(fd);
}

void events_give_socket(struct master *master)
{
    const struct fm_file_message message = { .head.type = FM_FILE, .which = FM_FILE_EVENTS };
    if (master->events_socket >= 0)
        shared_send(master, SHARED_EVENTS, &message, sizeof message, master->events_socket);
}

void events_link(struct master *master)
{
    const struct message_head to_scribe = { .type = FM_EVENTS }, to_events = { .type = FM_LINK };
    int ends[2];
    if (!shared_runs(master, SHARED_EVENTS))
        return;
    const int error = channel_pair(ends, sizeof(struct event_lines));
    if (error) {
        log_note(LOG_LEVEL_ERROR, "cannot make a channel between scribe and events: %s",
                 strerror(-error));
        return;
    }
    shared_send(master, SHARED_EVENTS, &to_events, sizeof to_events, ends[0]);
    shared_send(master, SHARED_SCRIBE, &to_scribe, sizeof to_scribe, ends[1]);
    close(ends[0]);
    close(ends[1]);
}
