/* SPDX-License-Identifier: BSD-2-Clause */
/* login.c - runs in auth: the course of a log-in, from NET's question to its
 * answer.  Name and password are the client's; what JAIL answers is our own
 * process', before it is the user's. */
#include "daemon/auth/login.h"

#include "common/text.h"
#include "daemon/auth/admission.h"
#include "daemon/auth/failures.h"
#include "daemon/auth/from_jail.h"
#include "daemon/auth/limits.h"
#include "daemon/auth/quota.h"
#include "daemon/auth/report.h"
#include "daemon/auth/state.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    QUEUE_MS = 20000,                    /* the maximum time that an attempt waits for a hasher */
    HASH_MS = (HASH_SECONDS + 5) * 1000, /* a hasher exits before that */
    ENTER_MS = 5000,                     /* JAIL's time to become the user */
    HOME_MS = 15000,                     /* the time to make a home */
    ASK_MS = 10000,                      /* the process that asks a source ends before that */
};

static void set_state(struct auth *auth, struct cell *cell, enum cell_state state, int64_t until_ms)
{
    cell->state = state;
    if (until_ms)
        timer_set(&auth->timers, &cell->timer, until_ms);
    else
        timer_cancel(&auth->timers, &cell->timer);
}

static void attempt_free(struct attempt *attempt)
{
    if (attempt->cell)
        attempt->cell->attempt = NULL;
    wipe(attempt, sizeof *attempt);
    free(attempt);
}

static void answer(struct auth *auth, struct cell *cell, enum auth_result result, uint32_t limit,
                   const struct user_policy *policy)
{
    struct auth_login_answer message;
    if (cell->net.fd < 0)
        return;
    memset(&message, 0, sizeof message);
    message.head = (struct message_head){ .type = AUTH_LOGIN, .serial = cell->serial };
    message.result = result;
    message.limit = limit;
    if (policy)
        message.policy = policy->net;
    (void)text_copy(message.start, sizeof message.start,
                    policy ? policy->rules.start_directory : "/");
    if (channel_send(cell->net.fd, &message, sizeof message, MSG_DONTWAIT) != 0)
        cell_close_end(&auth->cells, &cell->net); /* it is gone, or does not read its answers */
}

/* Ends an attempt without a penalty; NET may ask again. */
static void turn_away(struct auth *auth, struct attempt *attempt, enum auth_result result,
                      enum refusal refusal, uint32_t number)
{
    struct cell *cell = attempt->cell;
    const enum limit limit = result == AUTH_TOO_MANY            ? LIMIT_USER
                             : result == AUTH_TOO_MANY_OF_GROUP ? LIMIT_GROUP
                                                                : LIMIT_NONE;
    report_login(attempt, refusal, refusal == REFUSED_HOME ? number : 0, limit);
    attempt_free(attempt);
    if (!cell)
        return;
    set_state(auth, cell, CELL_READY, 0);
    answer(auth, cell, result, refusal == REFUSED_LIMIT ? number : 0, NULL);
}

/* The last answer of this session: closes NET's channel after it. */
static void answer_last(struct auth *auth, struct cell *cell, enum auth_result result,
                        uint32_t limit)
{
    set_state(auth, cell, CELL_OVER, 0);
    answer(auth, cell, result, limit, NULL);
    cell_close_end(&auth->cells, &cell->net);
}

/* At once and without a hash, the same for all names and passwords (laws L1, L3).
 * The master ends such sessions, but a taken NET may ignore that. */
static void turn_away_banned(struct auth *auth, struct attempt *attempt)
{
    struct cell *cell = attempt->cell;
    report_login(attempt, REFUSED_BANNED, 0, LIMIT_NONE);
    attempt_free(attempt);
    if (cell)
        answer_last(auth, cell, AUTH_BANNED, 0);
}

static void unavailable(struct auth *auth, struct attempt *attempt)
{
    turn_away(auth, attempt, AUTH_UNAVAILABLE, REFUSED_UNAVAILABLE, 0);
}

