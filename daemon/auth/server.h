/* server.h - the state of auth, and what its files do for each other. */
#ifndef AUTH_SERVER_H
#define AUTH_SERVER_H

#include "daemon/auth/bans.h"
#include "daemon/auth/files.h"
#include "daemon/auth/hash.h"
#include "daemon/auth/key.h"
#include "daemon/auth/ledger_book.h"
#include "daemon/auth/memory.h"
#include "daemon/auth/penalty.h"
#include "daemon/auth/per_user.h"
#include "daemon/auth/policy.h"
#include "daemon/auth/queue.h"
#include "daemon/auth/timers.h"
#include "daemon/auth/watch.h"
#include "daemon/protocol/auth_jail.h"
#include "daemon/protocol/from_master.h"
#include "daemon/protocol/net_auth.h"
#include "daemon/protocol/to_scribe.h"
#include "daemon/roles.h"

/* Where a cell is; single bits, as they are the phases of its borders. */
enum cell_state {
    CELL_NEW = 1 << 0,      /* it has no client yet */
    CELL_READY = 1 << 1,    /* its NET may ask */
    CELL_FILE = 1 << 2,     /* its log-in waits for the user file */
    CELL_QUEUED = 1 << 3,   /* ... for a hasher */
    CELL_HASHING = 1 << 4,  /* ... for the hasher's verdict */
    CELL_DELAYED = 1 << 5,  /* it was refused and will hear so */
    CELL_ENTERING = 1 << 6, /* its JAIL was told who it is */
    CELL_IN = 1 << 7,       /* logged in */
    CELL_OVER = 1 << 8,     /* its JAIL has ended */
};

/* One log-in, from NET's question to the answer or the refusal.  It holds the
 * password until a hasher has it. */
struct attempt {
    struct cell *cell; /* NULL: gone meanwhile; the verdict counts all the same */
    uint64_t number;   /* the cell's */
    struct key key;
    struct place place;
    int64_t asked_ms;
    unsigned file;
    struct sockaddr_storage peer;
    bool tls;
    bool tls_required; /* by the listener */
    bool too_long;
    bool guest;           /* by [anonymous]: no password is asked for */
    enum refusal refusal; /* what is known before the hash; then a dummy is hashed */
    char name[NAME_ROOM];
    char subject[NAME_ROOM]; /* of the client's certificate, empty: none */
    char password[PASSWORD_ROOM];
    char hash[HASH_ROOM];
    struct jail_who who;
    struct user_policy policy;
};

/* What a logged-in cell's JAIL may ask about, and what it waits for (quota.c). */
struct quota {
    uint32_t asks;         /* enum jail_asks */
    struct ledger *ledger; /* NULL: none, or no memory for it */
    struct ledger_rules rules;
    struct lease lease;
    bool counts;          /* its JAIL counts the files */
    bool waits;           /* for the answer to a QUOTA_OPEN */
    struct quota_ask ask; /* that it waits for */
    struct user_share shares[RATE_DIRECTIONS];
};

struct cell {
    uint64_t number;
    struct end net, jail;
    enum cell_state state;
    bool has_client; /* then the master says when it is gone */
    bool tls_required;
    struct sockaddr_storage peer;
    struct key key;
    struct timer timer;
    uint32_t serial;                  /* of NET's question */
    uint32_t failures;                /* refused log-ins of this session */
    struct attempt *attempt;          /* from CELL_FILE until its answer, but CELL_DELAYED */
    struct user_count *counted;       /* as a session of its user ... */
    struct user_count *group_counted; /* ... and of its group */
    struct turn turn;                 /* to compute a check sum, of its user's sessions */
    bool orphan;                      /* it logged in at an auth before this one */
    struct quota quota;
    unsigned file;             /* its user file, once logged in */
    struct cell *next_waiting; /* of those whose quota.waits */
    struct cell *next;
};

enum { CELL_BUCKETS = 4096 };

struct auth {
    struct config *config;
    const struct role_ids *ids;
    int epoll;
    struct end master;  /* fd -1: gone */
    struct end control; /* it asks what an administrator asks */
    struct hashers hashers;
    struct timers timers;
    struct queue queue;
    struct penalties *penalties;
    struct bans bans;
    struct memory memory; /* of both, over a restart */
    struct per_user per_user;
    struct per_user per_group;
    struct files files;
    struct cell *cells[CELL_BUCKETS];
    struct cell *dead; /* to be freed at the end of the turn */
    size_t open_ends;  /* channels of cells */
    struct ledger_book ledgers;
    struct cell *waiting; /* for a quota's answer, the first one first */
    size_t orphans;
};

/* control.c */
void control_take(struct auth *auth, int fd); /* takes fd in place of the end before */
void control_serve(struct auth *auth);

