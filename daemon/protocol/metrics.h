/* SPDX-License-Identifier: BSD-2-Clause */
/* metrics.h - what the server counts, and how the counts travel.
 *
 * The scribe gets the records of every session, so it counts for all of them: NET and
 * JAIL send nothing more for it.  Once a second, if something has changed, it sends
 * its counts to the master.  The master keeps the last ones: a scribe that
 * replaces another goes on from them, so no counter goes backwards (what the
 * old one had counted since its last message, at most a second, is lost).  The
 * master adds what it knows itself, and answers the process metrics and, by
 * control, wardctl. */
#ifndef PROTOCOL_METRICS_H
#define PROTOCOL_METRICS_H

#include "daemon/protocol/message.h"
#include "daemon/protocol/reasons.h"
#include "daemon/protocol/to_net.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Upper bounds of the buckets of a histogram, in microseconds, besides the last, which has none;
 * behind the buckets is the sum. */
enum { METRIC_BOUNDS = 11, METRIC_SUM = METRIC_BOUNDS + 1, HISTOGRAM_SLOTS };
extern const uint64_t metric_login_bounds[METRIC_BOUNDS];
extern const uint64_t metric_transfer_bounds[METRIC_BOUNDS];

/* Directions and results of transfers. */
enum { METRIC_UPLOAD, METRIC_DOWNLOAD, METRIC_DIRECTIONS };
enum { METRIC_COMPLETE, METRIC_FAILED, METRIC_RESULTS };
enum { METRIC_IDLE_CELLS, METRIC_ENDING_CELLS, METRIC_CELL_STATES };

/* ROW(id, name, kind, labels, slots, help)
 *
 * name    behind "wardftpd_"; a counter gets "_total" as well
 * kind    COUNTER, GAUGE, LOGIN_HISTOGRAM or TRANSFER_HISTOGRAM
 * labels  what tells the slots apart: a row of the table in metrics.c
 * slots   how many values it has: of a histogram, HISTOGRAM_SLOTS for each of its labels
 *
 * Of REFUSED the scribe counts log-ins, and the master adds connections. */
/* clang-format off */
#define SCRIBE_METRICS(ROW)                                                                                          \
    ROW(LOGINS, "logins", COUNTER, no, 1, "Successful log-ins.")                                                     \
    ROW(LOGIN_FAILURES, "login_failures", COUNTER, reason, REFUSALS, "Refused log-ins, by reason.")                  \
    ROW(LOGIN_SECONDS, "login_seconds", LOGIN_HISTOGRAM, no, HISTOGRAM_SLOTS,                                        \
        "Time from the password to the answer, of successful log-ins.")                                              \
    ROW(LAST_LOGIN, "last_login_timestamp_seconds", GAUGE, no, 1, "Time of the last log-in.")                        \
    ROW(REFUSED, "refused", COUNTER, limit, LIMITS, "Connections and log-ins refused by a limit.")                   \
    ROW(TRANSFERS, "transfers", COUNTER, transfer, METRIC_DIRECTIONS * METRIC_RESULTS,                               \
        "Uploads and downloads that have ended.")                                                                    \
    ROW(TRANSFER_BYTES, "transfer_bytes", COUNTER, direction, METRIC_DIRECTIONS,                                     \
        "Bytes of ended uploads and downloads, failed ones included.")                                               \
    ROW(TRANSFER_SECONDS, "transfer_seconds", TRANSFER_HISTOGRAM, direction,                                         \
        METRIC_DIRECTIONS * HISTOGRAM_SLOTS, "Time from the 150 reply to the last one.")                             \
    ROW(LISTINGS, "listings", COUNTER, result, METRIC_RESULTS, "Listings over a data connection.")                   \
    ROW(TLS_HANDSHAKES, "tls_handshakes", COUNTER, result, METRIC_RESULTS,                                           \
        "TLS handshakes on control connections.")                                                                    \
    ROW(DATA_FAILURES, "data_failures", COUNTER, why, WHYS, "Failed data connections, by cause.")                    \
    ROW(REFUSED_COMMANDS, "refused_commands", COUNTER, no, 1, "Commands on files that were refused.")                \
    ROW(LOG_LINES_LOST, "log_lines_lost", COUNTER, no, 1, "Lines of the logs that could not be written.")            \
    ROW(LOG_REPLACED, "log_replaced", GAUGE, no, 1, "1: the log file can't be opened, and syslog is used.")
