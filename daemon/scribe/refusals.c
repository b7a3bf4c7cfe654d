/* SPDX-License-Identifier: BSD-2-Clause */
/* refusals.c - runs in the scribe: who was refused, and why. */
#include "daemon/scribe/refusals.h"

#include "common/addr.h"
#include "common/text.h"

#include <string.h>

void refusals_note(struct refusals *refusals, const struct sockaddr_storage *peer, const char *user,
                   const char *reason, int64_t now_ms)
{
    struct refusal_kept *kept = &refusals->list[refusals->count++ % REFUSALS_MAX];
    *kept = (struct refusal_kept){ .at_ms = now_ms, .peer = *peer };
    (void)text_copy(kept->user, sizeof kept->user, user ? user : "");
    (void)text_copy(kept->reason, sizeof kept->reason, reason);
}

static bool is_asked(const struct refusal_kept *kept, const struct control_ask *ask)
{
    return ask->by == CONTROL_BY_USER ? *kept->user && strcmp(kept->user, ask->name) == 0
                                      : addr_same_host(&kept->peer, &ask->address);
}

/* False: there is no room for the whole line. */
static bool add_line(const struct refusal_kept *kept, int64_t now_ms, char *text, size_t room)
{
    char address[ADDR_TEXT_ROOM], user[2 * NAME_ROOM];
    const size_t used = strlen(text);
    (void)text_escape(user, sizeof user, kept->user, strlen(kept->user));
    if (text_format(text + used, room - used, "%lld\t%s\t%s\t%s\n",
                    (long long)((now_ms - kept->at_ms) / 1000), addr_text(&kept->peer, address),
                    kept->reason, user))
        return true;
    text[used] = '\0';
    return false;
}

void refusals_answer(const struct refusals *refusals, const struct control_ask *ask, int64_t now_ms,
                     struct control_answer *answer)
{
    const uint64_t kept = refusals->count < REFUSALS_MAX ? refusals->count : REFUSALS_MAX;
    for (uint64_t i = 1; i <= kept; i++) {
        const struct refusal_kept *refusal = &refusals->list[(refusals->count - i) % REFUSALS_MAX];
        if (now_ms - refusal->at_ms > REFUSAL_KEPT_MS)
            return;
        if (is_asked(refusal, ask) && !add_line(refusal, now_ms, answer->text, sizeof answer->text))
            return;
    }
}
