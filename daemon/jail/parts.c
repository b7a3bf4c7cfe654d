/* SPDX-License-Identifier: BSD-2-Clause */
/* parts.c - runs in JAIL, as the user, in the user's root. */
#include "daemon/jail/parts.h"

#include "daemon/jail/locks.h"
#include "daemon/jail/state.h"

#include <fcntl.h>
#include <unistd.h>

int parts_meet(const struct jail *jail, const struct place *place, enum part_wish wish,
               char claim[HIDDEN_SIZE], struct jail_usage *gone)
{
    char own[HIDDEN_SIZE];
    char *name = claim ? claim : own;
    const struct meeting m = {
        .jail = jail, .place = place, .name = name, .wish = wish, .gone = gone
    };
    hidden_name(place->name, name);
    int result = meeting_in_turns(&m);
    if (result == PART_TAKEN) {
        hidden_second_name(place->name, jail->who->uid, name);
        result = meeting_in_turns(&m);
    }
    if (result == PART_TAKEN) {
        hidden_part_name(place->name, "", HIDDEN_STRAY, name);
        result = PART_NONE;
    }
    return result;
}

int parts_meet_own(const struct jail *jail, const struct place *place, enum hidden_state state,
                   enum part_wish wish, struct jail_usage *gone)
{
    char name[HIDDEN_SIZE];
    const struct meeting m = {
        .jail = jail, .place = place, .name = name, .wish = wish, .gone = gone
    };
    hidden_part_name(place->name, jail->who->login, state, name);
    return meeting_in_turns(&m);
}

int parts_look_beside(const struct jail *jail, const struct place *place)
{
    const struct meeting m = { .jail = jail, .place = place, .wish = PART_LOOK };
    return meeting_beside(&m);
}

bool parts_is_cut(int directory, const char *name)
{
    const int fd = open_name_now(directory, name, O_WRONLY);
    const bool cut = fd < 0 || !lock_is_held(fd, LOCK_UPLOAD);
    if (fd >= 0)
        close(fd);
    return cut;
}
