/* SPDX-License-Identifier: BSD-2-Clause */
/* orders.c - commands that change something in the daemon: kick, reload, upgrade, drain, stop,
 * log-level. */
#include "common/json.h"
#include "common/addr.h"
#include "common/text.h"
#include "daemon/protocol/to_scribe.h"
#include "tools/wardctl/wardctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* SESSION, user NAME or address ADDRESS. */
static int kick_read(const struct request *request, struct control_ask *ask)
{
    const char *word = request->arguments[0];
    if (request->count == 1) {
        ask->by = CONTROL_BY_SESSION;
        if (number_parse(word, 1, INT64_MAX, &ask->number))
            return 0;
        return complain(EX_USAGE, "%s: invalid session number", word);
    }
    if (strcmp(word, "user") == 0) {
        ask->by = CONTROL_BY_USER;
        if (text_copy(ask->name, sizeof ask->name, request->arguments[1]))
            return 0;
        return complain(EX_USAGE, "the user name is too long");
    }
    ask->by = CONTROL_BY_ADDRESS;
    if (strcmp(word, "address") == 0 && addr_parse_host_here(request->arguments[1], &ask->address))
        return 0;
    return complain(EX_USAGE, "usage: wardctl kick SESSION | user NAME | address ADDRESS");
}

int command_kick(struct link *link, const struct request *request)
{
    struct control_ask ask = { .verb = CONTROL_KICK };
    struct control_answer answer;
    struct json json;
    int code = kick_read(request, &ask);
    if (code == 0)
        code = link_simple(link, &ask, &answer);
    if (code)
        return code;
    if (answer.result == CONTROL_NONE)
        return complain(EX_NOINPUT, "no such session");
    if (request->json) {
        json_begin(&json, stdout);
        json_integer(&json, "sessions", (int64_t)answer.numbers[0]);
        json_end(&json);
    } else {
        (void)printf("%" PRIu64 " ended\n", answer.numbers[0]);
    }
    return list_end(false);
}

/* One message for each line. */
static void print_lines(char *text)
{
    char *rest = text;
    for (const char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        (void)complain(0, "%s", line);
}

int command_reload(struct link *link, const struct request *request)
{
    struct control_ask ask = { .verb = CONTROL_RELOAD };
    struct control_answer answer;
    (void)request;
    const int code = link_simple(link, &ask, &answer);
    if (code)
        return code;
    print_lines(answer.text);
    if (answer.result == CONTROL_REFUSED)
        return complain(EX_CONFIG, "the configuration is unchanged");
    return 0;
}

int command_upgrade(struct link *link, const struct request *request)
{
    struct control_ask ask = { .verb = CONTROL_UPGRADE };
    struct control_answer answer;
    (void)request;
    const int code = link_simple(link, &ask, &answer);
    if (code)
        return code;
    if (answer.result == CONTROL_REFUSED) {
        print_lines(answer.text);
        return complain(EX_CONFIG, "nothing has changed: the running version goes on");
    }
    (void)printf("upgraded from %s\n", answer.text);
    return list_end(false);
}

static int end(struct link *link, const struct request *request, struct control_ask *ask)
{
    struct control_answer answer;
    const int code = link_simple(link, ask, &answer);
    if (code || request->no_wait)
        return code;
    return link_wait_end(link);
}

int command_drain(struct link *link, const struct request *request)
{
    struct control_ask ask = { .verb = CONTROL_DRAIN };
    return end(link, request, &ask);
}

int command_stop(struct link *link, const struct request *request)
{
    struct control_ask ask = { .verb = CONTROL_STOP, .number = request->now };
    return end(link, request, &ask);
}

int command_log_level(struct link *link, const struct request *request)
{
    static const char *const levels[] = { [LOG_LEVEL_ERROR] = "error",
                                          [LOG_LEVEL_WARNING] = "warning",
                                          [LOG_LEVEL_INFO] = "info",
                                          [LOG_LEVEL_DEBUG] = "debug" };
    struct control_ask ask = { .verb = CONTROL_LOG_LEVEL };
    struct control_answer answer;
    for (uint32_t i = LOG_LEVEL_ERROR; i < COUNT(levels); i++) {
        if (strcmp(levels[i], request->arguments[0]) == 0)
            ask.number = i;
    }
    if (ask.number == 0)
        return complain(EX_USAGE, "%s: unknown log level (use error, warning, info or debug)",
                        request->arguments[0]);
    return link_simple(link, &ask, &answer);
}
