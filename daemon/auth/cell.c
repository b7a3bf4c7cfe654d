/* SPDX-License-Identifier: BSD-2-Clause */
/* cell.c - runs in auth: the table of cells. */
#include "daemon/auth/cell.h"

#include "daemon/ipc/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void cells_init(struct cell_table *table, int epoll)
{
    memset(table, 0, sizeof *table);
    table->epoll = epoll;
    hash_table_init(&table->by_number, table->buckets, CELL_BUCKETS);
}

struct cell *cell_find(struct cell_table *table, uint64_t number)
{
    return hash_table_find_number(&table->by_number, number);
}

struct cell *cell_get(struct cell_table *table, uint64_t number)
{
    struct cell *cell = cell_find(table, number);
    if (cell)
        return cell;
    cell = calloc(1, sizeof *cell);
    if (!cell) {
        log_note(LOG_LEVEL_ERROR, "no memory for cell %llu", (unsigned long long)number);
        return NULL;
    }
    cell->number = number;
    cell->net = (struct end){ .kind = END_NET, .fd = -1, .owner = cell };
    cell->jail = (struct end){ .kind = END_JAIL, .fd = -1, .owner = cell };
    cell->state = CELL_NEW;
    hash_table_add(&table->by_number, &cell->node, number);
    return cell;
}

void cell_take_end(struct cell_table *table, struct cell *cell, struct end *end, int fd)
{
    cell_close_end(table, end); /* only if it was sent twice */
    if (end_open(end, table->epoll, fd))
        table->open_ends++;
    else
        log_cell(cell->number, LOG_LEVEL_ERROR, "its channel is lost: epoll: %s", strerror(errno));
}

void cell_close_end(struct cell_table *table, struct end *end)
{
    if (end->fd >= 0)
        table->open_ends--;
    end_close(end);
}

void cell_forget(struct cell_table *table, struct cell *cell)
{
    hash_table_remove(&table->by_number, &cell->node);
    cell->next_dead = table->dead;
    table->dead = cell;
}

void cells_sweep(struct cell_table *table)
{
    while (table->dead) {
        struct cell *cell = table->dead;
        table->dead = cell->next_dead;
        free(cell);
    }
}
