/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - rehash: uid 0 without a capability, the directory of the user file as its
 * root.  Reads one message of the master, the file's name, and one of auth: a user,
 * the hash of the row, and the one that takes its place. */
#include "daemon/rehash/rehash.h"

#include "common/text.h"
#include "daemon/ipc/errand.h"

#include <string.h>

static const char process[] = "rehash";

static const struct border_row rows[] = { TO_REHASH(BORDER_ROW) };

/* A row without a hash is locked: it gets none. */
enum { SHORTEST = 13 };

static bool names_fit(const struct errand_place *place, const struct errand_rehash *ask)
{
    return text_ends(place->name, sizeof place->name) && !strchr(place->name, '/') &&
           text_ends(ask->name, sizeof ask->name) && *ask->name && !strpbrk(ask->name, ":\n");
}

static bool hashes_fit(const struct errand_rehash *ask)
{
    return text_ends(ask->from, sizeof ask->from) && strlen(ask->from) >= SHORTEST &&
           !strpbrk(ask->from, ":\n!*") && text_ends(ask->to, sizeof ask->to) &&
           hash_is_default(ask->to);
}

_Noreturn void rehash_run(void)
{
    struct errand_place place;
    struct errand_rehash ask;
    errand_receive(process, rows, COUNT(rows), BEFORE_PLACE, &place, sizeof place);
    errand_receive(process, rows, COUNT(rows), BEFORE_ASKED, &ask, sizeof ask);
    if (!names_fit(&place, &ask))
        errand_refuse(process, "a name that is none");
    if (!hashes_fit(&ask))
        errand_refuse(process, "a hash that may not be replaced, or not be put in");
    const struct message_head head = ask.head;
    const int error = hash_replace(place.name, &ask);
    wipe(&ask, sizeof ask);
    errand_answer(&head, error);
}
