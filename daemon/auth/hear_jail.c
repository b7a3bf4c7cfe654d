/* hear_jail.c - runs in auth: what a JAIL says.  Before the log-in it is our
 * own process and says once what became of it; from then on it is the user's,
 * and asks. */
#include "daemon/auth/server.h"

#include "common/text.h"
#include "daemon/border/channel.h"
#include "daemon/border/judge.h"
#include "daemon/border/log.h"

#include <errno.h>
#include <sys/socket.h>

static const struct border_row from_jail[] = {
    [JAIL_WHO] = { "who answer", sizeof(struct jail_who_answer), 0, CELL_ENTERING, 0 },
    [QUOTA_OPEN] = { "quota open", sizeof(struct quota_ask), 0, CELL_IN, 0 },
    [QUOTA_MORE] = { "quota more", sizeof(struct quota_ask), 0, CELL_IN, 0 },
    [QUOTA_CLOSE] = { "quota close", sizeof(struct quota_close), 0, CELL_IN, 0 },
    [QUOTA_COUNTED] = { "quota counted", sizeof(struct quota_counted), 0, CELL_IN, 0 },
    [OWNER_NAME] = { "owner name", sizeof(struct owner_ask), 0, CELL_IN, 0 },
    [QUOTA_FREED] = { "quota freed", sizeof(struct quota_close), 0, CELL_IN, 0 },
    [RATE_TAKE] = { "rate take", sizeof(struct rate_take), 0, CELL_IN, 0 },
    [HASH_TAKE] = { "hash take", sizeof(struct message_head), 0, CELL_IN, 0 },
    [HASH_GIVE] = { "hash give", sizeof(struct message_head), 0, CELL_IN, 0 },
};

static bool who_answer_fits(const struct jail_who_answer *said)
{
    return said->head.serial == 1 && said->step <= JAIL_CONFINE && said->error <= ERRNO_MOST;
}

/* One check sum at a time for each user; a session that no user's count has room for has its own. */
static void on_hash(struct cell *cell, const struct message_head *ask)
{
    struct hash_answer answer = { .head = *ask, .granted = 1 };
    if (ask->type == HASH_GIVE) {
        per_user_turn_give(cell->counted, &cell->turn);
        return;
    }
    if (cell->counted)
        answer.granted = per_user_turn_take(cell->counted, &cell->turn);
    (void)channel_send(cell->jail.fd, &answer, sizeof answer, MSG_DONTWAIT); /* as quota.c's answer() */
}

/* What is wrong with the message, or NULL; then it has been served. */
static const char *serve(struct auth *auth, struct cell *cell, const union jail_message *said, size_t n)
{
    const enum border_fault fault = border_check(from_jail, COUNT(from_jail), said, n, cell->state, -1);
    if (fault != BORDER_FINE)
        return border_fault_text(fault);
    if (said->head.type == HASH_TAKE || said->head.type == HASH_GIVE) {
        on_hash(cell, &said->head);
        return NULL;
    }
    if (said->head.type == OWNER_NAME)
        return owner_hear(auth, cell, &said->owner) ? NULL : "a question that it may not ask";
    if (said->head.type != JAIL_WHO)
        return quota_hear(auth, cell, said) ? NULL : "a question that it may not ask";
    if (!who_answer_fits(&said->who))
        return "an answer that can't be";
    login_jail_answer(auth, cell, &said->who);
    return NULL;
}

bool hear_jail(struct auth *auth, struct cell *cell)
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
