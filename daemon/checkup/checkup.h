/* SPDX-License-Identifier: BSD-2-Clause */
/* checkup.h - `wardftpd -t` beyond what a start checks: everything that would lock
 * users out, lose logs or give access away.  The running daemon is not affected.
 * Each file of this folder checks one subject. */
#ifndef CHECKUP_H
#define CHECKUP_H

#include "daemon/checkup/findings.h"

struct master;

/* Checks all of it.  Without root it checks what it may, and says what is left out. */
void checkup(const struct master *master, struct findings *findings);

/* users.c: the user files and the group file, by auth's program; then the homes. */
void checkup_users(const struct master *master, struct findings *findings);

/* paths.c: logs, state, and who may replace the files that the daemon trusts. */
void checkup_paths(const struct master *master, struct findings *findings);

/* ports.c: listeners and passive ports against each other and against other programs. */
void checkup_ports(const struct config *config, struct findings *findings);

/* machine.c: the limits of the system against those of the configuration. */
void checkup_machine(const struct config *config, struct findings *findings);

/* making.c: whether homes can be made where the configuration says so. */
void checkup_making(const struct config *config, struct findings *findings);

/* checker.c: whether the socket of `checker` can be connected. */
void checkup_checker(const struct master *master, struct findings *findings);

/* settings.c: keys without effect, or with a surprising one. */
void checkup_settings(const struct config *config, struct findings *findings);

#endif
