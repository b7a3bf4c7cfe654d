/* checkup.h - `wardftpd -t` beyond what a start checks: everything that would
 * keep users out, lose logs or give access away, while the daemon is not
 * touched.  Each file of this folder looks at one kind of thing. */
#ifndef CHECKUP_H
#define CHECKUP_H

#include "daemon/checkup/findings.h"

struct master;

/* Looks at all of it.  Without root: at what it may look at, and says what that leaves out. */
void checkup(const struct master *master, struct findings *findings);

/* users.c: the user files and the group file, by auth's program; then the homes. */
void checkup_users(const struct master *master, struct findings *findings);

/* paths.c: logs, state, and who may replace the files that the daemon trusts. */
void checkup_paths(const struct master *master, struct findings *findings);

/* ports.c: listeners and passive ports against each other and against other programs. */
void checkup_ports(const struct config *config, struct findings *findings);

/* machine.c: the limits of the system against those of the configuration. */
void checkup_machine(const struct config *config, struct findings *findings);

/* settings.c: keys that have no effect, or more than one may think. */
void checkup_settings(const struct config *config, struct findings *findings);

#endif
