/* report.c - text, JSON, progress. */
#include "client/report.h"

#include "client/json.h"
#include "common/ftptime.h"
#include "common/path.h"
#include "common/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { DRAW_EVERY_MS = 200, SHOWN_ROOM = 1024 };

void report_init(struct report *report, bool json, bool verbose, bool quiet)
{
    *report =
        (struct report){ .out = stdout, .err = stderr, .json = json, .verbose = verbose, .quiet = quiet };
    report->out_terminal = isatty(STDOUT_FILENO) == 1;
    report->progress = isatty(STDERR_FILENO) == 1 && !json && !quiet;
}

const char *size_text(int64_t bytes, char text[SIZE_TEXT_ROOM])
{
    static const char units[] = "BkMGTPE";
    double value = (double)bytes;
    size_t unit = 0;

    while (value >= 1000 && unit + 2 < sizeof units) {
        value /= 1000;
        unit++;
    }
    if (unit == 0)
        text_format(text, SIZE_TEXT_ROOM, "%" PRId64 " B", bytes);
    else
        text_format(text, SIZE_TEXT_ROOM, "%.*f %cB", value < 10 ? 2 : 1, value, units[unit]);
    return text;
}

void report_clear(struct report *report)
{
    if (report->drawn)
        fputs("\r\033[K", report->err);
    report->drawn = false;
}

static void show(FILE *to, const char *text)
{
    char escaped[SHOWN_ROOM];

    text_escape(escaped, sizeof escaped, text, strlen(text));
    fputs(escaped, to);
}

/* A name in a result: raw where a program reads it, escaped on a terminal. */
static void show_name(const struct report *report, const char *name)
{
    if (report->out_terminal)
        show(report->out, name);
    else
        fputs(name, report->out);
}

void report_note(struct report *report, const char *format, ...)
{
    char line[SHOWN_ROOM];
    va_list arguments;

    if (report->json || report->quiet)
        return;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    report_clear(report);
    show(report->err, line);
    fputc('\n', report->err);
}

void report_text(struct report *report, const char *event, const char *text)
{
    struct json json;

    report_clear(report);
    if (report->json) {
        json_begin(&json, report->out);
        json_text(&json, "event", event);
        json_text(&json, "text", text);
        json_end(&json);
        return;
    }
    while (*text) { /* line ends are ours; other control bytes may be a hostile server's */
        char line[SHOWN_ROOM];
        size_t n = strcspn(text, "\n");

        text_escape(line, sizeof line, text, n);
        fprintf(report->out, "%s\n", line);
        text += n + (text[n] == '\n');
    }
    fflush(report->out);
}

void report_trouble(struct report *report, const struct trouble *trouble)
{
    struct json json;

    report_clear(report);
    if (report->json) {
        json_begin(&json, report->out);
        json_text(&json, "event", "error");
        json_text(&json, "outcome", outcome_name(trouble->outcome));
        json_integer(&json, "exit", trouble->outcome);
        json_integer(&json, "code", trouble->code);
        json_text(&json, "text", trouble->text);
        json_end(&json);
        return;
    }
    fprintf(report->err, "wardftp: %s\n", trouble->text);
}

void report_trace(void *context, char direction, const char *line)
{
    struct report *report = context;

    if (!report->verbose)
        return;
    report_clear(report);
    fprintf(report->err, "%c ", direction);
    show(report->err, line);
    fputc('\n', report->err);
}

static const char *type_name(enum entry_type type)
{
    static const char *const names[] = { "file", "dir", "link", "other" };

    return names[type];
}

static void entry_json(struct report *report, const struct entry *entry)
{
    struct json json;
    char text[FTPTIME_ROOM];

    json_begin(&json, report->out);
    json_text(&json, "event", "entry");
    json_text(&json, "name", entry->name);
    json_text(&json, "type", type_name(entry->type));
    if (entry->size >= 0)
        json_integer(&json, "size", entry->size);
    if (entry->modified != INT64_MIN)
        json_text(&json, "modify", ftptime_format(entry->modified, text));
    if (entry->mode >= 0) {
        text_format(text, sizeof text, "%04o", (unsigned)entry->mode);
        json_text(&json, "mode", text);
    }
    json_end(&json);
}

static void mode_text(const struct entry *entry, char text[11])
{
    static const char letters[] = "rwxrwxrwx";

    text[0] = entry->type == ENTRY_DIRECTORY ? 'd' : entry->type == ENTRY_LINK ? 'l' : '-';
    for (unsigned i = 0; i < 9; i++)
        text[i + 1] = entry->mode < 0 ? '?' : entry->mode & (0400 >> i) ? letters[i] : '-';
    text[10] = '\0';
}

