/* SPDX-License-Identifier: BSD-2-Clause */
/* failures.h - the consequences of failed log-ins: delays and bans, as configured. */
#ifndef AUTH_FAILURES_H
#define AUTH_FAILURES_H

#include "daemon/auth/bans.h"
#include "daemon/auth/penalty.h"

struct auth;

/* Is the address banned at this moment, itself or its network? */
bool is_banned(const struct auth *auth, const struct sockaddr_storage *peer);
/* Counts a failure for the address and its network, which may ban either.  Returns
 * the delay of the refusal. */
int64_t failures_count(struct auth *auth, const struct sockaddr_storage *peer,
                       enum failure failure);
/* A successful log-in from this address. */
void failures_forgive(struct auth *auth, const struct key *key);
/* Bans an address for `seconds` and has the master enforce it.  False: it is in
 * ban_never. */
bool ban_add(struct auth *auth, const struct key *key, uint32_t seconds, bool by_hand);
/* Lifts a ban, and forgets the failures that led to it.  False: there was none. */
bool ban_remove(struct auth *auth, const struct key *key, bool by_hand);
/* Removes bans that have ended from auth->bans. */
const struct bans *ban_list(struct auth *auth);
/* Lifts the bans of addresses that are in ban_never since a reload. */
void bans_check_again(struct auth *auth);
/* The state file, opened by the master; owns fd. */
void bans_take_state(struct auth *auth, int fd);
/* Sends the master the bans that it does not know yet. */
void bans_report(struct auth *auth);
/* Is there a ban that it does not know because its channel was full? */
bool bans_are_unreported(const struct auth *auth);

#endif
