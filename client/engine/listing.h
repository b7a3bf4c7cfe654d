/* SPDX-License-Identifier: BSD-2-Clause */
/* listing.h - lines of MLSD (RFC 3659 section 7) and of LIST in its UNIX and DOS forms. */
#ifndef CLIENT_ENGINE_LISTING_H
#define CLIENT_ENGINE_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum entry_type { ENTRY_FILE, ENTRY_DIRECTORY, ENTRY_LINK, ENTRY_OTHER };

enum { ENTRY_NAME_SIZE = 4096, ENTRY_TEXT_SIZE = 64 };

struct entry {
    const char *name; /* into the line, or owned by a listing */
    size_t name_bytes;
    enum entry_type type;
    int64_t size;     /* bytes, -1 unknown */
    int64_t modified; /* seconds since 1970 UTC, INT64_MIN unknown */
    bool time_exact;  /* to the second and in UTC */
    int32_t grain;    /* seconds, if it is not: 60, or 86400 */
    bool link;        /* a local symbolic link, whatever type says */
    int mode;         /* nine permission bits, -1 unknown */
    /* names or numbers, as the server tells them; NULL: unknown */
    const char *owner, *group;
    unsigned char owner_bytes, group_bytes;
};

/* 0; 1: a line to skip (total 12, cdir, pdir, "." and "..", headings); -EINVAL: not understood.
 * line has no CRLF; names point into it. */
int mlsd_parse(const char *line, size_t n, struct entry *entry);

/* What the lines before tell about the next one of LIST.  All but now begins as zeros. */
struct list_state {
    int64_t now; /* seconds, for the year that LIST leaves out */
    enum { LIST_ANY, LIST_MVS, LIST_MEMBERS } kind;
    size_t held_bytes; /* a name of VMS whose facts are on the next line */
    char held[256];
};

/* As mlsd_parse, for ls -l, DOS and IIS, NetWare, VxWorks, EPLF, VMS, IBM i and MVS.  A name may
 * point into state. */
int list_parse(struct list_state *state, const char *line, size_t n, struct entry *entry);

/* May this name from a server be used as that of a file in a local directory?  One component, no
 * "." or "..", no slash, no NUL, not empty, at most 255 bytes. */
bool name_is_safe(const char *name, size_t n);

/* A directory's entries, sorted by name.  Bounded: at LISTING_MAX_BYTES it fails. */
enum { LISTING_MAX_BYTES = 256 * 1024 * 1024 };
struct listing {
    struct entry *entries;
    size_t count, room;
    size_t bytes;
    size_t strange; /* lines that were not understood */
    char **raw;     /* these lines, as far as they are kept: raw_count */
    size_t raw_count;
    /* there were such lines, or it ended without close_notify: names may be missing */
    bool doubtful;
};

/* Adds a copy.  0 or -ENOMEM. */
int listing_add(struct listing *listing, const struct entry *entry);
/* Keeps a line that was not understood, to be shown; the first RAW_LINES_MAX are. */
enum { RAW_LINES_MAX = 1000 };
void listing_add_raw(struct listing *listing, const char *line, size_t n);
void listing_sort(struct listing *listing);
const struct entry *listing_find(const struct listing *listing, const char *name);
void listing_free(struct listing *listing);

#endif
