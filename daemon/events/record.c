/* SPDX-License-Identifier: BSD-2-Clause */
/* record.c - runs in events: gives each event its run and number.  The scribe
 * has formatted the lines; their content is not looked at. */
#include "daemon/events/state.h"

#include "common/ftptime.h"
#include "common/text.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { OWN_ROOM = 320, LINE_ROOM = EVENT_LINES_ROOM + OWN_ROOM };

static const char *const reasons[GAP_REASONS] = {
    [0] = "none",
    [GAP_OVERFLOW] = "overflow",
    [GAP_RECORDS] = "records",
    [GAP_SESSION] = "session",
    [GAP_SCRIBE] = "scribe",
    [GAP_RUN] = "run",
    [GAP_OLD] = "old",
};

static void time_text(char to[64])
{
    struct timespec now = { 0 };
    struct civil civil;
    (void)clock_gettime(CLOCK_REALTIME, &now); /* this clock always exists */
    civil_from_seconds(now.tv_sec, &civil);
    (void)text_format(to, 64, "%04" PRId64 "-%02u-%02uT%02u:%02u:%02u.%03ldZ", civil.year,
                      civil.month, civil.day, civil.hour, civil.minute, civil.second,
                      now.tv_nsec / 1000000);
}

size_t record_own(const struct events *events, const char *word, uint64_t number,
                  enum gap_reason reason, uint64_t lost, char *to, size_t room)
{
    char time[64], gap[96] = "";
    time_text(time);
    if (reason && lost)
        (void)text_format(gap, sizeof gap, ",\"reason\":\"%s\",\"lost\":%" PRIu64, reasons[reason],
                          lost);
    else if (reason)
        (void)text_format(gap, sizeof gap, ",\"reason\":\"%s\"", reasons[reason]);
    return text_format(to, room,
                       "{\"run\":\"%s\",\"number\":%" PRIu64
                       ",\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"%s}\n",
                       events->run, number, time, reason ? "warning" : "info", word, gap)
               ? strlen(to)
               : 0;
}

static void add_own(struct events *events, const char *word, enum gap_reason reason, uint64_t lost)
{
    char line[OWN_ROOM];
    const size_t length =
        record_own(events, word, events->ring.next, reason, lost, line, sizeof line);
    ring_add(&events->ring, line, length, lost);
}

void record_gap(struct events *events, enum gap_reason reason, uint64_t lost)
{
    add_own(events, "gap", reason, lost);
}

void record_retired(struct events *events)
{
    add_own(events, "retired", 0, 0);
}

/* Puts run and number before the first member of the object. */
static void add_line(struct events *events, const char *text, size_t length)
{
    static char line[LINE_ROOM];
    if (length < 2 || text[0] != '{')
        return;
    (void)text_format(line, sizeof line, "{\"run\":\"%s\",\"number\":%" PRIu64 ",", events->run,
                      events->ring.next);
    const size_t begin = strlen(line);
    memcpy(line + begin, text + 1, length - 1); /* with its line end: it fits, as EVENT_LINES_ROOM
                                                   is the size of the message */
    ring_add(&events->ring, line, begin + length - 1, 1);
}

void record_lines(struct events *events, const char *lines)
{
    for (const char *end; (end = strchr(lines, '\n')) != NULL; lines = end + 1)
        add_line(events, lines, (size_t)(end - lines) + 1);
}
