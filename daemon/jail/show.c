/* SPDX-License-Identifier: BSD-2-Clause */
/* show.c - runs in JAIL, as the user, in the user's root.  Looks at an entry
 * on the user's disk, and finds out what may be done with it. */
#include "daemon/jail/show.h"

#include "common/text.h"
#include "daemon/jail/access.h"
#include "daemon/jail/owners.h"
#include "daemon/jail/rights.h"
#include "daemon/jail/shown.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Does a link lead to the guests' upload directory?  Such a file is not described. */
static bool leads_to_uploads(const struct jail *jail, const struct listing *listing,
                             const char *name)
{
    char path[PATH_ROOM + NAME_MAX + 2];
    struct place place;
    if (jail->uploads == UPLOADS_NONE)
        return false;
    if (!text_format(path, sizeof path, "%s%s%s", listing->path, listing->single ? "" : "/",
                     listing->single ? "" : name) ||
        beneath_resolve(jail->root, path, &place) != 0)
        return true;
    const enum area area = rights_area(jail, place.parent);
    place_close(&place);
    return area != AREA_HOME;
}

/* A link to a file is shown as the file (format.h). */
static void follow_to_file(const struct jail *jail, const struct listing *listing, const char *name,
                           struct entry *entry)
{
    struct statx file;
    entry->shown = SHOWN_LINK;
    if (!leads_to_uploads(jail, listing, name) &&
        statx(listing->directory, name, AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &file) == 0 &&
        S_ISREG(file.stx_mode)) {
        entry->about = file;
        entry->shown = SHOWN_FILE;
    }
}

static void classify(const struct jail *jail, const struct listing *listing, const char *name,
                     struct entry *entry)
{
    const unsigned mode = entry->about.stx_mode;
    if (S_ISREG(mode))
        entry->shown = SHOWN_FILE;
    else if (S_ISLNK(mode))
        follow_to_file(jail, listing, name, entry);
    else if (!S_ISDIR(mode))
        entry->shown = SHOWN_OTHER;
    else if (listing->single || !is_dots(name))
        entry->shown = SHOWN_DIRECTORY;
    else
        entry->shown = name[1] == '.' ? SHOWN_PARENT : SHOWN_CURRENT;
}

/* For a directory, the rights in it; for a file, those in its directory.  With an upload
 * directory, nothing may rename or remove a directory. */
static uint32_t rights_of(const struct jail *jail, const struct listing *listing,
                          const struct entry *entry)
{
    enum area area = listing->area;
    if (entry->shown == SHOWN_PARENT && rights_is_uploads(jail, &listing->about))
        area = AREA_HOME;
    else if (entry->shown == SHOWN_DIRECTORY && rights_is_uploads(jail, &entry->about))
        area = AREA_UPLOADS;
    return rights_in(jail, area);
}

static void set_perm(const struct jail *jail, const struct listing *listing, const char *name,
                     struct entry *entry)
{
    const uint32_t rights = rights_of(jail, listing, entry);
    const bool itself = entry->shown == SHOWN_FILE || entry->shown == SHOWN_DIRECTORY ||
                        entry->shown == SHOWN_CURRENT || entry->shown == SHOWN_PARENT;
    const struct perm_grounds grounds = {
        .rights = listing->read_only ? rights & RIGHTS_READ : rights,
        .bits = itself ? access_bits(jail->who, &entry->about) : 0,
        .name_is_free = !is_dots(name) && access_changes(access_bits(jail->who, &listing->about)) &&
                        !access_sticks(jail->who, &listing->about, &entry->about),
        .directory = itself && entry->shown != SHOWN_FILE,
        .withheld = listing->withheld,
    };
    format_perm(&grounds, entry->perm);
}

/* If statx fails (the directory is readable but not searchable, or the file system fails), the
 * entry is shown with what the directory has of it (law N4). */
static void describe_unknown(unsigned char type, struct entry *entry)
{
    memset(&entry->about, 0, sizeof entry->about);
    entry->about.stx_mode = (uint16_t)DTTOIF(type);
    entry->about.stx_nlink = 1;
    entry->unknown = true;
}

