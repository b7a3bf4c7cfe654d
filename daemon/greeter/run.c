/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - the greeter: own uid, no capability, empty root, no network.  It gets a copy of each
 * socket that a balancer connected, takes exactly the header of the PROXY protocol from it, and
 * tells the master whose connection it is.  Its filter lets it send to the master and to the
 * scribe only: it can't write to the socket, and passes no descriptor.  Exits with the master. */
#include "daemon/greeter/greeter.h"

#include "common/proxy_header.h"
#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/ipc/master_channel.h"
#include "daemon/protocol/from_master.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Twice as many as the master has pending: it may give up some a little earlier. */
enum { EVENTS = 64, SOCKETS = 2 * GREETINGS_MAX, MASTER = SOCKETS };

static const struct border_row from_master[] = { MASTER_TO_GREETER(BORDER_ROW) };

struct awaited {
    int socket; /* -1: free */
    uint64_t number;
    int64_t until_ms;
};

struct greeter {
    int epoll;
    struct awaited awaited[SOCKETS];
};

static void answer(uint64_t number, enum greeting found, const struct proxy_header *header)
{
    struct tm_greeted message;
    memset(&message, 0, sizeof message);
    message.head.type = TM_GREETED;
    message.number = number;
    message.found = found;
    if (found == GREETING_CLIENT) {
        message.source = header->source;
        message.destination = header->destination;
    }
    if (channel_send(FD_MASTER, &message, sizeof message, 0) != 0)
        _exit(0); /* the master is gone */
}

/* Closing alone does not remove it from the set: the master has the socket, too. */
static void finish(const struct greeter *greeter, struct awaited *awaited, enum greeting found,
                   const struct proxy_header *header)
{
    (void)epoll_ctl(greeter->epoll, EPOLL_CTL_DEL, awaited->socket, NULL);
    close(awaited->socket);
    awaited->socket = -1;
    answer(awaited->number, found, header);
}

/* What follows the header stays for the session. */
static bool take_header(int socket, size_t size)
{
    static char header[PROXY_HEADER_MAX];
    return recv(socket, header, size, MSG_DONTWAIT) == (ssize_t)size;
}

static enum greeting read_header(int socket, struct proxy_header *header)
{
    static char bytes[PROXY_HEADER_MAX];
    const ssize_t n = recv(socket, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return GREETING_PENDING;
    if (n <= 0)
        return GREETING_ENDED;
    const enum proxy_state state = proxy_header_parse(bytes, (size_t)n, header);
    if (state == PROXY_MORE)
        return GREETING_PENDING;
    if (state == PROXY_BAD || !take_header(socket, header->size))
        return GREETING_BAD;
    return state == PROXY_LOCAL ? GREETING_LOCAL : GREETING_CLIENT;
}

static void serve(const struct greeter *greeter, struct awaited *awaited, uint32_t events)
{
    struct proxy_header header;
    enum greeting found = read_header(awaited->socket, &header);
    /* the rest of the header will not come */
    if (found == GREETING_PENDING && events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        found = GREETING_ENDED;
    if (found != GREETING_PENDING)
        finish(greeter, awaited, found, &header);
}

static struct awaited *free_place(struct greeter *greeter)
{
    for (size_t i = 0; i < SOCKETS; i++) {
        if (greeter->awaited[i].socket < 0)
            return &greeter->awaited[i];
    }
    return NULL;
}

/* Edge-triggered: what is only the beginning of a header stays in the socket. */
static void on_greet(struct greeter *greeter, const struct fm_greet *message, int fd)
{
    struct awaited *awaited = free_place(greeter);
    struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET };
    if (awaited)
        event.data.u32 = (uint32_t)(awaited - greeter->awaited);
    if (!awaited || epoll_ctl(greeter->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        close(fd);
        answer(message->number, GREETING_ENDED, NULL);
        return;
    }
    *awaited = (struct awaited){ .socket = fd,
                                 .number = message->number,
                                 .until_ms = now_ms() + GREETING_MS };
}

/* It has what it needs. */
static void on_config(const struct greeter *greeter, const struct message_head *head, int fd)
{
    (void)greeter;
    (void)head;
    close(fd);
}

#define HANDLE(name, number, shape, fds, phases, handler)                                          \
    case name:                                                                                     \
        on_##handler(greeter, (const BORDER_STRUCT_##shape *)message MASTER_FDS_##fds(came));      \
        break;

static void handle(void *context, const struct message_head *message,
                   const int came[MASTER_FDS_MAX])
{
    struct greeter *greeter = context;
    switch (message->type) {
        MASTER_TO_GREETER(HANDLE)
    }
}

static void serve_master(struct greeter *greeter)
{
    static const struct master_border border = {
        .process = "greeter", .rows = from_master, .row_count = COUNT(from_master), .handle = handle
    };
    if (!master_channel_read(&border, MASTER_READ_ONE, greeter))
        _exit(0);
}

static void end_late(const struct greeter *greeter, struct awaited *awaited, int64_t now)
{
    if (awaited->socket >= 0 && awaited->until_ms <= now)
        finish(greeter, awaited, GREETING_LATE, NULL);
}

/* -1: none is awaited. */
static int wait_ms(const struct greeter *greeter, int64_t now)
{
    int64_t least = -1;
    for (size_t i = 0; i < SOCKETS; i++) {
        const struct awaited *awaited = &greeter->awaited[i];
        if (awaited->socket >= 0 && (least < 0 || awaited->until_ms - now < least))
            least = awaited->until_ms > now ? awaited->until_ms - now : 0;
    }
    return (int)least;
}

/* A place may get another socket in this turn: to look at that one does no harm. */
static void turn(struct greeter *greeter)
{
    struct epoll_event happened[EVENTS];
    const int n = epoll_wait(greeter->epoll, happened, EVENTS, wait_ms(greeter, now_ms()));
    if (n < 0 && errno != EINTR)
        die("greeter: epoll_wait: %s", strerror(errno));
    for (int i = 0; i < n; i++) {
        const uint32_t at = happened[i].data.u32;
        if (at == MASTER)
            serve_master(greeter);
        else if (greeter->awaited[at].socket >= 0)
            serve(greeter, &greeter->awaited[at], happened[i].events);
    }
    const int64_t now = now_ms();
    for (size_t i = 0; i < SOCKETS; i++)
        end_late(greeter, &greeter->awaited[i], now);
}

/* Its filter lets it close no descriptor with a number below FD_JAIL, so what it sends on stays
 * what it is.  The set of sockets takes the one number among them that is free. */
_Noreturn void greeter_run(struct config *config)
{
    static struct greeter greeter;
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = MASTER };
    log_open(FD_SCRIBE, (enum log_level)config->log_level);
    close(FD_NEXT); /* it has nothing to hand over */
    for (size_t i = 0; i < SOCKETS; i++)
        greeter.awaited[i].socket = -1;
    greeter.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (greeter.epoll != FD_AUTH || epoll_ctl(greeter.epoll, EPOLL_CTL_ADD, FD_MASTER, &event) != 0)
        die("greeter: epoll: %s", strerror(errno));
    for (;;)
        turn(&greeter);
}
