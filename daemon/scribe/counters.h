/* SPDX-License-Identifier: BSD-2-Clause */
/* counters.h - what the scribe counts for the metrics (daemon/protocol/metrics.h);
 * private to daemon/scribe/.  Counted is what happened, whether it is logged or not. */
#ifndef SCRIBE_COUNTERS_H
#define SCRIBE_COUNTERS_H

#include "daemon/protocol/from_master.h"
#include "daemon/protocol/to_scribe.h"

#include <stdbool.h>
#include <stdint.h>

struct counters {
    uint64_t values[METRIC_SCRIBE_VALUES];
    bool changed;        /* since they were sent */
    int64_t sent_ms;     /* monotonic; 0: never */
    uint64_t lost_lines; /* of those that are counted, the ones of this process */
};

void counters_login(struct counters *counters, const struct scribe_login *login);
void counters_transfer(struct counters *counters, const struct scribe_transfer *transfer);
void counters_tls(struct counters *counters);
void counters_failure(struct counters *counters, const struct scribe_failed *failed);
void counters_refused_command(struct counters *counters);

/* Goes on from what an earlier scribe had counted. */
void counters_resume(struct counters *counters, const struct counts *before);

/* The state of the log, which is not an event: lines that this process has lost, and whether the
 * log file is replaced. */
void counters_log(struct counters *counters, uint64_t lost, bool replaced);

/* Sends them to the master, where some have changed, at most once a second; and when
 * that is due, monotonic ms; INT64_MAX: nothing has changed. */
void counters_tick(struct counters *counters, int64_t now);
int64_t counters_due(const struct counters *counters);

#endif
