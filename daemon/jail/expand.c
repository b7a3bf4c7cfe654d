/* SPDX-License-Identifier: BSD-2-Clause */
/* expand.c - runs in JAIL, as the user, in the user's root.  Walks the
 * directories of a pattern.  There are limits on the names, the directories,
 * the levels and the matcher's steps; a pattern beyond them is refused, never
 * answered in part (law N4). */
#include "daemon/jail/expand.h"

#include "common/path.h"
#include "common/text.h"
#include "daemon/jail/file_info.h"
#include "daemon/jail/rights.h"
#include "daemon/jail/shown.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LEVELS_MAX = 8, DIRECTORIES_MAX = 10000 };

struct walk {
    struct jail *jail;
    struct names *names;
    size_t base;          /* length of the part of path before a match */
    unsigned directories; /* opened so far */
    char path[PATH_ROOM + NAME_MAX + 2];
};

/* A component of a pattern, and the directory in which to match it. */
struct level {
    unsigned depth;
    size_t path_n; /* of the directory in walk.path */
    char pattern[NAME_MAX + 1];
    const char *rest; /* the components after it; NULL: none */
};

static int expand(struct walk *walk, unsigned depth, const char *pattern);

/* Does the error end the listing?  Others concern one directory, whose matches are left out. */
static bool ends_listing(int error)
{
    return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -JAIL_PATTERN;
}

static bool is_directory(int directory, const char *name, unsigned char type)
{
    struct statx about;
    if (type == DT_DIR)
        return true;
    return (type == DT_LNK || type == DT_UNKNOWN) &&
           statx(directory, name, AT_NO_AUTOMOUNT, STATX_TYPE, &about) == 0 &&
           S_ISDIR(about.stx_mode);
}

/* A name matches: adds it, or continues with the rest of the pattern in it. */
static int go_on(struct walk *walk, const struct level *level, int directory, const char *name,
                 unsigned char type)
{
    const bool directories = walk->jail->listing.flags & LIST_DIRECTORIES;
    const bool last = !level->rest;
    if ((!last || directories) && !is_directory(directory, name, type))
        return 0;
    if (!text_format(walk->path + level->path_n, sizeof walk->path - level->path_n, "/%s%s", name,
                     last && directories ? "/" : ""))
        return 0; /* no client can use a longer path */
    if (!last)
        return expand(walk, level->depth + 1, level->rest);
    return names_add(walk->names, walk->path + walk->base, type) ? 0 : -JAIL_PATTERN;
}

static int match_all(struct walk *walk, const struct level *level, int directory)
{
    static struct dirents levels[LEVELS_MAX];
    struct dirents *dirents = &levels[level->depth];
    struct listing *listing = &walk->jail->listing;
    const enum area area = rights_area(walk->jail, directory);
    const char *name;
    int result = dirents_rewind(directory, dirents), error = 0;
    while (result == 0 && (name = dirents_next(directory, dirents, &error)) != NULL) {
        listing->directory = directory;
        (void)text_copy(listing->pattern, sizeof listing->pattern, level->pattern);
        listing->area = area;
        walk->path[level->path_n] = '\0';
        if (listing_shows(walk->jail, walk->path, strlen(walk->path), name))
            result = go_on(walk, level, directory, name, dirents->type);
        if (listing->error)
            result = listing->error;
    }
    return result;
}

/* Does the listing show the name that equals the component, which may look like a pattern? */
static bool shows_literally(struct walk *walk, const struct level *level, int directory)
{
    struct listing *listing = &walk->jail->listing;
    listing->directory = directory;
    listing->area = rights_area(walk->jail, directory);
    (void)text_copy(listing->pattern, sizeof listing->pattern,
                    glob_is_pattern(level->pattern) ? "" : level->pattern);
    return listing_shows(walk->jail, walk->path, strlen(walk->path), level->pattern);
}

/* The literal name comes first (law N2). */
static int match_component(struct walk *walk, const struct level *level, int directory)
{
    struct statx about;
    if (look_at(directory, level->pattern, STATX_TYPE, &about) != 0)
        return glob_is_pattern(level->pattern) ? match_all(walk, level, directory) : 0;
    if (!shows_literally(walk, level, directory))
        return 0;
    return go_on(walk, level, directory, level->pattern, (unsigned char)IFTODT(about.stx_mode));
}

/* Matches the pattern in the directory walk->path.  A directory that can't be opened has no
 * matches. */
static int expand(struct walk *walk, unsigned depth, const char *pattern)
{
    struct level level = { .depth = depth, .path_n = strlen(walk->path) };
    const size_t n = strcspn(pattern, "/");
    if (depth == LEVELS_MAX || ++walk->directories > DIRECTORIES_MAX)
        return -JAIL_PATTERN;
    if (!text_format(level.pattern, sizeof level.pattern, "%.*s", (int)n, pattern))
        return 0;
    level.rest = pattern[n] == '/' ? pattern + n + 1 : NULL;
    const int directory =
        beneath_open(walk->jail->root, walk->path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (directory < 0)
        return ends_listing(directory) ? directory : 0;
    const int result = match_component(walk, &level, directory);
    close(directory);
    walk->path[level.path_n] = '\0';
    return ends_listing(result) ? result : 0;
}

size_t pattern_find(const struct jail *jail, struct jail_path *ask)
{
    char name[NAME_MAX + 1];
    struct statx about;
    for (size_t at = 0; ask->path[at] == '/';) {
        const size_t from = at + 1, n = strcspn(ask->path + from, "/");
        at = from + n;
        if (from < (size_t)ask->value ||
            !text_format(name, sizeof name, "%.*s", (int)n, ask->path + from) ||
            !glob_is_pattern(name))
            continue;
        const char end = ask->path[at];
        ask->path[at] = '\0';
        const bool exists = file_info_look(jail, ask->path, false, STATX_TYPE, &about) == 0;
        ask->path[at] = end;
        if (!exists)
            return from;
    }
    return 0;
}

unsigned pattern_components(const char *pattern)
{
    unsigned count = 1;
    for (; *pattern; pattern++)
        count += *pattern == '/';
    return count;
}

int expand_pattern(struct jail *jail, const char *path, const char *pattern)
{
    static struct walk walk;
    struct listing *listing = &jail->listing;
    const int directory = listing->directory;
    const enum area area = listing->area;
    const bool is_root = strcmp(path, "/") == 0;
    walk.jail = jail;
    walk.names = listing->names = names_new();
    walk.directories = 0;
    if (!walk.names)
        return -ENOMEM;
    (void)text_copy(walk.path, sizeof walk.path, is_root ? "" : path);
    walk.base = strlen(walk.path) + 1;
    const int result = expand(&walk, 0, pattern);
    listing->directory = directory;
    listing->area = area;
    listing->pattern[0] = '\0';
    names_sort(walk.names);
    return result;
}
