/* show.h - one entry of the open listing becomes a line. */
#ifndef JAIL_SHOW_H
#define JAIL_SHOW_H

#include "daemon/jail/format.h"
#include "daemon/jail/state.h"

/* Adds the line of a name; type: what getdents64(2) said it is.  An entry that has gone since its name was read has
 * none, nor has one whose name can't travel.  0, or -errno, which ends the listing: of a single entry only. */
int show_entry(struct jail *jail, const char *name, unsigned char type, struct out *out);

#endif
