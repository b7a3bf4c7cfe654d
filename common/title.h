/* SPDX-License-Identifier: BSD-2-Clause */
/* title.h - what ps(1) shows as the command line of this process.  It is memory of the process:
 * changing it costs no system call. */
#ifndef COMMON_TITLE_H
#define COMMON_TITLE_H

/* The variable that must be the first one of the environment: its bytes are room for a title that
 * is longer than the arguments. */
#define TITLE_VARIABLE "WARDFTPD_TITLE="

/* Finds the room, and takes the variable out of the environment.  Without one titles do not change.
 */
void title_open(int argc, char **argv);

/* "start [name] state", with unprintable bytes as "?", cut to the room; state may be "". */
void title_set(const char *start, const char *name, const char *state);

#endif
