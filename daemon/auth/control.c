/* SPDX-License-Identifier: BSD-2-Clause */
/* control.c - runs in auth: bans and failures, as an administrator asks.  The
 * questions come from the process control, which gets them from root; none of them
 * reaches a hash or a log-in. */
#include "daemon/auth/control.h"

#include "common/text.h"
#include "daemon/auth/explain.h"
#include "daemon/auth/failures.h"
#include "daemon/auth/state.h"
#include "daemon/ipc/channel.h"
#include "daemon/protocol/control.h"
#include "daemon/ipc/validate.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static const struct border_row from_control[] = { TO_CONTROL(BORDER_ROW) };

void control_take(struct auth *auth, int fd)
{
    end_close(&auth->control);
    if (!end_open(&auth->control, auth->epoll, fd))
        log_note(LOG_LEVEL_ERROR, "no room for control: %s", strerror(errno));
}

static void insert(struct control_bans *page, const struct ban *ban, uint32_t at, int64_t now)
{
    struct control_ban *row = &page->rows[at];
    memmove(row + 1, row, (page->count - at) * sizeof *row);
    memset(row, 0, sizeof *row);
    key_address(&ban->key, &row->address);
    row->bits = key_bits(&ban->key);
    row->left_s = (uint64_t)(ban->until_ms - now + 999) / 1000;
    row->by_hand = ban->by_hand;
    page->count++;
}

/* False: no valid network. */
static bool asked_key(const struct control_ask *ask, struct key *key)
{
    key_of(&ask->address, key);
    if (ask->bits == 0 || ask->bits == key_bits(key))
        return true;
    return key_network_of(&ask->address, key) && ask->bits == key_bits(key);
}

/* The list has no order.  Pages are in the order of the keys' bytes, so each page
 * begins after the previous one, whatever was added or removed in between. */
static void fill_page(struct auth *auth, const struct control_ask *ask, struct control_bans *page)
{
    const struct bans *bans = ban_list(auth);
    const int64_t now = now_ms();
    struct key behind, keys[CONTROL_BAN_ROWS];
    if (!asked_key(ask, &behind))
        memset(&behind, 0, sizeof behind);
    for (size_t i = 0; i < bans->count; i++) {
        const struct key *key = &bans->list[i].key;
        uint32_t at = page->count;
        if (ask->number && memcmp(key, &behind, sizeof *key) <= 0)
            continue;
        while (at > 0 && memcmp(key, &keys[at - 1], sizeof *key) < 0)
            at--;
        if (at == CONTROL_BAN_ROWS)
            continue;
        if (page->count == CONTROL_BAN_ROWS)
            page->count--;
        memmove(&keys[at + 1], &keys[at], (page->count - at) * sizeof *keys);
        keys[at] = *key;
        insert(page, &bans->list[i], at, now);
    }
}

/* A handler for each of AUTH_VERBS; false: it has sent an answer of its own kind. */

static bool on_bans(struct auth *auth, const struct control_ask *ask, struct control_answer *answer)
{
    static struct control_bans page;
    (void)answer;
    memset(&page, 0, sizeof page);
    page.head = ask->head;
    page.verb = ask->verb;
    fill_page(auth, ask, &page);
    /* if it is lost, control may ask again */
    (void)channel_send(auth->control.fd, &page, sizeof page, MSG_DONTWAIT);
    return false;
}

static bool on_ban(struct auth *auth, const struct control_ask *ask, struct control_answer *answer)
{
    struct key key;
    if (!asked_key(ask, &key) || ask->number == 0 || ask->number > BAN_MAX_S) {
        answer->result = CONTROL_BAD;
    } else if (!ban_add(auth, &key, (uint32_t)ask->number, true)) {
        answer->result = CONTROL_REFUSED;
        (void)text_copy(answer->text, sizeof answer->text, "ban_never names this address");
    }
    return true;
}

static bool on_unban(struct auth *auth, const struct control_ask *ask,
                     struct control_answer *answer)
{
    struct key key, network;
    if (!asked_key(ask, &key)) {
        answer->result = CONTROL_BAD;
        return true;
    }
    bool removed = ban_remove(auth, &key, true);
    if (ask->bits == 0 && key_network(&key, &network))
        removed = ban_remove(auth, &network, true) || removed;
    if (!removed)
        answer->result = CONTROL_NONE;
    return true;
}

static bool on_penalties(struct auth *auth, const struct control_ask *ask,
                         struct control_answer *answer)
{
    (void)ask;
    answer->numbers[PENALTIES_BANS] = ban_list(auth)->count;
    answer->numbers[PENALTIES_FAILING] = penalties_addresses(auth->penalties);
    return true;
}

static bool on_explain(struct auth *auth, const struct control_ask *ask,
                       struct control_answer *answer)
{
    if (ask->by == CONTROL_BY_USER)
        explain_user(auth, ask, answer);
    else if (ask->by == CONTROL_BY_ADDRESS)
        explain_address(auth, ask, answer);
    else
        answer->result = CONTROL_BAD;
    return true;
}

#define VERB(name, number, patience, kind, handler)                                                \
    case name:                                                                                     \
        return on_##handler(auth, ask, answer);

static bool obey(struct auth *auth, const struct control_ask *ask, struct control_answer *answer)
{
    switch (ask->verb) {
        AUTH_VERBS(VERB)
    default:
        answer->result = CONTROL_BAD;
        return true;
    }
}

static void answer_ask(struct auth *auth, const struct control_ask *ask)
{
    struct control_answer answer;
    memset(&answer, 0, sizeof answer);
    answer.head = ask->head;
    answer.verb = ask->verb;
    if (obey(auth, ask, &answer))
        (void)channel_send(auth->control.fd, &answer, sizeof answer, MSG_DONTWAIT);
}

void control_serve(struct auth *auth)
{
    struct control_ask ask;
    const ssize_t n = channel_receive(auth->control.fd, &ask, sizeof ask, MSG_DONTWAIT);
    if (n == -EAGAIN || n == -EINTR)
        return;
    const enum border_fault fault =
        n > 0 ? border_check(from_control, COUNT(from_control), &ask, (size_t)n, ALWAYS, 0)
              : BORDER_SIZE;
    if (fault != BORDER_FINE) {
        if (n > 0 || n == -EMSGSIZE)
            log_note(LOG_LEVEL_ERROR, "border violation: control to auth: %s",
                     border_fault_text(fault));
        end_close(&auth->control);
    } else if (validate_control_ask(&ask)) {
        log_note(LOG_LEVEL_ERROR, "border violation: control to auth: %s",
                 validate_control_ask(&ask));
        end_close(&auth->control);
    } else {
        answer_ask(auth, &ask);
    }
}
