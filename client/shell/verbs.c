/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs.c - the table of commands. */
#include "client/shell/shell.h"

#include "common/text.h"

#include <string.h>

enum { MANY = 1000000, OFFLINE = VERB_OFFLINE, CONFIG = VERB_CONFIG };

static const struct verb verbs[] = {
#define VERB(name, aliases, function, least, most, flags, first, rest, options, usage, help)       \
    { name,  aliases, verb_##function, least, most,                                                \
      flags, options, usage,           help,  { COMPLETE_##first, COMPLETE_##rest } },
#include "client/shell/verbs.def"
#undef VERB
};

static bool is_alias(const char *aliases, const char *name)
{
    const size_t n = strlen(name);
    while (aliases && *aliases) {
        const size_t length = strcspn(aliases, " ");
        if (length == n && strncmp(aliases, name, n) == 0)
            return true;
        aliases += length + (aliases[length] == ' ');
    }
    return false;
}

const struct verb *verb_find(const char *name)
{
    for (size_t i = 0; i < COUNT(verbs); i++)
        if (strcmp(verbs[i].name, name) == 0 || is_alias(verbs[i].aliases, name))
            return &verbs[i];
    return NULL;
}

const struct verb *verb_at(size_t i)
{
    return i < COUNT(verbs) ? &verbs[i] : NULL;
}
