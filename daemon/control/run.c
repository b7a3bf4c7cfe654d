/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - control: own uid, no capability, empty root; it holds the socket that
 * wardctl connects to, which the master has bound.  Reads root's questions and
 * passes each to the one process that can answer: scribe, auth or master.  So
 * these processes read only structs of fixed size, and a client that hangs or
 * floods blocks only its own place here.  Control exits with the master. */
#include "daemon/control/control.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/protocol/from_master.h"
#include "daemon/ipc/log.h"
#include "daemon/ipc/master_channel.h"
#include "daemon/protocol/to_scribe.h"
#include "daemon/control/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 32 };

static const struct border_row from_master[] = { MASTER_TO_CONTROL(BORDER_ROW) };

static bool watch(struct control *control, int fd, uint32_t whom)
{
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = whom };
    return epoll_ctl(control->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* The master and the scribe have types of their own for questions. */
bool peer_ask(struct control *control, enum peer peer, const struct control_ask *ask)
{
    static const uint32_t types[PEERS] = {
        [MASTER] = TM_CONTROL, [SCRIBE] = SCRIBE_ASK, [AUTH] = CONTROL_ASK
    };
    struct control_ask copy = *ask;
    copy.head.type = types[peer];
    return control->ends[peer] >= 0 &&
           channel_send(control->ends[peer], &copy, sizeof copy, MSG_DONTWAIT) == 0;
}

static void peer_lost(struct control *control, enum peer peer)
{
    (void)epoll_ctl(control->epoll, EPOLL_CTL_DEL, control->ends[peer], NULL);
    if (peer == AUTH)
        close(control->ends[peer]);
    control->ends[peer] = -1;
    clients_fail(control, peer);
}

static void on_config(struct control *control, const struct message_head *head, int fd)
{
    (void)head;
    if (config_replace(&control->config, fd))
        log_open(FD_SCRIBE, (enum log_level)control->config->log_level);
    else
        log_note(LOG_LEVEL_ERROR, "the new configuration can't be read; the old one stays");
}

static void on_file(struct control *control, const struct fm_file_message *message, int fd)
{
    if (message->which != FM_FILE_CONTROL || control->listener >= 0 ||
        !watch(control, fd, LISTENER))
        close(fd);
    else
        control->listener = fd;
}

static void on_link(struct control *control, const struct message_head *head, int fd)
{
    (void)head;
    if (control->ends[AUTH] >= 0)
        peer_lost(control, AUTH);
    if (watch(control, fd, AUTH))
        control->ends[AUTH] = fd;
    else
        close(fd);
}

static void on_scribe(struct control *control, const struct message_head *head, int fd)
{
    (void)head;
    if (control->ends[SCRIBE] >= 0)
        peer_lost(control, SCRIBE);
    if (dup3(fd, FD_SCRIBE, O_CLOEXEC) < 0 || !watch(control, FD_SCRIBE, SCRIBE))
        log_note(LOG_LEVEL_ERROR, "the new scribe's channel is lost: %s", strerror(errno));
    else
        control->ends[SCRIBE] = FD_SCRIBE;
    close(fd);
    log_open(FD_SCRIBE, (enum log_level)control->config->log_level);
}

static void on_answer(struct control *control, const struct control_answer *answer)
{
    client_answer(control, MASTER, answer, sizeof *answer);
}

static void on_finish(struct control *control, const struct message_head *head)
{
    (void)head;
    clients_finish(control);
}

static void on_leave(const struct control *control, const struct message_head *head)
{
    (void)head;
    clients_hand(control);
}

static void on_predecessor(struct control *control, const struct message_head *head, int fd)
{
    (void)head;
    clients_take(control, fd);
}

/* Once, when the last question is answered. */
static void report_finished(struct control *control)
{
    const struct message_head message = { .type = TM_FINISHED };
    if (!control->finishing || control->finished || clients_wait(control))
        return;
    control->finished = channel_send(FD_MASTER, &message, sizeof message, MSG_DONTWAIT) == 0;
}

static void on_metrics(struct control *control, const struct control_metrics *metrics)
{
    client_answer(control, MASTER, metrics, sizeof *metrics);
}

#define HANDLE(name, number, shape, fds, phases, handler)                                          \
    case name:                                                                                     \
        on_##handler(control, (const BORDER_STRUCT_##shape *)message MASTER_FDS_##fds(came));      \
        break;

static void handle(void *context, const struct message_head *message,
                   const int came[MASTER_FDS_MAX])
{
    struct control *control = context;
    switch (message->type) {
        MASTER_TO_CONTROL(HANDLE)
    }
}

static void serve_master(struct control *control)
{
    static const struct master_border border = {
        .process = "control", .rows = from_master, .row_count = COUNT(from_master), .handle = handle
    };
    if (!master_channel_read(&border, MASTER_READ_ONE, control))
        _exit(0);
}

static void serve_peer(struct control *control, enum peer peer)
{
    static union control_any message;
    if (control->ends[peer] < 0)
        return;
    const ssize_t n = channel_receive(control->ends[peer], &message, sizeof message, MSG_DONTWAIT);
    if (n == -EAGAIN || n == -EINTR)
        return;
    /* the master sends another end */
    if (n < (ssize_t)sizeof message.head)
        peer_lost(control, peer);
    else
        client_answer(control, peer, &message, (size_t)n);
}

static void turn(struct control *control)
{
    struct epoll_event events[EVENTS];
    const int n = epoll_wait(control->epoll, events, EVENTS, clients_tick(control, now_ms()));
    if (n < 0 && errno != EINTR)
        die("control: epoll_wait: %s", strerror(errno));
    for (int i = 0; i < n; i++) {
        const uint32_t whom = events[i].data.u32;
        if (whom == MASTER)
            serve_master(control);
        else if (whom < PEERS)
            serve_peer(control, (enum peer)whom);
        else if (whom == LISTENER)
            clients_accept(control);
        else
            client_serve(control, &control->clients[whom - FIRST_CLIENT]);
    }
    report_finished(control);
}

_Noreturn void control_run(struct config *config)
{
    static struct control control;
    control.config = config;
    control.listener = control.ends[AUTH] = -1;
    control.ends[MASTER] = FD_MASTER;
    control.ends[SCRIBE] = FD_SCRIBE;
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        control.clients[i].fd = -1;
    control.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (control.epoll < 0 || !watch(&control, FD_MASTER, MASTER))
        die("control: epoll: %s", strerror(errno));
    /* none could be made; that of the next scribe will come */
    if (!watch(&control, FD_SCRIBE, SCRIBE))
        control.ends[SCRIBE] = -1;
    for (;;)
        turn(&control);
}
