/* per_user.h - how many sessions each user has (law C4, max_sessions_per_user);
 * and, in a second one, each group. */
#ifndef AUTH_PER_USER_H
#define AUTH_PER_USER_H

#include "daemon/auth/key.h"

#include <stdbool.h>

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

/* One direction of one session, of a rate that all sessions of its user share. */
struct user_share {
    uint64_t rate;     /* bytes a second; 0: no limit */
    int64_t silent_us; /* until when the session was to move nothing */
};

/* The session has moved bytes.  Microseconds until it may move the next.  A
 * user who was slow saves up a second's worth at most.  What a session says
 * sets the others back by two pieces of the rate at most (rate_piece); what it
 * says before its wait is over sets back only itself.  An honest one says
 * neither more nor sooner. */
uint64_t per_user_pace(struct user_count *count, unsigned direction, struct user_share *share, uint64_t bytes,
                       int64_t now_us);

/* What only one of the user's sessions may do at a time (a long check sum).  The first to ask has the
 * turn until it gives it back; the others line up, and ask again until theirs has come or they give it up.
 * A session gives its turn back before per_user_end(); giving what it never asked for does nothing, nor
 * does NULL. */
struct turn {
    struct turn *next;
};
bool per_user_turn_take(struct user_count *count, struct turn *turn);
void per_user_turn_give(struct user_count *count, struct turn *turn);

/* Ends one session; takes NULL. */
void per_user_end(struct per_user *users, struct user_count *count);

#endif
