/* SPDX-License-Identifier: BSD-2-Clause */
/* explain.h - the parts of `wardctl explain`. */
#ifndef WARDCTL_EXPLAIN_H
#define WARDCTL_EXPLAIN_H

#include "daemon/config/config.h"
#include "tools/wardctl/wardctl.h"

/* rules.c: prints the keys that apply to the user with their lines, and whether the command would
 * be allowed (verb NULL: none is asked about).  answer: auth's, about this user.  0 or an exit
 * code. */
int explain_rules(struct link *link, const char *user, const struct control_answer *answer,
                  const char *verb, const char *path);

/* running.c: the configuration that the daemon was started with.  NULL: it was reported why. */
struct running_config {
    char path[CONFIG_PATH_ROOM];
    size_t override_count;
    struct config_override overrides[32];
    uint64_t numbers[CONTROL_NUMBERS]; /* enum control_state */
    char text[CONTROL_TEXT_ROOM];      /* that the overrides point into */
};
int running_config(struct link *link, struct running_config *running);

/* allowed.c: says whether the policy and the system let the user do it. */
void explain_command(const struct policy *policy, const struct control_answer *user,
                     const char *home, const char *verb, const char *path);

#endif
