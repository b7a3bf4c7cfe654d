/* SPDX-License-Identifier: BSD-2-Clause */
/* cell_keep.c - runs in the master: cells into the image of an upgrade, and out of
 * it.  Their processes go on meanwhile, and see nothing of it. */
#include "daemon/master/cell_keep.h"

#include "daemon/master/cell.h"
#include "daemon/master/master.h"

#include <string.h>

static bool keep_one(const struct cell *cell, struct keeping *keeping)
{
    const struct kept_cell kept = { .net = child_keep(keeping, &cell->net),
                                    .jail = child_keep(keeping, &cell->jail),
                                    .number = cell->number,
                                    .session = cell->session,
                                    .made_ms = cell->made_ms,
                                    .kill_at_ms = cell->kill_at_ms,
                                    .to_net = keeping_fd(keeping, cell->to_net),
                                    .scribe_jail = keeping_fd(keeping, cell->ends.scribe_jail),
                                    .state = cell->state,
                                    .logged_in = cell->logged_in,
                                    .end_wanted = cell->end_wanted,
                                    .login_overdue = cell->login_overdue,
                                    .has_address = cell->address != NULL,
                                    .ends_missing = cell->ends_missing,
                                    .client = cell->client };
    struct kept_cell *to = keeping_add(keeping, sizeof *to);
    if (!to)
        return false;
    *to = kept;
    memcpy(to->user, cell->user, sizeof to->user);
    memcpy(to->group, cell->group, sizeof to->group);
    return true;
}

static uint32_t keep_list(const struct cell_list *list, struct keeping *keeping)
{
    for (const struct cell *cell = list->first; cell; cell = cell->next) {
        if (!keep_one(cell, keeping))
            return 0;
    }
    return list->count;
}

static void keep_homes(const struct cell_list *list, struct keeping *keeping)
{
    for (const struct cell *cell = list->first; cell; cell = cell->next) {
        const char *home = cell->home ? cell->home : "";
        const size_t size = strlen(home) + 1;
        char *to = keeping_add(keeping, size);
        if (!to)
            return;
        memcpy(to, home, size);
        keeping_head(keeping)->home_bytes += (uint32_t)size;
    }
}

void cells_keep(const struct master *master, struct keeping *keeping)
{
    const struct cells *cells = master->cells;
    uint32_t count = keep_list(&cells->idle, keeping);
    count += keep_list(&cells->busy, keeping);
    count += keep_list(&cells->ending, keeping);
    keep_homes(&cells->idle, keeping);
    keep_homes(&cells->busy, keeping);
    keep_homes(&cells->ending, keeping);
    struct kept_head *head = keeping_head(keeping);
    head->cells = count;
    head->next_cell = cells->next_cell;
    head->next_session = cells->next_session;
    head->young_deaths = cells->throttle.young_deaths;
    head->throttled_until_ms = cells->throttle.until_ms;
}

static bool count_address(struct master *master, struct cell *cell)
{
    cell->address = address_find(master->addresses, &cell->client.peer);
    if (cell->address)
        address_add(cell->address);
    return cell->address != NULL;
}

/* *at: the next text; empty: none. */
static bool restore_home(struct cell *cell, const char **at, const char *end)
{
    const char *home = *at;
    const char *nul = memchr(home, '\0', (size_t)(end - home));
    if (!nul)
        return false;
    *at = nul + 1;
    cell->home = *home ? strdup(home) : NULL;
    return true;
}

static bool restore_one(struct master *master, const struct kept_cell *kept, const char **homes,
                        const char *end)
{
    struct cell *cell = cell_new(master);
    if (!cell || kept->state <= CELL_STARTING || kept->state > CELL_ENDING)
        return false;
    cell->number = kept->number;
    cell->session = kept->session;
    cell->made_ms = kept->made_ms;
    cell->kill_at_ms = kept->kill_at_ms;
    cell->to_net = kept->to_net;
    cell->ends.scribe_jail = kept->scribe_jail;
    cell->logged_in = kept->logged_in != 0;
    cell->end_wanted = kept->end_wanted != 0;
    cell->login_overdue = kept->login_overdue != 0;
    cell->ends_missing = kept->ends_missing;
    cell->client = kept->client;
    memcpy(cell->user, kept->user, sizeof cell->user - 1);
    memcpy(cell->group, kept->group, sizeof cell->group - 1);
    cell_set_state(master, cell, (enum cell_state)kept->state);
    return restore_home(cell, homes, end) && child_restore(master, &cell->net, &kept->net) &&
           child_restore(master, &cell->jail, &kept->jail) &&
           (!kept->has_address || count_address(master, cell));
}

bool cells_restore(struct master *master, const struct kept_head *head, struct kept_reader *reader)
{
    const struct kept_cell *kept = kept_next(reader, sizeof *kept, head->cells);
    const char *homes = kept_next(reader, 1, head->home_bytes);
    struct cells *cells = master->cells;
    if (!kept || !homes)
        return false;
    const char *const end = homes + head->home_bytes;
    for (uint32_t i = 0; i < head->cells; i++) {
        if (!restore_one(master, &kept[i], &homes, end))
            return false;
    }
    cells->next_cell = head->next_cell;
    cells->next_session = head->next_session;
    cells->throttle = (struct throttle){ .young_deaths = head->young_deaths,
                                         .until_ms = head->throttled_until_ms };
    return true;
}