void report_entry(struct report *report, const struct entry *entry)
{
    char mode[11], when[32] = "                ";
    struct civil civil;

    if (report->json) {
        entry_json(report, entry);
        return;
    }
    mode_text(entry, mode);
    if (entry->modified != INT64_MIN) {
        civil_from_seconds(entry->modified, &civil);
        text_format(when, sizeof when, "%04lld-%02u-%02u %02u:%02u", (long long)civil.year, civil.month,
                    civil.day, civil.hour, civil.minute);
    }
    if (entry->size >= 0)
        fprintf(report->out, "%s %14" PRId64 "  %s  ", mode, entry->size, when);
    else
        fprintf(report->out, "%s %14s  %s  ", mode, "-", when);
    show_name(report, entry->name ? entry->name : "");
    fputs(entry->type == ENTRY_DIRECTORY ? "/\n" : "\n", report->out);
}

void report_listing(struct report *report, const struct listing *listing, bool names_only)
{
    report_clear(report);
    for (size_t i = 0; i < listing->count; i++) {
        if (!names_only || report->json) {
            report_entry(report, &listing->entries[i]);
            continue;
        }
        show_name(report, listing->entries[i].name);
        fputc('\n', report->out);
    }
    fflush(report->out);
}

static unsigned columns(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

static void eta_text(int64_t left, int64_t rate, char *text, size_t room)
{
    int64_t seconds = rate > 0 ? left / rate : -1;

    if (seconds < 0 || seconds > 360000)
        text_copy(text, room, "");
    else if (seconds < 3600)
        text_format(text, room, " %d:%02d left", (int)(seconds / 60), (int)(seconds % 60));
    else
        text_format(text, room, " %d:%02d:%02d left", (int)(seconds / 3600), (int)(seconds / 60 % 60),
                    (int)(seconds % 60));
}

void report_progress(struct report *report, const char *name, int64_t done, int64_t total, int64_t moved,
                     int64_t began_ms)
{
    char line[512], shown[256], have[SIZE_TEXT_ROOM], speed[SIZE_TEXT_ROOM], eta[40] = "", of[40] = "";
    int64_t now = now_ms(), elapsed = now - began_ms, rate;

    if (!report->progress || now - report->drawn_ms < DRAW_EVERY_MS)
        return;
    report->drawn_ms = now;
    rate = elapsed > 0 ? moved * 1000 / elapsed : 0;
    if (total > 0) {
        text_format(of, sizeof of, " %3d%%", (int)(done >= total ? 100 : (double)done * 100 / (double)total));
        eta_text(total - done, rate, eta, sizeof eta);
    }
    text_escape(shown, sizeof shown, path_last(name), strlen(path_last(name)));
    if (report->files > 1)
        text_format(line, sizeof line, "[%u/%u] %.*s%s %s, %s/s%s", report->files_done + 1, report->files, 40,
                    shown, of, size_text(done, have), size_text(rate, speed), eta);
    else
        text_format(line, sizeof line, "%.*s%s %s, %s/s%s", 48, shown, of, size_text(done, have),
                    size_text(rate, speed), eta);
    fprintf(report->err, "\r%.*s\033[K", (int)columns() - 1, line);
    fflush(report->err);
    report->drawn = true;
}

static void transfer_json(struct report *report, const struct report_transfer *transfer)
{
    struct json json;

    json_begin(&json, report->out);
    json_text(&json, "event", "transfer");
    json_text(&json, "direction", transfer->direction);
    json_text(&json, "remote", transfer->remote);
    json_text(&json, "local", transfer->local);
    json_integer(&json, "start", transfer->start);
    json_integer(&json, "bytes", transfer->bytes);
    json_integer(&json, "moved", transfer->moved);
    json_decimal(&json, "seconds", (double)transfer->elapsed_ms / 1000);
    json_text(&json, "outcome", outcome_name(transfer->trouble ? transfer->trouble->outcome : OUTCOME_OK));
    if (transfer->trouble)
        json_text(&json, "text", transfer->trouble->text);
    json_end(&json);
}

void report_transfer(struct report *report, const struct report_transfer *transfer)
{
    char size[SIZE_TEXT_ROOM], speed[SIZE_TEXT_ROOM];
    int64_t rate = transfer->elapsed_ms > 0 ? transfer->moved * 1000 / transfer->elapsed_ms : 0;

    report_clear(report);
    report->drawn_ms = 0;
    report->files_done++;
    report->done_bytes += transfer->moved;
    if (report->json) {
        transfer_json(report, transfer);
        return;
    }
    if (transfer->trouble || report->quiet || !(report->progress || report->verbose))
        return;
    report_note(report, "%s  %s%s in %.1f s, %s/s", path_last(transfer->remote),
                size_text(transfer->bytes, size), transfer->start ? " (resumed)" : "",
                (double)transfer->elapsed_ms / 1000, size_text(rate, speed));
}
