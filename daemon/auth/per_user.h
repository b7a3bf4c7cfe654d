/* per_user.h - how many sessions each user has (law C4, max_sessions_per_user);
 * and, in a second one, each group. */
#ifndef AUTH_PER_USER_H
#define AUTH_PER_USER_H

#include "daemon/auth/key.h"

enum { PER_USER_BUCKETS = 1024 };

struct user_count;

struct per_user {
    uint64_t secret;
    struct user_count *buckets[PER_USER_BUCKETS];
};

void per_user_init(struct per_user *users);

/* Sessions of a user. */
uint32_t per_user_sessions(struct per_user *users, const char *name);

/* Counts one more session.  What per_user_end() takes back, or NULL: no memory. */
struct user_count *per_user_begin(struct per_user *users, const char *name);

/* Bytes have moved in one of the user's sessions, in one of two directions, of which all together may
 * move `rate` a second.  Microseconds until the next may move.  Who was slow saves up a second's worth
 * at most. */
uint64_t per_user_pace(struct user_count *count, unsigned direction, uint64_t bytes, uint64_t rate,
                       int64_t now_us);

/* Ends one session; takes NULL. */
void per_user_end(struct per_user *users, struct user_count *count);

#endif
