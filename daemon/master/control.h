/* SPDX-License-Identifier: BSD-2-Clause */
/* control.h - the process control, which serves wardctl: its socket, its channels, its answers. */
#ifndef MASTER_CONTROL_H
#define MASTER_CONTROL_H

#include "daemon/master/complaint.h"
#include "daemon/protocol/control.h"

#include <stdbool.h>
#include <stdint.h>

struct master;

/* Binds the control socket.  0, or -errno after a complaint. */
int control_socket_open(struct master *master, const struct complaint *to);
void control_socket_close(struct master *master);

/* Gives a new control the socket, and a channel to auth. */
void control_give_socket(struct master *master);

/* Gives control and auth a channel to each other, where one of them is new. */
void control_link(struct master *master);

/* An answer to the question of this serial and verb, for control_answer(). */
void control_begin(struct control_answer *answer, uint32_t serial, uint32_t verb);
void control_answer(struct master *master, const struct control_answer *answer);

/* The answer to a reload; lines: its complaints. */
void control_answer_reload(struct master *master, uint32_t serial, bool reloaded,
                           const char *lines);
/* ... and to an upgrade. */
void control_answer_upgrade(struct master *master, uint32_t serial, bool upgraded,
                            const char *lines);

#endif
