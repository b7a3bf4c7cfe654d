/* SPDX-License-Identifier: BSD-2-Clause */
/* report.h - reports changes to the scribe.  They come from JAIL, so that a
 * taken NET can't hide or invent them. */
#ifndef JAIL_REPORT_H
#define JAIL_REPORT_H

#include "daemon/protocol/net_jail.h"

#include <stdbool.h>

/* Is the success of such a request logged?  Copies the paths (for a rename, the second one is
 * `to`), because the handler may cut them into pieces. */
bool report_prepare(uint32_t type, const char *path, const char *to);

/* Further values of the record. */
void report_value(int64_t value);    /* SET_MODE, SET_TIME */
void report_removed(uint64_t bytes); /* DELETE: the file's size */

/* After success: sends the record. */
void report_send(void);

#endif
