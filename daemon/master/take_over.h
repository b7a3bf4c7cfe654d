/* SPDX-License-Identifier: BSD-2-Clause */
/* take_over.h - a new program in the place of the one that the master ran before. */
#ifndef MASTER_TAKE_OVER_H
#define MASTER_TAKE_OVER_H

struct master;

/* Goes on with the state in an image (upgrade.h has the names of the variables); arguments: of
 * main().  Where it can't, executes the program before again.  An exit code of sysexits.h. */
int take_over(struct master *master, const char *image, char **arguments);

#endif
