/* SPDX-License-Identifier: BSD-2-Clause */
/* traced.c - runs in the scribe: the lines of traced sessions. */
#include "daemon/scribe/traced.h"

#include "common/addr.h"
#include "common/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A line feed would begin another line of the answer. */
static void copy_line(char *to, const char *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = from[i] == '\n' ? '?' : from[i];
    to[n] = '\0';
}

void traced_note(struct traced *traced, uint64_t session, const struct sockaddr_storage *peer,
                 const char *user, const struct scribe_trace *trace)
{
    struct traced_line **place = &traced->lines[traced->count++ % TRACED_MAX];
    const size_t n = strlen(trace->line);
    free(*place);
    *place = malloc(sizeof **place + n + 1);
    if (!*place)
        return;
    (*place)->session = session;
    (*place)->peer = *peer;
    (*place)->reply = trace->reply;
    (void)text_copy((*place)->user, sizeof(*place)->user, user);
    copy_line((*place)->text, trace->line, n);
}

static bool is_asked(const struct traced_line *line, const struct control_ask *ask)
{
    return ask->by == CONTROL_BY_USER ? *line->user && strcmp(line->user, ask->name) == 0
                                      : addr_same_host(&line->peer, &ask->address);
}

/* False: there is no room for it, but behind other lines. */
static bool add_line(const struct traced_line *line, char *text, size_t room)
{
    char address[ADDR_TEXT_ROOM], user[2 * NAME_ROOM];
    const size_t used = strlen(text);
    (void)text_escape(user, sizeof user, line->user, strlen(line->user));
    if (text_format(text + used, room - used, "%" PRIu64 "\t%s\t%s\t%" PRIu32 "\t%s\n",
                    line->session, addr_text(&line->peer, address), user, line->reply, line->text))
        return true;
    text[used] = '\0';
    return false;
}

void traced_answer(const struct traced *traced, const struct control_ask *ask,
                   struct control_answer *answer)
{
    uint64_t *last = &answer->numbers[TRACED_LAST], number = ask->number;
    *last = traced->count;
    if (number == UINT64_MAX) /* the first question: from now on */
        return;
    if (number > traced->count)
        number = traced->count;
    if (traced->count - number > TRACED_MAX) {
        answer->numbers[TRACED_LOST] = traced->count - TRACED_MAX - number;
        number = traced->count - TRACED_MAX;
    }
    for (; number < traced->count; number++) {
        const struct traced_line *line = traced->lines[number % TRACED_MAX];
        if (line && is_asked(line, ask) && !add_line(line, answer->text, sizeof answer->text))
            break;
    }
    *last = number;
}
