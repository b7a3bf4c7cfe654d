/* SPDX-License-Identifier: BSD-2-Clause */
/* log_filter.h - which lines fit what the options of `log search` and `watch` say. */
#ifndef WARDCTL_LOG_FILTER_H
#define WARDCTL_LOG_FILTER_H

#include "daemon/protocol/events.h"
#include "tools/wardctl/log_line.h"
#include "tools/wardctl/wardctl.h"

struct log_filter {
    const struct log_query *query;
    int64_t now, since, until;
    uint32_t events; /* EVENT_BITs, if the query has events */
};

/* 0, or EX_USAGE after a complaint. */
int log_filter_init(struct log_filter *filter, const struct log_query *query);

bool log_filter_fits(const struct log_filter *filter, const struct log_line *line);

/* The event of a line, or EVENT_IDS. */
enum event_id log_line_event(const struct log_line *line);
bool log_is_transfer(enum event_id id);
/* Is this field true, or yes? */
bool log_line_is_true(const struct log_line *line, const char *key);

#endif