/* How long this hash took, and since others may be of a slower kind, the longest of late. */
static int64_t slower_by(struct auth *auth, const struct attempt *attempt, int64_t now)
{
    enum { FADES = 64 };
    const int64_t took = attempt->hashing_ms ? now - attempt->hashing_ms : 0;
    const int64_t faded = auth->slowest_hash_ms - auth->slowest_hash_ms / FADES;
    auth->slowest_hash_ms = took > faded ? took : faded;
    return auth->slowest_hash_ms - took;
}

/* The delay counts from the request, so it does not disclose the time of the hash; if the hash
 * took longer, or one of another kind would have, the reply waits for a multiple of the delay. */
static int64_t when_to_refuse(struct auth *auth, const struct attempt *attempt, int64_t delay_ms)
{
    const int64_t now = now_ms();
    const int64_t passed = now - attempt->asked_ms + slower_by(auth, attempt, now);
    return attempt->asked_ms + delay_ms * (passed / delay_ms + 1);
}

static void refuse(struct auth *auth, struct attempt *attempt, enum refusal refusal)
{
    struct cell *cell = attempt->cell;
    const bool anonymous = strcasecmp(attempt->name, GUEST_NAME) == 0;
    report_login(attempt, refusal, 0, LIMIT_NONE);
    const int64_t delay_ms =
        failures_count(auth, &attempt->peer, anonymous ? FAILURE_DELAYS : FAILURE_COUNTS);
    const int64_t at_ms = when_to_refuse(auth, attempt, delay_ms);
    attempt_free(attempt);
    if (!cell)
        return;
    cell->failures++;
    set_state(auth, cell, CELL_DELAYED, at_ms);
}

/* The delay of a refusal has ended. */
static void answer_refused(struct auth *auth, struct cell *cell)
{
    if (is_banned(auth, &cell->peer)) {
        answer_last(auth, cell, AUTH_BANNED, 0);
    } else if (cell->failures >= auth->config->max_login_failures) {
        answer_last(auth, cell, AUTH_REFUSED_LAST, cell->failures);
    } else {
        set_state(auth, cell, CELL_READY, 0);
        answer(auth, cell, AUTH_REFUSED, 0, NULL);
    }
}

static void enter(struct auth *auth, struct attempt *attempt)
{
    struct cell *cell = attempt->cell;
    uint32_t limit;
    if (auth->master.fd < 0) { /* it would have to report the log-in to the dialer */
        unavailable(auth, attempt);
        return;
    }
    const enum auth_result within = limits_check(auth, attempt->name, &attempt->policy, &limit);
    if (within != AUTH_OK) {
        turn_away(auth, attempt, within, REFUSED_LIMIT, limit);
        return;
    }
    attempt->who.head = (struct message_head){ .type = JAIL_WHO, .serial = 1 };
    if (!attempt->guest)
        (void)text_copy(attempt->who.login, sizeof attempt->who.login, attempt->name);
    if (!limits_begin(auth, cell, attempt->name, attempt->policy.group) || cell->jail.fd < 0 ||
        channel_send(cell->jail.fd, &attempt->who, sizeof attempt->who, MSG_DONTWAIT) != 0) {
        limits_end(auth, cell);
        cell_close_end(&auth->cells, &cell->jail);
        unavailable(auth, attempt);
        return;
    }
    set_state(auth, cell, CELL_ENTERING, now_ms() + ENTER_MS);
}

static struct queue *queue_of(struct auth *auth, const struct attempt *attempt)
{
    return attempt->source == SOURCE_FILE ? &auth->queue : &auth->outside;
}

/* Its result is not needed any longer. */
static void give_up(struct auth *auth, const struct attempt *attempt)
{
    if (attempt->source == SOURCE_FILE)
        hashers_give_up(&auth->hashers, attempt);
    else
        errand_give_up(&auth->errands, attempt);
}

/* A guest has no hash.  A refused guest waits like all others, and a successful
 * log-in as a guest resets no failures: otherwise an attacker would log in as a
 * guest between guesses. */
