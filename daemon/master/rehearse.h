/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearse.h - may this program take the place of a running one? */
#ifndef MASTER_REHEARSE_H
#define MASTER_REHEARSE_H

struct master;

/* In a child of the running master, with its confinement: does everything that can fail in the
 * take-over, and touches nothing of the running daemon.  image: the number of the descriptor of its
 * state.  Complaints go to standard output.  An exit code of sysexits.h. */
int rehearse(struct master *master, const char *image);

#endif
