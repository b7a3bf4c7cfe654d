/* SPDX-License-Identifier: BSD-2-Clause */
/* owner.c - runs in auth: gives a JAIL the names of ids, for listings of users
 * with `list_owner = names`. Only names, from the session's own user file. */
#include "daemon/auth/owner.h"

#include "common/text.h"
#include "daemon/auth/state.h"
#include "daemon/ipc/channel.h"

#include <sys/socket.h>

bool owner_serve(const struct auth *auth, const struct cell *cell, const struct owner_ask *ask)
{
    struct owner_answer message = { .head = ask->head };
    if (!(cell->quota.asks & ASKS_OWNER) ||
        (ask->kind != OWNER_OF_USER && ask->kind != OWNER_OF_GROUP))
        return false;
    const char *name = ask->kind == OWNER_OF_USER
                           ? users_name(auth->files.users[cell->file].users, ask->id)
                           : groups_name(auth->files.groups, ask->id);
    (void)text_copy(message.name, sizeof message.name, name ? name : "");
    if (cell->jail.fd >= 0)
        (void)channel_send(cell->jail.fd, &message, sizeof message, MSG_DONTWAIT);
    return true;
}
