/* SPDX-License-Identifier: BSD-2-Clause */
/* resolved.c - runs in JAIL, as the user, in the user's root.  Reads the paths
 * that NET sends, and the symbolic links of the user's disk. */
#include "daemon/jail/resolved.h"

#include "common/list.h"
#include "common/text.h"
#include "daemon/protocol/message.h"
#include "daemon/jail/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LINKS_MAX = 40 }; /* the kernel's own limit */

/* The resolved part of a path, and the rest. */
struct walk {
    char done[PATH_ROOM];
    size_t length; /* of done */
    char rest[2 * PATH_ROOM];
    int links;
};

bool written_fits(const char *path, const char *patterns)
{
    char name[NAME_MAX + 1];
    while (*patterns && *path) {
        path += strspn(path, "/");
        const size_t n = strcspn(path, "/");
        if (n <= NAME_MAX) {
            memcpy(name, path, n);
            name[n] = '\0';
            if (n > 0 && list_matches(patterns, name))
                return true;
        }
        path += n;
    }
    return false;
}

static void step_up(struct walk *walk)
{
    while (walk->length > 0 && walk->done[--walk->length] != '/') {
    }
    walk->done[walk->length] = '\0';
}

/* Replaces a link by its target. */
static bool follow_link(struct walk *walk, const char *target, const char *behind)
{
    static char joined[2 * PATH_ROOM];
    if (++walk->links > LINKS_MAX || !text_format(joined, sizeof joined, "%s/%s", target, behind))
        return false;
    if (*target == '/')
        walk->done[walk->length = 0] = '\0';
    return text_copy(walk->rest, sizeof walk->rest, joined);
}

/* Resolves one component, with which the rest begins. */
static bool step(int root, struct walk *walk, const char *name, const char *behind, bool follow)
{
    UNFILLED char target[PATH_MAX];
    char top[] = "/";
    const int parent =
        beneath_open(root, walk->length > 0 ? walk->done : top, O_PATH | O_DIRECTORY);
    ssize_t n = -1;
    if (parent >= 0 && follow)
        n = readlinkat(parent, name, target, sizeof target - 1);
    if (parent >= 0)
        close(parent);
    if (n > 0) {
        target[n] = '\0';
        return follow_link(walk, target, behind);
    }
    if (!text_format(walk->done + walk->length, sizeof walk->done - walk->length, "/%s", name))
        return false;
    walk->length += 1 + strlen(name);
    memmove(walk->rest, behind, strlen(behind) + 1);
    return true;
}

/* Takes the first component of the rest.  False: the path is invalid. */
static bool resolve_next(int root, struct walk *walk, bool follow)
{
    char name[NAME_MAX + 1];
    const char *at = walk->rest + strspn(walk->rest, "/");
    const size_t n = strcspn(at, "/");
    const char *behind = at + n + strspn(at + n, "/");
    if (n > NAME_MAX)
        return false;
    memcpy(name, at, n);
    name[n] = '\0';
    if (n > 0 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
        return step(root, walk, name, behind, follow || *behind != '\0');
    if (strcmp(name, "..") == 0)
        step_up(walk);
    memmove(walk->rest, behind, strlen(behind) + 1);
    return true;
}

/* Has the path no symbolic link?  Most have none. */
static bool is_plain(int root, const char *path, bool follow)
{
    const int fd = beneath_open_plain(root, path, O_PATH | (follow ? 0 : O_NOFOLLOW));
    if (fd >= 0)
        close(fd);
    return fd >= 0 || fd == -ENOENT;
}

bool resolved_fits(int root, const char *path, bool follow, const char *patterns)
{
    static struct walk walk;
    if (!*patterns)
        return false;
    if (written_fits(path, patterns))
        return true;
    if (is_plain(root, path, follow))
        return false;
    walk.length = 0;
    walk.done[0] = '\0';
    walk.links = 0;
    if (!text_copy(walk.rest, sizeof walk.rest, path))
        return true;
    while (walk.rest[strspn(walk.rest, "/")] != '\0') {
        if (!resolve_next(root, &walk, follow))
            return true;
    }
    return written_fits(walk.done, patterns);
}