/* The directory itself was looked at when it was opened. */
static int look_at_entry(const struct listing *listing, int directory, const char *name,
                         struct statx *about)
{
    if (listing->single || directory != listing->directory || strcmp(name, ".") != 0)
        return look_at(directory, name, STATX_BASIC_STATS, about);
    *about = listing->about;
    return 0;
}

/* Finds out what a line shows of an entry. */
static int describe(const struct jail *jail, const struct listing *listing, int directory,
                    const char *name, unsigned char type, char target[PATH_MAX],
                    struct entry *entry)
{
    const int result = look_at_entry(listing, directory, name, &entry->about);
    if (result == -ENOENT || (result != 0 && listing->single))
        return result;
    if (result != 0)
        describe_unknown(type, entry);
    else if (S_ISLNK(entry->about.stx_mode)) {
        const ssize_t n = readlinkat(directory, name, target, PATH_MAX - 1);
        target[n > 0 ? n : 0] = '\0';
        entry->target = n > 0 ? target : NULL;
    }
    if (listing->format == LIST_FACTS) {
        classify(jail, listing, name, entry);
        set_perm(jail, listing, name, entry);
    }
    return 0;
}

/* The directory in which to look an entry up, and its name there, without a slash at its end.  If
 * names are paths, neighbours mostly have the same directory. */
static int place_of(const struct jail *jail, struct listing *listing, const char *name,
                    char last[NAME_MAX + 2], int *directory)
{
    size_t n = strlen(name);
    *directory = listing->directory;
    n -= n > 1 && name[n - 1] == '/';
    const char *slash = memrchr(name, '/', n);
    const size_t inner_n = slash ? (size_t)(slash - name) : 0;
    if (!text_format(last, NAME_MAX + 2, "%.*s", (int)(n - (slash ? inner_n + 1 : 0)),
                     slash ? slash + 1 : name))
        return -ENOENT;
    if (!slash)
        return 0;
    if (listing->inner < 0 || listing->inner_n != inner_n ||
        strncmp(listing->inner_path + strlen(listing->path), name, inner_n) != 0) {
        if (listing->inner >= 0)
            close(listing->inner);
        listing->inner_n = inner_n;
        (void)text_format(listing->inner_path, sizeof listing->inner_path, "%s%.*s", listing->path,
                          (int)inner_n, name);
        listing->inner = beneath_open(jail->root, listing->inner_path, O_PATH | O_DIRECTORY);
    }
    *directory = listing->inner;
    return listing->inner < 0 ? -ENOENT : 0;
}

static void show_long(struct jail *jail, struct entry *entry, struct out *out)
{
    char owner[OWNER_SIZE], group[OWNER_SIZE];
    if (!entry->unknown) {
        entry->owner = owner_name(jail, OWNER_OF_USER, entry->about.stx_uid, owner);
        entry->group = owner_name(jail, OWNER_OF_GROUP, entry->about.stx_gid, group);
    }
    format_long(out, entry, jail->listing.now, jail->zone);
}

int show_entry(struct jail *jail, const char *name, unsigned char type, struct out *out)
{
    struct listing *listing = &jail->listing;
    UNFILLED char target[PATH_MAX], last[NAME_MAX + 2];
    const char *looked_up = name;
    int directory = listing->directory;
    struct entry entry = { .prefix = listing->path,
                           .prefix_length = listing->prefix_length,
                           .name = listing->single ? listing->display : name };
    const bool is_listed =
        listing->format != LIST_LONG && !(listing->single && listing->format == LIST_FACTS);
    if (is_listed && !format_travels(entry.name))
        return 0;
    if (listing->format == LIST_NAMES) {
        format_name(out, &entry);
        return 0;
    }
    if (listing->expanded) {
        if (place_of(jail, listing, name, last, &directory) != 0)
            return 0;
        looked_up = last;
    }
    const int result = describe(jail, listing, directory, looked_up, type, target, &entry);
    if (result != 0)
        return result == -ENOENT && !listing->single ? 0 : result;
    if (listing->format == LIST_LONG)
        show_long(jail, &entry, out);
    else
        format_facts(out, &entry, listing->facts);
    return 0;
}
