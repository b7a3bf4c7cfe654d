/* report.h - tells the scribe what a request changed: the log's word on who
 * deleted a file is JAIL's, whatever NET says. */
#ifndef JAIL_REPORT_H
#define JAIL_REPORT_H

#include "daemon/protocol/net_jail.h"

#include <stdbool.h>

/* Is a request of this type one whose success is logged?  Copies the paths, which
 * the request's handler may cut into pieces: path, and for a rename the second one. */
bool report_prepare(uint32_t type, const char *path, const char *to);

/* The values that are logged with it. */
void report_value(int64_t value);    /* SET_MODE, SET_TIME */
void report_removed(uint64_t bytes); /* DELETE: the file's size */

/* It has succeeded. */
void report_send(void);

#endif
