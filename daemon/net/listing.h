/* SPDX-License-Identifier: BSD-2-Clause */
/* listing.h - listings.  JAIL makes them page by page; NET asks for the next
 * page while it sends this one, so that neither holds more than a page (law
 * N4). */
#ifndef NET_LISTING_H
#define NET_LISTING_H

#include "daemon/net/session.h"

/* Lists s->path over a data connection.  name: as the client typed it. */
enum step listing_to_data(struct session *s, enum list_format format, uint32_t flags,
                          const char *name);

/* STAT path: lists it over the control connection.  The argument is one of LIST. */
enum step listing_to_control(struct session *s, const char *argument);

/* MLST: puts the facts of s->path, without its name, into s->converted. 0 or an error. */
uint32_t listing_facts(struct session *s, const char **facts);

/* Parses the argument of LIST, NLST or STAT: options (law N3; enum jail_flag), unless a file has
 * the whole argument as its name; the name as it was typed; and the path, into s->path. 0 or an
 * error. */
uint32_t listing_path(struct session *s, const char *argument, uint32_t *flags, const char **name);

#endif
