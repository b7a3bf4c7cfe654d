/* SPDX-License-Identifier: BSD-2-Clause */
/* master.h - the state of the master.
 *
 * The master runs as root with a bounded set of capabilities.  It binds,
 * accepts, forks, counts and kills; it reads no byte of the network and
 * nothing from a NET (invariant I1).
 *
 * Its files form layers: a file calls only files below its own, and
 * scripts/check-borders fails on a circle.  What a lower file reports to a
 * higher one goes through a table of functions that the higher one gave it
 * (zygotes.h, shared.h, listen.h).
 *
 *     take_over, rehearse                start in the place of another program
 *     run                                start, loop, end
 *     admin, from_shared, accept         what arrives: questions, events, clients
 *     upgrade, renewal, keep_state       another program takes this one's place
 *     reload, stop, waiting, orphans
 *     client, pool                       a client gets an idle cell
 *     metrics_listener, metrics          counters
 *     cell_start, cell, cell_report      the life of a cell
 *     zygotes, keys, files, state, control, errands, events
 *     shared, scribe_ends, shared_send   auth, dialer, keeper, scribe, control and others
 *     listen, outside, spawn, images ... what needs no other process
 *     notify, passed                     the service manager
 *     child, watch, shortage, per_address, keep
 *
 * A new field of it, or of the structs of its parts, goes into carried.def, too:
 * an upgrade carries it, or makes it again. */
#ifndef MASTER_H
#define MASTER_H

#include "daemon/config/config.h"
#include "daemon/master/certificate_dates.h"
#include "daemon/master/images.h"
#include "daemon/master/programs.h"
#include "daemon/roles.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stopping { RUNNING, DRAINING, STOPPING_GENTLY, STOPPING_NOW };

struct master {
    /* The command line (main.c). */
    const char *config_path;
    const struct config_override *overrides;
    size_t override_count;
    bool foreground;
    char **arguments;    /* of main(), for the program that takes this one's place */
    const char *program; /* where this program is installed; empty: not known */

    /* What its children are started with. */
    struct config *config;
    struct role_ids ids;
    struct programs programs;
    struct images images;
    int empty_root;

    /* Its parts, each declared in the header of its name. */
    struct network *network;
    struct listeners *listeners;
    struct shared_processes *shared;
    struct zygotes *zygotes;
    struct cells *cells;
    struct pool *pool;
    struct waiting_room *waiting;
    struct address_table *addresses;
    struct reload *reload;
    struct notify *notify; /* NULL: no service manager asks */
    struct passed *passed;
    struct traces *traces;
    struct outside *outside;
    struct greetings *greetings;
    struct errands *errands;
    struct upgrade *upgrade;
    struct renewal *renewal;
    struct metrics *metrics;
    struct metrics_listener *metrics_listener;

    /* Descriptors; -1: none. */
    int epoll;
    int pid_file;
    int control_socket;
    int events_socket;
    int spare_fd; /* closed for a moment to refuse a client when no descriptor is left (accept.c) */

    /* Facts of one file each, of which others have no need. */
    /* files.c: there is no group file, so auth cannot see it change */
    bool groups_are_missing;
    struct certificate_dates dates;     /* check_certificates.c */
    bool log_is_lost;                   /* files.c: it cannot be opened, and syslog is used */
    uint32_t keys_missing, keys_failed; /* keys.c: of those that the keeper was given last */
    /* shortage.c: when something was short last; 0: not for a while */
    int64_t shortage_ms;

    int64_t since_ms;         /* the start */
    uint64_t refused;         /* clients that got no session */
    uint32_t clients_waiting; /* for a cell (waiting.c) */
    bool cells_held;          /* none is ordered: the upgrade waits for those that start */
    bool renewing;            /* the shared processes (renewal.c) */
    enum stopping stopping;
    int64_t stop_at_ms; /* stop.c */
};

#endif
