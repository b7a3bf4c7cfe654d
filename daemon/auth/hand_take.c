/* SPDX-License-Identifier: BSD-2-Clause */
/* hand_take.c - runs in auth that has a predecessor: takes over what that one knows
 * (hand.c).  It has the same role, but what it sends is checked. */
#include "common/text.h"
#include "daemon/auth/control.h"
#include "daemon/auth/failures.h"
#include "daemon/auth/hand.h"
#include "daemon/auth/limits.h"
#include "daemon/auth/quota.h"
#include "daemon/auth/state.h"
#include "daemon/ipc/hand_over.h"

#include <string.h>

enum { QUEUE_MOST_MS = 60000 }; /* no log-in takes longer */

/* A handler for each of AUTH_HANDS.  NULL, or what is wrong with the message. */

static const char *on_penalties(struct auth *auth, const struct hand_penalties *from, int fd)
{
    (void)fd;
    if (from->count > HAND_BYTES ||
        !memory_collect(&auth->memory, (size_t)from->at, from->bytes, from->count))
        return "more than can be kept";
    if (!from->last)
        return NULL;
    return memory_take_collected(&auth->memory, (size_t)from->at + from->count, &auth->bans,
                                 auth->penalties, now_ms())
               ? NULL
               : "bans and failures that can't be";
}

static const char *on_ledger(struct auth *auth, const struct hand_ledger *from, int fd)
{
    (void)fd;
    const struct ledger known = { .key = { { from->key[0], from->key[1] } },
                                  .used = { from->used_bytes, from->used_files },
                                  .leased = { from->leased_bytes, from->leased_files },
                                  .counted_ms = from->counted_ms,
                                  .known = from->known != 0,
                                  .stale = from->stale != 0,
                                  .held = from->held != 0,
                                  .counting = from->counting != 0,
                                  .leases = from->leases,
                                  .slot = (size_t)from->slot };
    return ledger_book_adopt(&auth->ledgers, &known) ? NULL : "a ledger that can't be";
}

static bool state_may_be_handed(uint32_t state)
{
    return state == CELL_NEW || state == CELL_READY || state == CELL_DELAYED || state == CELL_IN ||
           state == CELL_OVER;
}

static void take_count(struct auth *auth, struct cell *cell, const struct hand_cell *from)
{
    if (!from->counted || !limits_begin(auth, cell, from->user, from->group))
        return;
    per_user_pace_set(cell->counted, from->next_us);
    if (from->has_turn)
        (void)per_user_turn_take(cell->counted, &cell->turn);
}

static const char *on_cell(struct auth *auth, const struct hand_cell *from, int fd)
{
    (void)fd;
    if (!state_may_be_handed(from->state) || from->file >= USER_FILES ||
        !text_ends(from->user, sizeof from->user) || !text_ends(from->group, sizeof from->group) ||
        cell_find(&auth->cells, from->cell))
        return "a cell that can't be";
    struct cell *cell = cell_get(&auth->cells, from->cell);
    if (!cell)
        return "no memory";
    cell->state = (enum cell_state)from->state;
    cell->serial = from->serial;
    cell->failures = from->failures;
    cell->file = from->file;
    cell->has_client = from->has_client != 0;
    cell->tls_required = from->tls_required != 0;
    cell->orphan = from->orphan != 0;
    auth->orphans += cell->orphan;
    cell->peer = from->peer;
    key_of(&from->peer, &cell->key);
    if (from->state == CELL_DELAYED)
        timer_set(&auth->timers, &cell->timer, from->due_ms > 0 ? from->due_ms : 1);
    take_count(auth, cell, from);
    return NULL;
}

static const char *on_quota(struct auth *auth, const struct hand_quota *from, int fd)
{
    struct cell *cell = cell_find(&auth->cells, from->cell);
    (void)fd;
    if (!cell || cell->state != CELL_IN || from->asks & ~(uint32_t)ASKS_ALL)
        return "a quota that can't be";
    return quota_adopt(auth, cell, from) ? NULL : "a quota without its ledger";
}

static const char *take_end(struct auth *auth, struct cell *cell, struct end *end, int fd)
{
    if (end->fd >= 0)
        return "a channel that it has";
    cell_take_end(&auth->cells, cell, end, fd);
    return NULL;
}

static const char *on_net(struct auth *auth, const struct hand_end_of *from, int fd)
{
    struct cell *cell = cell_find(&auth->cells, from->cell);
    return cell ? take_end(auth, cell, &cell->net, fd) : "a cell that is not known";
}

static const char *on_jail(struct auth *auth, const struct hand_end_of *from, int fd)
{
    struct cell *cell = cell_find(&auth->cells, from->cell);
    return cell ? take_end(auth, cell, &cell->jail, fd) : "a cell that is not known";
}

static const char *on_control(struct auth *auth, const struct message_head *from, int fd)
{
    (void)from;
    control_take(auth, fd);
    return NULL;
}

static const char *on_slowest(struct auth *auth, const struct hand_slowest *from, int fd)
{
    (void)fd;
    if (from->hash_ms < 0)
        return "a time that can't be";
    auth->slowest_hash_ms = from->hash_ms < QUEUE_MOST_MS ? from->hash_ms : QUEUE_MOST_MS;
    return NULL;
}

#define TAKE(name, number, shape, fds, phases, handler)                                            \
    case name:                                                                                     \
        return on_##handler(auth, (const BORDER_STRUCT_##shape *)message, fd);

static const char *take(void *context, const struct message_head *message, int fd)
{
    struct auth *auth = context;
    switch (message->type) {
        AUTH_HANDS(TAKE)
    default:
        return border_fault_text(BORDER_TYPE);
    }
}

void auth_take_over(struct auth *auth, int channel)
{
    static const struct border_row rows[] = { HAND_ENDS(BORDER_ROW) AUTH_HANDS(BORDER_ROW) };
    static const struct hand_border border = {
        .process = "auth", .rows = rows, .row_count = COUNT(rows), .take = take
    };
    hand_over_take(channel, &border, auth);
}
