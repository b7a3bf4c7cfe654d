/* SPDX-License-Identifier: BSD-2-Clause */
/* listing.c - runs in JAIL, as the user, in the user's root.  Answers NET's
 * LIST_OPEN, LIST_NEXT and LIST_CLOSE; reads the names on the user's disk. */
#include "daemon/jail/handlers.h"

#include "common/path.h"
#include "common/text.h"
#include "daemon/jail/expand.h"
#include "daemon/jail/file_info.h"
#include "daemon/jail/rights.h"
#include "daemon/jail/show.h"
#include "daemon/jail/shown.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_PAGE_ROOM = 16 * 1024 };

static void listing_end(struct listing *listing)
{
    if (listing->directory >= 0)
        close(listing->directory);
    listing->directory = -1;
    if (listing->expanded && listing->inner >= 0)
        close(listing->inner);
    listing->expanded = false;
    names_free(listing->names);
    listing->names = NULL;
    listing->pending = NULL;
}

/* The next name that the directory gives and the listing shows. */
static const char *read_name(struct jail *jail, struct listing *listing)
{
    const size_t n = *listing->pattern ? (size_t)(path_last(listing->path) - listing->path)
                                       : strlen(listing->path);
    const char *name;
    do
        name = dirents_next(listing->directory, &listing->dirents, &listing->error);
    while (name && !listing_shows(jail, listing->path, n, name) && !listing->error);
    return listing->error ? NULL : name;
}

/* Collects and sorts all names.  If there are too many, or memory is short, they stay in the order
 * of the directory. */
static void collect(struct jail *jail, struct listing *listing)
{
    const char *name;
    listing->names = names_new();
    if (!listing->names)
        return;
    while ((name = read_name(jail, listing)) != NULL &&
           names_add(listing->names, name, listing->dirents.type)) {
    }
    if (name) {
        names_free(listing->names);
        listing->names = NULL;
        listing->error = dirents_rewind(listing->directory, &listing->dirents);
        return;
    }
    names_sort(listing->names);
}

/* The name to show next; NULL at the end or at an error. */
static const char *peek(struct jail *jail, struct listing *listing)
{
    if (listing->ended || listing->error)
        return NULL;
    if (listing->single)
        return listing->name;
    if (listing->names)
        return listing->next < listing->names->count ? names_get(listing->names, listing->next)
                                                     : NULL;
    if (!listing->pending)
        listing->pending = read_name(jail, listing);
    return listing->pending;
}

/* The type of the name that peek() returned. */
static unsigned char type_of_next(const struct listing *listing)
{
    if (listing->names)
        return names_type(listing->names, listing->next);
    return listing->single ? DT_UNKNOWN : listing->dirents.type;
}

static void next_entry(struct listing *listing)
{
    listing->ended = listing->single;
    listing->pending = NULL;
    listing->next++;
}

static void fill_page(struct jail *jail, struct listing *listing, struct out *out)
{
    const char *name;
    while ((name = peek(jail, listing)) != NULL) {
        const size_t before = out->used;
        const int result = show_entry(jail, name, type_of_next(listing), out);
        if (result != 0) {
            listing->error = result;
            return;
        }
        if (out->full) { /* the next page begins with this line */
            out->used = before;
            return;
        }
        next_entry(listing);
    }
}

/* The first page is a small one: NET's 150 waits for it, and on a slow file system each entry takes
 * its time. */
static size_t page_room(const struct listing *listing, const struct message_head *head)
{
    return head->type == JAIL_LIST_OPEN && !listing->single ? FIRST_PAGE_ROOM : PAGE_ROOM;
}

size_t listing_page(struct jail *jail, const struct message_head *head, struct jail_page *page)
{
    struct listing *listing = &jail->listing;
    struct out out = { .text = page->text, .room = page_room(listing, head) };
    page->head = *head;
    if (listing->directory < 0) {
        page->error = EBADF;
        page->last = 1;
        return offsetof(struct jail_page, text);
    }
    fill_page(jail, listing, &out);
    page->error = (uint32_t)-listing->error;
    page->last = !out.full;
    /* so that its file system can be unmounted */
    if (page->last)
        listing_end(listing);
    return offsetof(struct jail_page, text) + out.used;
}

