/* SPDX-License-Identifier: BSD-2-Clause */
/* metrics.c - runs in the master: keeps the counters, and sends them to metrics and
 * to control when they ask. */
#include "daemon/master/metrics.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/master/cell.h"
#include "daemon/master/files.h"
#include "daemon/master/kept.h"
#include "daemon/master/master.h"
#include "daemon/master/metrics_listener.h"
#include "daemon/master/passive_ports.h"
#include "daemon/master/per_address.h"
#include "daemon/master/shared.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The process metrics asks at most once a second, and one that was taken over must not
 * keep the master busy. */
enum { PAUSE_MS = 500 };

struct metrics {
    struct counts counted; /* by the scribe, over all its restarts */
    uint64_t refused[LIMITS];
    uint64_t restarts[SHARED_ROLES];
    uint64_t started; /* seconds since the epoch */
    int64_t answered_ms;
};

struct metrics *metrics_new(void)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);
    if (metrics)
        metrics->started = (uint64_t)time(NULL);
    return metrics;
}

void metrics_count_refused(struct metrics *metrics, enum limit limit)
{
    metrics->refused[limit]++;
}

void metrics_count_restart(struct metrics *metrics, enum shared_role role)
{
    metrics->restarts[role]++;
}

/* A scribe that is leaving may have sent its last counts after the first ones of its successor. */
static bool is_older(const struct counts *counts, const struct counts *than)
{
    for (size_t i = 0; i < metric_row_count; i++) {
        const struct metric_row *row = &metric_rows[i];
        for (uint32_t at = row->place; at < row->place + row->slots; at++) {
            if (at < METRIC_SCRIBE_VALUES && row->kind != METRIC_GAUGE &&
                counts->values[at] < than->values[at])
                return true;
        }
    }
    return false;
}

void metrics_take_counts(struct metrics *metrics, const struct counts *counts)
{
    if (!is_older(counts, &metrics->counted))
        metrics->counted = *counts;
}

void metrics_keep(const struct master *master, struct kept_head *head)
{
    const struct metrics *metrics = master->metrics;
    struct kept_metrics *kept = &head->metrics;
    memcpy(kept->counted, metrics->counted.values, sizeof kept->counted);
    memcpy(kept->refused, metrics->refused, sizeof kept->refused);
    memcpy(kept->restarts, metrics->restarts, sizeof kept->restarts);
    memcpy(kept->expires, master->dates.expires, sizeof kept->expires);
    kept->started = metrics->started;
}

void metrics_restore(struct master *master, const struct kept_head *head)
{
    const struct kept_metrics *kept = &head->metrics;
    struct metrics *metrics = master->metrics;
    memcpy(metrics->counted.values, kept->counted, sizeof kept->counted);
    memcpy(metrics->refused, kept->refused, sizeof kept->refused);
    memcpy(metrics->restarts, kept->restarts, sizeof kept->restarts);
    memcpy(master->dates.expires, kept->expires, sizeof kept->expires);
    metrics->started = kept->started;
}

void metrics_give_counts(struct master *master)
{
    struct counts message = master->metrics->counted;
    message.head = (struct message_head){ .type = FM_COUNTS };
    shared_send(master, SHARED_SCRIBE, &message, sizeof message, -1);
}

void metrics_give_listener(struct master *master)
{
    const int listener = metrics_listener_fd(master);
    master->metrics->answered_ms = 0;
    if (listener >= 0)
        files_give(master, SHARED_METRICS, FM_FILE_METRICS, 0,
                   fcntl(listener, F_DUPFD_CLOEXEC, FD_KEPT + 1));
}

void metrics_follow(struct master *master)
{
    if (metrics_listener_take(master))
        metrics_give_listener(master);
}

static void fill_sessions(const struct master *master, uint64_t *values)
{
    const struct cells *cells = master->cells;
    uint64_t logged_in = 0;
    for (const struct cell *cell = cells->busy.first; cell; cell = cell->next)
        logged_in += cell->logged_in;
    values[METRIC_SESSIONS] = cells->busy.count;
    values[METRIC_LOGGED_IN] = logged_in;
    values[METRIC_MAX_SESSIONS] = master->config->max_sessions;
    values[METRIC_CONNECTIONS] = cells->next_session;
    values[METRIC_CLIENTS_WAITING] = master->clients_waiting;
    values[METRIC_POOL + METRIC_IDLE_CELLS] = cells->idle.count;
    values[METRIC_POOL + METRIC_ENDING_CELLS] = cells->ending.count;
    values[METRIC_POOL_MIN] = master->config->pool_min;
    values[METRIC_POOL_MAX] = master->config->pool_max;
    values[METRIC_BANS] = addresses_banned(master->addresses, now_ms());
}

static void fill_counts(const struct metrics *metrics, uint64_t *values)
{
    memcpy(values, metrics->counted.values, sizeof metrics->counted.values);
    if (values[METRIC_LAST_LOGIN] == 0)
        values[METRIC_LAST_LOGIN] = METRIC_UNKNOWN;
    for (uint32_t i = 0; i < LIMITS; i++)
        values[METRIC_REFUSED + i] += metrics->refused[i];
    memcpy(values + METRIC_RESTARTS, metrics->restarts, sizeof metrics->restarts);
    values[METRIC_START_TIME] = metrics->started;
}

static void fill_ports(const struct master *master, uint64_t *values)
{
    const struct passive_ports ports = passive_ports_count(master);
    values[METRIC_PASSIVE_PORTS] = ports.configured;
    values[METRIC_PASSIVE_IN_USE] = ports.known ? ports.in_use : METRIC_UNKNOWN;
}

static void fill_certificates(const struct master *master, struct control_metrics *to)
{
    _Static_assert(METRIC_CERTIFICATES == 1 + HOSTS_MAX, "a place for each certificate");
    const struct config *config = master->config;
    for (uint32_t i = 0; i <= config->host_count && master->images.tls_served; i++) {
        struct metric_certificate *one = &to->certificates[to->certificate_count];
        if (!master->dates.expires[i])
            continue;
        one->expires = master->dates.expires[i];
        (void)text_copy(one->host, sizeof one->host, i ? config->hosts[i - 1].name : "");
        to->certificate_count++;
    }
}

static void send_metrics(struct master *master, enum shared_role role, uint32_t serial)
{
    static struct control_metrics message;
    memset(&message, 0, sizeof message);
    message.head = (struct message_head){ .type = FM_METRICS, .serial = serial };
    message.verb = CONTROL_METRICS;
    message.result = CONTROL_DONE;
    fill_counts(master->metrics, message.values);
    fill_sessions(master, message.values);
    fill_ports(master, message.values);
    message.values[METRIC_DRAINING] = master->stopping != RUNNING;
    fill_certificates(master, &message);
    shared_send(master, role, &message, sizeof message, -1);
}

void metrics_answer(struct master *master)
{
    struct metrics *metrics = master->metrics;
    const int64_t now = now_ms();
    if (metrics->answered_ms && now < metrics->answered_ms + PAUSE_MS)
        return;
    metrics->answered_ms = now;
    send_metrics(master, SHARED_METRICS, 0);
}

void metrics_answer_control(struct master *master, uint32_t serial)
{
    send_metrics(master, SHARED_CONTROL, serial);
}
