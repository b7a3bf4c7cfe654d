/* SPDX-License-Identifier: BSD-2-Clause */
/* hasher.c - runs in the hash pool and in the hashers: auth's uid, an empty root,
 * no capability.  The hash pool reads requests for one more hasher from auth; a
 * hasher reads one hash and one password, which an attacker may have sent. */
#include "daemon/auth/hasher.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/sandbox/filter.h"
#include "daemon/sandbox/sandbox.h"

#include <crypt.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FD_ONLY = 3 }; /* the only descriptor of the hash pool and of hashers */

static const struct border_row to_hash_pool[] = { AUTH_TO_HASH_POOL(BORDER_ROW) };

static const struct border_row to_hasher[] = { AUTH_TO_HASHER(BORDER_ROW) };

/* A hasher has only the channel to auth, and reports it there (law M5). */
static void tell_auth(int call)
{
    const struct hasher_answer answer = { .head.type = HASHER_CHECK,
                                          .verdict = HASH_REFUSED_CALL,
                                          .call = (uint32_t)call };
    (void)channel_send(FD_ONLY, &answer, sizeof answer, MSG_DONTWAIT);
}

/* Only the calls for crypt(3)'s memory, one receive, one send and exit remain. */
static void hasher_confine(void)
{
    filter_tell_refusals(tell_auth);
    sandbox_narrow(ROLE_HASHER);
}

/* In a time that does not depend on where they differ. */
static bool same_text(const char *a, const char *b)
{
    const size_t n = strlen(a);
    unsigned differs = 0;
    if (n != strlen(b))
        return false;
    for (size_t i = 0; i < n; i++)
        differs |= (unsigned)(a[i] ^ b[i]);
    return differs == 0;
}

enum hash_verdict hash_check(const char *password, const char *hash)
{
    static struct crypt_data data; /* 32 KiB */
    const char *made = crypt_rn(password, hash, &data, (int)sizeof data);
    const enum hash_verdict verdict = !made                   ? HASH_FAILED
                                      : same_text(made, hash) ? HASH_MATCHES
                                                              : HASH_DIFFERS;
    wipe(&data, sizeof data);
    return verdict;
}

void hash_make(const char *password, char made[HASH_ROOM])
{
    static struct crypt_data data;
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    made[0] = '\0';
    if (!crypt_gensalt_rn(NULL, 0, NULL, 0, setting, (int)sizeof setting))
        return;
    const char *hash = crypt_rn(password, setting, &data, (int)sizeof data);
    if (hash)
        (void)text_copy(made, HASH_ROOM, hash);
    wipe(&data, sizeof data);
}

static _Noreturn void hasher_run(void)
{
    struct hasher_ask ask;
    struct hasher_answer answer;

    hasher_confine();
    const ssize_t n = channel_receive(FD_ONLY, &ask, sizeof ask, 0);
    /* auth has ended */
    if (n <= 0)
        _exit(0);
    if (border_check(to_hasher, COUNT(to_hasher), &ask, (size_t)n, ALWAYS, 0) != BORDER_FINE ||
        !text_ends(ask.hash, sizeof ask.hash) || !text_ends(ask.password, sizeof ask.password))
        die("hasher: border violation: auth to hasher");
    alarm(HASH_SECONDS); /* its signal ends the process: auth gets the end of file */
    memset(&answer, 0, sizeof answer);
    answer.head = ask.head;
    answer.verdict = hash_check(ask.password, ask.hash);
    if (answer.verdict == HASH_MATCHES && ask.rehash)
        hash_make(ask.password, answer.made);
    wipe(&ask, sizeof ask);
    /* auth may have ended; the hasher exits anyway */
    (void)channel_send(FD_ONLY, &answer, sizeof answer, 0);
    _exit(0);
}

/* Keeps one channel, and the scribe's (or -1). */
static void keep_only(int channel, bool scribe)
{
    if (channel != FD_ONLY && dup3(channel, FD_ONLY, 0) < 0)
        die("hasher: its channel: %s", strerror(errno));
    const bool closed = !scribe ? close_range(FD_ONLY + 1, ~0U, 0) == 0
                                : close_range(FD_ONLY + 1, FD_SCRIBE - 1, 0) == 0 &&
                                      close_range(FD_SCRIBE + 1, ~0U, 0) == 0;
    if (!closed)
        die("hasher: its descriptors: %s", strerror(errno));
}

/* A new hasher: this end of its channel, or -errno. */
static int hasher_fork(void)
{
    int ends[2];
    const int error = channel_pair(ends, sizeof(struct hasher_ask));
    if (error)
        return error;
    const pid_t pid = fork();
    if (pid == 0) {
        log_open(-1, LOG_LEVEL_ERROR);
        keep_only(ends[1], false);
        hasher_run();
    }
    const int failed = pid < 0 ? -errno : 0;
    close(ends[1]);
    if (failed)
        close(ends[0]);
    return failed ? failed : ends[0];
}

static void hash_pool_answer(const struct message_head *ask)
{
    const int end = hasher_fork();
    struct hash_pool_answer answer = { .head = *ask, .error = end < 0 ? (uint32_t)-end : 0 };
    const int error = channel_send_fd(FD_ONLY, &answer, sizeof answer, end < 0 ? -1 : end, 0);
    /* Descriptors in flight count for all processes of the uid, also for an auth that hands over its
     * channels.  auth asks again.  If it has ended meanwhile, the next receive reports it. */
    if (error) {
        answer.error = (uint32_t)-error;
        (void)channel_send(FD_ONLY, &answer, sizeof answer, 0);
    }
    if (end >= 0)
        close(end);
}

/* auth has ended, and the hashers will: waits for them. */
static _Noreturn void hash_pool_end(void)
{
    while (wait(NULL) > 0 || errno == EINTR)
        ;
    _exit(0);
}

static _Noreturn void hash_pool_run(int channel)
{
    struct message_head ask;
    keep_only(channel, true);
    if (signal(SIGCHLD, SIG_IGN) == SIG_ERR) /* the kernel reaps the hashers */
        die("hash pool: signal: %s", strerror(errno));
    sandbox_narrow(ROLE_HASH_POOL);
    for (;;) {
        const ssize_t n = channel_receive(FD_ONLY, &ask, sizeof ask, 0);
        if (n <= 0)
            hash_pool_end();
        if (border_check(to_hash_pool, COUNT(to_hash_pool), &ask, (size_t)n, ALWAYS, 0) !=
            BORDER_FINE)
            die("hash pool: border violation: auth to hash pool");
        hash_pool_answer(&ask);
    }
}

int hash_pool_start(pid_t *pid)
{
    int ends[2];
    const int error = channel_pair(ends, sizeof(struct hash_pool_answer));
    if (error)
        return error;
    *pid = fork();
    if (*pid < 0) {
        const int failed = -errno;
        close(ends[0]);
        close(ends[1]);
        return failed;
    }
    if (*pid == 0) {
        close(ends[0]);
        hash_pool_run(ends[1]);
    }
    close(ends[1]);
    return ends[0];
}
