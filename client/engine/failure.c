/* SPDX-License-Identifier: BSD-2-Clause */
/* failure.c - outcomes and their texts. */
#include "client/engine/failure.h"

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
