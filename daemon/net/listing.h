/* listing.h - listings: JAIL makes them page by page, NET asks for the next
 * page while it sends this one, so that neither holds more than a page (law N4). */
#ifndef NET_LISTING_H
#define NET_LISTING_H

#include "daemon/net/session.h"

/* Lists s->path over a data connection.  prefix: put before each line, "" none. */
enum step listing_to_data(struct session *s, enum list_format format, uint32_t flags, const char *prefix);

/* STAT path: the argument of a LIST, over the control connection. */
enum step listing_to_control(struct session *s, const char *argument);

/* MLST: the facts of s->path, without its name, into s->converted; 0 or an error. */
uint32_t listing_facts(struct session *s, const char **facts);

/* Takes the old flags off a listing's argument (law N3): what is left, and enum jail_flag for them. */
const char *listing_flags(const char *argument, uint32_t *flags);

#endif
