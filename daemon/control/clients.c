/* SPDX-License-Identifier: BSD-2-Clause */
/* clients.c - runs in control: the clients of the control socket.  Only root may
 * ask; its messages are checked nevertheless.  Bounded: a new client replaces the
 * one that has been silent for longest, so a client that hangs keeps no other out. */
#include "daemon/control/state.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/validate.h"
#include "daemon/ipc/hand_over.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SILENT_MS = 10000, ANSWER_MS = 10000, RELOAD_MS = 60000, UPGRADE_MS = 240000 };

static const struct border_row from_client[] = { TO_CONTROL(BORDER_ROW) };

/* The process that answers each verb, and the time that it may take. */
#define OF_SCRIBE(name, number, patience, kind, handler) [name] = { SCRIBE, patience },
#define OF_AUTH(name, number, patience, kind, handler)   [name] = { AUTH, patience },
#define OF_MASTER(name, number, patience, kind, handler) [name] = { MASTER, patience },
static const struct verb {
    enum peer peer;
    int64_t patience_ms; /* 0: no such verb */
} verbs[CONTROL_VERBS] = { SCRIBE_VERBS(OF_SCRIBE) AUTH_VERBS(OF_AUTH) MASTER_VERBS(OF_MASTER) };

static const char *const peer_names[PEERS] = {
    [MASTER] = "master",
    [SCRIBE] = "scribe",
    [AUTH] = "auth",
};

static void client_end(struct client *client)
{
    /* which removes it from the epoll set */
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    client->asked = 0;
}

/* A client with an open question is not read; none is before a successor comes. */
static void listen_to(const struct control *control, const struct client *client, bool listen)
{
    struct epoll_event event = { .events = listen && !control->finishing ? EPOLLIN : 0,
                                 .data.u32 = FIRST_CLIENT + (uint32_t)(client - control->clients) };
    /* can't fail for an open descriptor */
    (void)epoll_ctl(control->epoll, EPOLL_CTL_MOD, client->fd, &event);
}

/* Its socket has room: a client has one open question. */
static void send_answer(struct control *control, struct client *client, const void *answer,
                        size_t size)
{
    client->asked = 0;
    client->since_ms = now_ms();
    if (channel_send(client->fd, answer, size, MSG_DONTWAIT) != 0)
        client_end(client);
    else
        listen_to(control, client, true);
}

static void refuse(struct control *control, struct client *client, enum control_result why)
{
    struct control_answer answer;
    memset(&answer, 0, sizeof answer);
    answer.head = (struct message_head){ .type = CONTROL_ASK, .serial = client->serial };
    answer.verb = client->verb;
    answer.result = why;
    send_answer(control, client, &answer, sizeof answer);
}

static bool is_root(int fd)
{
    struct ucred who;
    socklen_t size = sizeof who;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && size == sizeof who &&
           who.uid == 0;
}

static struct client *free_place(struct control *control)
{
    struct client *longest = &control->clients[0];
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *client = &control->clients[i];
        if (client->fd < 0)
            return client;
        const bool less_busy = (client->asked == 0) > (longest->asked == 0);
        const bool as_busy = (client->asked == 0) == (longest->asked == 0);
        if (less_busy || (as_busy && client->since_ms < longest->since_ms))
            longest = client;
    }
    client_end(longest);
    return longest;
}

void clients_accept(struct control *control)
{
    const int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    struct client *client = free_place(control);
    struct epoll_event event = { .events = EPOLLIN,
                                 .data.u32 = FIRST_CLIENT + (uint32_t)(client - control->clients) };
    *client = (struct client){ .fd = fd, .since_ms = now_ms() };
    if (epoll_ctl(control->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        client_end(client);
    } else if (!is_root(fd)) {
        log_note(LOG_LEVEL_WARNING, "a user who is not root has connected to the control socket");
        refuse(control, client, CONTROL_DENIED);
        client_end(client);
    }
}

void clients_finish(struct control *control)
{
    control->finishing = true;
    if (control->listener >= 0)
        (void)epoll_ctl(control->epoll, EPOLL_CTL_DEL, control->listener, NULL);
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        if (control->clients[i].fd >= 0)
            listen_to(control, &control->clients[i], false);
    }
}

/* The master's answers go to the successor. */
bool clients_wait(const struct control *control)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        const struct client *client = &control->clients[i];
        if (client->fd >= 0 && client->asked && verbs[client->verb].peer != MASTER)
            return true;
    }
    return false;
}

static bool client_adopt(struct control *control, const struct client *adopted)
{
    struct client *client = free_place(control);
    struct epoll_event event = { .events = adopted->asked ? 0 : EPOLLIN,
                                 .data.u32 = FIRST_CLIENT + (uint32_t)(client - control->clients) };
    *client = *adopted;
    if (epoll_ctl(control->epoll, EPOLL_CTL_ADD, client->fd, &event) == 0)
        return true;
    client_end(client);
    return false;
}

