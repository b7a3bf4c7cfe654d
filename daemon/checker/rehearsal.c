/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.c - runs in the self-test of checker: a question and an answer on a
 * channel of its own. */
#include "daemon/checker/checker.h"

#include "daemon/program/rehearsal.h"

#include <string.h>
#include <sys/socket.h>

static bool speaks(void)
{
    static const char answer[] = "{\"result\": \"unknown\"}\n";
    char heard[64];
    size_t length = 0;
    struct errand_found found;
    return send(FD_STAGE_OTHER_END, answer, sizeof answer - 1, MSG_NOSIGNAL) ==
               (ssize_t)sizeof answer - 1 &&
           speak(FD_STAGE_END, "?\n", 2, heard, sizeof heard, &length) == 0 &&
           answer_read(heard, length, &found) == 0 &&
           recv(FD_STAGE_OTHER_END, heard, sizeof heard, 0) == 2;
}

const char *checker_rehearse(enum role role)
{
    const char *failed = rehearse_basics(false);
    (void)role;
    if (failed)
        return failed;
    DOES(waits());
    DOES(speaks());
    return NULL;
}
