/* SPDX-License-Identifier: BSD-2-Clause */
/* errand.c - runs in auth: asks for processes that make a home, replace a hash or
 * ask the checker, and reports how it went. */
#include "daemon/auth/errand.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/auth/state.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/ipc/validate.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REST_MS = 60000,   /* after a rehash that failed */
    LEFT_FOR_HOMES = 8 /* errands that log-ins at the checker do not take */
};

_Static_assert((int)SETTING_ROOM == (int)HASH_ROOM, "a hash fits");

static const struct border_row from_errand[] = { TO_AUTH_FROM_ERRAND(BORDER_ROW) };

union errand_answer {
    struct message_head head;
    struct errand_done done;
    struct errand_found found;
};

void errands_init(struct errands *errands)
{
    memset(errands, 0, sizeof *errands);
    for (size_t i = 0; i < ERRANDS_MAX; i++) {
        struct errand *errand = &errands->each[i];
        errand->end = (struct end){ .kind = END_ERRAND, .fd = -1, .owner = errand };
    }
}

static void forget(struct errand *errand)
{
    end_close(&errand->end);
    errand->state = ERRAND_FREE;
    wipe(&errand->ask, sizeof errand->ask);
}

static struct errand *find(struct errands *errands, enum errand_state state, uint32_t number)
{
    for (size_t i = 0; i < ERRANDS_MAX; i++) {
        struct errand *errand = &errands->each[i];
        if (errand->state == state && (state == ERRAND_FREE || errand->number == number))
            return errand;
    }
    return NULL;
}

/* NULL: it can't be had. */
static struct errand *ask_master(struct auth *auth, enum errand_kind kind, uint64_t cell,
                                 unsigned file, const char *pattern)
{
    struct errand *errand = find(&auth->errands, ERRAND_FREE, 0);
    struct tm_errand message;
    if (!errand || auth->master.fd < 0)
        return NULL;
    memset(&message, 0, sizeof message);
    message.head = (struct message_head){ .type = TM_ERRAND, .serial = ++auth->errands.asked };
    message.kind = kind;
    message.index = file;
    if (!text_copy(message.pattern, sizeof message.pattern, pattern) ||
        channel_send(auth->master.fd, &message, sizeof message, MSG_DONTWAIT) != 0)
        return NULL;
    errand->state = ERRAND_ASKED;
    errand->kind = kind;
    errand->number = message.head.serial;
    errand->cell = cell;
    errand->file = file;
    errand->attempt = NULL;
    memset(&errand->ask, 0, sizeof errand->ask);
    return errand;
}

bool errand_home(struct auth *auth, const struct attempt *attempt)
{
    struct errand *errand =
        ask_master(auth, ERRAND_OF_HOME, attempt->number, 0, attempt->policy.rules.home);
    if (!errand)
        return false;
    struct errand_home *ask = &errand->ask.home;
    ask->head = (struct message_head){ .type = ERRAND_HOME, .serial = 1 };
    ask->uid = attempt->who.uid;
    ask->gid = attempt->who.gid;
    (void)text_copy(ask->name, sizeof ask->name, attempt->name);
    return true;
}

/* Is it being done already, for another session of this user? */
static bool is_rehashed(const struct errands *errands, const struct attempt *attempt)
{
    for (size_t i = 0; i < ERRANDS_MAX; i++) {
        const struct errand *errand = &errands->each[i];
        if (errand->state != ERRAND_FREE && errand->kind == ERRAND_OF_REHASH &&
            errand->file == attempt->file && strcmp(errand->ask.rehash.name, attempt->name) == 0)
            return true;
    }
    return false;
}

void errand_rehash(struct auth *auth, const struct attempt *attempt, const char *to)
{
    if (now_ms() < auth->errands.not_before_ms || is_rehashed(&auth->errands, attempt))
        return;
    struct errand *errand = ask_master(auth, ERRAND_OF_REHASH, attempt->number, attempt->file, "");
    if (!errand)
        return;
    struct errand_rehash *ask = &errand->ask.rehash;
    ask->head = (struct message_head){ .type = ERRAND_REHASH, .serial = 1 };
    (void)text_copy(ask->name, sizeof ask->name, attempt->name);
    (void)text_copy(ask->from, sizeof ask->from, attempt->hash);
    (void)text_copy(ask->to, sizeof ask->to, to);
}

static bool is_asking(const struct errand *errand)
{
    return errand->state != ERRAND_FREE && errand->kind == ERRAND_OF_CHECKER;
}

bool errand_may_ask(const struct auth *auth)
{
    size_t asking = 0, used = 0;
    for (size_t i = 0; i < ERRANDS_MAX; i++) {
        asking += is_asking(&auth->errands.each[i]);
        used += auth->errands.each[i].state != ERRAND_FREE;
    }
    return asking < auth->hashers.limit && used < ERRANDS_MAX - LEFT_FOR_HOMES;
}