/* One reload at a time, and one upgrade. */
static bool runs(const struct control *control, uint32_t verb)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        if (control->clients[i].asked && control->clients[i].verb == verb)
            return true;
    }
    return false;
}

static void pass_on(struct control *control, struct client *client, struct control_ask *ask)
{
    const struct verb *verb = ask->verb < CONTROL_VERBS ? &verbs[ask->verb] : &verbs[0];
    client->serial = ask->head.serial;
    client->verb = ask->verb;
    if (verb->patience_ms == 0 || validate_control_ask(ask)) {
        refuse(control, client, CONTROL_BAD);
        return;
    }
    if ((ask->verb == CONTROL_RELOAD || ask->verb == CONTROL_UPGRADE) && runs(control, ask->verb)) {
        refuse(control, client, CONTROL_BUSY);
        return;
    }
    if (++control->serial == 0)
        control->serial = 1;
    ask->head.serial = control->serial;
    if (!peer_ask(control, verb->peer, ask)) {
        refuse(control, client, CONTROL_UNAVAILABLE);
        return;
    }
    client->asked = control->serial;
    client->since_ms = now_ms();
    listen_to(control, client, false);
}

void client_serve(struct control *control, struct client *client)
{
    struct control_ask ask;
    if (client->fd < 0)
        return;          /* it has ended earlier in this turn */
    if (client->asked) { /* it is not read, so this is a hang-up */
        client_end(client);
        return;
    }
    const ssize_t n = channel_receive(client->fd, &ask, sizeof ask, MSG_DONTWAIT);
    if (n == -EAGAIN || n == -EINTR)
        return;
    if (n <= 0 ||
        border_check(from_client, COUNT(from_client), &ask, (size_t)n, ALWAYS, 0) != BORDER_FINE)
        client_end(client);
    else
        pass_on(control, client, &ask);
}

/* An answer for which no client waits is dropped. */
void client_answer(struct control *control, enum peer from, const void *answer, size_t size)
{
    static union control_any copy;
    const struct message_head *head = answer;
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *client = &control->clients[i];
        if (client->fd < 0 || !client->asked || client->asked != head->serial)
            continue;
        if (verbs[client->verb].peer != from)
            return;
        const char *wrong = validate_control_answer(answer, size, client->verb);
        if (wrong) {
            log_note(LOG_LEVEL_ERROR, "border violation: %s to control: %s", peer_names[from],
                     wrong);
            refuse(control, client, CONTROL_UNAVAILABLE);
            return;
        }
        memcpy(&copy, answer, size);
        copy.head = (struct message_head){ .type = CONTROL_ASK, .serial = client->serial };
        send_answer(control, client, &copy, size);
        return;
    }
}

void clients_fail(struct control *control, enum peer peer)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *client = &control->clients[i];
        if (client->fd >= 0 && client->asked && verbs[client->verb].peer == peer)
            refuse(control, client, CONTROL_UNAVAILABLE);
    }
}

int clients_tick(struct control *control, int64_t now)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *client = &control->clients[i];
        if (client->fd < 0)
            continue;
        int64_t end =
            client->since_ms + (client->asked ? verbs[client->verb].patience_ms : SILENT_MS);
        if (now >= end && client->asked) {
            refuse(control, client, CONTROL_UNAVAILABLE);
            end = client->since_ms + SILENT_MS;
        } else if (now >= end) {
            client_end(client);
        }
        if (client->fd >= 0 && end < next)
            next = end;
    }
    return next == INT64_MAX ? -1 : next > now ? (int)(next - now) : 0;
}

_Noreturn void clients_hand(const struct control *control)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        const struct client *client = &control->clients[i];
        const struct hand_client message = { .head.type = HAND_CLIENT,
                                             .serial = client->serial,
                                             .asked = client->asked,
                                             .verb = client->verb,
                                             .counter = control->serial,
                                             .since_ms = client->since_ms };
        if (client->fd >= 0)
            hand_over(&message, sizeof message, client->fd);
    }
    hand_over_end();
    _exit(0);
}

static const char *adopt(void *context, const struct message_head *message, int fd)
{
    struct control *control = context;
    const struct hand_client *from = (const struct hand_client *)message;
    const struct client client = { .fd = fd,
                                   .serial = from->serial,
                                   .asked = from->asked,
                                   .verb = from->verb,
                                   .since_ms = from->since_ms };
    if (from->verb >= CONTROL_VERBS)
        return "no such question";
    control->serial = from->counter;
    (void)client_adopt(control, &client); /* no room: the connection is closed */
    return NULL;
}

void clients_take(struct control *control, int channel)
{
    static const struct border_row rows[] = { HAND_ENDS(BORDER_ROW) CONTROL_HANDS(BORDER_ROW) };
    static const struct hand_border border = {
        .process = "control", .rows = rows, .row_count = COUNT(rows), .take = adopt
    };
    hand_over_take(channel, &border, control);
}
