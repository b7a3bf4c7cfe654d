/* SPDX-License-Identifier: BSD-2-Clause */
/* metrics.c - the rows of metrics.h as a table, with their labels.  Pure. */
#include "daemon/protocol/metrics.h"

#include "common/text.h"
#include "daemon/protocol/reasons.h"

#define MS(n) ((uint64_t)(n)*1000)
#define S(n)  ((uint64_t)(n)*1000000)
const uint64_t metric_login_bounds[METRIC_BOUNDS] = { MS(5),   MS(10),  MS(25),  MS(50),
                                                      MS(100), MS(250), MS(500), S(1),
                                                      S(2),    S(5),    S(10) };
const uint64_t metric_transfer_bounds[METRIC_BOUNDS] = { MS(10), MS(50),  MS(250), S(1),
                                                         S(5),   S(15),   S(60),   S(300),
                                                         S(900), S(3600), S(14400) };

static bool label(char *to, size_t room, const char *name, const char *word)
{
    return word && text_format(to, room, "%s=\"%s\"", name, word);
}

static const char *direction(uint32_t slot)
{
    return slot == METRIC_UPLOAD ? "upload" : "download";
}

static const char *result(uint32_t slot)
{
    return slot == METRIC_COMPLETE ? "complete" : "failed";
}

static bool labels_reason(uint32_t slot, char *to, size_t room)
{
    return slot != REFUSED_NOT && label(to, room, "reason", reason_of_refusal(slot));
}

static bool labels_limit(uint32_t slot, char *to, size_t room)
{
    return slot != LIMIT_NONE && label(to, room, "limit", reason_of_limit(slot));
}

/* A failed handshake of the control connection has a metric of its own. */
static bool labels_why(uint32_t slot, char *to, size_t room)
{
    return slot != WHY_HANDSHAKE && label(to, room, "why", reason_of_failure(slot));
}

static bool labels_direction(uint32_t slot, char *to, size_t room)
{
    return label(to, room, "direction", direction(slot));
}

static bool labels_result(uint32_t slot, char *to, size_t room)
{
    return label(to, room, "result", result(slot));
}

static bool labels_transfer(uint32_t slot, char *to, size_t room)
{
    return text_format(to, room, "direction=\"%s\",result=\"%s\"", direction(slot / METRIC_RESULTS),
                       result(slot % METRIC_RESULTS));
}

static bool labels_cell(uint32_t slot, char *to, size_t room)
{
    return label(to, room, "state", slot == METRIC_IDLE_CELLS ? "idle" : "ending");
}

static bool labels_process(uint32_t slot, char *to, size_t room)
{
    static const char *const names[SHARED_ROLES] = {
        [SHARED_AUTH] = "auth",     [SHARED_DIALER] = "dialer",   [SHARED_KEEPER] = "keeper",
        [SHARED_SCRIBE] = "scribe", [SHARED_CONTROL] = "control", [SHARED_RESOLVER] = "resolver",
        [SHARED_EVENTS] = "events", [SHARED_METRICS] = "metrics",
    };
    return label(to, room, "process", names[slot]);
}

#define labels_no NULL

/* clang-format off */
#define TABLE_ROW(id, text, of_kind, of_labels, count, words)                                      \
    { .name = (text), .help = (words), .labels = labels_##of_labels, .kind = METRIC_##of_kind,     \
      .place = METRIC_##id, .slots = (count),                                                      \
      .step = (METRIC_##of_kind) >= METRIC_LOGIN_HISTOGRAM ? HISTOGRAM_SLOTS : 1 },
/* clang-format on */

const struct metric_row metric_rows[] = { ALL_METRICS(TABLE_ROW) };
const size_t metric_row_count = COUNT(metric_rows);
