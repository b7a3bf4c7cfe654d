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
#include "daemon/control/desk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 32 };

static const struct border_row from_master[] = { MASTER_TO_CONTROL(BORDER_ROW) };

static bool watch(struct desk *desk, int fd, uint32_t whom)
{
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = whom };
    return epoll_ctl(desk->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* The master and the scribe have types of their own for questions. */
bool neighbour_ask(struct desk *desk, enum neighbour neighbour, const struct control_ask *ask)
{
    static const uint32_t types[NEIGHBOURS] = {
        [MASTER] = TM_CONTROL, [SCRIBE] = SCRIBE_ASK, [AUTH] = CONTROL_ASK
    };
    struct control_ask copy = *ask;
    copy.head.type = types[neighbour];
    return desk->ends[neighbour] >= 0 &&
           channel_send(desk->ends[neighbour], &copy, sizeof copy, MSG_DONTWAIT) == 0;
}

static void neighbour_lost(struct desk *desk, enum neighbour neighbour)
{
    (void)epoll_ctl(desk->epoll, EPOLL_CTL_DEL, desk->ends[neighbour], NULL);
    if (neighbour == AUTH)
        close(desk->ends[neighbour]);
    desk->ends[neighbour] = -1;
    clients_fail(desk, neighbour);
}

static void on_config(struct desk *desk, const struct message_head *head, int fd)
{
    (void)head;
    if (config_replace(&desk->config, fd))
        log_open(FD_SCRIBE, (enum log_level)desk->config->log_level);
    else
        log_note(LOG_LEVEL_ERROR, "the new configuration can't be read; the old one stays");
}

static void on_file(struct desk *desk, const struct fm_file_message *message, int fd)
{
    if (message->which != FM_FILE_CONTROL || desk->listener >= 0 || !watch(desk, fd, LISTENER))
        close(fd);
    else
        desk->listener = fd;
}

static void on_link(struct desk *desk, const struct message_head *head, int fd)
{
    (void)head;
    if (desk->ends[AUTH] >= 0)
        neighbour_lost(desk, AUTH);
    if (watch(desk, fd, AUTH))
        desk->ends[AUTH] = fd;
    else
        close(fd);
}

static void on_scribe(struct desk *desk, const struct message_head *head, int fd)
{
    (void)head;
    if (desk->ends[SCRIBE] >= 0)
        neighbour_lost(desk, SCRIBE);
    if (dup3(fd, FD_SCRIBE, O_CLOEXEC) < 0 || !watch(desk, FD_SCRIBE, SCRIBE))
        log_note(LOG_LEVEL_ERROR, "the new scribe's channel is lost: %s", strerror(errno));
    else
        desk->ends[SCRIBE] = FD_SCRIBE;
    close(fd);
    log_open(FD_SCRIBE, (enum log_level)desk->config->log_level);
}

static void on_answer(struct desk *desk, const struct control_answer *answer)
{
    client_answer(desk, MASTER, answer, sizeof *answer);
}

#define HANDLE(name, number, shape, fds, phases, handler)                                                    \
    case name:                                                                                               \
        on_##handler(desk, (const BORDER_STRUCT_##shape *)message MASTER_FDS_##fds(came));                   \
        break;

static void handle(void *context, const struct message_head *message, const int came[MASTER_FDS_MAX])
{
    struct desk *desk = context;
    switch (message->type) {
        MASTER_TO_CONTROL(HANDLE)
    }
}

static void hear_master(struct desk *desk)
{
    static const struct master_border border = {
        .process = "control", .rows = from_master, .row_count = COUNT(from_master), .handle = handle
    };
    if (!master_channel_read(&border, MASTER_READ_ONE, desk))
        _exit(0);
}

static void hear_neighbour(struct desk *desk, enum neighbour neighbour)
{
    static union control_any message;
    if (desk->ends[neighbour] < 0)
        return;
    const ssize_t n = channel_receive(desk->ends[neighbour], &message, sizeof message, MSG_DONTWAIT);
    if (n == -EAGAIN || n == -EINTR)
        return;
    if (n < (ssize_t)sizeof message.head)
        neighbour_lost(desk, neighbour); /* the master sends another end */
    else
        client_answer(desk, neighbour, &message, (size_t)n);
}

static void turn(struct desk *desk)
{
    struct epoll_event events[EVENTS];
    const int n = epoll_wait(desk->epoll, events, EVENTS, clients_tick(desk, now_ms()));
    if (n < 0 && errno != EINTR)
        die("control: epoll_wait: %s", strerror(errno));
    for (int i = 0; i < n; i++) {
        const uint32_t whom = events[i].data.u32;
        if (whom == MASTER)
            hear_master(desk);
        else if (whom < NEIGHBOURS)
            hear_neighbour(desk, (enum neighbour)whom);
        else if (whom == LISTENER)
            clients_accept(desk);
        else
            client_serve(desk, &desk->clients[whom - FIRST_CLIENT]);
    }
}

_Noreturn void control_run(struct config *config)
{
    static struct desk desk;
    desk.config = config;
    desk.listener = desk.ends[AUTH] = -1;
    desk.ends[MASTER] = FD_MASTER;
    desk.ends[SCRIBE] = FD_SCRIBE;
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        desk.clients[i].fd = -1;
    desk.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (desk.epoll < 0 || !watch(&desk, FD_MASTER, MASTER))
        die("control: epoll: %s", strerror(errno));
    if (!watch(&desk, FD_SCRIBE, SCRIBE))
        desk.ends[SCRIBE] = -1; /* none could be made; that of the next scribe will come */
    for (;;)
        turn(&desk);
}
