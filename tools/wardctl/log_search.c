/* SPDX-License-Identifier: BSD-2-Clause */
/* log_search.c - `wardctl log search`: which lines answer the question. */
#include "common/addr.h"
#include "common/json.h"
#include "common/text.h"
#include "daemon/protocol/events.h"
#include "tools/wardctl/log_files.h"
#include "tools/wardctl/log_line.h"
#include "tools/wardctl/log_time.h"
#include "tools/wardctl/wardctl.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct search {
    const struct log_query *query;
    bool json;
    int64_t now, since, until;
    uint32_t events; /* EVENT_BITs */
    uint64_t counts[EVENT_IDS];
    uint64_t bytes[2]; /* up, down */
    uint64_t files[2];
    uint64_t failed; /* transfers */
};

static enum event_id id_of(const struct log_line *line)
{
    return strcmp(line->event, "login refused") == 0 ? EVENT_LOGIN_FAILED : event_find(line->event);
}

static bool is_transfer(enum event_id id)
{
    return id == EVENT_UPLOAD || id == EVENT_APPEND || id == EVENT_DOWNLOAD;
}

static bool is_true(const struct log_line *line, const char *key)
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
        return !is_true(line, "done");
    default:
        return is_transfer(id) && !is_true(line, "complete");
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

static bool fits(const struct search *search, const struct log_line *line, enum event_id id)
{
    const struct log_query *query = search->query;
    if (line->seconds < search->since || line->seconds >= search->until)
        return false;
    if (query->event && (id == EVENT_IDS || !(search->events & EVENT_BIT(id))))
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

static void count(struct search *search, const struct log_line *line, enum event_id id)
{
    const char *text = log_line_get(line, "bytes");
    const unsigned down = id == EVENT_DOWNLOAD;
    uint64_t bytes = 0;
    if (id < EVENT_IDS)
        search->counts[id]++;
    if (!is_transfer(id))
        return;
    if (text && number_parse(text, 0, UINT64_MAX, &bytes) &&
        __builtin_add_overflow(search->bytes[down], bytes, &search->bytes[down]))
        search->bytes[down] = UINT64_MAX;
    if (is_true(line, "complete"))
        search->files[down]++;
    else
        search->failed++;
}

/* Lines of other programs may be among syslog's: nothing of them reaches a terminal as it is. */
static void print_text(const char *text)
{
    for (; *text; text++)
        (void)fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, stdout);
    (void)fputc('\n', stdout);
}

static void print_json(const struct log_line *line)
{
    struct json json;
    json_begin(&json, stdout);
    json_text(&json, "time", line->time);
    if (line->level)
        json_text(&json, "level", line->level);
    json_text(&json, "event", line->event);
    for (size_t i = 0; i < line->count; i++) {
        const struct log_field *field = &line->fields[i];
        uint64_t number;
        if (field->is_text)
            json_text(&json, field->key, field->value);
        else if (number_parse(field->value, 0, INT64_MAX, &number))
            json_integer(&json, field->key, (int64_t)number);
        else if (strchr("0123456789", *field->value))
            json_decimal(&json, field->key, strtod(field->value, NULL));
        else
            json_flag(&json, field->key, *field->value == 't' || *field->value == 'y');
    }
    json_end(&json);
}

static bool take(void *context, char *text, bool ended, const char *file, size_t number)
{
    static char shown[LOG_LINE_SIZE];
    struct search *search = context;
    struct log_line line;
    (void)ended;
    (void)file;
    (void)number;
    (void)text_copy(shown, sizeof shown, text);
    if (!log_line_parse(text, search->now, &line))
        return true;
    const enum event_id id = id_of(&line);
    if (!fits(search, &line, id))
        return true;
    count(search, &line, id);
    if (!search->query->sum && search->json)
        print_json(&line);
    else if (!search->query->sum)
        print_text(shown);
    return true;
}

static void print_sum_json(const struct search *search)
{
    struct json json;
    json_begin(&json, stdout);
    json_open_object(&json, "events");
    for (unsigned id = 0; id < EVENT_IDS; id++) {
        if (search->counts[id])
            json_integer(&json, event_word((enum event_id)id), (int64_t)search->counts[id]);
    }
    json_close_object(&json);
    json_integer(&json, "files_up", (int64_t)search->files[0]);
    json_integer(&json, "bytes_up", (int64_t)(search->bytes[0] & INT64_MAX));
    json_integer(&json, "files_down", (int64_t)search->files[1]);
    json_integer(&json, "bytes_down", (int64_t)(search->bytes[1] & INT64_MAX));
    json_integer(&json, "failed_transfers", (int64_t)search->failed);
    json_end(&json);
}

static void print_sum(const struct search *search)
{
    for (unsigned id = 0; id < EVENT_IDS; id++) {
        if (search->counts[id])
            (void)printf("%-16s %" PRIu64 "\n", event_word((enum event_id)id), search->counts[id]);
    }
    (void)printf(
        "files up         %" PRIu64 "\nbytes up         %" PRIu64 "\nfiles down       %" PRIu64
        "\nbytes down       %" PRIu64 "\nfailed transfers %" PRIu64 "\n",
        search->files[0], search->bytes[0], search->files[1], search->bytes[1], search->failed);
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

static int prepare(struct search *search)
{
    const struct log_query *query = search->query;
    if (query->event && !(search->events = events_of(query->event)))
        return EX_USAGE;
    if (query->since && !log_time_parse(query->since, search->now, &search->since))
        return complain(EX_USAGE, "--since: %s is no time, as 2026-11-24T05:17, yesterday or 2h",
                        query->since);
    if (query->until && !log_time_parse(query->until, search->now, &search->until))
        return complain(EX_USAGE, "--until: %s is no time, as 2026-11-24T05:17, yesterday or 2h",
                        query->until);
    if (query->address && !addr_blocks_check(query->address))
        return complain(EX_USAGE, "--address: %s is no address or CIDR block", query->address);
    return 0;
}

int log_search(const struct request *request, char *const *files, size_t count_of_files)
{
    struct search search = { .query = &request->log,
                             .json = request->json,
                             .now = (int64_t)time(NULL),
                             .since = INT64_MIN,
                             .until = INT64_MAX };
    int code = prepare(&search);
    if (code == 0)
        code = log_files_read(files, count_of_files, take, &search);
    if (request->log.sum && request->json)
        print_sum_json(&search);
    else if (request->log.sum)
        print_sum(&search);
    const int printed = list_end(false);
    return code ? code : printed;
}
