/* SPDX-License-Identifier: BSD-2-Clause */
/* memory.c - runs in auth: the contents of the state file.  Its times are of the
 * wall clock, because the monotonic clock restarts with the machine; if the wall
 * clock is set, bans get longer or shorter, and nothing else changes. */
#include "daemon/auth/memory.h"

#include "common/text.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EVERY_MS = 1000, AGAIN_MS = 10000 };

/* The second version has keys of networks.  The first has 0 in the place of that
 * field: it can be read as it is, and is written as the second. */
static const char *const magics[] = { "wardBAN2", "wardBAN1", NULL };

struct kept_head {
    uint32_t bans, failures;
};

struct kept_ban {
    struct key key;
    uint32_t by_hand;
    int64_t until_ms;
};

struct kept {
    struct kept_head head;
    struct kept_ban bans[BANS_MAX];
};

size_t memory_room(void)
{
    return sizeof(struct kept) + PENALTY_ADDRESSES * sizeof(struct penalty_record);
}

void memory_init(struct memory *memory)
{
    *memory = (struct memory){ .file.fd = -1, .buffer = calloc(1, memory_room()) };
    if (!memory->buffer)
        die("auth: no memory for what is kept over a restart");
}

/* The difference between the wall clock and the monotonic clock. */
static int64_t wall_shift(int64_t now_ms)
{
    struct timespec wall = { 0 };
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    return (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000 - now_ms;
}

static bool key_makes_sense(const struct key *key)
{
    static const struct key zero;
    const size_t used = key->family == AF_INET ? 4 : key->network ? 6 : 8;
    return (key->family == AF_INET || key->family == AF_INET6) &&
           key->network <= (key->family == AF_INET6) &&
           memcmp(key->bytes + used, zero.bytes, sizeof zero.bytes - used) == 0;
}

static bool makes_sense(const struct kept_head *head, const struct kept_ban *bans,
                        const struct penalty_record *failures)
{
    for (size_t i = 0; i < head->bans; i++) {
        if (!key_makes_sense(&bans[i].key) || bans[i].by_hand > 1)
            return false;
    }
    for (size_t i = 0; i < head->failures; i++) {
        if (!key_makes_sense(&failures[i].key) || failures[i].window_ms > failures[i].last_ms)
            return false;
    }
    return true;
}

static void take_bans(struct bans *bans, const struct kept_ban *kept, size_t n, int64_t shift,
                      int64_t now_ms)
{
    struct key dropped;
    for (size_t i = 0; i < n; i++) {
        const int64_t left_ms = kept[i].until_ms - shift - now_ms;
        const int64_t most_ms = (int64_t)BAN_MAX_S * 1000;
        if (left_ms > 0)
            (void)bans_add(bans, &kept[i].key, now_ms + (left_ms < most_ms ? left_ms : most_ms),
                           kept[i].by_hand != 0, &dropped);
    }
}

static void take_failures(struct penalties *penalties, const struct penalty_record *kept, size_t n,
                          int64_t shift, int64_t now_ms)
{
    for (size_t i = 0; i < n; i++) {
        struct penalty_record record = kept[i];
        record.last_ms -= shift;
        record.window_ms -= shift;
        if (record.last_ms > now_ms) /* the clock was set back */
            record.last_ms = record.window_ms = now_ms;
        penalty_restore(penalties, &record);
    }
}

/* The parts of n bytes of content; false if they do not fill it exactly. */
static bool parts_of(const char *content, size_t n, struct kept_head *head,
                     const struct kept_ban **bans, const struct penalty_record **failures)
{
    if (n < sizeof *head)
        return false;
    memcpy(head, content, sizeof *head);
    *bans = (const void *)(content + sizeof *head);
    *failures = (const void *)(*bans + head->bans);
    return head->bans <= BANS_MAX && head->failures <= PENALTY_ADDRESSES &&
           n == sizeof *head + head->bans * sizeof **bans + head->failures * sizeof **failures;
}

/* False: they are not valid. */
static bool take_content(const struct memory *memory, size_t n, struct bans *bans,
                         struct penalties *penalties, int64_t now_ms)
{
    const struct kept_ban *kept_bans;
    const struct penalty_record *failures;
    struct kept_head head;
    const int64_t shift = wall_shift(now_ms);
    if (!parts_of(memory->buffer, n, &head, &kept_bans, &failures) ||
        !makes_sense(&head, kept_bans, failures))
        return false;
    take_bans(bans, kept_bans, head.bans, shift, now_ms);
    take_failures(penalties, failures, head.failures, shift, now_ms);
    log_note(LOG_LEVEL_INFO, "%s %u bans and the failures of %u addresses",
             memory->taken ? "the predecessor hands over" : "the state file holds", head.bans,
             head.failures);
    return true;
}

int memory_take(struct memory *memory, int fd, struct bans *bans, struct penalties *penalties,
                int64_t now_ms)
{
    stored_close(&memory->file);
    const ssize_t n = stored_open(&memory->file, fd, magics, memory->buffer, memory_room());
    if (n < 0)
        return (int)n;
    if (n == 0 || memory->taken || take_content(memory, (size_t)n, bans, penalties, now_ms))
        return 0;
    stored_close(&memory->file);
    return -EBADMSG;
}

static size_t fill(const struct memory *memory, struct bans *bans,
                   const struct penalties *penalties, int64_t now_ms)
{
    char *content = memory->buffer;
    struct kept_ban *kept = (void *)(content + sizeof(struct kept_head));
    const int64_t shift = wall_shift(now_ms);
    bans_expire(bans, now_ms);
    for (size_t i = 0; i < bans->count; i++) {
        const struct ban *ban = &bans->list[i];
        kept[i] = (struct kept_ban){ .key = ban->key,
                                     .by_hand = ban->by_hand,
                                     .until_ms = ban->until_ms + shift };
    }
    struct penalty_record *failures = (void *)(kept + bans->count);
    const size_t n = penalties_copy(penalties, failures, PENALTY_ADDRESSES);
    for (size_t i = 0; i < n; i++) {
        failures[i].window_ms += shift;
        failures[i].last_ms += shift;
    }
    const struct kept_head head = { .bans = (uint32_t)bans->count, .failures = (uint32_t)n };
    memcpy(content, &head, sizeof head);
    return (size_t)((char *)(failures + n) - content);
}

size_t memory_copy(const struct memory *memory, struct bans *bans,
                   const struct penalties *penalties, int64_t now_ms, const char **content)
{
    *content = memory->buffer;
    return fill(memory, bans, penalties, now_ms);
}

bool memory_collect(const struct memory *memory, size_t at, const char *bytes, size_t n)
{
    if (at > memory_room() || n > memory_room() - at)
        return false;
    memcpy((char *)memory->buffer + at, bytes, n);
    return true;
}

bool memory_take_collected(struct memory *memory, size_t n, struct bans *bans,
                           struct penalties *penalties, int64_t now_ms)
{
    memory->taken = memory->changed = true;
    return take_content(memory, n, bans, penalties, now_ms);
}

static void keep_now(struct memory *memory, struct bans *bans, const struct penalties *penalties,
                     int64_t now_ms)
{
    const size_t n = fill(memory, bans, penalties, now_ms);
    const int error = stored_write(&memory->file, memory->buffer, n);
    memory->changed = error != 0;
    memory->next_ms = now_ms + (error ? AGAIN_MS : EVERY_MS);
    if (error && !memory->failing)
        log_note(LOG_LEVEL_ERROR, "bans and failures cannot be written: %s", strerror(-error));
    if (!error && memory->failing)
        log_note(LOG_LEVEL_INFO, "bans and failures are written again");
    memory->failing = error != 0;
}

static bool has_work(const struct memory *memory)
{
    return memory->changed && memory->file.fd >= 0;
}

void memory_keep(struct memory *memory, struct bans *bans, const struct penalties *penalties,
                 int64_t now_ms)
{
    if (has_work(memory) && now_ms >= memory->next_ms)
        keep_now(memory, bans, penalties, now_ms);
}

int memory_wait_ms(const struct memory *memory, int64_t now_ms)
{
    if (!has_work(memory))
        return -1;
    return memory->next_ms > now_ms ? (int)(memory->next_ms - now_ms) : 0;
}

void memory_end(struct memory *memory, struct bans *bans, const struct penalties *penalties,
                int64_t now_ms)
{
    if (has_work(memory))
        keep_now(memory, bans, penalties, now_ms);
    stored_close(&memory->file);
}
