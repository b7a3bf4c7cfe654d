/* SPDX-License-Identifier: BSD-2-Clause */
/* lists.h - parsers of values that are lists, and of dates; private to daemon/config/. */
#ifndef CONFIG_LISTS_H
#define CONFIG_LISTS_H

#include <stdbool.h>

/* Each reads text into a field of its type; append: after its present value.
 * False: *bad is the invalid part, or NULL if there is no room. */
typedef bool list_parser(void *field, const char *text, bool append, char bad[256]);

/* uint32_t, enum right; "all", "none", "read", or rights, each with a "-" before it to take it
 * away. */
list_parser list_parse_rights;
/* uint32_t, EVENT_BITs; "all", "none" or names of events, each with a "-" before it to take it
 * away. */
list_parser list_parse_events;
/* uint32_t, enum old_hash; empty: none. */
list_parser list_parse_hashes;
/* char[LIST_ROOM]: patterns without a slash; names of commands; groups; struct hours[HOURS_MAX]. */
list_parser list_parse_patterns, list_parse_commands, list_parse_groups, list_parse_hours;

/* struct passive_rule[PASSIVE_RULES_MAX]. */
list_parser list_parse_passive;

#endif
