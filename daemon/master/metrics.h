/* SPDX-License-Identifier: BSD-2-Clause */
/* metrics.h - the counters: what the scribe has counted and what the master counts
 * itself; and the process metrics, which gets them, and nothing else. */
#ifndef MASTER_METRICS_H
#define MASTER_METRICS_H

#include "daemon/protocol/control.h"
#include "daemon/protocol/reasons.h"

#include <stdbool.h>
#include <stdint.h>

struct master;

/* NULL: no memory. */
struct metrics *metrics_new(void);

/* What the master counts. */
void metrics_count_refused(struct metrics *metrics, enum limit limit);
void metrics_count_restart(struct metrics *metrics, enum shared_role role);

/* The scribe's last counts; and what a new scribe goes on from. */
void metrics_take_counts(struct metrics *metrics, const struct counts *counts);
void metrics_give_counts(struct master *master);

/* To a new process metrics: its listener. */
void metrics_give_listener(struct master *master);

/* After a reload, for which metrics_listener_prepare() has bound the new listener: takes it, and
 * hands it to the process metrics, if that runs already. */
void metrics_follow(struct master *master);

/* Answers the process metrics, if it does not ask too often; and control. */
void metrics_answer(struct master *master);
void metrics_answer_control(struct master *master, uint32_t serial);

/* An upgrade (kept.h). */
struct kept_head;
void metrics_keep(const struct master *master, struct kept_head *head);
void metrics_restore(struct master *master, const struct kept_head *head);

#endif
