/* who.c - lists the sessions. */
#include "common/json.h"
#include "common/addr.h"
#include "common/text.h"
#include "tools/wardctl/wardctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const states[] = {
    [SESSION_UNKNOWN] = "unknown",   [SESSION_IDLE] = "idle",     [SESSION_LISTING] = "listing",
    [SESSION_DOWNLOAD] = "download", [SESSION_UPLOAD] = "upload",
};

/* Sizes are checked already; checks texts and states. */
static void make_safe(struct control_session *row)
{
    row->user[sizeof row->user - 1] = row->command[sizeof row->command - 1] = '\0';
    row->path[sizeof row->path - 1] = '\0';
    if (row->state >= COUNT(states))
        row->state = SESSION_UNKNOWN;
}

static bool transfers(const struct control_session *row)
{
    return row->state >= SESSION_LISTING;
}

static void since_text(uint64_t age_ms, bool whole, char text[32])
{
    struct timespec now = { 0 };
    struct tm broken;
    (void)clock_gettime(CLOCK_REALTIME, &now); /* can't fail for this clock */
    const int64_t at_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 - (int64_t)age_ms;
    const time_t at = (time_t)(at_ms / 1000);
    bool fine = localtime_r(&at, &broken) != NULL;
    if (fine && whole)
        fine = strftime(text, 32, "%Y-%m-%dT%H:%M:%S%z", &broken) > 0;
    else if (fine && age_ms < UINT64_C(20) * 3600 * 1000)
        fine = strftime(text, 32, "%H:%M:%S", &broken) > 0;
    else if (fine)
        fine = strftime(text, 32, "%m-%d %H", &broken) > 0;
    if (!fine)
        (void)text_copy(text, 32, "?");
}

static void show_json(const struct control_session *row)
{
    char address[ADDR_TEXT_ROOM], since[32];
    struct json json;
    since_text(row->age_ms, true, since);
    json_begin(&json, stdout);
    json_integer(&json, "session", (int64_t)row->session);
    json_integer(&json, "pid", row->pid);
    json_text(&json, "address", addr_text(&row->peer, address));
    if (row->user[0])
        json_text(&json, "user", row->user);
    json_text(&json, "since", since);
    json_decimal(&json, "seconds", (double)row->age_ms / 1000);
    json_text(&json, "state", states[row->state]);
    if (row->state != SESSION_UNKNOWN) {
        json_flag(&json, "tls", row->tls);
        json_text(&json, "command", row->command);
        json_decimal(&json, "told_seconds_ago", (double)row->reported_ms / 1000);
    }
    if (transfers(row)) {
        json_text(&json, "file", row->path);
        json_integer(&json, "bytes", (int64_t)row->bytes);
        json_integer(&json, "rate", (int64_t)row->rate);
        if (row->size)
            json_integer(&json, "size", (int64_t)row->size);
    }
    json_end(&json);
}

static void heading(void)
{
    (void)printf("%-8s %-16s %-24s %-3s %-8s %-10s %12s %11s  %s\n", "SESSION", "USER", "ADDRESS", "TLS",
                 "SINCE", "COMMAND", "BYTES", "BYTES/S", "FILE");
}

static void show_line(const struct control_session *row)
{
    char address[ADDR_TEXT_ROOM], user[2 * NAME_ROOM], command[4 * CONTROL_VERB_ROOM];
    char path[4 * CONTROL_PATH_ROOM], since[32], bytes[24] = "", rate[24] = "";
    since_text(row->age_ms, false, since);
    (void)text_escape(user, sizeof user, row->user, strlen(row->user));
    (void)text_escape(command, sizeof command, row->command, strlen(row->command));
    (void)text_escape(path, sizeof path, row->path, strlen(row->path));
    if (transfers(row)) {
        (void)text_format(bytes, sizeof bytes, "%" PRIu64, row->bytes);
        (void)text_format(rate, sizeof rate, "%" PRIu64, row->rate);
    }
    (void)printf("%-8" PRIu64 " %-16s %-24s %-3s %-8s %-10s %12s %11s  %s\n", row->session,
                 *user ? user : "-", addr_text(&row->peer, address),
                 row->state == SESSION_UNKNOWN ? "?"
                 : row->tls                    ? "yes"
                                               : "no",
                 since, *command ? command : "-", bytes, rate, transfers(row) ? path : states[row->state]);
}

static void show_page(struct control_who *page, bool json, bool first)
{
    for (uint32_t i = 0; i < page->count; i++) {
        make_safe(&page->rows[i]);
        if (json)
            json_list_next(first && i == 0);
        (json ? show_json : show_line)(&page->rows[i]);
    }
}

int command_who(struct link *link, const struct request *request)
{
    static struct control_who page;
    struct control_ask ask = { .verb = CONTROL_WHO };
    bool first = true;
    do {
        const int code = link_ask(link, &ask, &page, sizeof page);
        if (code)
            return code;
        if (page.count > CONTROL_WHO_ROWS)
            return complain(EX_PROTOCOL, "invalid answer from the daemon");
        if (first && request->json)
            json_list_begin();
        else if (first)
            heading();
        show_page(&page, request->json, first);
        first = first && page.count == 0;
        if (page.count)
            ask.number = page.rows[page.count - 1].session;
    } while (page.count == CONTROL_WHO_ROWS);
    return list_end(request->json);
}
