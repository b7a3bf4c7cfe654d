/* SPDX-License-Identifier: BSD-2-Clause */
/* checker.h - asks the administrator's checker about one log-in.  Runs as auth's uid
 * in an empty root; the master has connected the socket of `checker`. */
#ifndef CHECKER_H
#define CHECKER_H

#include "daemon/protocol/errand.h"
#include "daemon/roles.h"

#include <stddef.h>
#include <stdint.h>

enum {
    CHECKER_MS = 5000, /* for question and answer */
    QUESTION_ROOM = 4096,
    ANSWER_ROOM = 32 * 1024, /* one line */
};

_Noreturn void checker_run(void);
const char *checker_rehearse(enum role role);

/* text.c: the question as one line of JSON.  Its length; 0: no room. */
size_t question_make(const struct errand_who *ask, char *line, size_t room);

/* text.c: what the answer of n bytes says; without its line end.  0, or EPROTO: it is not one that
 * wardftpd.conf(5) allows. */
int answer_read(const char *line, size_t n, struct errand_found *found);

/* speak.c: sends the question, and reads one line, up to CHECKER_MS.  0, or an errno: ETIMEDOUT;
 * ENODATA, it ended without a line; EMSGSIZE, the line is too long; EPROTO, something follows it. */
int speak(int fd, const char *question, size_t size, char *answer, size_t room, size_t *length);

#endif
