/* SPDX-License-Identifier: BSD-2-Clause */
/* who.c - lists the sessions. */
#include "common/json.h"
#include "common/addr.h"
#include "common/text.h"
#include "common/utf8.h"
#include "tools/wardctl/wardctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sys/ioctl.h>
#include <unistd.h>

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

/* Columns of the terminal; 0: no terminal, and no limit. */
static unsigned terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

/* The bytes of at most so many characters. */
static size_t bytes_of(const char *text, unsigned characters)
{
    const char *at = text;
    for (size_t n = strlen(text); n > 0 && characters > 0; characters--) {
        const size_t length = utf8_next(at, n).length;
        at += length;
        n -= length;
    }
    return (size_t)(at - text);
}

static unsigned characters_of(const char *text)
{
    unsigned count = 0;
    for (size_t n = strlen(text); n > 0; count++) {
        const size_t length = utf8_next(text, n).length;
        text += length;
        n -= length;
    }
    return count;
}

/* The columns, from the left.  In a narrow terminal those that are not needed go first, so that
 * user and command are always there. */
enum { SESSION, USER, ADDRESS, TLS, SINCE, COMMAND, BYTES, RATE, FILE_NAME, COLUMNS };
static const struct column {
    const char *title;
    unsigned width;
    bool right;
    unsigned least; /* the narrowest terminal that has it */
} columns[COLUMNS] = {
    [SESSION] = { "SESSION", 8, false, 0 },   [USER] = { "USER", 16, false, 0 },
    [ADDRESS] = { "ADDRESS", 24, false, 70 }, [TLS] = { "TLS", 3, false, 100 },
    [SINCE] = { "SINCE", 8, false, 80 },      [COMMAND] = { "COMMAND", 10, false, 0 },
    [BYTES] = { "BYTES", 12, true, 100 },     [RATE] = { "BYTES/S", 11, true, 120 },
    [FILE_NAME] = { "FILE", 0, false, 0 },
};

/* The end of a path tells more than its beginning. */
static void print_end(const char *text, unsigned room)
{
    const unsigned count = characters_of(text);
    if (count <= room)
        (void)fputs(text, stdout);
    else if (room > 3)
        (void)printf("...%s", text + bytes_of(text, count - (room - 3)));
}

/* In a terminal a text that is too long for its column is cut, and the line fits. */
static void print_row(const char *const texts[COLUMNS], unsigned width)
{
    unsigned used = 0;
    for (size_t i = 0; i < FILE_NAME; i++) {
        const struct column *column = &columns[i];
        const unsigned count = characters_of(texts[i]);
        if (width && width < column->least)
            continue;
        const bool cut = width && count > column->width;
        const unsigned shown = cut ? column->width : count;
        const int blanks = shown < column->width ? (int)(column->width - shown) : 0;
        (void)printf("%*s%.*s%*s ", column->right ? blanks : 0, "", (int)bytes_of(texts[i], shown),
                     texts[i], column->right ? 0 : blanks, "");
        used += (shown > column->width ? shown : column->width) + 1;
    }
    (void)fputc(' ', stdout);
    if (width == 0)
        (void)fputs(texts[FILE_NAME], stdout);
    else if (used + 1 < width)
        print_end(texts[FILE_NAME], width - used - 1);
    (void)fputc('\n', stdout);
}

static void heading(unsigned width)
{
    const char *titles[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++)
        titles[i] = columns[i].title;
    print_row(titles, width);
}

static void show_line(const struct control_session *row, unsigned width)
{
    char address[ADDR_TEXT_ROOM], user[2 * NAME_ROOM], command[4 * CONTROL_VERB_ROOM];
    char path[4 * CONTROL_PATH_ROOM], since[32], bytes[24] = "", rate[24] = "", session[24];
    since_text(row->age_ms, false, since);
    (void)text_format(session, sizeof session, "%" PRIu64, row->session);
    (void)text_escape(user, sizeof user, row->user, strlen(row->user));
    (void)text_escape(command, sizeof command, row->command, strlen(row->command));
    (void)text_escape(path, sizeof path, row->path, strlen(row->path));
    if (transfers(row)) {
        (void)text_format(bytes, sizeof bytes, "%" PRIu64, row->bytes);
        (void)text_format(rate, sizeof rate, "%" PRIu64, row->rate);
    }
    const char *texts[COLUMNS] = {
        [SESSION] = session,
        [USER] = *user ? user : "-",
        [ADDRESS] = addr_text(&row->peer, address),
        [TLS] = row->state == SESSION_UNKNOWN ? "?"
                : row->tls                    ? "yes"
                                              : "no",
        [SINCE] = since,
        [COMMAND] = *command ? command : "-",
        [BYTES] = bytes,
        [RATE] = rate,
        [FILE_NAME] = transfers(row) ? path : states[row->state],
    };
    print_row(texts, width);
}

static void show_page(struct control_who *page, bool json, bool first, unsigned width)
{
    for (uint32_t i = 0; i < page->count; i++) {
        make_safe(&page->rows[i]);
        if (json) {
            json_list_next(first && i == 0);
            show_json(&page->rows[i]);
        } else {
            show_line(&page->rows[i], width);
        }
    }
}

int command_who(struct link *link, const struct request *request)
{
    static struct control_who page;
    struct control_ask ask = { .verb = CONTROL_WHO };
    const unsigned width = terminal_width();
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
            heading(width);
        show_page(&page, request->json, first, width);
        first = first && page.count == 0;
        if (page.count)
            ask.number = page.rows[page.count - 1].session;
    } while (page.count == CONTROL_WHO_ROWS);
    return list_end(request->json);
}
