/* SPDX-License-Identifier: BSD-2-Clause */
/* log_filter.c - which lines answer a question: of log files, or of events as they happen. */
#include "tools/wardctl/log_filter.h"

#include "common/addr.h"
#include "common/text.h"
#include "tools/wardctl/log_time.h"

#include <fnmatch.h>
#include <string.h>
#include <time.h>

enum event_id log_line_event(const struct log_line *line)
{
    return strcmp(line->event, "login refused") == 0 ? EVENT_LOGIN_FAILED : event_find(line->event);
}

bool log_is_transfer(enum event_id id)
{
    return id == EVENT_UPLOAD || id == EVENT_APPEND || id == EVENT_DOWNLOAD;
}

bool log_line_is_true(const struct log_line *line, const char *key)
{
    const char *value = log_line_get(line, key);
    return value && (strcmp(value, "true") == 0 || strcmp(value, "yes") == 0);
}

static bool has_failed(const struct log_line *line, enum event_id id)
{
    switch (id) {
    case EVENT_LOGIN_FAILED:
    case EVENT_TLS_FAILED:
    case EVENT_REFUSED:
    case EVENT_REFUSED_COMMAND:
    case EVENT_DATA_FAILED:
        return true;
    case EVENT_RELOAD:
        return !log_line_is_true(line, "done");
    default:
        return log_is_transfer(id) && !log_line_is_true(line, "complete");
    }
}

/* The name itself, what lies below it, or what the pattern fits. */
static bool path_fits(const char *path, const char *wanted)
{
    const size_t n = strlen(wanted);
    if (!path)
        return false;
    if (strpbrk(wanted, "*?["))
        return fnmatch(wanted, path, 0) == 0;
    return strncmp(path, wanted, n) == 0 &&
           (path[n] == '\0' || path[n] == '/' || (n > 0 && wanted[n - 1] == '/'));
}

static bool address_fits(const char *text, const char *wanted)
{
    struct sockaddr_storage address;
    return text && addr_parse_host(text, &address) && addr_in_blocks(&address, wanted);
}

static bool text_fits(const char *text, const char *wanted)
{
    return !wanted || (text && strcmp(text, wanted) == 0);
}

bool log_filter_fits(const struct log_filter *filter, const struct log_line *line)
{
    const struct log_query *query = filter->query;
    const enum event_id id = log_line_event(line);
    if (line->seconds < filter->since || line->seconds >= filter->until)
        return false;
    if (query->event && (id == EVENT_IDS || !(filter->events & EVENT_BIT(id))))
        return false;
    if (!text_fits(log_line_get(line, "user"), query->user) ||
        !text_fits(log_line_get(line, "session"), query->session))
        return false;
    if (query->address && !address_fits(log_line_get(line, "address"), query->address))
        return false;
    if (query->path && !path_fits(log_line_get(line, "path"), query->path) &&
        !(id == EVENT_RENAME && path_fits(log_line_get(line, "to"), query->path)))
        return false;
    return !query->failed || has_failed(line, id);
}

/* "delete, rename": EVENT_BITs; 0 after a complaint. */
static uint32_t events_of(const char *list)
{
    uint32_t events = 0;
    while (*list) {
        char word[32];
        const size_t n = strcspn(list, ", ");
        (void)text_format(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : 0), list);
        const enum event_id id = event_find(word);
        if (n > 0 && id == EVENT_IDS) {
            (void)complain(EX_USAGE, "--event: there is no event %.*s", (int)(n < 40 ? n : 40),
                           list);
            return 0;
        }
        if (n > 0)
            events |= EVENT_BIT(id);
        list += n + (list[n] != '\0');
    }
    return events;
}

int log_filter_init(struct log_filter *filter, const struct log_query *query)
{
    *filter = (struct log_filter){
        .query = query, .now = (int64_t)time(NULL), .since = INT64_MIN, .until = INT64_MAX
    };
    if (query->event && !(filter->events = events_of(query->event)))
        return EX_USAGE;
    if (query->since && !log_time_parse(query->since, filter->now, &filter->since))
        return complain(EX_USAGE, "--since: %s is no time, as 2026-11-24T05:17, yesterday or 2h",
                        query->since);
    if (query->until && !log_time_parse(query->until, filter->now, &filter->until))
        return complain(EX_USAGE, "--until: %s is no time, as 2026-11-24T05:17, yesterday or 2h",
                        query->until);
    if (query->address && !addr_blocks_check(query->address))
        return complain(EX_USAGE, "--address: %s is no address or CIDR block", query->address);
    return 0;
}
