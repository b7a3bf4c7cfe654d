/* SPDX-License-Identifier: BSD-2-Clause */
/* urgent.c - runs in NET, without privilege; reads the client's lines. */
#include "daemon/net/urgent.h"

#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/net/allowed.h"
#include "daemon/net/command_pace.h"
#include "daemon/net/control.h"
#include "daemon/net/next.h"
#include "daemon/net/progress.h"
#include "daemon/net/reply.h"
#include "daemon/net/report.h"
#include "daemon/net/verb.h"

#include <inttypes.h>
#include <string.h>

/* The transfer's loop sees the flag, and gives both replies.  REST is forgotten in any case (law
 * U4). */
static void urgent_abor(struct session *s, const char *argument)
{
    (void)argument;
    s->abor_waits = false;
    next_forget(s);
    progress_abort(s);
}

static void urgent_noop(struct session *s, const char *argument)
{
    (void)argument;
    (void)reply(s, 200, "NOOP ok.");
}

/* It takes effect after the transfer. */
static void urgent_quit(struct session *s, const char *argument)
{
    (void)argument;
    s->quit = true;
}

static void urgent_stat(struct session *s, const char *argument)
{
    const struct transfer *transfer = &s->transfer;
    if (*argument != '\0')
        (void)reply(s, 450, "A transfer is in progress.");
    else if (transfer->size > 0)
        (void)reply(s, 213, "%" PRIu64 " of %" PRIu64 " bytes transferred.", transfer->bytes,
                    transfer->size);
    else
        (void)reply(s, 213, "%" PRIu64 " bytes transferred.", transfer->bytes);
}

struct urgent {
    const char *verb;
    void (*run)(struct session *s, const char *argument);
    bool takes_argument;
    bool during_requests; /* not only between the 150 and the last reply */
    bool paced;           /* command_rate applies; else it runs at once */
};

static const struct urgent commands[] = {
    { "ABOR", urgent_abor, false, true, false },
    { "NOOP", urgent_noop, true, false, true },
    { "QUIT", urgent_quit, false, false, false },
    { "STAT", urgent_stat, true, false, true },
};

/* The command of this line, and its argument without blanks before it; NULL: it is not urgent. */
static const struct urgent *urgent_find(const struct session *s, const char *line,
                                        const char **argument)
{
    for (size_t i = 0; i < COUNT(commands); i++) {
        const size_t n = verb_match(line, commands[i].verb);
        if (n > 0 && (s->transfer.busy == BUSY_TRANSFER || commands[i].during_requests)) {
            *argument = line + n + strspn(line + n, " ");
            return &commands[i];
        }
    }
    return NULL;
}

static void urgent_run(struct session *s, const struct urgent *command, const char *argument)
{
    const char *refusal = command_refusal(s, command->verb);
    line_take(&s->in); /* its text stays until the next line is read */
    report_trace(s, false, s->in.text, strlen(s->in.text));
    if (s->config->log_level >= LOG_LEVEL_DEBUG)
        log_note(LOG_LEVEL_DEBUG, "%s%s%s", command->verb, *argument ? " " : "", argument);
    if (refusal)
        (void)reply(s, 550, "%s.", refusal);
    else if (*argument != '\0' && !command->takes_argument)
        (void)reply(s, 501, "%s takes no argument.", command->verb);
    else
        command->run(s, argument);
}

static bool is_abor(const char *line, const void *context)
{
    const size_t n = verb_match(line, "ABOR");
    return n > 0 && line[n + strspn(line + n, " ")] == '\0' && !command_refusal(context, "ABOR");
}

static void look_for_abor(struct session *s)
{
    if (s->transfer.aborted || s->transfer.searched == s->in.filled)
        return;
    progress_searched(s, s->in.filled);
    if (line_ahead(&s->in, is_abor, s)) {
        progress_abort(s);
        s->abor_waits = true;
    }
}

void urgent_commands(struct session *s)
{
    const struct urgent *command;
    const char *argument;
    if (s->transfer.busy == BUSY_NOT)
        return;
    while (s->left == 0 && !s->quit && control_line(s) == LINE_READY &&
           (command = urgent_find(s, s->in.text, &argument)) != NULL &&
           (!command->paced || command_pace_take(s) == 0))
        urgent_run(s, command, argument);
    look_for_abor(s);
}

bool urgent_take_abor(struct session *s)
{
    const bool waited = s->abor_waits;
    s->abor_waits = false;
    return waited;
}
