/* SPDX-License-Identifier: BSD-2-Clause */
/* origins.h - the lines where sections and keys of a configuration are set, for
 * `wardftpd -t` and `wardctl explain`, which print them. */
#ifndef CONFIG_ORIGINS_H
#define CONFIG_ORIGINS_H

#include "daemon/config/config.h"

struct config_origins;

/* Like config_load; *origins must be freed, and is NULL if the result is. */
struct config *config_load_with_origins(const char *path, const struct config_override *overrides,
                                        size_t count, config_complain *complain, void *context,
                                        struct config_origins **origins);

/* Takes NULL. */
void config_origins_free(struct config_origins *origins);

/* Puts the place before a message about a key or a section: of "tls.key: ..." and
 * "[user bob]: ..." the line where it is set, as "FILE:12: tls.key: ...".  A
 * message about anything else, or about a key that is not set, is copied as it is. */
void config_origins_locate(const struct config_origins *origins, const char *message, char *to,
                           size_t room);

/* The keys that a section of this label ("defaults", "user bob") sets, by their row in options.def:
 * calls `each` with "FILE:LINE", the key and its text as the file has it. */
typedef void config_origin_key(void *context, const char *place, const char *key);
void config_origins_each(const struct config_origins *origins, const char *label,
                         config_origin_key *each, void *context);

#endif
