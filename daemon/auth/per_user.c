/* SPDX-License-Identifier: BSD-2-Clause */
/* per_user.c - runs in auth: sessions by user. */
#include "daemon/auth/per_user.h"

#include "daemon/protocol/auth_jail.h"

#include <stdlib.h>
#include <string.h>

struct user_count {
    struct hash_node node;
    uint32_t sessions;  /* never 0: the end of the last one frees it */
    int64_t next_us[2]; /* when the next byte may move, in each direction */
    struct turn *turns; /* of the sessions that want the turn; the first one has it */
    char name[];
};

void per_user_init(struct per_user *users)
{
    memset(users, 0, sizeof *users);
    users->secret = key_secret();
    hash_table_init(&users->counts, users->buckets, PER_USER_BUCKETS);
}

static uint64_t hash_of(const struct per_user *users, const char *name)
{
    return key_sum(users->secret, name, strlen(name));
}

static bool is_of(const void *entry, const void *name)
{
    return strcmp(((const struct user_count *)entry)->name, name) == 0;
}

static struct user_count *find(const struct per_user *users, const char *name)
{
    return hash_table_find(&users->counts, hash_of(users, name), is_of, name);
}

uint32_t per_user_sessions(struct per_user *users, const char *name)
{
    const struct user_count *count = find(users, name);
    return count ? count->sessions : 0;
}

struct user_count *per_user_begin(struct per_user *users, const char *name)
{
    struct user_count *count = find(users, name);
    if (!count) {
        const size_t size = strlen(name) + 1;
        count = calloc(1, sizeof *count + size);
        if (!count)
            return NULL;
        memcpy(count->name, name, size);
        hash_table_add(&users->counts, &count->node, hash_of(users, name));
    }
    count->sessions++;
    return count;
}

/* The microseconds that the bytes take at this rate; at most two pieces are counted. */
static int64_t time_of(uint64_t bytes, uint64_t rate)
{
    const uint64_t most = 2 * rate_piece(rate);
    return (int64_t)((double)(bytes < most ? bytes : most) * 1e6 / (double)rate);
}

/* A session that does not wait is delayed more, but at most by a second, or by
 * four pieces at a slow rate. */
static int64_t extend(struct user_share *share, int64_t took_us, int64_t now_us)
{
    const int64_t second_us = 1000000, slow_us = 2 * time_of(UINT64_MAX, share->rate);
    const int64_t most_us = now_us + (slow_us > second_us ? slow_us : second_us);
    const int64_t longer_us = share->silent_us + took_us;
    if (share->silent_us < most_us)
        share->silent_us = longer_us < most_us ? longer_us : most_us;
    return share->silent_us;
}

uint64_t per_user_pace(struct user_count *count, unsigned direction, struct user_share *share,
                       uint64_t bytes, int64_t now_us)
{
    enum { SAVED_US = 1000000, EARLY_US = 2000 /* NET does not wait for less */ };
    int64_t *next_us = &count->next_us[direction];
    const int64_t took_us = time_of(bytes, share->rate);
    if (share->silent_us > now_us + EARLY_US)
        return (uint64_t)(extend(share, took_us, now_us) - now_us);
    if (*next_us < now_us - SAVED_US)
        *next_us = now_us;
    *next_us += took_us;
    share->silent_us = *next_us;
    return *next_us > now_us ? (uint64_t)(*next_us - now_us) : 0;
}

bool per_user_turn_take(struct user_count *count, struct turn *turn)
{
    struct turn **at = &count->turns;
    while (*at && *at != turn)
        at = &(*at)->next;
    if (!*at) {
        turn->next = NULL;
        *at = turn;
    }
    return count->turns == turn;
}

void per_user_turn_give(struct user_count *count, struct turn *turn)
{
    if (!count)
        return;
    struct turn **at = &count->turns;
    while (*at && *at != turn)
        at = &(*at)->next;
    if (*at)
        *at = turn->next;
}

const char *per_user_name(const struct user_count *count)
{
    return count->name;
}

void per_user_pace_get(const struct user_count *count, int64_t next_us[2])
{
    memcpy(next_us, count->next_us, sizeof count->next_us);
}

void per_user_pace_set(struct user_count *count, const int64_t next_us[2])
{
    memcpy(count->next_us, next_us, sizeof count->next_us);
}

bool per_user_turn_held(const struct user_count *count, const struct turn *turn)
{
    return count->turns == turn;
}

void per_user_end(struct per_user *users, struct user_count *count)
{
    if (!count || --count->sessions > 0)
        return;
    hash_table_remove(&users->counts, &count->node);
    free(count);
}
