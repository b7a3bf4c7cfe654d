/* SPDX-License-Identifier: BSD-2-Clause */
/* hash.c - runs in auth: gives passwords to hashers and receives their results. */
#include "daemon/auth/hash.h"

#include "common/text.h"
#include "daemon/auth/attempt.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/sandbox/orders.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FORK_PAUSE_MS = 250, /* after a failed fork */
    FLIGHT_PAUSE_MS = 10 /* too many descriptors were in flight */
};

static const struct border_row from_hasher[] = { HASHER_TO_AUTH(BORDER_ROW) };

static uint32_t twice_the_processors(void)
{
    cpu_set_t set;
    const int processors = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return 2 * (uint32_t)processors;
}

void hashers_limit(struct hashers *hashers, uint32_t concurrency)
{
    const uint32_t wanted = concurrency ? concurrency : twice_the_processors();
    hashers->limit = wanted < HASHERS_MAX ? wanted : HASHERS_MAX;
}

void hashers_start(struct hashers *hashers, int epoll, uint32_t concurrency)
{
    memset(hashers, 0, sizeof *hashers);
    hashers->epoll = epoll;
    hashers->pool.kind = END_HASH_POOL;
    for (size_t i = 0; i < HASHERS_MAX; i++) {
        struct hasher *hasher = &hashers->all[i];
        hasher->end = (struct end){ .kind = END_HASHER, .fd = -1, .owner = hasher };
    }
    hashers_limit(hashers, concurrency);
    const int pool = hash_pool_start(&hashers->pool_pid);
    if (pool < 0)
        die("auth: no hash pool: %s", strerror(-pool));
    if (!end_open(&hashers->pool, epoll, pool))
        die("auth: epoll: %s", strerror(errno));
    hashers_refill(hashers, 0);
}