static void queue_attempt(struct auth *auth, struct attempt *attempt)
{
    if (is_banned(auth, &attempt->peer)) {
        turn_away_banned(auth, attempt);
        return;
    }
    if (attempt->cell->jail.fd < 0 || !admission_check(auth, attempt)) {
        unavailable(auth, attempt);
        return;
    }
    if (attempt->guest && attempt->refusal == REFUSED_NOT) {
        wipe(attempt->password, sizeof attempt->password);
        enter(auth, attempt);
        return;
    }
    if (queue_push(queue_of(auth, attempt), &attempt->key, &attempt->place))
        set_state(auth, attempt->cell, CELL_QUEUED, now_ms() + QUEUE_MS);
    else
        unavailable(auth, attempt);
}

/* Must the log-in wait for the user file?  The master is asked once for all that wait. */
static bool must_wait_for_file(struct auth *auth, unsigned index)
{
    struct user_file *file = &auth->files.users[index];
    if (file->asked)
        return true;
    if (!files_changed(&auth->files, index))
        return false;
    report_users_changed(auth);
    file->asked = !file->unanswered;
    return file->asked;
}

static struct attempt *attempt_make(struct auth *auth, struct cell *cell,
                                    const struct auth_login *ask)
{
    struct attempt *attempt = calloc(1, sizeof *attempt);
    if (!attempt)
        return NULL;
    attempt->cell = cell;
    attempt->number = cell->number;
    attempt->key = cell->key;
    attempt->peer = cell->peer;
    attempt->asked_ms = now_ms();
    attempt->file = files_of_host(auth->config, ask->host);
    attempt->tls = ask->tls != 0;
    attempt->tls_required = cell->tls_required;
    attempt->too_long = ask->password_too_long != 0;
    (void)text_copy(attempt->name, sizeof attempt->name, ask->name);
    (void)text_copy(attempt->subject, sizeof attempt->subject, ask->subject);
    (void)text_copy(attempt->password, sizeof attempt->password, ask->password);
    return attempt;
}

void login_ask(struct auth *auth, struct cell *cell, const struct auth_login *ask)
{
    cell->serial = ask->head.serial;
    struct attempt *attempt = attempt_make(auth, cell, ask);
    if (!attempt) {
        log_cell(cell->number, LOG_LEVEL_ERROR, "no memory for a log-in");
        answer(auth, cell, AUTH_UNAVAILABLE, 0, NULL);
        return;
    }
    cell->attempt = attempt;
    if (must_wait_for_file(auth, attempt->file))
        set_state(auth, cell, CELL_FILE, now_ms() + FILE_WAIT_MS);
    else
        queue_attempt(auth, attempt);
}

void login_nopass(struct auth *auth, struct cell *cell)
{
    (void)failures_count(auth, &cell->peer, FAILURE_DELAYS);
}

void login_file_came(struct auth *auth, unsigned index)
{
    const struct hash_table *cells = &auth->cells.by_number;
    struct cell *cell = hash_table_first(cells);
    for (; cell; cell = hash_table_next(cells, &cell->node)) {
        if (cell->state == CELL_FILE && cell->attempt->file == index)
            queue_attempt(auth, cell->attempt);
    }
}

#define ATTEMPT_OF(place_pointer)                                                                  \
    ((struct attempt *)((char *)(place_pointer)-offsetof(struct attempt, place)))

void login_hash_next(struct auth *auth)
{
    while (auth->queue.count && hashers_have_warm(&auth->hashers)) {
        struct attempt *attempt = ATTEMPT_OF(queue_pop(&auth->queue));
        if (is_banned(auth, &attempt->peer)) { /* since it was queued */
            turn_away_banned(auth, attempt);
            continue;
        }
        if (!hashers_give(&auth->hashers, attempt)) {
            if (!queue_push(&auth->queue, &attempt->key, &attempt->place))
                unavailable(auth, attempt);
            return; /* all had died; others are being forked */
        }
        log_cell(attempt->number, LOG_LEVEL_DEBUG, "checks a password against %s",
                 attempt->refusal == REFUSED_NOT ? "a hash" : "a dummy");
        wipe(attempt->password, sizeof attempt->password);
        if (!attempt->rehash) /* else it is compared with the file's */
            wipe(attempt->hash, sizeof attempt->hash);
        attempt->hashing_ms = now_ms();
        set_state(auth, attempt->cell, CELL_HASHING, now_ms() + HASH_MS);
    }
}

