/* SPDX-License-Identifier: BSD-2-Clause */
/* kept.h - the image of the master's state, which an upgrade hands to the new
 * program: one sealed memfd.  First the head, then as many of each struct as the
 * head says, in the order of the head, then texts and descriptors.
 *
 * Descriptors keep their numbers, as the process stays the same.  The image holds
 * no secret: no password, hash or key is in the master.
 *
 * Which fields of the master's structs are carried, and which are made again, is
 * in carried.def; scripts/check-carried compares it with the structs. */
#ifndef MASTER_KEPT_H
#define MASTER_KEPT_H

#include "daemon/protocol/message.h"
#include "daemon/protocol/metrics.h"
#include "daemon/protocol/to_net.h"

#include <stdint.h>
#include <sys/socket.h>

enum {
    KEPT_VERSION_ROOM = 32,
    KEPT_BORDERS = 32,
    KEPT_BORDER_ROOM = 24,
    KEPT_PROGRAMS = 16,
    KEPT_TRACES = 8,
    KEPT_NAMES = 16,
    KEPT_ERRANDS = 32,
    KEPT_NAME_ROOM = 256,
    KEPT_HALVES = 2,
    KEPT_SECTION_MAX = 1 << 26, /* structs of a kind, or bytes of texts */
    KEPT_SIZE_MAX = 1 << 30
};

#define KEPT_MAGIC UINT64_C(0x6b65707464726177)

struct kept_border {
    char name[KEPT_BORDER_ROOM];
    uint64_t number;
};

struct kept_child {
    int32_t pid, pidfd; /* pid 0: none */
};

struct kept_shared {
    struct kept_child child;
    int32_t channel, next;
    int64_t started_ms, restart_at_ms;
    uint32_t quick_deaths, end_unlogged;
    int32_t wait_status, refused_call;
};

struct kept_zygote {
    struct kept_child child;
    int32_t channel;
    uint32_t reserved;
    int64_t started_ms, restart_at_ms;
};

struct kept_trace {
    uint32_t by, reserved;
    uint64_t session;
    int64_t until_ms;
    struct sockaddr_storage address;
    char name[NAME_ROOM];
};

struct kept_errand {
    struct kept_child child;
    int64_t until_ms;
    uint32_t role; /* enum role */
    uint32_t reserved;
};

/* The address of a host name of passive_address. */
struct kept_name {
    char name[KEPT_NAME_ROOM];
    uint32_t address, reserved;
};

struct kept_metrics {
    uint64_t counted[METRIC_SCRIBE_VALUES];
    uint64_t refused[LIMITS];
    uint64_t restarts[SHARED_ROLES];
    uint64_t started;
    int64_t expires[METRIC_CERTIFICATES];
    int32_t listener; /* -1: none */
    uint32_t reserved;
    char at[KEPT_NAME_ROOM]; /* where it is bound */
};

struct kept_listener {
    int32_t fd;
    uint32_t index;
    struct sockaddr_storage address;
};

struct kept_address {
    struct sockaddr_storage key;
    uint32_t is_network, reserved;
    int64_t banned_until_ms, full_at_us;
};

struct kept_cell {
    struct kept_child net, jail;
    uint64_t number, session;
    int64_t made_ms, kill_at_ms;
    int32_t to_net, scribe_jail;
    uint32_t state; /* enum cell_state; never CELL_STARTING */
    uint32_t logged_in, end_wanted, login_overdue, has_address;
    uint32_t ends_missing;
    struct to_net_client client;
    char user[NAME_ROOM];
    char group[NAME_ROOM];
};

struct kept_waiting {
    int32_t socket;
    uint32_t reserved;
    struct to_net_client client;
    struct sockaddr_storage listening;
};

/* The first part keeps its place for ever: a program of any version can say what it was given. */
struct kept_head {
    uint64_t magic;
    uint64_t size; /* of the image */
    char version[KEPT_VERSION_ROOM];
    uint32_t border_count, reserved;
    struct kept_border borders[KEPT_BORDERS]; /* of the program that made it */

    /* Descriptors; -1: none. */
    int32_t empty_root, config, orders, certificates, pid_file, control_socket, events_socket;
    int32_t reserved_fd;
    int32_t machine_network, own_network, notify, own_scribe_end;
    int32_t program;                 /* the one that made this image, to be executed again ... */
    int32_t programs[KEPT_PROGRAMS]; /* ... with these */
    uint32_t program_count;

    uint32_t foreground, tls_served;
    uint32_t groups_are_missing, log_is_lost;
    uint32_t keys_missing, keys_failed;
    uint32_t young_deaths;
    int64_t throttled_until_ms;
    int64_t since_ms, shortage_ms, listeners_resume_at_ms, zygotes_lost_ms;
    int64_t watchdog_ms, watchdog_due_ms;
    uint64_t refused, next_cell, next_session;
    uint32_t serial;     /* of the administrator who asks for the upgrade; 0: a signal does */
    uint32_t text_bytes; /* config_path, program_path, then each override, each with its NUL */
    struct kept_shared shared[SHARED_ROLES];
    struct kept_zygote zygotes[KEPT_HALVES];
    struct kept_trace traces[KEPT_TRACES];
    struct kept_name names[KEPT_NAMES];
    struct kept_errand errands[KEPT_ERRANDS];
    struct kept_metrics metrics;

    uint32_t listeners, addresses, cells, waiting, descriptors, overrides;
    uint32_t home_bytes; /* behind the cells: a text for each, with its NUL */
    uint32_t reserved_count;
};

#endif