/* Looks at the directory of the entries, on whose mode the perm fact depends. */
static int look_at_directory(const struct jail *jail, struct listing *listing)
{
    struct statfs system;
    listing->area = rights_area(jail, listing->directory);
    listing->read_only = listing->format == LIST_FACTS &&
                         fstatfs(listing->directory, &system) == 0 && (system.f_flags & ST_RDONLY);
    return look_fd(listing->directory, STATX_BASIC_STATS, &listing->about);
}

/* The text before each name of an NLST. */
static void set_prefix(struct listing *listing, size_t length)
{
    if (listing->format == LIST_NAMES && !(listing->flags & LIST_NO_PREFIX))
        listing->prefix_length = length;
}

static int open_single(struct jail *jail, struct jail_path *ask, struct jail_file *file)
{
    struct listing *listing = &jail->listing;
    struct place place;
    struct statx about;
    const bool is_root = strcmp(ask->path, "/") == 0;
    int result;

    if (is_root) {
        place =
            (struct place){ .parent = beneath_open(jail->root, ask->path, O_PATH), .name = "." };
        result = place.parent < 0 ? place.parent : 0;
    } else {
        result = beneath_place(jail->root, ask->path, &place);
    }
    if (result != 0)
        return result;
    listing->directory = place.parent;
    listing->single = true;
    memcpy(listing->name, place.name, sizeof listing->name);
    const char *last = path_last(listing->path);
    listing->display = listing->format == LIST_FACTS || is_root ? listing->path : last;
    set_prefix(listing, (size_t)(last - listing->path));
    result = look_at(listing->directory, listing->name, STATX_BASIC_STATS, &about);
    if ((result != 0 || !S_ISDIR(about.stx_mode)) && file_info_may_see(jail, ask->path, false) != 0)
        return -JAIL_UPLOADED;
    if (result == 0)
        file_info_fill(&about, file);
    return result != 0 ? result : look_at_directory(jail, listing);
}

