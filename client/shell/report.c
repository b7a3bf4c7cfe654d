/* SPDX-License-Identifier: BSD-2-Clause */
/* report.c - text, JSON, progress. */
#include "client/shell/report.h"

#include "common/json.h"
#include "common/path.h"
#include "common/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

enum { PROGRESS_EVERY_MS = 1000, SHOWN_SIZE = 1024 };

void report_init(struct report *report, bool json, bool verbose, bool quiet)
{
    *report = (struct report){
        .out = stdout, .err = stderr, .json = json, .verbose = verbose, .quiet = quiet
    };
    report->lines.to = stderr;
    report->out_terminal = isatty(STDOUT_FILENO) == 1;
    report->progress = isatty(STDERR_FILENO) == 1 && !json && !quiet;
}

void report_clear(struct report *report)
{
    progress_clear(&report->lines);
}

static void show(FILE *to, const char *text)
{
    char escaped[SHOWN_SIZE];
    text_escape(escaped, sizeof escaped, text, strlen(text));
    fputs(escaped, to);
}

void report_name(const struct report *report, const char *name)
{
    if (report->out_terminal)
        show(report->out, name);
    else
        fputs(name, report->out);
}

void report_note(struct report *report, const char *format, ...)
{
    char line[SHOWN_SIZE];
    va_list arguments;
    if (report->quiet)
        return;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (report->json) {
        report_text(report, "note", line);
        return;
    }
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
        char line[SHOWN_SIZE];
        const size_t n = strcspn(text, "\n");

        text_escape(line, sizeof line, text, n);
        fprintf(report->out, "%s\n", line);
        text += n + (text[n] == '\n');
    }
    fflush(report->out);
}

void report_failure(struct report *report, const struct failure *failure)
{
    struct json json;
    report_clear(report);
    if (report->json) {
        json_begin(&json, report->out);
        json_text(&json, "event", "error");
        json_text(&json, "outcome", outcome_name(failure->outcome));
        json_integer(&json, "exit", failure->outcome);
        json_integer(&json, "code", failure->code);
        json_text(&json, "text", failure->text);
        if (report->script) {
            json_text(&json, "file", report->script);
            json_integer(&json, "line", report->script_line);
        }
        json_end(&json);
        return;
    }
    fputs("wardftp: ", report->err);
    if (report->script)
        fprintf(report->err, "%s:%u: ", report->script, report->script_line);
    fprintf(report->err, "%s\n", failure->text);
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

/* Progress as JSON, at most once a second. */
static void progress_json(struct report *report, const char *name,
                          const struct progress_state *state)
{
    struct json json;
    const int64_t now = now_ms();
    if (now - state->began_ms < PROGRESS_EVERY_MS || now - report->sent_ms < PROGRESS_EVERY_MS)
        return;
    report->sent_ms = now;
    json_begin(&json, report->out);
    json_text(&json, "event", "progress");
    json_text(&json, "remote", name);
    json_integer(&json, "done", state->done);
    if (state->total >= 0)
        json_integer(&json, "total", state->total);
    json_integer(&json, "moved", state->moved);
    json_end(&json);
}

void report_begin(struct report *report, unsigned files, int64_t total_bytes)
{
    progress_begin(&report->lines, files, total_bytes);
}

void report_progress(struct report *report, unsigned slot, const char *name,
                     const struct progress_state *state)
{
    if (report->json)
        progress_json(report, name, state);
    else if (report->progress)
        progress_set(&report->lines, slot, name, state);
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
    json_text(&json, "outcome",
              outcome_name(transfer->failure ? transfer->failure->outcome : OUTCOME_OK));
    if (transfer->failure)
        json_text(&json, "text", transfer->failure->text);
    json_end(&json);
}

static bool shows_ends(const struct report *report)
{
    return !report->json && !report->quiet && (report->progress || report->verbose);
}

void report_transfer(struct report *report, unsigned slot, const struct report_transfer *transfer)
{
    char size[SIZE_TEXT_SIZE], speed[SIZE_TEXT_SIZE];
    const int64_t rate =
        transfer->elapsed_ms > 0 ? transfer->moved * 1000 / transfer->elapsed_ms : 0;
    report_clear(report);
    progress_end(&report->lines, slot, transfer->bytes, transfer->moved);
    if (report->json)
        transfer_json(report, transfer);
    else if (!transfer->failure && shows_ends(report))
        report_note(report, "%s  %s%s in %.1f s, %s/s", path_last(transfer->remote),
                    size_text(transfer->bytes, size), transfer->start ? " (resumed)" : "",
                    (double)transfer->elapsed_ms / 1000, size_text(rate, speed));
}

void report_end(struct report *report)
{
    const struct progress *lines = &report->lines;
    char size[SIZE_TEXT_SIZE], speed[SIZE_TEXT_SIZE];
    const int64_t elapsed = now_ms() - lines->began_ms;
    const int64_t rate = elapsed > 0 ? lines->moved_bytes * 1000 / elapsed : 0;
    report_clear(report);
    if (lines->files > 1 && shows_ends(report))
        report_note(report, "total %u of %u files, %s in %.1f s, %s/s", lines->files_done,
                    lines->files, size_text(lines->moved_bytes, size), (double)elapsed / 1000,
                    size_text(rate, speed));
}

void report_plan(struct report *report, const char *action, const char *path, bool dry_run)
{
    struct json json;
    if (report->json) {
        json_begin(&json, report->out);
        json_text(&json, "event", "plan");
        json_text(&json, "action", action);
        json_text(&json, "path", path);
        json_flag(&json, "dry_run", dry_run);
        json_end(&json);
    } else if (dry_run) { /* what was asked for, so it is a result */
        report_clear(report);
        fprintf(report->out, "would %s ", action);
        report_name(report, path);
        fputc('\n', report->out);
    } else {
        report_note(report, "%s %s", action, path);
    }
}
