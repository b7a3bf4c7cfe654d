/* SPDX-License-Identifier: BSD-2-Clause */
/* hand.h - an upgrade: what an auth passes to its successor. */
#ifndef AUTH_HAND_H
#define AUTH_HAND_H

struct auth;

/* Begins no log-in from now on; tells the master once none is under way. */
void auth_finish(struct auth *auth);
/* The master is gone: no successor will come. */
void auth_resume(struct auth *auth);
/* After each turn. */
void auth_report_finished(struct auth *auth);

/* Sends everything, and exits.  Log-ins that are still under way fail; the clients may try again. */
_Noreturn void auth_hand_over(struct auth *auth);

/* Reads everything from the predecessor's channel. */
void auth_take_over(struct auth *auth, int channel);

#endif
