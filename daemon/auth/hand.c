/* SPDX-License-Identifier: BSD-2-Clause */
/* hand.c - runs in auth that leaves: passes cells with their channels, bans,
 * failures, leases and counts to its successor.  No password and no hash is among
 * them: log-ins are finished before. */
#include "daemon/auth/hand.h"

#include "common/text.h"
#include "daemon/auth/login.h"
#include "daemon/auth/state.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/hand_over.h"

#include <string.h>
#include <unistd.h>

void auth_finish(struct auth *auth)
{
    auth->finishing = true;
}

void auth_resume(struct auth *auth)
{
    const struct hash_table *cells = &auth->cells.by_number;
    struct cell *cell = hash_table_first(cells);
    if (!auth->finishing)
        return;
    auth->finishing = false;
    for (; cell; cell = hash_table_next(cells, &cell->node))
        end_watch_again(&cell->net);
}

static bool is_under_way(const struct auth *auth)
{
    const struct hash_table *cells = &auth->cells.by_number;
    const struct cell *cell = hash_table_first(cells);
    for (; cell; cell = hash_table_next(cells, &cell->node)) {
        if (cell->attempt)
            return true;
    }
    for (size_t i = 0; i < ERRANDS_MAX; i++) {
        if (auth->errands.each[i].state != ERRAND_FREE)
            return true;
    }
    return hashers_are_busy(&auth->hashers); /* for clients that have hung up: they count, too */
}

void auth_report_finished(struct auth *auth)
{
    const struct message_head message = { .type = TM_FINISHED };
    if (!auth->finishing || auth->finished || is_under_way(auth))
        return;
    auth->finished = channel_send(FD_MASTER, &message, sizeof message, MSG_DONTWAIT) == 0;
}

static void hand_penalties(struct auth *auth)
{
    static struct hand_penalties message;
    const char *bytes;
    const size_t size = memory_copy(&auth->memory, &auth->bans, auth->penalties, now_ms(), &bytes);
    for (size_t at = 0; at < size; at += message.count) {
        memset(&message, 0, sizeof message);
        message.head.type = HAND_PENALTIES;
        message.at = at;
        message.count = size - at < HAND_BYTES ? (uint32_t)(size - at) : (uint32_t)HAND_BYTES;
        message.last = at + message.count == size;
        memcpy(message.bytes, bytes + at, message.count);
        hand_over(&message, sizeof message, -1);
    }
}

static void hand_ledger(const struct ledger *ledger)
{
    const struct hand_ledger message = { .head.type = HAND_LEDGER,
                                         .key = { ledger->key.sum[0], ledger->key.sum[1] },
                                         .used_bytes = ledger->used.bytes,
                                         .used_files = ledger->used.files,
                                         .leased_bytes = ledger->leased.bytes,
                                         .leased_files = ledger->leased.files,
                                         .counted_ms = ledger->counted_ms,
                                         .slot = ledger->slot,
                                         .known = ledger->known,
                                         .stale = ledger->stale,
                                         .held = ledger->held,
                                         .counting = ledger->counting,
                                         .leases = ledger->leases };
    hand_over(&message, sizeof message, -1);
}

/* Those that are not in use are in the file. */
static void hand_ledgers(const struct ledger_book *book)
{
    const struct ledger *ledger = hash_table_first(&book->ledgers);
    for (; ledger; ledger = hash_table_next(&book->ledgers, &ledger->node)) {
        if (ledger->sessions || ledger->leases || ledger->held || ledger->counting)
            hand_ledger(ledger);
    }
}

static void hand_quota(const struct cell *cell)
{
    const struct quota *quota = &cell->quota;
    struct hand_quota message = { .head.type = HAND_QUOTA,
                                  .cell = cell->number,
                                  .has_ledger = quota->ledger != NULL,
                                  .asks = quota->asks,
                                  .open = quota->lease.open,
                                  .counts = quota->counts,
                                  .waits = quota->waits,
                                  .limit_bytes = quota->rules.limit.bytes,
                                  .limit_files = quota->rules.limit.files,
                                  .recount_ms = quota->rules.recount_ms,
                                  .left_bytes = quota->lease.left.bytes,
                                  .left_files = quota->lease.left.files,
                                  .ask = quota->ask };
    for (unsigned i = 0; i < RATE_DIRECTIONS; i++) {
        message.rates[i] = quota->shares[i].rate;
        message.silent_us[i] = quota->shares[i].silent_us;
    }
    if (quota->ledger)
        memcpy(message.key, quota->ledger->key.sum, sizeof message.key);
    hand_over(&message, sizeof message, -1);
}

static void hand_channel(const struct cell *cell, const struct end *end, uint32_t type)
{
    const struct hand_end_of message = { .head.type = type, .cell = cell->number };
    if (end->fd >= 0)
        hand_over(&message, sizeof message, end->fd);
}

static void hand_cell(const struct cell *cell)
{
    struct hand_cell message = { .head.type = HAND_CELL,
                                 .cell = cell->number,
                                 .state = cell->state,
                                 .serial = cell->serial,
                                 .failures = cell->failures,
                                 .file = cell->file,
                                 .due_ms = cell->timer.at_ms,
                                 .has_client = cell->has_client,
                                 .tls_required = cell->tls_required,
                                 .orphan = cell->orphan,
                                 .counted = cell->counted != NULL,
                                 .peer = cell->peer };
    if (cell->counted) {
        message.has_turn = per_user_turn_held(cell->counted, &cell->turn);
        per_user_pace_get(cell->counted, message.next_us);
        (void)text_copy(message.user, sizeof message.user, per_user_name(cell->counted));
    }
    if (cell->group_counted)
        (void)text_copy(message.group, sizeof message.group, per_user_name(cell->group_counted));
    hand_over(&message, sizeof message, -1);
    if (cell->state == CELL_IN)
        hand_quota(cell);
    hand_channel(cell, &cell->net, HAND_NET);
    hand_channel(cell, &cell->jail, HAND_JAIL);
}

static void hand_control(const struct end *control)
{
    const struct message_head message = { .type = HAND_CONTROL };
    if (control->fd >= 0)
        hand_over(&message, sizeof message, control->fd);
}

static void hand_slowest(int64_t hash_ms)
{
    const struct hand_slowest message = { .head.type = HAND_SLOWEST, .hash_ms = hash_ms };
    hand_over(&message, sizeof message, -1);
}

_Noreturn void auth_hand_over(struct auth *auth)
{
    const struct hash_table *cells = &auth->cells.by_number;
    login_abandon(auth);
    ledger_book_release(&auth->ledgers);
    hand_penalties(auth);
    hand_ledgers(&auth->ledgers);
    const struct cell *cell = hash_table_first(cells);
    for (; cell; cell = hash_table_next(cells, &cell->node))
        hand_cell(cell);
    hand_control(&auth->control);
    hand_slowest(auth->slowest_hash_ms);
    hand_over_end();
    hashers_stop(&auth->hashers);
    _exit(0);
}
