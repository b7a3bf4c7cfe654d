/* SPDX-License-Identifier: BSD-2-Clause */
/* stats.c - numbers of the master, the scribe and auth. */
#include "common/json.h"
#include "common/text.h"
#include "tools/wardctl/wardctl.h"

#include <inttypes.h>
#include <stdio.h>

/* In the order in which they are shown; of which answer, at which place. */
enum { OF_MASTER, OF_SCRIBE, OF_AUTH, ANSWERS };

static const struct number {
    const char *name;
    unsigned answer, place;
    const char *help;
} numbers[] = {
    { "pid", OF_MASTER, STATE_PID, "process ID of the master" },
    { "uptime_seconds", OF_MASTER, STATE_SECONDS, "seconds since the start" },
    { "stopping", OF_MASTER, STATE_STOPPING, "0 serving, 1 draining, 2 stopping" },
    { "log_level", OF_MASTER, STATE_LOG_LEVEL, "1 error, 2 warning, 3 info, 4 debug" },
    { "sessions", OF_MASTER, STATE_SESSIONS, "now" },
    { "sessions_logged_in", OF_MASTER, STATE_LOGGED_IN, "of these, logged in" },
    { "max_sessions", OF_MASTER, STATE_MAX_SESSIONS, "the limit" },
    { "cells_waiting", OF_MASTER, STATE_WAITING_CELLS, "pairs of processes without a client" },
    { "cells_ending", OF_MASTER, STATE_ENDING_CELLS, "pairs that are ending" },
    { "clients_accepted", OF_MASTER, STATE_ACCEPTED, "since the start" },
    { "clients_refused", OF_MASTER, STATE_REFUSED, "since the start, by limits and bans" },
    { "bans", OF_AUTH, PENALTIES_BANS, "addresses" },
    { "failing_addresses", OF_AUTH, PENALTIES_FAILING, "addresses with recent failed log-ins" },
    { "counting_seconds", OF_SCRIBE, COUNT_SECONDS, "since the counters below were reset" },
    { "logins", OF_SCRIBE, COUNT_LOGINS, "" },
    { "logins_refused", OF_SCRIBE, COUNT_REFUSED_LOGINS, "" },
    { "files_up", OF_SCRIBE, COUNT_FILES_UP, "complete uploads" },
    { "files_down", OF_SCRIBE, COUNT_FILES_DOWN, "complete downloads" },
    { "transfers_failed", OF_SCRIBE, COUNT_FAILED_TRANSFERS, "" },
    { "bytes_up", OF_SCRIBE, COUNT_BYTES_UP, "" },
    { "bytes_down", OF_SCRIBE, COUNT_BYTES_DOWN, "" },
    { "log_lines_lost", OF_SCRIBE, COUNT_LOST_LINES, "that could not be written" },
    { "events_lost", OF_SCRIBE, COUNT_LOST_EVENTS, "that no reader of events_socket got" },
    { "log_replaced", OF_SCRIBE, COUNT_LOG_REPLACED, "1: the log can't be opened, syslog is used" },
    { "log_chain_seq", OF_SCRIBE, COUNT_CHAIN, "of the last line of a chained log" },
};

int command_stats(struct link *link, const struct request *request)
{
    static const uint32_t verbs[ANSWERS] = { CONTROL_STATE, CONTROL_COUNTS, CONTROL_PENALTIES };
    struct control_answer answers[ANSWERS];
    struct json json;
    for (size_t i = 0; i < ANSWERS; i++) {
        struct control_ask ask = { .verb = verbs[i] };
        const int code = link_simple(link, &ask, &answers[i]);
        if (code)
            return code;
    }
    if (request->json)
        json_begin(&json, stdout);
    for (size_t i = 0; i < COUNT(numbers); i++) {
        const uint64_t value = answers[numbers[i].answer].numbers[numbers[i].place];
        if (request->json)
            json_integer(&json, numbers[i].name, (int64_t)value);
        else
            (void)printf("%-20s %20" PRIu64 "  %s\n", numbers[i].name, value, numbers[i].help);
    }
    if (answers[OF_SCRIBE].text[0] && request->json)
        json_text(&json, "log_chain_head", answers[OF_SCRIBE].text);
    else if (answers[OF_SCRIBE].text[0])
        (void)printf("%-20s %s\n", "log_chain_head", answers[OF_SCRIBE].text);
    if (request->json)
        json_end(&json);
    return list_end(false);
}