void login_hashed(struct auth *auth, struct attempt *attempt, const struct hash_result *result)
{
    const enum hash_verdict verdict = result->verdict;
    if (verdict == HASH_NO_VERDICT) {
        log_cell(attempt->number, LOG_LEVEL_ERROR, "a hasher ended without a verdict");
        unavailable(auth, attempt);
    } else if (is_banned(auth, &attempt->peer)) { /* since it was hashed */
        turn_away_banned(auth, attempt);
    } else if (attempt->refusal != REFUSED_NOT) {
        refuse(auth, attempt, attempt->refusal);
    } else if (verdict != HASH_MATCHES) {
        refuse(auth, attempt, verdict == HASH_DIFFERS ? REFUSED_PASSWORD : REFUSED_HASH);
    } else if (!attempt->cell) {
        attempt_free(attempt); /* the password is right, but the client has gone */
    } else {
        failures_forgive(auth, &attempt->key);
        if (attempt->rehash && *result->made)
            errand_rehash(auth, attempt, result->made);
        wipe(attempt->hash, sizeof attempt->hash);
        enter(auth, attempt);
    }
}

/* JAIL could not become the user and exits, so no other log-in can use it. */
static void entering_failed(struct auth *auth, struct cell *cell, enum auth_result result,
                            uint32_t error)
{
    limits_end(auth, cell);
    cell_close_end(&auth->cells, &cell->jail);
    turn_away(auth, cell->attempt, result,
              result == AUTH_NO_HOME ? REFUSED_HOME : REFUSED_UNAVAILABLE, error);
}

/* The kernel says EINVAL of an id that the user namespace doesn't have. */
static void log_no_entry(const struct cell *cell, const struct jail_who_answer *said)
{
    const bool unmapped = said->step == JAIL_IDENTITY && said->error == EINVAL;
    log_cell(cell->number, LOG_LEVEL_ERROR, "JAIL could not become user %s (%s): %s",
             cell->attempt->name,
             said->step == JAIL_IDENTITY ? "its uid, gid and groups" : "its confinement",
             unmapped ? "this user namespace has no such id" : strerror((int)said->error));
}

/* Another queue than that for the hashers: a source that does not answer delays its own users
 * only. */
void login_ask_next(struct auth *auth)
{
    while (auth->outside.count && errand_may_ask(auth)) {
        struct attempt *attempt = ATTEMPT_OF(queue_pop(&auth->outside));
        if (is_banned(auth, &attempt->peer)) { /* since it was queued */
            turn_away_banned(auth, attempt);
            continue;
        }
        const bool asked = errand_ask(auth, attempt);
        wipe(attempt->password, sizeof attempt->password);
        attempt->hashing_ms = now_ms();
        if (asked)
            set_state(auth, attempt->cell, CELL_HASHING, now_ms() + ASK_MS);
        else
            unavailable(auth, attempt);
    }
}

static enum refusal refusal_of(struct auth *auth, struct attempt *attempt,
                               const struct errand_end *end)
{
    if (end->error) {
        log_cell(attempt->number, LOG_LEVEL_ERROR, "the checker gave no answer about user %s: %s",
                 attempt->name, strerror(end->error));
        return REFUSED_UNAVAILABLE;
    }
    switch (end->found.verdict) {
    case FOUND_ACCEPTED:
        return admission_found(auth, attempt, &end->found);
    case FOUND_REFUSED:
        return REFUSED_PASSWORD;
    default:
        return REFUSED_UNKNOWN;
    }
}

/* Where the source gave no answer, too, the client is refused as with a wrong password: else it
 * would learn who is in the user file (law L1). */
static void source_answered(struct auth *auth, struct attempt *attempt,
                            const struct errand_end *end)
{
    const enum refusal refusal = refusal_of(auth, attempt, end);
    if (is_banned(auth, &attempt->peer)) { /* since it was asked */
        turn_away_banned(auth, attempt);
    } else if (refusal != REFUSED_NOT) {
        refuse(auth, attempt, refusal);
    } else if (!attempt->cell) {
        attempt_free(attempt); /* the password is right, but the client has gone */
    } else {
        failures_forgive(auth, &attempt->key);
        enter(auth, attempt);
    }
}

