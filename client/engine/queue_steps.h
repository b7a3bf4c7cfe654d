/* SPDX-License-Identifier: BSD-2-Clause */
/* queue_steps.h - what reading and writing a journal share; within the engine. */
#ifndef CLIENT_ENGINE_QUEUE_STEPS_H
#define CLIENT_ENGINE_QUEUE_STEPS_H

#include "client/engine/queue_file.h"

enum { QUEUE_FIELD_MAX = 8192 };

/* All of a journal, with what is gone, in the order of the ids: 0 or -errno. */
int queue_read_fd(int fd, struct queue_list *list);
void queue_drop_gone(struct queue_list *list);
int queue_by_rank(const void *a, const void *b);

#endif
