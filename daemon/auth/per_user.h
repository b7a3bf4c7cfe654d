/* SPDX-License-Identifier: BSD-2-Clause */
/* per_user.h - the number of sessions of each user (law C4, max_sessions_per_user)
 * and, in a second table, of each group. */
#ifndef AUTH_PER_USER_H
#define AUTH_PER_USER_H

#include "common/hash_table.h"
#include "daemon/auth/key.h"

#include <stdbool.h>

enum { PER_USER_BUCKETS = 1024 };

struct user_count;

struct per_user {
    uint64_t secret;
    struct hash_table counts;
    struct hash_node *buckets[PER_USER_BUCKETS];
};

void per_user_init(struct per_user *users);

/* Sessions of a user. */
uint32_t per_user_sessions(struct per_user *users, const char *name);

/* Counts one more session.  Returns the argument for per_user_end(), or NULL: no memory. */
struct user_count *per_user_begin(struct per_user *users, const char *name);

/* One direction of one session, of a rate that all sessions of its user share. */
struct user_share {
    uint64_t rate;     /* bytes a second; 0: no limit */
    int64_t silent_us; /* until then the session should move nothing */
};

/* The session has moved bytes.  Returns the microseconds until it may move the
 * next.  A user who was slow saves up at most a second's worth.  A report delays
 * the other sessions by at most two pieces of the rate (rate_piece); a report
 * before the session's wait is over delays only itself.  Honest sessions send
 * neither larger nor earlier reports. */
uint64_t per_user_pace(struct user_count *count, unsigned direction, struct user_share *share,
                       uint64_t bytes, int64_t now_us);

/* The turn to do what only one of the user's sessions may do at a time (a long
 * checksum). The first session to ask has it until it gives it back; the others
 * queue, and ask again until it is their turn or they give up.  A session gives
 * its turn back before per_user_end(). Giving back what was not requested, or
 * NULL, does nothing. */
struct turn {
    struct turn *next;
};
bool per_user_turn_take(struct user_count *count, struct turn *turn);
void per_user_turn_give(struct user_count *count, struct turn *turn);

/* For a successor: whose count it is, when the next byte may move in each direction, and whether
 * this session has the turn. */
const char *per_user_name(const struct user_count *count);
void per_user_pace_get(const struct user_count *count, int64_t next_us[2]);
void per_user_pace_set(struct user_count *count, const int64_t next_us[2]);
bool per_user_turn_held(const struct user_count *count, const struct turn *turn);

/* Ends one session; takes NULL. */
void per_user_end(struct per_user *users, struct user_count *count);

#endif