/* Once for a log-in: JAIL waits meanwhile. */
static bool make_home(struct auth *auth, struct cell *cell)
{
    struct attempt *attempt = cell->attempt;
    if (!attempt->home_may_come || !errand_home(auth, attempt))
        return false;
    attempt->home_may_come = false;
    set_state(auth, cell, CELL_HOMELESS, now_ms() + HOME_MS);
    return true;
}

/* EEXIST: another session of this user was earlier. */
static void home_made(struct auth *auth, const struct errand_end *made)
{
    const struct message_head again = { .type = JAIL_AGAIN, .serial = 2 };
    struct cell *cell = cell_find(&auth->cells, made->cell);
    const bool there = made->error == 0 || made->error == EEXIST;
    if (!cell || cell->state != CELL_HOMELESS)
        return;
    if (made->error == 0)
        log_cell(cell->number, LOG_LEVEL_INFO, "the home %s of user %s was made",
                 cell->attempt->who.home, cell->attempt->name);
    else if (!there)
        log_cell(cell->number, LOG_LEVEL_ERROR, "the home %s of user %s cannot be made: %s%s",
                 cell->attempt->who.home, cell->attempt->name, strerror(made->error),
                 made->error == EPERM
                     ? "; root must own the directory, and those above it, and no one else may "
                       "write to them"
                     : "");
    if (there && channel_send(cell->jail.fd, &again, sizeof again, MSG_DONTWAIT) == 0)
        set_state(auth, cell, CELL_ENTERING, now_ms() + ENTER_MS);
    else
        entering_failed(auth, cell, AUTH_NO_HOME, there ? ENOENT : (uint32_t)made->error);
}

void login_errand_ended(struct auth *auth, const struct errand_end *end)
{
    if (end->kind == ERRAND_OF_HOME)
        home_made(auth, end);
    else if (end->attempt)
        source_answered(auth, end->attempt, end);
}

void login_jail_answer(struct auth *auth, struct cell *cell, const struct jail_who_answer *said)
{
    struct attempt *attempt = cell->attempt;
    if (said->step == JAIL_HOME && said->error == ENOENT && make_home(auth, cell))
        return;
    if (said->step == JAIL_HOME) {
        entering_failed(auth, cell, AUTH_NO_HOME, said->error);
        return;
    }
    if (said->step != JAIL_ENTERED) {
        log_no_entry(cell, said);
        entering_failed(auth, cell, AUTH_UNAVAILABLE, 0);
        return;
    }
    quota_begin(auth, cell, attempt);
    cell->file = attempt->file;
    report_logged_in(auth, attempt);
    report_login(attempt, REFUSED_NOT, 0, LIMIT_NONE);
    set_state(auth, cell, CELL_IN, 0);
}

/* After the 230 a client may request data connections, so the dialer must know of the log-in
 * before. */
void login_admitted(struct auth *auth, struct cell *cell)
{
    if (cell->state != CELL_IN || !cell->attempt)
        return;
    answer(auth, cell, AUTH_OK, 0, &cell->attempt->policy);
    attempt_free(cell->attempt);
}

/* Log-ins that wait for the master's message fail; the clients can log in at the next master. */
void login_master_gone(struct auth *auth)
{
    const struct hash_table *cells = &auth->cells.by_number;
    struct cell *cell = hash_table_first(cells);
    for (; cell; cell = hash_table_next(cells, &cell->node)) {
        if (cell->state == CELL_IN && cell->attempt)
            entering_failed(auth, cell, AUTH_UNAVAILABLE, 0);
    }
}

