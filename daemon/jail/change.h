/* change.h - JAIL's half of the quota: every change of the user's files lies
 * between change_begin() and change_end(), so that auth's ledger knows of it
 * and no count of the files runs beside it.  Users without a quota pay nothing.
 *
 * One change at a time.  Where auth is gone, what only frees goes on; what
 * takes is refused once the lease is spent (invariant I6). */
#ifndef JAIL_CHANGE_H
#define JAIL_CHANGE_H

#include "daemon/protocol/auth_jail.h"
#include "daemon/protocol/net_jail.h"

#include <stdbool.h>
#include <stdint.h>

struct jail;

/* wants: enum quota_wants.  0, or -JAIL_QUOTA, -JAIL_QUOTA_FILES, -JAIL_QUOTA_LATER; then nothing has begun. */
int change_begin(struct jail *jail, uint32_t wants);

/* More bytes for the change that has begun: jail->change.bytes grows, or the same errors. */
int change_more(struct jail *jail);

/* The same for so many bytes, and a file, at once.  False: they are not to be had. */
bool change_reserve(struct jail *jail, uint64_t bytes, bool file);

/* The change is made, or was not: what there is more than before. */
void change_end(struct jail *jail, int64_t bytes, int64_t files);

/* Opens the home's own lock.  Once, before the first change. */
void change_prepare(struct jail *jail);

/* Between the two no other session with this quota changes a name: what is weighed is what goes.  Short,
 * and never while auth is asked: it may wait for a change of who waits for the lock. */
void change_lock(const struct jail *jail);
void change_unlock(const struct jail *jail);

/* What a name counts for; nothing, without a look, where there is no quota. */
struct jail_usage change_weigh(const struct jail *jail, int parent, const char *name);

/* Does auth keep a ledger of this user's files? */
bool change_is_counted(const struct jail *jail);

/* Would this be granted, and what is used?  jail->change tells. */
int change_look(struct jail *jail, uint32_t wants);

/* The name that auth has for an id (enum owner_kind), empty: none.  False: auth can't be asked. */
bool change_owner(struct jail *jail, uint32_t kind, uint32_t id, char name[NAME_ROOM]);

/* So many bytes have moved: microseconds until the next may (enum rate_direction). */
uint64_t change_pace(struct jail *jail, uint32_t direction, uint64_t bytes);

/* Asks for the user's one turn to compute a check sum, or gives it back.  False: another session has it.
 * Where auth is gone, there is no wait. */
bool change_hash_turn(struct jail *jail, bool take);

#endif