void hashers_stop(struct hashers *hashers)
{
    for (size_t i = 0; i < HASHERS_MAX; i++)
        end_close(&hashers->all[i].end);
    end_close(&hashers->pool);
    while (waitpid(hashers->pool_pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

void hashers_refill(struct hashers *hashers, int64_t now_ms)
{
    const struct message_head ask = { .type = HASH_POOL_CHILD };
    if (now_ms < hashers->not_before_ms)
        return;
    while (hashers->living + hashers->asked < hashers->limit &&
           channel_send(hashers->pool.fd, &ask, sizeof ask, MSG_DONTWAIT) == 0)
        hashers->asked++;
}

static struct hasher *find(struct hashers *hashers, enum hasher_state state)
{
    for (size_t i = 0; i < HASHERS_MAX; i++) {
        if (hashers->all[i].state == state)
            return &hashers->all[i];
    }
    return NULL;
}

static void take_in(struct hashers *hashers, int fd)
{
    struct hasher *hasher = find(hashers, HASHER_NONE);
    if (!hasher) {
        close(fd);
        return;
    }
    if (!end_open(&hasher->end, hashers->epoll, fd)) {
        log_note(LOG_LEVEL_ERROR, "a hasher is lost: epoll: %s", strerror(errno));
        return;
    }
    hasher->state = HASHER_WARM;
    hasher->attempt = NULL;
    hashers->living++;
}

void hashers_pool_ready(struct hashers *hashers, int64_t now_ms)
{
    struct hash_pool_answer answer;
    int fd;
    for (;;) {
        const ssize_t n =
            channel_receive_fd(hashers->pool.fd, &answer, sizeof answer, &fd, MSG_DONTWAIT);
        if (n == -EAGAIN)
            return;
        if (n == -EBADMSG || n == -EMFILE) { /* no descriptor was free for it: the hasher exits */
            hashers->asked--;
            hashers->not_before_ms = now_ms + FORK_PAUSE_MS;
            continue;
        }
        if (n != (ssize_t)sizeof answer)
            die("auth: the hash pool is gone");
        hashers->asked--;
        if (fd >= 0) {
            take_in(hashers, fd);
            continue;
        }
        if (answer.error == ETOOMANYREFS) { /* for a moment */
            hashers->not_before_ms = now_ms + FLIGHT_PAUSE_MS;
            continue;
        }
        log_note(LOG_LEVEL_ERROR, "no new hasher: %s", strerror((int)answer.error));
        hashers->not_before_ms = now_ms + FORK_PAUSE_MS;
    }
}

static void forget(struct hashers *hashers, struct hasher *hasher)
{
    end_close(&hasher->end);
    hasher->state = HASHER_NONE;
    hasher->attempt = NULL;
    hashers->living--;
}

bool hashers_give(struct hashers *hashers, struct attempt *attempt)
{
    struct hasher_ask ask;
    struct hasher *hasher;
    bool given = false;

    memset(&ask, 0, sizeof ask);
    ask.head.type = HASHER_CHECK;
    ask.rehash = attempt->rehash;
    (void)text_copy(ask.hash, sizeof ask.hash, attempt->hash);
    (void)text_copy(ask.password, sizeof ask.password, attempt->password);
    while (!given && (hasher = find(hashers, HASHER_WARM)) != NULL) {
        given = channel_send(hasher->end.fd, &ask, sizeof ask, MSG_DONTWAIT) == 0;
        if (!given) {
            forget(hashers, hasher); /* killed while it waited */
            continue;
        }
        hasher->state = HASHER_BUSY;
        hasher->attempt = attempt;
    }
    wipe(&ask, sizeof ask);
    return given;
}

bool hashers_answer(struct hashers *hashers, struct hasher *hasher, struct attempt **attempt,
                    struct hash_result *result)
{
    struct hasher_answer answer;
    const ssize_t n = channel_receive(hasher->end.fd, &answer, sizeof answer, MSG_DONTWAIT);
    if (n == -EAGAIN || n == -EINTR)
        return false;
    const bool whole = n > 0 && border_check(from_hasher, COUNT(from_hasher), &answer, (size_t)n,
                                             ALWAYS, 0) == BORDER_FINE;
    if (whole && answer.verdict == HASH_REFUSED_CALL)
        log_note(LOG_LEVEL_ERROR, "the filter of %s refused system call %u (%s)",
                 orders()->roles[ROLE_HASHER].name, answer.call,
                 orders_call_name((int)(answer.call & INT32_MAX)));
    const bool fine = whole && hasher->state == HASHER_BUSY && answer.verdict >= HASH_MATCHES &&
                      answer.verdict <= HASH_FAILED;
    memset(result, 0, sizeof *result);
    result->verdict = fine ? (enum hash_verdict)answer.verdict : HASH_NO_VERDICT;
    if (fine && text_ends(answer.made, sizeof answer.made))
        (void)text_copy(result->made, sizeof result->made, answer.made);
    wipe(answer.made, sizeof answer.made);
    *attempt = hasher->attempt;
    forget(hashers, hasher);
    return true;
}

bool hashers_have_warm(const struct hashers *hashers)
{
    for (size_t i = 0; i < HASHERS_MAX; i++) {
        if (hashers->all[i].state == HASHER_WARM)
            return true;
    }
    return false;
}

void hashers_give_up(struct hashers *hashers, const struct attempt *attempt)
{
    for (size_t i = 0; i < HASHERS_MAX; i++) {
        if (hashers->all[i].attempt == attempt)
            hashers->all[i].attempt = NULL;
    }
}

bool hashers_are_busy(const struct hashers *hashers)
{
    for (size_t i = 0; i < HASHERS_MAX; i++) {
        if (hashers->all[i].state == HASHER_BUSY && hashers->all[i].attempt)
            return true;
    }
    return false;
}

bool hashers_are_missing(const struct hashers *hashers)
{
    return hashers->living + hashers->asked < hashers->limit;
}
