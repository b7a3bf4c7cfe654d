/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - checker: auth's uid, no capability, empty root.  Reads a name and a
 * password, which a client has sent, of auth, and the answer of the administrator's
 * checker, on the socket that the master has connected. */
#include "daemon/checker/checker.h"

#include "common/text.h"
#include "daemon/ipc/errand.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char process[] = "checker";

static const struct border_row rows[] = { TO_CHECKER(BORDER_ROW) };

static int find(const struct errand_who *ask, struct errand_found *found)
{
    static char question[QUESTION_ROOM], answer[ANSWER_ROOM];
    size_t length = 0;
    const size_t size = question_make(ask, question, sizeof question);
    int error = size ? speak(FD_CHECKER, question, size, answer, sizeof answer, &length) : EMSGSIZE;
    wipe(question, sizeof question);
    return error ? error : answer_read(answer, length, found);
}

_Noreturn void checker_run(void)
{
    static struct errand_place place;
    static struct errand_who ask;
    static struct errand_found found;
    errand_receive(process, rows, COUNT(rows), BEFORE_PLACE, &place, sizeof place);
    errand_receive(process, rows, COUNT(rows), BEFORE_ASKED, &ask, sizeof ask);
    if (!text_ends(ask.name, sizeof ask.name) || !text_ends(ask.password, sizeof ask.password) ||
        !text_ends(ask.address, sizeof ask.address) || strpbrk(ask.address, "\"\\"))
        errand_refuse(process, "a name, password or address that is none");
    const struct message_head head = ask.head;
    const int error = find(&ask, &found);
    wipe(&ask, sizeof ask);
    if (error)
        errand_answer(&head, error);
    found.head = (struct message_head){ .type = ERRAND_FOUND, .serial = head.serial };
    /* auth may have ended */
    (void)channel_send(FD_MASTER, &found, sizeof found, 0);
    _exit(0);
}