static int open_to_list(const struct jail *jail, struct jail_path *ask)
{
    return beneath_open(jail->root, ask->path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
}

/* Begins to list a directory that has just been opened. directory: a descriptor or -errno. */
static int begin_directory(struct jail *jail, const struct jail_path *ask, int directory,
                           size_t prefix_length, struct jail_file *file)
{
    struct listing *listing = &jail->listing;
    listing->directory = directory;
    if (directory < 0)
        return directory;
    const int result = look_at_directory(jail, listing);
    if (result != 0)
        return result;
    dirents_start(&listing->dirents);
    file_info_fill(&listing->about, file);
    listing->at_root = strcmp(ask->path, "/") == 0;
    set_prefix(listing, prefix_length);
    if (listing->format != LIST_FACTS && !listing->expanded)
        collect(jail, listing);
    return listing->error;
}

/* Begins to list the matches of a pattern, which begins at ask->path[at].  Cuts the path there. */
static int open_pattern(struct jail *jail, struct jail_path *ask, size_t at, struct reply *reply)
{
    struct listing *listing = &jail->listing;
    const char *pattern = listing->path + at; /* the same text, which is not cut */
    reply->answer.offset = pattern_components(pattern);
    listing->expanded = reply->answer.offset > 1 || ask->flags & LIST_DIRECTORIES;
    listing->inner = -1;
    if (!listing->expanded && !text_copy(listing->pattern, sizeof listing->pattern, pattern))
        return -ENAMETOOLONG;
    ask->path[at > 1 ? at - 1 : 1] = '\0';
    int result = begin_directory(jail, ask, open_to_list(jail, ask), at, &reply->answer.file);
    if (result == 0 && listing->expanded) {
        result = expand_pattern(jail, ask->path, pattern);
        listing->path[at] = '\0'; /* the text before each name */
    }
    if (result == 0)
        reply->answer.more = peek(jail, listing) == NULL;
    return result;
}

/* A directory "/a" has the prefix "/a/": one byte longer than its path. */
static size_t add_slash(char path[PATH_ROOM])
{
    size_t n = strlen(path);
    if (n > 1 && n + 1 < PATH_ROOM) {
        path[n++] = '/';
        path[n] = '\0';
    }
    return n;
}

/* MLSD is for directories (RFC 3659 section 7.2), and must not reveal files that the user may
 * not see. */
static int refuse_facts(const struct jail *jail, struct jail_path *ask, int error)
{
    const int seen = file_info_may_see(jail, ask->path, true);
    return seen != 0 ? seen : error != 0 ? error : -ENOTDIR;
}

/* What can't be listed as a directory: a file, a pattern, or an error. */
static int open_otherwise(struct jail *jail, struct jail_path *ask, struct reply *reply)
{
    struct listing *listing = &jail->listing;
    struct jail_file *file = &reply->answer.file;
    struct statx about;
    int result = file_info_look(jail, ask->path, true, STATX_TYPE, &about);
    if (result == 0 && S_ISDIR(about.stx_mode))
        return begin_directory(jail, ask, open_to_list(jail, ask), add_slash(listing->path), file);
    if (listing->format == LIST_FACTS)
        return refuse_facts(jail, ask, result);
    if (result == 0 || file_info_look(jail, ask->path, false, STATX_TYPE, &about) == 0)
        return open_single(jail, ask, file); /* a file, or a link that leads nowhere */
    /* a directory may be readable, but not searchable */
    const bool may_match = result == -ENOENT || result == -EACCES;
    const size_t at = may_match && ask->flags & LIST_GLOB ? pattern_find(jail, ask) : 0;
    return at ? open_pattern(jail, ask, at, reply) : result;
}

/* Most listings are of directories, so that is tried first. */
static int open_by_kind(struct jail *jail, struct jail_path *ask, struct reply *reply)
{
    struct jail_file *file = &reply->answer.file;
    if (ask->flags & LIST_ITSELF)
        return open_single(jail, ask, file);
    const int directory = open_to_list(jail, ask);
    if (directory < 0)
        return open_otherwise(jail, ask, reply);
    return begin_directory(jail, ask, directory, add_slash(jail->listing.path), file);
}

int listing_open(struct jail *jail, void *request, struct reply *reply)
{
    const struct jail_path *ask = request;
    struct listing *listing = &jail->listing;
    struct timespec now = { 0 };

    if (ask->format < LIST_LONG || ask->format > LIST_FACTS ||
        (ask->facts & ~(uint32_t)FACTS_ALL) || ask->value < 0 || ask->value > PATH_ROOM ||
        ask->offset > PERM_BITS)
        return border_violated(jail, "a listing that does not exist");
    listing_end(listing);
    (void)clock_gettime(CLOCK_REALTIME, &now); /* can't fail for this clock */
    listing->format = ask->format;
    listing->flags = ask->flags;
    listing->facts = ask->facts;
    listing->withheld = (uint32_t)ask->offset;
    listing->single = listing->at_root = listing->ended = listing->expanded = false;
    listing->error = 0;
    listing->prefix_length = listing->next = 0;
    listing->steps = 0;
    listing->pattern[0] = '\0';
    listing->now = now.tv_sec;
    (void)text_copy(listing->path, sizeof listing->path, ask->path);
    const int result = open_by_kind(jail, request, reply);
    reply->lists = result == 0;
    if (result != 0)
        listing_end(listing);
    return result;
}

int listing_close(struct jail *jail, void *request, struct reply *reply)
{
    (void)request;
    (void)reply;
    listing_end(&jail->listing);
    return 0;
}
