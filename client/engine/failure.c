/* SPDX-License-Identifier: BSD-2-Clause */
/* failure.c - outcomes and their texts. */
#include "client/engine/failure.h"

#include "common/path.h"
#include "common/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum outcome failure_set(struct failure *failure, enum outcome outcome, const char *format, ...)
{
    char raw[FAILURE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    text_escape(failure->text, sizeof failure->text, raw, strlen(raw));
    failure->outcome = outcome;
    failure->code = 0;
    return outcome;
}

void failure_name(struct failure *failure, const char *name)
{
    char last[FAILURE_SIZE], text[FAILURE_SIZE];
    const char *part = path_last(name);
    text_escape(last, sizeof last, part, strlen(part));
    if (last[0] && strstr(failure->text, last))
        return;
    memcpy(text, failure->text, sizeof text);
    text_escape(last, sizeof last, name, strlen(name));
    if (strlen(last) + strlen(text) + 2 >= sizeof failure->text)
        return;
    (void)text_format(failure->text, sizeof failure->text, "%s: %s", last, text);
}

const char *outcome_name(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_OK:
        return "ok";
    case OUTCOME_USAGE:
        return "usage";
    case OUTCOME_REFUSED:
        return "refused";
    case OUTCOME_NO_HOST:
        return "host unknown";
    case OUTCOME_UNREACHABLE:
        return "unreachable";
    case OUTCOME_NO_CREATE:
        return "cannot create";
    case OUTCOME_LOCAL:
        return "local file";
    case OUTCOME_AGAIN:
        return "try again";
    case OUTCOME_PROTOCOL:
        return "protocol";
    case OUTCOME_LOGIN:
        return "log-in refused";
    case OUTCOME_INTERRUPTED:
        return "interrupted";
    }
    return "unknown";
}

bool outcome_is_passing(enum outcome outcome)
{
    return outcome == OUTCOME_AGAIN || outcome == OUTCOME_UNREACHABLE;
}
