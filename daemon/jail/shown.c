/* SPDX-License-Identifier: BSD-2-Clause */
/* shown.c - runs in JAIL, as the user, in the user's root.  Reads the names on
 * the user's disk. */
#include "daemon/jail/shown.h"

#include "common/list.h"
#include "common/path.h"
#include "common/text.h"
#include "daemon/jail/change.h"
#include "daemon/jail/reap.h"
#include "daemon/jail/resolved.h"
#include "daemon/jail/rights.h"
#include "daemon/jail/state.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool shows_dots(const struct listing *listing, const char *name)
{
    if (listing->format == LIST_FACTS) /* cdir and pdir; the root has no parent */
        return !listing->at_root || strcmp(name, ".") == 0;
    return listing->format == LIST_LONG && (listing->flags & LIST_ALL) && !*listing->pattern;
}

/* The client chooses the pattern: one listing spends about a second on it at most.  That is enough
 * for some ten million names with a usual one. */
enum { PATTERN_STEPS_MAX = 400 * 1000 * 1000 };

static bool fits_pattern(struct listing *listing, const char *name)
{
    if (!*listing->pattern)
        return true;
    const bool fits = glob_match_counted(listing->pattern, name, &listing->steps);
    if (listing->steps > PATTERN_STEPS_MAX)
        listing->error = -JAIL_PATTERN;
    return fits;
}

/* A listing removes what interrupted uploads left long ago (law U3). */
static void reap(struct jail *jail, const struct listing *listing, const char *name)
{
    struct jail_usage gone = { .bytes = 0 };
    if (!may(jail, RIGHT_UPLOAD | RIGHT_OVERWRITE | RIGHT_APPEND) || jail->change.open ||
        !parts_is_due(jail, listing->directory, name) || change_begin(jail, 0) != 0)
        return;
    change_lock(jail);
    (void)parts_reap(jail, listing->directory, name, &gone);
    change_unlock(jail);
    change_end(jail, -(int64_t)gone.bytes, -(int64_t)gone.files);
}

/* Do `hide` or `deny` match the name, or the target of the symbolic link? place: the directory's
 * path, n bytes. */
static bool is_kept_back(const struct jail *jail, const char *place, size_t n, const char *name)
{
    const char *hide = jail->who->policy.hide, *deny = jail->who->policy.deny;
    UNFILLED char path[PATH_ROOM + NAME_MAX + 2];
    char target[1];
    if (!*hide && !*deny)
        return false;
    if (list_matches(hide, name) || list_matches(deny, name))
        return true;
    /* not a link */
    if (readlinkat(jail->listing.directory, name, target, sizeof target) < 0)
        return false;
    if (!text_format(path, sizeof path, "%.*s/%s", (int)n, place, name))
        return true;
    return resolved_fits(jail->root, path, true, hide) ||
           resolved_fits(jail->root, path, true, deny);
}

/* As in a shell, a pattern matches a leading dot only if it begins with one. */
bool listing_shows(struct jail *jail, const char *place, size_t place_n, const char *name)
{
    struct listing *listing = &jail->listing;
    if (hidden_is(name)) {
        reap(jail, listing, name);
        return false;
    }
    if (is_dots(name))
        return shows_dots(listing, name);
    if (rights_hide(jail, listing->area))
        return false;
    if (is_kept_back(jail, place, place_n, name))
        return false;
    if (name[0] == '.' && !(listing->flags & LIST_ALL)) {
        if (listing->format != LIST_FACTS && jail->who->policy.hide_dot_files)
            return false;
        if (*listing->pattern && listing->pattern[0] != '.')
            return false;
    }
    return fits_pattern(listing, name);
}
