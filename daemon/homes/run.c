/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - homes: uid 0, CAP_CHOWN, the directory of the homes as its root.  Reads
 * one message of the master, the last part of the pattern, and one of auth, a user
 * whose name a client has sent. */
#include "daemon/homes/homes.h"

#include "common/home_pattern.h"
#include "common/text.h"
#include "daemon/ipc/errand.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char process[] = "homes";

static const struct border_row rows[] = { TO_HOMES(BORDER_ROW) };

/* The home's name in the root: never a path, nor the name of an unfinished one. */
static bool name_home(const struct errand_place *place, const struct errand_home *ask,
                      char name[ERRAND_NAME_ROOM])
{
    return home_name_is_valid(ask->name) &&
           home_pattern_expand(place->name, ask->name, name, ERRAND_NAME_ROOM) &&
           home_name_is_valid(name) && strcmp(name, UNFINISHED) != 0;
}

_Noreturn void homes_run(struct config *config, const struct role_ids *ids)
{
    struct errand_place place;
    struct errand_home ask;
    char name[ERRAND_NAME_ROOM];
    struct stat about;
    errand_receive(process, rows, COUNT(rows), BEFORE_PLACE, &place, sizeof place);
    errand_receive(process, rows, COUNT(rows), BEFORE_ASKED, &ask, sizeof ask);
    if (!text_ends(place.name, sizeof place.name) || !text_ends(ask.name, sizeof ask.name))
        errand_refuse(process, "a name without NUL");
    if (!roles_uid_may_log_in(config, ids, ask.uid) || !roles_gid_may_log_in(config, ids, ask.gid))
        errand_refuse(process, "a user or a group that no session may have");
    if (!name_home(&place, &ask, name))
        errand_refuse(process, "a name that is no part of a path");
    const int skeleton = fstat(FD_SKELETON, &about) == 0 ? FD_SKELETON : -1;
    errand_answer(&ask.head, home_make(name, ask.uid, ask.gid, skeleton));
}