/* The master does not wait any longer for those that are under way: they fail. */
void login_abandon(struct auth *auth)
{
    const struct hash_table *cells = &auth->cells.by_number;
    struct cell *cell = hash_table_first(cells);
    for (; cell; cell = hash_table_next(cells, &cell->node)) {
        struct attempt *attempt = cell->attempt;
        if (!attempt)
            continue;
        queue_remove(queue_of(auth, attempt), &attempt->place);
        give_up(auth, attempt);
        if (cell->state & (CELL_HOMELESS | CELL_ENTERING | CELL_IN))
            entering_failed(auth, cell, AUTH_UNAVAILABLE, 0);
        else
            unavailable(auth, attempt);
    }
}

void login_overdue(struct auth *auth, struct cell *cell)
{
    struct attempt *attempt = cell->attempt;
    switch (cell->state) {
    case CELL_FILE:
        if (auth->files.users[attempt->file].asked)
            files_make_do(&auth->files, auth->config, attempt->file);
        queue_attempt(auth, attempt);
        break;
    case CELL_QUEUED:
        queue_remove(queue_of(auth, attempt), &attempt->place);
        unavailable(auth, attempt);
        break;
    case CELL_HASHING:
        give_up(auth, attempt);
        unavailable(auth, attempt);
        break;
    case CELL_DELAYED:
        answer_refused(auth, cell);
        break;
    case CELL_HOMELESS:
        log_cell(cell->number, LOG_LEVEL_ERROR, "the home of user %s was not made in time",
                 attempt->name);
        entering_failed(auth, cell, AUTH_NO_HOME, ETIMEDOUT);
        break;
    case CELL_ENTERING:
        log_cell(cell->number, LOG_LEVEL_ERROR, "JAIL did not answer in time");
        entering_failed(auth, cell, AUTH_UNAVAILABLE, 0);
        break;
    default:
        break;
    }
}

/* An attempt counts even if the client disconnects before the result. */
static void leave_attempt(struct auth *auth, struct cell *cell)
{
    if (cell->state == CELL_HASHING) {
        cell->attempt->cell = NULL;
        cell->attempt = NULL;
    } else if (cell->attempt) {
        queue_remove(queue_of(auth, cell->attempt), &cell->attempt->place);
        attempt_free(cell->attempt);
    }
}

/* The master reports the end of a cell with a client; an idle one is gone when its channels end. */
static void forget_if_idle(struct auth *auth, struct cell *cell)
{
    if (!cell->has_client && cell->net.fd < 0 && cell->jail.fd < 0)
        cell_forget(&auth->cells, cell);
}

void login_net_gone(struct auth *auth, struct cell *cell)
{
    cell_close_end(&auth->cells, &cell->net);
    if (cell->state & (CELL_FILE | CELL_QUEUED | CELL_HASHING | CELL_DELAYED)) {
        leave_attempt(auth, cell);
        set_state(auth, cell, CELL_OVER, 0);
    }
    forget_if_idle(auth, cell);
}

void login_jail_gone(struct auth *auth, struct cell *cell)
{
    cell_close_end(&auth->cells, &cell->jail);
    quota_jail_gone(auth, cell);
    if (cell->state & (CELL_ENTERING | CELL_HOMELESS) ||
        (cell->state == CELL_IN && cell->attempt)) {
        log_cell(cell->number, LOG_LEVEL_ERROR, "JAIL ended before the log-in was complete");
        entering_failed(auth, cell, AUTH_UNAVAILABLE, 0);
    } else if (cell->state == CELL_IN) {
        limits_end(auth, cell);
        set_state(auth, cell, CELL_OVER, 0);
    }
    forget_if_idle(auth, cell);
}

/* The master's message may have overtaken JAIL's last one. */
static void hear_last_words(struct auth *auth, struct cell *cell)
{
    while (cell->jail.fd >= 0 && cell->state == CELL_IN && from_jail_serve(auth, cell))
        continue;
}

void login_cell_gone(struct auth *auth, struct cell *cell)
{
    hear_last_words(auth, cell);
    quota_cell_gone(auth, cell);
    cell_close_end(&auth->cells, &cell->net);
    cell_close_end(&auth->cells, &cell->jail);
    leave_attempt(auth, cell);
    set_state(auth, cell, CELL_OVER, 0);
    limits_end(auth, cell);
    cell_forget(&auth->cells, cell);
}
