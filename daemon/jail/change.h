/* SPDX-License-Identifier: BSD-2-Clause */
/* change.h - JAIL's part of the quota.  Every change of the user's files is
 * made between change_begin() and change_end(), so that auth's ledger knows
 * of it and no session counts the files meanwhile.  Without a quota these
 * functions cost nothing.  One change at a time.  If auth is gone, changes that
 * free space go on; others are refused when the lease is spent (invariant
 * I6). */
#ifndef JAIL_CHANGE_H
#define JAIL_CHANGE_H

#include "daemon/protocol/auth_jail.h"
#include "daemon/protocol/net_jail.h"

#include <stdbool.h>
#include <stdint.h>

struct jail;

/* Begins a change. wants: enum quota_wants. 0; else -JAIL_QUOTA, -JAIL_QUOTA_FILES or
 * -JAIL_QUOTA_LATER, and nothing has begun. */
int change_begin(struct jail *jail, uint32_t wants);

/* Gets more bytes for the current change: jail->change.bytes grows.  Returns the same. */
int change_more(struct jail *jail);

/* Gets so many bytes, and a file, at once.  False: the quota does not have them. */
bool change_reserve(struct jail *jail, uint64_t bytes, bool file);

/* Ends the change: how many bytes and files more there are than before. */
void change_end(struct jail *jail, int64_t bytes, int64_t files);

/* Once, before the first change: opens the home, for its lock. */
void change_prepare(struct jail *jail);

/* Between the two no other session with this quota changes a name, so that what is counted is
 * what is changed.  Must be short.  Don't ask auth meanwhile: it may wait for a session that waits
 * for this lock. */
void change_lock(const struct jail *jail);
void change_unlock(const struct jail *jail);

/* How much of the quota a name uses; without a quota nothing, and no system call is made. */
struct jail_usage change_weigh(const struct jail *jail, int parent, const char *name);

/* Does auth keep a ledger of this user's files? */
bool change_is_counted(const struct jail *jail);

/* Would this be granted, and what is used?  Sets jail->change. */
int change_look(struct jail *jail, uint32_t wants);

/* Asks auth for the name of an id (enum owner_kind); empty: none.  False: auth is gone. */
bool change_owner(struct jail *jail, uint32_t kind, uint32_t id, char name[NAME_ROOM]);

/* Reports bytes that have moved (enum rate_direction).  Returns the microseconds to wait before
 * the next. */
uint64_t change_pace(struct jail *jail, uint32_t direction, uint64_t bytes);

/* Takes the user's one turn to compute a checksum, or gives it back.  False: another session has
 * it.  Without auth there is always a turn. */
bool change_hash_turn(struct jail *jail, bool take);

#endif
