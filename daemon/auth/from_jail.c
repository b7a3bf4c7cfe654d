/* SPDX-License-Identifier: BSD-2-Clause */
/* from_jail.c - runs in auth: messages of a JAIL. Before the log-in it is the
 * daemon's process and reports once whether it has become the user; after it, it
 * is the user's and asks. */
#include "daemon/auth/from_jail.h"

#include "common/text.h"
#include "daemon/auth/login.h"
#include "daemon/auth/owner.h"
#include "daemon/auth/quota.h"
#include "daemon/auth/state.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/validate.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <sys/socket.h>

static const struct border_row from_jail[] = { JAIL_TO_AUTH(BORDER_ROW) };

/* A handler returns NULL, or what is wrong with the message. */

static const char *on_who(struct auth *auth, struct cell *cell, const struct jail_who_answer *said)
{
    if (said->head.serial != 1 || said->step > JAIL_CONFINE || said->error > ERRNO_MAX)
        return "an answer that can't be";
    login_jail_answer(auth, cell, said);
    return NULL;
}

/* One checksum at a time for each user; a session that could not be counted for its user is on its
 * own. */
static const char *on_hash_take(struct auth *auth, struct cell *cell,
                                const struct message_head *ask)
{
    struct hash_answer answer = { .head = *ask, .granted = 1 };
    (void)auth;
    if (cell->counted)
        answer.granted = per_user_turn_take(cell->counted, &cell->turn);
    /* as quota.c's answer() */
    (void)channel_send(cell->jail.fd, &answer, sizeof answer, MSG_DONTWAIT);
    return NULL;
}

static const char *on_hash_give(struct auth *auth, struct cell *cell,
                                const struct message_head *head)
{
    (void)auth;
    (void)head;
    per_user_turn_give(cell->counted, &cell->turn);
    return NULL;
}

static const char *on_owner(struct auth *auth, struct cell *cell, const struct owner_ask *ask)
{
    return owner_serve(auth, cell, ask) ? NULL : "a question that it may not ask";
}

#define HEAR(name, number, shape, fds, phases, handler)                                            \
    case name:                                                                                     \
        return on_##handler(auth, cell, &said->handler);

/* What is wrong with the message, or NULL if it was served. */
static const char *serve(struct auth *auth, struct cell *cell, const union jail_message *said,
                         size_t n)
{
    const enum border_fault fault =
        border_check(from_jail, COUNT(from_jail), said, n, cell->state, 0);
    if (fault != BORDER_FINE)
        return border_fault_text(fault);
    switch (said->head.type) {
        JAIL_ANSWERS(HEAR)
        OTHER_QUESTIONS(HEAR)
    default:
        return quota_serve(auth, cell, said) ? NULL : "a question that it may not ask";
    }
}

bool from_jail_serve(struct auth *auth, struct cell *cell)
{
    union jail_message said;
    const char *fault = border_fault_text(BORDER_SIZE);
    const ssize_t n = channel_receive(cell->jail.fd, &said, sizeof said, MSG_DONTWAIT);
    if (n == -EAGAIN || n == -EINTR)
        return false;
    if (n == 0 || (n < 0 && n != -EMSGSIZE)) {
        login_jail_gone(auth, cell);
        return false;
    }
    if (n > 0)
        fault = serve(auth, cell, &said, (size_t)n);
    if (!fault)
        return cell->jail.fd >= 0;
    log_cell(cell->number, LOG_LEVEL_ERROR, "border violation: JAIL to auth: %s", fault);
    login_jail_gone(auth, cell);
    return false;
}
