/* SPDX-License-Identifier: BSD-2-Clause */
/* owners.c - runs in JAIL, as the user, in the user's root.  Asks auth for the
 * names of owners and groups, because the user's root has no user file, and
 * caches them. */
#include "daemon/jail/owners.h"

#include "common/text.h"
#include "daemon/jail/change.h"

#include <string.h>

enum { OWNERS_KEPT = 256, KEPT_MS = 60000 };

struct owner {
    uint32_t kind, id; /* kind 0: unused */
    int64_t asked_ms;
    char name[OWNER_SIZE]; /* empty: auth has none */
};

/* Copies a name as a column of a listing: without blanks and control bytes, cut if too long. */
static void copy_column(char to[OWNER_SIZE], const char *name)
{
    size_t n = 0;
    for (; name[n] && n + 1 < OWNER_SIZE; n++) {
        const unsigned char byte = (unsigned char)name[n];
        to[n] = byte <= 32 || byte == 127 ? '_' : name[n];
    }
    to[n] = '\0';
}

static const char *cached_name(struct jail *jail, uint32_t kind, uint32_t id)
{
    static struct owner owners[OWNERS_KEPT];
    struct owner *owner = &owners[(id * 2654435761U + kind) % OWNERS_KEPT];
    char name[NAME_ROOM];
    const int64_t now = now_ms();
    if (owner->kind == kind && owner->id == id && now < owner->asked_ms + KEPT_MS)
        return owner->name;
    if (!change_owner(jail, kind, id, name))
        return "";
    *owner = (struct owner){ .kind = kind, .id = id, .asked_ms = now };
    copy_column(owner->name, name);
    return owner->name;
}

const char *owner_name(struct jail *jail, uint32_t kind, uint32_t id, char text[OWNER_SIZE])
{
    const struct jail_who *who = jail->who;
    const bool own = id == (kind == OWNER_OF_USER ? who->uid : who->gid);
    const char *name = kind == OWNER_OF_USER ? who->policy.user : who->policy.group;
    if (own && *name)
        copy_column(text, name);
    else if (who->policy.asks & ASKS_OWNER)
        (void)text_copy(text, OWNER_SIZE, cached_name(jail, kind, id));
    else
        return NULL;
    return *text ? text : NULL;
}
