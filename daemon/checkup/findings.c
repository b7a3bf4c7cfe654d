/* SPDX-License-Identifier: BSD-2-Clause */
/* findings.c - runs in `wardftpd -t`: prints what was found. */
#include "daemon/checkup/findings.h"

#include "common/json.h"
#include "common/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_ROOM = 2048 };

static const char *const names[SEVERITIES] = { "hint", "warning", "fault" };

/* Splits "FILE:12: message"; a message without a place stays whole. */
static void print_json(enum severity severity, const char *line)
{
    struct json json;
    uint64_t number = 0;
    const char *colon = *line == '/' ? strstr(line, ": ") : NULL;
    const char *last = colon ? memrchr(line, ':', (size_t)(colon - line)) : NULL;
    json_begin(&json, stdout);
    json_text(&json, "severity", names[severity]);
    if (last && number_parse_n(last + 1, (size_t)(colon - last - 1), 1, UINT32_MAX, &number)) {
        json_text_n(&json, "file", line, (size_t)(last - line));
        json_integer(&json, "line", (int64_t)number);
    } else if (colon) {
        json_text_n(&json, "file", line, (size_t)(colon - line));
    }
    json_text(&json, "message", colon ? colon + 2 : line);
    json_end(&json);
}

static void print_line(enum severity severity, const char *line)
{
    char safe[2 * LINE_ROOM];
    (void)text_escape(safe, sizeof safe, line, strlen(line));
    if (severity == SEVERITY_FAULT)
        fprintf(stderr, "wardftpd: %s\n", safe);
    else
        fprintf(stderr, "wardftpd: %s: %s\n", names[severity], safe);
}

static void add(struct findings *findings, enum severity severity, const char *message)
{
    char line[LINE_ROOM];
    if (findings->origins)
        config_origins_locate(findings->origins, message, line, sizeof line);
    else
        (void)text_format(line, sizeof line, "%s", message);
    findings->count[severity]++;
    (findings->json ? print_json : print_line)(severity, line);
}

void findings_add(struct findings *findings, enum severity severity, const char *format, ...)
{
    char message[LINE_ROOM];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(message, sizeof message, format, arguments) >= 0)
        add(findings, severity, message);
    va_end(arguments);
}

static void take_complaint(void *context, bool fatal, const char *line)
{
    add(context, fatal ? SEVERITY_FAULT : SEVERITY_WARNING, line);
}

static void take_served(void *context, const char *line)
{
    add(context, SEVERITY_FAULT, line);
}

static void take_hint(void *context, const char *line)
{
    add(context, SEVERITY_HINT, line);
}

struct complaint findings_complaint(struct findings *findings)
{
    return (struct complaint){
        .complain = take_complaint, .context = findings, .served = take_served, .hint = take_hint
    };
}
