/* SPDX-License-Identifier: BSD-2-Clause */
/* pool.h - idle cells, made before a client comes. */
#ifndef MASTER_POOL_H
#define MASTER_POOL_H

#include <stdbool.h>
#include <stdint.h>

struct master;
struct cell;

/* NULL: no memory.  pool_min cells are wanted. */
struct pool *pool_new(const struct master *master);

/* The oldest idle cell that is whole, or NULL; events as of cell_is_whole(). */
struct cell *pool_take(struct master *master, int socket, short *events);

/* A client got a cell. */
void pool_count_arrival(struct master *master);

/* Is a cell idle, or about to be? */
bool pool_is_soon(const struct master *master);

/* Is one more to be ordered now? */
bool pool_wants_cell(const struct master *master, int64_t now);
void pool_add_cell(struct master *master);

/* Orders all cells that are wanted at once: clients wait for them. */
void pool_hurry(struct master *master);

/* Replaces the idle cells: what they were forked with has changed. */
void pool_renew(struct master *master);

void pool_tick(struct master *master, int64_t now);

#endif
