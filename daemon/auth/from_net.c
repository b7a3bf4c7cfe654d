/* SPDX-License-Identifier: BSD-2-Clause */
/* from_net.c - runs in auth: messages of a NET, with the name and the password
 * that its client has sent. */
#include "daemon/auth/from_net.h"

#include "common/text.h"
#include "daemon/auth/login.h"
#include "daemon/auth/state.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <sys/socket.h>

static const struct border_row from_net[] = { NET_TO_AUTH(BORDER_ROW) };

static void violated(const struct cell *cell, const char *who, const char *what)
{
    log_cell(cell->number, LOG_LEVEL_ERROR, "border violation: %s to auth: %s", who, what);
}

union net_message {
    struct message_head head;
    NET_TO_AUTH(BORDER_MEMBER)
};

/* A handler for each: checks that its texts end, and serves it. */

static bool login_ends(const struct auth_login *ask)
{
    return text_ends(ask->host, sizeof ask->host) && text_ends(ask->subject, sizeof ask->subject) &&
           text_ends(ask->name, sizeof ask->name) && text_ends(ask->password, sizeof ask->password);
}

static bool nopass_ends(const struct auth_nopass *message)
{
    return text_ends(message->name, sizeof message->name);
}

static void on_login(struct auth *auth, struct cell *cell, const struct auth_login *ask)
{
    login_ask(auth, cell, ask);
}

static void on_nopass(struct auth *auth, struct cell *cell, const struct auth_nopass *message)
{
    (void)message;
    login_nopass(auth, cell);
}

#define ENDS(name, number, shape, fds, phases, handler)                                            \
    case name:                                                                                     \
        return handler##_ends(&ask->handler);
static bool texts_end(const union net_message *ask)
{
    switch (ask->head.type) {
        NET_TO_AUTH(ENDS)
    default:
        return false;
    }
}

/* What is wrong with NET's message, or NULL. */
static const char *net_fault(const struct cell *cell, const union net_message *ask, size_t n)
{
    const enum border_fault fault = border_check(from_net, COUNT(from_net), ask, n, cell->state, 0);
    if (fault != BORDER_FINE)
        return border_fault_text(fault);
    return texts_end(ask) ? NULL : border_fault_text(BORDER_TEXT);
}

#define DO(name, number, shape, fds, phases, handler)                                              \
    case name:                                                                                     \
        on_##handler(auth, cell, &ask->handler);                                                   \
        break;
static void do_asked(struct auth *auth, struct cell *cell, const union net_message *ask)
{
    switch (ask->head.type) {
        NET_TO_AUTH(DO)
    }
}

void from_net_serve(struct auth *auth, struct cell *cell)
{
    union net_message ask;
    const ssize_t n = channel_receive(cell->net.fd, &ask, sizeof ask, MSG_DONTWAIT);
    if (n == -EAGAIN || n == -EINTR)
        return;
    const char *fault = n > 0            ? net_fault(cell, &ask, (size_t)n)
                        : n == -EMSGSIZE ? border_fault_text(BORDER_SIZE)
                                         : NULL;
    if (fault)
        violated(cell, "NET", fault);
    if (fault || n <= 0)
        login_net_gone(auth, cell);
    else
        do_asked(auth, cell, &ask);
    wipe(&ask, sizeof ask);
}
