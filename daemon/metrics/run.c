/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - metrics: own uid, no capability, empty root; it has the listener that the
 * master has bound, its channel to the master, and the numbers that come over it.  It
 * asks the master when it is asked itself, at most once a second, so that a server
 * which is not looked at does nothing for it.  Metrics exits with the master. */
#include "daemon/metrics/metrics.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/ipc/master_channel.h"
#include "daemon/ipc/validate.h"
#include "daemon/metrics/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 16 };

static const struct border_row from_master[] = { MASTER_TO_METRICS(BORDER_ROW) };

static bool watch(const struct metrics_server *server, int fd, uint32_t whom)
{
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = whom };
    return epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void on_config(struct metrics_server *server, const struct message_head *head, int fd)
{
    (void)head;
    if (config_replace(&server->config, fd))
        log_open(FD_SCRIBE, (enum log_level)server->config->log_level);
    else
        log_note(LOG_LEVEL_ERROR, "the new configuration can't be read; the old one stays");
}

static void on_file(struct metrics_server *server, const struct fm_file_message *message, int fd)
{
    if (message->which != FM_FILE_METRICS || !watch(server, fd, FROM_THE_LISTENER)) {
        close(fd);
        return;
    }
    if (server->listener >= 0)
        close(server->listener);
    server->listener = fd;
}

static void on_scribe(struct metrics_server *server, const struct message_head *head, int fd)
{
    (void)head;
    if (dup3(fd, FD_SCRIBE, O_CLOEXEC) < 0)
        log_note(LOG_LEVEL_ERROR, "the new scribe's channel is lost: %s", strerror(errno));
    close(fd);
    log_open(FD_SCRIBE, (enum log_level)server->config->log_level);
}

static void on_metrics(struct metrics_server *server, const struct control_metrics *metrics)
{
    const char *wrong = validate_metrics(metrics, sizeof *metrics);
    if (wrong)
        die("metrics: border violation: the master's message: %s", wrong);
    server->last = *metrics;
    server->answered_ms = now_ms();
    server->asked = false;
    scrapers_answer(server);
}

#define HANDLE(name, number, shape, fds, phases, handler)                                          \
    case name:                                                                                     \
        on_##handler(server, (const BORDER_STRUCT_##shape *)message MASTER_FDS_##fds(came));       \
        break;

static void handle(void *context, const struct message_head *message,
                   const int came[MASTER_FDS_MAX])
{
    struct metrics_server *server = context;
    switch (message->type) {
        MASTER_TO_METRICS(HANDLE)
    }
}

static void serve_master(struct metrics_server *server)
{
    static const struct master_border border = {
        .process = "metrics", .rows = from_master, .row_count = COUNT(from_master), .handle = handle
    };
    if (!master_channel_read(&border, MASTER_READ_ONE, server))
        _exit(0);
}

static void turn(struct metrics_server *server)
{
    struct epoll_event events[EVENTS];
    const int n = epoll_wait(server->epoll, events, EVENTS, scrapers_tick(server, now_ms()));
    if (n < 0 && errno != EINTR)
        die("metrics: epoll_wait: %s", strerror(errno));
    for (int i = 0; i < n; i++) {
        const uint32_t whom = events[i].data.u32;
        if (whom == FROM_THE_MASTER)
            serve_master(server);
        else if (whom == FROM_THE_LISTENER)
            scrapers_accept(server);
        else
            scraper_serve(server, &server->scrapers[whom - FIRST_SCRAPER]);
    }
}

_Noreturn void metrics_run(struct config *config)
{
    static struct metrics_server server;
    server.config = config;
    server.listener = -1;
    for (size_t i = 0; i < SCRAPERS_MAX; i++)
        server.scrapers[i].fd = -1;
    log_open(FD_SCRIBE, (enum log_level)config->log_level);
    close(FD_NEXT); /* it has nothing to hand over: an upgrade starts another */
    server.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (server.epoll < 0 || !watch(&server, FD_MASTER, FROM_THE_MASTER))
        die("metrics: epoll: %s", strerror(errno));
    for (;;)
        turn(&server);
}
