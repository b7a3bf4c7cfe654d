/* SPDX-License-Identifier: BSD-2-Clause */
/* change.c - runs in JAIL, as the user, in the user's root.  Asks auth, and
 * checks its answers. */
#include "daemon/jail/change.h"

#include "daemon/ipc/channel.h"
#include "daemon/ipc/validate.h"
#include "daemon/ipc/log.h"
#include "daemon/jail/count.h"
#include "daemon/jail/handlers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <time.h>

enum {
    ANSWER_MS = 30000, /* how long to wait while another session counts the files */
    LOCK_TURNS = 2000, /* of a millisecond: no session of ours holds the lock for longer */
    LOOKS_APART = 10,  /* next look for parts after so many times the time that it took */
    COUNTS_MAX = 3,    /* in one change: more would mean that a clock is wrong */
};

bool change_is_counted(const struct jail *jail)
{
    return (jail->who->policy.asks & ASKS_QUOTA) != 0;
}

void change_prepare(struct jail *jail)
{
    jail->change.home =
        change_is_counted(jail) ? open_name(jail->root, ".", O_RDONLY | O_DIRECTORY, 0) : -1;
}

void change_lock(const struct jail *jail)
{
    for (int i = 0; jail->change.home >= 0 && i < LOCK_TURNS; i++) {
        /* locked, or a file system without such locks */
        if (flock(jail->change.home, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            return;
        hidden_pause();
    }
}

void change_unlock(const struct jail *jail)
{
    if (jail->change.home >= 0)
        (void)flock(jail->change.home, LOCK_UN);
}

static bool send_to_auth(const void *message, size_t size)
{
    return channel_send_fd(FD_AUTH, message, size, -1, 0) == 0;
}

union answer {
    struct message_head head;
    struct quota_answer quota;
    struct rate_answer rate;
    struct hash_answer hash;
    struct owner_answer owner;
};

static const char *fault_in(const union answer *answer)
{
    switch (answer->head.type) {
    case RATE_TAKE:
        return validate_rate_answer(&answer->rate);
    case HASH_TAKE:
        return validate_hash_answer(&answer->hash);
    case OWNER_NAME:
        return validate_owner_answer(&answer->owner);
    default:
        return validate_quota_answer(&answer->quota);
    }
}

static bool await_answer(void)
{
    struct pollfd end = { .fd = FD_AUTH, .events = POLLIN };
    int ready;
    do {
        ready = poll(&end, 1, ANSWER_MS);
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

/* Receives an answer of n bytes to the question `head`, and skips late answers to earlier ones.
 * False: auth is gone, or takes too long. */
static bool receive_from_auth(const struct message_head *head, union answer *answer, size_t n)
{
    while (await_answer()) {
        const ssize_t got = channel_receive(FD_AUTH, answer, sizeof *answer, 0);
        if (got <= 0)
            return false;
        if ((size_t)got >= sizeof answer->head && answer->head.serial != head->serial)
            continue;
        if ((size_t)got != n || answer->head.type != head->type || fault_in(answer))
            die("jail: border violation: auth's answer to question %u", head->type);
        return true;
    }
    return false;
}

static struct message_head next_head(struct jail *jail, uint32_t type)
{
    return (struct message_head){ .type = type, .serial = ++jail->change.serial };
}

static void note_answer(struct change *lease, const struct quota_answer *answer)
{
    lease->left = answer->left_bytes;
    lease->used = (struct jail_usage){ .bytes = answer->used_bytes, .files = answer->used_files };
}

/* enum quota_result. */
static uint32_t ask_quota(struct jail *jail, uint32_t type, uint32_t wants, uint64_t least,
                          uint64_t *bytes)
{
    const struct quota_ask question = { .head = next_head(jail, type),
                                        .wants = wants,
                                        .least = least };
    union answer answer;
    if (!send_to_auth(&question, sizeof question) ||
        !receive_from_auth(&question.head, &answer, sizeof answer.quota))
        return QUOTA_LATER;
    note_answer(&jail->change, &answer.quota);
    *bytes = answer.quota.bytes;
    return answer.quota.result;
}

static void close_lease(struct jail *jail, int64_t bytes, int64_t files)
{
    const struct quota_close message = { .head = next_head(jail, QUOTA_CLOSE),
                                         .bytes = bytes,
                                         .files = files };
    (void)send_to_auth(&message,
                       /* if auth is gone, its successor counts the lease as used */
                       sizeof message);
    jail->change.open = false;
}

/* Counts the files and reports the result.  False: they can't be counted. */
static bool count_for_auth(struct jail *jail)
{
    struct quota_counted message = { .head = next_head(jail, QUOTA_COUNTED) };
    struct counted found = { .bytes = 0 };
    const int result = count_files(jail, &found);
    message.error = (uint32_t)-result;
    message.bytes = found.bytes;
    message.files = found.files;
    message.partial = found.partial;
    return send_to_auth(&message, sizeof message) && result == 0;
}

static int refusal_of(uint32_t result)
{
    switch (result) {
    case QUOTA_GRANTED:
        return 0;
    case QUOTA_REACHED_BYTES:
        return -JAIL_QUOTA;
    case QUOTA_REACHED_FILES:
        return -JAIL_QUOTA_FILES;
    default:
        return -JAIL_QUOTA_LATER;
    }
}

static uint32_t open_lease(struct jail *jail, uint32_t wants)
{
    uint32_t result = QUOTA_COUNT;
    for (int i = 0; i <= COUNTS_MAX && result == QUOTA_COUNT; i++) {
        if (i > 0 && !count_for_auth(jail))
            return QUOTA_LATER;
        result = ask_quota(jail, QUOTA_OPEN, wants, 0, &jail->change.bytes);
    }
    return result;
}

static int64_t now_ms(void)
{
    struct timespec now = { 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* At the end of the quota: removes interrupted uploads that are too old, and finds the size of
 * the others for the refusal.  The caller holds a lease, so that no count runs meanwhile.  Walks
 * over all files, so only now and then. */
static bool look_for_parts(struct jail *jail)
{
    struct counted found = { .bytes = 0 };
    const int64_t begun = now_ms();
    if (begun < jail->change.look_next_ms)
        return false;
    jail->change.parts = count_files(jail, &found) == 0 ? found.parts : 0;
    const int64_t ended = now_ms();
    jail->change.look_next_ms = ended + LOOKS_APART * (ended - begun);
    if (found.reaped.files == 0)
        return false;
    const struct quota_close message = { .head = next_head(jail, QUOTA_FREED),
                                         .bytes = -(int64_t)found.reaped.bytes,
                                         .files = -(int64_t)found.reaped.files };
    return send_to_auth(&message, sizeof message);
}

static bool is_reached(int result)
{
    return result == -JAIL_QUOTA || result == -JAIL_QUOTA_FILES;
}

/* Without an answer the lease is closed as well: auth may have granted it a moment later. */
static int begin(struct jail *jail, uint32_t wants)
{
    jail->change.bytes = jail->change.left = UINT64_MAX;
    if (!change_is_counted(jail))
        return 0;
    if (jail->change.open)
        return border_violated(jail, "another change in the middle of an upload");
    const uint32_t result = open_lease(jail, wants);
    jail->change.open = result == QUOTA_GRANTED;
    if (result == QUOTA_LATER || result == QUOTA_COUNT)
        close_lease(jail, 0, 0);
    return result == QUOTA_LATER && wants == 0 ? 0 : refusal_of(result);
}

int change_begin(struct jail *jail, uint32_t wants)
{
    const int result = begin(jail, wants);
    if (!is_reached(result) || begin(jail, 0) != 0)
        return result;
    const bool freed = look_for_parts(jail);
    change_end(jail, 0, 0);
    return freed ? begin(jail, wants) : result;
}

static int ask_more(struct jail *jail, uint32_t wants, uint64_t least)
{
    uint64_t bytes = 0;
    if (!jail->change.open)
        return -JAIL_QUOTA_LATER;
    const int result = refusal_of(ask_quota(jail, QUOTA_MORE, wants, least, &bytes));
    if (result == 0 && __builtin_add_overflow(jail->change.bytes, bytes, &jail->change.bytes))
        jail->change.bytes = UINT64_MAX;
    return result;
}

int change_more(struct jail *jail)
{
    const int result = ask_more(jail, QUOTA_WANT_BYTES, 0);
    return is_reached(result) && look_for_parts(jail) ? ask_more(jail, QUOTA_WANT_BYTES, 0)
                                                      : result;
}

bool change_reserve(struct jail *jail, uint64_t bytes, bool file)
{
    const uint64_t granted = jail->change.bytes;
    const uint64_t least = bytes > granted ? bytes - granted : 0;
    if (!jail->change.open || (least == 0 && !file))
        return true;
    return ask_more(jail, (least > 0 ? QUOTA_WANT_BYTES : 0) | (file ? QUOTA_WANT_FILE : 0),
                    least) == 0;
}

void change_end(struct jail *jail, int64_t bytes, int64_t files)
{
    if (jail->change.open)
        close_lease(jail, bytes, files);
}

struct jail_usage change_weigh(const struct jail *jail, int parent, const char *name)
{
    struct statx about;
    struct jail_usage weight = { .bytes = 0 };
    if (!change_is_counted(jail) || look_at(parent, name, STATX_TYPE | STATX_SIZE, &about) != 0)
        return weight;
    weight.files = 1;
    if (S_ISREG(about.stx_mode))
        weight.bytes = about.stx_size;
    return weight;
}

int change_look(struct jail *jail, uint32_t wants)
{
    const int result = change_begin(jail, wants);
    change_end(jail, 0, 0);
    return result;
}

uint64_t change_pace(struct jail *jail, uint32_t direction, uint64_t bytes)
{
    const struct rate_take question = { .head = next_head(jail, RATE_TAKE),
                                        .direction = direction,
                                        .bytes = bytes };
    union answer answer;
    if (!(jail->who->policy.asks & ASKS_RATE) || !send_to_auth(&question, sizeof question) ||
        !receive_from_auth(&question.head, &answer, sizeof answer.rate))
        return 0;
    return answer.rate.wait_us;
}

bool change_hash_turn(struct jail *jail, bool take)
{
    const struct message_head question = next_head(jail, take ? HASH_TAKE : HASH_GIVE);
    union answer answer;
    if (!send_to_auth(&question, sizeof question) || !take ||
        !receive_from_auth(&question, &answer, sizeof answer.hash))
        return true;
    return answer.hash.granted != 0;
}

bool change_owner(struct jail *jail, uint32_t kind, uint32_t id, char name[NAME_ROOM])
{
    const struct owner_ask question = { .head = next_head(jail, OWNER_NAME),
                                        .kind = kind,
                                        .id = id };
    union answer answer;
    if (!send_to_auth(&question, sizeof question) ||
        !receive_from_auth(&question.head, &answer, sizeof answer.owner))
        return false;
    memcpy(name, answer.owner.name, NAME_ROOM);
    return true;
}