#define MASTER_METRICS(ROW)                                                                                          \
    ROW(START_TIME, "start_time_seconds", GAUGE, no, 1, "Time of the start.")                                        \
    ROW(DRAINING, "draining", GAUGE, no, 1, "1: the server takes no new clients.")                                   \
    ROW(SESSIONS, "sessions", GAUGE, no, 1, "Sessions now.")                                                         \
    ROW(LOGGED_IN, "sessions_logged_in", GAUGE, no, 1, "Of these, logged in.")                                       \
    ROW(MAX_SESSIONS, "max_sessions", GAUGE, no, 1, "The limit of sessions.")                                        \
    ROW(CONNECTIONS, "connections", COUNTER, no, 1, "Clients that got a session.")                                   \
    ROW(CLIENTS_WAITING, "clients_waiting", GAUGE, no, 1, "Clients that wait for processes.")                        \
    ROW(POOL, "pool_pairs", GAUGE, cell, METRIC_CELL_STATES, "Pairs of processes without a client.")                 \
    ROW(POOL_MIN, "pool_min", GAUGE, no, 1, "The configured pool_min.")                                              \
    ROW(POOL_MAX, "pool_max", GAUGE, no, 1, "The configured pool_max.")                                              \
    ROW(BANS, "bans", GAUGE, no, 1, "Banned addresses and networks.")                                                \
    ROW(PASSIVE_PORTS, "passive_ports", GAUGE, no, 1, "Ports in passive_ports of all listeners.")                    \
    ROW(PASSIVE_IN_USE, "passive_ports_in_use", GAUGE, no, 1, "Of these, the ones that a process listens on.")       \
    ROW(RESTARTS, "process_restarts", COUNTER, process, SHARED_ROLES, "Processes that ended and were started again.")
/* clang-format on */
#define ALL_METRICS(ROW) SCRIBE_METRICS(ROW) MASTER_METRICS(ROW)

/* METRIC_<id> is the place of the first value of a row. */
#define METRIC_PLACE(id, name, kind, labels, slots, help)                                          \
    METRIC_##id, METRIC_LAST_##id = METRIC_##id + (slots)-1,
/* The scribe's values come first. */
enum {
    SCRIBE_METRICS(METRIC_PLACE) METRIC_SCRIBE_VALUES,
    METRIC_BEFORE_MASTER = METRIC_SCRIBE_VALUES - 1,
    MASTER_METRICS(METRIC_PLACE) METRIC_VALUES
};

/* A gauge that is not known: it is left out. */
#define METRIC_UNKNOWN UINT64_MAX

/* TM_COUNTS, from the scribe, and FM_COUNTS, to a new one. */
struct counts {
    struct message_head head;
    uint64_t values[METRIC_SCRIBE_VALUES];
};

enum { METRIC_CERTIFICATES = 65 /* of [tls] and of each [host NAME] */ };
struct metric_certificate {
    int64_t expires;      /* since the epoch; of its chain, the first that does */
    char host[HOST_ROOM]; /* empty: that of [tls] */
};

/* FM_METRICS: the answer to TM_METRICS, and to CONTROL_METRICS. */
struct control_metrics {
    struct message_head head;
    uint32_t verb;
    uint32_t result;
    uint32_t certificate_count;
    uint32_t reserved;
    uint64_t values[METRIC_VALUES];
    struct metric_certificate certificates[METRIC_CERTIFICATES];
};

/* metrics.c: the rows as a table. */
enum metric_kind {
    METRIC_COUNTER,
    METRIC_GAUGE,
    METRIC_LOGIN_HISTOGRAM,
    METRIC_TRANSFER_HISTOGRAM
};
struct metric_row {
    const char *name, *help;
    enum metric_kind kind;
    uint32_t place, slots;
    uint32_t step; /* slots for each of its labels: 1, or those of a histogram */
    /* The labels of one slot, or of one histogram: `reason="password"`, empty where the row has
     * none.  False: there is no such slot.  NULL: no labels. */
    bool (*labels)(uint32_t slot, char *to, size_t room);
};
extern const struct metric_row metric_rows[];
extern const size_t metric_row_count;

/* metrics_text.c: writes them all as a page for Prometheus: in its text format, or
 * as OpenMetrics.  Its length; 0: no room. */
enum { METRICS_TEXT_ROOM = 128 * 1024 };
size_t metrics_text(const struct control_metrics *metrics, const char *version, bool open_metrics,
                    char *to, size_t room);

#endif