/* cells.c */
struct cell *cell_find(struct auth *auth, uint64_t number);
/* The cell of this number, made where there is none; NULL: no memory. */
struct cell *cell_get(struct auth *auth, uint64_t number);
void cell_take_end(struct auth *auth, struct cell *cell, struct end *end, int fd);
void cell_close_end(struct auth *auth, struct end *end);
/* Its memory goes at the end of the turn: an event of this turn may still name it. */
void cell_forget(struct auth *auth, struct cell *cell);
void cells_sweep(struct auth *auth);

/* login.c: the course of a log-in. */
void login_ask(struct auth *auth, struct cell *cell, const struct auth_login *ask);
void login_nopass(struct auth *auth, struct cell *cell);
void login_verdict(struct auth *auth, struct attempt *attempt, enum hash_verdict verdict);
void login_jail_answer(struct auth *auth, struct cell *cell, const struct jail_who_answer *answer);
/* The master and the dialer know of the log-in: NET may hear of it. */
void login_admitted(struct auth *auth, struct cell *cell);
void login_master_gone(struct auth *auth);
void login_file_came(struct auth *auth, unsigned index);
void login_overdue(struct auth *auth, struct cell *cell);
void login_hash_next(struct auth *auth);

/* The end of NET's channel, of JAIL's, and of both processes. */
void login_net_gone(struct auth *auth, struct cell *cell);
void login_jail_gone(struct auth *auth, struct cell *cell);
void login_cell_gone(struct auth *auth, struct cell *cell);

/* limits.c: sessions of each user and group.  Which limit is reached, and its number; or AUTH_OK. */
enum auth_result limits_judge(struct auth *auth, const char *user, const struct user_policy *policy,
                              uint32_t *limit);
/* Counts the cell's session; group: empty where none counts.  False: no memory. */
bool limits_begin(struct auth *auth, struct cell *cell, const char *user, const char *group);
void limits_end(struct auth *auth, struct cell *cell);

/* judge.c: what is known before the hash.  Fills in .refusal, .hash, and for a
 * user who may log in .who and .policy.  False: there is no user file to judge by, or no group file
 * that has the groups of all [group] sections. */
bool judge(const struct auth *auth, struct attempt *attempt);

/* tell.c: what auth tells master and scribe; waits a second where they are busy. */
void tell_logged_in(const struct auth *auth, const struct attempt *attempt);
void tell_users_changed(const struct auth *auth);
void tell_state_bad(const struct auth *auth);
/* False: the master's channel is full at the moment, or gone. */
bool tell_ban(const struct auth *auth, const struct key *key, uint32_t seconds);
/* The ban is lifted. */
void tell_unban(const struct auth *auth, const struct key *key);
void tell_scribe(const struct attempt *attempt, enum refusal refusal, uint32_t error);

/* hear_jail.c: one message of a JAIL.  False: there is none (any more). */
bool hear_jail(struct auth *auth, struct cell *cell);

/* quota.c: quotas, and rates that a user's sessions share. */
union jail_message {
    struct message_head head;
    JAIL_TO_AUTH(BORDER_MEMBER)
};
void quota_begin(struct auth *auth, struct cell *cell, const struct attempt *attempt);
/* A JAIL's question after the log-in.  False: it may not ask that now. */
bool quota_hear(struct auth *auth, struct cell *cell, const union jail_message *message);
/* owner.c: the same, of whose an id is. */
bool owner_hear(const struct auth *auth, const struct cell *cell, const struct owner_ask *ask);
/* JAIL's channel is at its end: it neither waits nor counts. */
void quota_jail_gone(struct auth *auth, struct cell *cell);
/* Both processes have ended: nothing is written any more by a lease that was not closed. */
void quota_cell_gone(struct auth *auth, struct cell *cell);

/* punish.c: penalties and bans, as the configuration has them. */

/* Is the address banned at this moment, alone or with its network? */
bool is_banned(const struct auth *auth, const struct sockaddr_storage *peer);
/* Counts a failure, for the address and its network, which may ban either.  The delay of the refusal. */
int64_t punish(struct auth *auth, const struct sockaddr_storage *peer, enum failure failure);
/* A good log-in from there. */
void pardon(struct auth *auth, const struct key *key);
/* Bans an address for `seconds` from now on, and has the master enforce it.
 * False: ban_never names it. */
bool ban_add(struct auth *auth, const struct key *key, uint32_t seconds, bool by_hand);
/* Lifts a ban, and the failures that led to it.  False: there was none. */
bool ban_remove(struct auth *auth, const struct key *key);
/* The bans that last still: auth->bans, without those that are over. */
const struct bans *ban_list(struct auth *auth);
/* Bans that ban_never names since the reload are lifted. */
void bans_judge_anew(struct auth *auth);
/* The state file, opened by the master: takes fd over. */
void bans_take_state(struct auth *auth, int fd);
/* Tells the master of bans that it does not know yet. */
void bans_tell(struct auth *auth);
/* Is one left that it does not know, its channel having been full? */
bool bans_are_untold(const struct auth *auth);

#endif