bool errand_ask(struct auth *auth, struct attempt *attempt)
{
    struct errand *errand = ask_master(auth, ERRAND_OF_CHECKER, attempt->number, 0, "");
    if (!errand)
        return false;
    struct errand_who *ask = &errand->ask.who;
    ask->head = (struct message_head){ .type = ERRAND_WHO, .serial = 1 };
    (void)text_copy(ask->name, sizeof ask->name, attempt->name);
    (void)text_copy(ask->password, sizeof ask->password, attempt->password);
    (void)addr_text(&attempt->peer, ask->address);
    errand->attempt = attempt;
    return true;
}

void errand_give_up(struct errands *errands, const struct attempt *attempt)
{
    for (size_t i = 0; i < ERRANDS_MAX; i++) {
        if (errands->each[i].attempt == attempt)
            errands->each[i].attempt = NULL;
    }
}

static void rehashed(struct auth *auth, const struct errand *errand, int error)
{
    const char *name = errand->ask.rehash.name;
    if (error == 0)
        log_cell(errand->cell, LOG_LEVEL_INFO, "the hash of user %s was replaced by a new one",
                 name);
    else if (error == ESTALE || error == ENOENT)
        log_cell(errand->cell, LOG_LEVEL_DEBUG,
                 "the hash of user %s has been changed meanwhile and stays", name);
    else
        log_cell(errand->cell, LOG_LEVEL_WARNING,
                 "the old hash of user %s cannot be replaced: %s; see `rehash` in "
                 "wardftpd.conf(5)",
                 name, strerror(error));
    if (error && error != ESTALE)
        auth->errands.not_before_ms = now_ms() + REST_MS;
}

/* 0 or an errno; the errand is over.  True: a log-in waits for it. */
static bool finish(struct auth *auth, struct errand *errand, int error, struct errand_end *end)
{
    end->kind = errand->kind;
    end->error = error;
    end->cell = errand->cell;
    end->attempt = errand->attempt;
    if (errand->kind == ERRAND_OF_REHASH)
        rehashed(auth, errand, error);
    forget(errand);
    return end->kind == ERRAND_OF_HOME || end->attempt;
}

static size_t size_of_question(enum errand_kind kind)
{
    switch (kind) {
    case ERRAND_OF_HOME:
        return sizeof(struct errand_home);
    case ERRAND_OF_REHASH:
        return sizeof(struct errand_rehash);
    default:
        return sizeof(struct errand_who);
    }
}

bool errand_came(struct auth *auth, uint32_t number, int fd, struct errand_end *end)
{
    struct errand *errand = find(&auth->errands, ERRAND_ASKED, number);
    if (!errand) {
        close(fd);
        return false;
    }
    const size_t size = size_of_question(errand->kind);
    errand->state = ERRAND_RUNS;
    if (!end_open(&errand->end, auth->epoll, fd))
        return finish(auth, errand, errno, end);
    const int sent = channel_send(errand->end.fd, &errand->ask, size, MSG_DONTWAIT);
    if (errand->kind == ERRAND_OF_CHECKER)
        wipe(&errand->ask.who, sizeof errand->ask.who);
    return sent != 0 && finish(auth, errand, -sent, end);
}

bool errand_refused(struct auth *auth, uint32_t number, int error, struct errand_end *end)
{
    struct errand *errand = find(&auth->errands, ERRAND_ASKED, number);
    return errand && finish(auth, errand, error, end);
}

/* 0, or EIO: it is not an answer to this errand. */
static int judge(const struct errand *errand, const union errand_answer *answer, ssize_t n)
{
    const bool asks = errand->kind == ERRAND_OF_CHECKER;
    if (n <= 0 ||
        border_check(from_errand, COUNT(from_errand), answer, (size_t)n, ALWAYS, 0) != BORDER_FINE)
        return EIO;
    if (answer->head.type == ERRAND_FOUND)
        return asks && validate_found(&answer->found) == NULL ? 0 : EIO;
    if (answer->done.error > ERRNO_MAX || (asks && answer->done.error == 0))
        return EIO;
    return (int)answer->done.error;
}

bool errand_serve(struct auth *auth, struct errand *errand, struct errand_end *end)
{
    static union errand_answer answer;
    const ssize_t n = channel_receive(errand->end.fd, &answer, sizeof answer, MSG_DONTWAIT);
    if (n == -EAGAIN || n == -EINTR)
        return false;
    /* where it has ended without an answer, its own line in the log says why */
    const int error = judge(errand, &answer, n);
    if (error == 0 && errand->kind == ERRAND_OF_CHECKER)
        end->found = answer.found;
    return finish(auth, errand, error, end);
}
