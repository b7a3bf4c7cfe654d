/* SPDX-License-Identifier: BSD-2-Clause */
/* log_search.c - `wardctl log search`: which lines answer the question. */
#include "common/json.h"
#include "common/text.h"
#include "daemon/protocol/events.h"
#include "tools/wardctl/log_files.h"
#include "tools/wardctl/log_filter.h"
#include "tools/wardctl/log_line.h"
#include "tools/wardctl/wardctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct search {
    struct log_filter filter;
    bool json;
    uint64_t counts[EVENT_IDS];
    uint64_t bytes[2]; /* up, down */
    uint64_t files[2];
    uint64_t failed; /* transfers */
};

static void count(struct search *search, const struct log_line *line, enum event_id id)
{
    const char *text = log_line_get(line, "bytes");
    const unsigned down = id == EVENT_DOWNLOAD;
    uint64_t bytes = 0;
    if (id < EVENT_IDS)
        search->counts[id]++;
    if (!log_is_transfer(id))
        return;
    if (text && number_parse(text, 0, UINT64_MAX, &bytes) &&
        __builtin_add_overflow(search->bytes[down], bytes, &search->bytes[down]))
        search->bytes[down] = UINT64_MAX;
    if (log_line_is_true(line, "complete"))
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
    if (!log_line_parse(text, search->filter.now, &line))
        return true;
    const enum event_id id = log_line_event(&line);
    if (!log_filter_fits(&search->filter, &line))
        return true;
    count(search, &line, id);
    if (!search->filter.query->sum && search->json)
        print_json(&line);
    else if (!search->filter.query->sum)
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

int log_search(const struct request *request, char *const *files, size_t count_of_files)
{
    struct search search = { .json = request->json };
    int code = log_filter_init(&search.filter, &request->log);
    if (code == 0)
        code = log_files_read(files, count_of_files, take, &search);
    if (request->log.sum && request->json)
        print_sum_json(&search);
    else if (request->log.sum)
        print_sum(&search);
    const int printed = list_end(false);
    return code ? code : printed;
}
