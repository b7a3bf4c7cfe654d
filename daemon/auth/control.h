/* SPDX-License-Identifier: BSD-2-Clause */
/* control.h - an administrator's questions about bans and failures. */
#ifndef AUTH_CONTROL_H
#define AUTH_CONTROL_H

struct auth;

/* The channel to control; fd replaces the present one. */
void control_take(struct auth *auth, int fd);
/* Answers one question. */
void control_serve(struct auth *auth);

#endif
