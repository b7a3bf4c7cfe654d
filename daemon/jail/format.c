/* SPDX-License-Identifier: BSD-2-Clause */
/* format.c - runs in JAIL, as the user, in the user's root.  Formats names and
 * facts of the user's disk. */
#include "daemon/jail/format.h"

#include "common/ftptime.h"
#include "daemon/protocol/auth_jail.h"
#include "daemon/jail/access.h"

#include <string.h>

enum { NUMBER_ROOM = 24, HALF_A_YEAR_S = 31556952 / 2 /* as ls does */ };

static void put(struct out *out, const char *bytes, size_t n)
{
    if (out->full || n > out->room - out->used) {
        out->full = true;
        return;
    }
    memcpy(out->text + out->used, bytes, n);
    out->used += n;
}

/* Inline, so that the length of a literal is known. */
static inline void put_text(struct out *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put_spaces(struct out *out, size_t n)
{
    static const char spaces[] = "                ";
    put(out, spaces, n < sizeof spaces - 1 ? n : sizeof spaces - 1);
}

/* Writes the digits of value at the end of text.  Returns the first. */
static const char *digits(uint64_t value, unsigned base, char text[NUMBER_ROOM])
{
    char *at = text + NUMBER_ROOM - 1;
    *at = '\0';
    do {
        *--at = "0123456789abcdef"[value % base];
        value /= base;
    } while (value > 0);
    return at;
}

enum side { LEFT, RIGHT };

/* A decimal number in a column, aligned left or right. */
static void put_number(struct out *out, uint64_t value, size_t width, enum side side)
{
    char text[NUMBER_ROOM];
    const char *number = digits(value, 10, text);
    const size_t n = strlen(number);
    const size_t padding = n < width ? width - n : 0;
    if (side == RIGHT)
        put_spaces(out, padding);
    put(out, number, n);
    if (side == LEFT)
        put_spaces(out, padding);
}

/* The same, with leading zeros. */
static void put_zeros(struct out *out, uint64_t value, unsigned base, size_t width)
{
    char text[NUMBER_ROOM];
    const char *number = digits(value, base, text);
    for (size_t n = strlen(number); n < width; n++)
        put(out, "0", 1);
    put_text(out, number);
}

static bool is_control(char byte)
{
    return ((unsigned char)byte < 32) | (byte == 127);
}

/* Law N1: names are bytes, but a control byte could forge a line, or control the terminal that
 * shows it. */
static void put_shown_name(struct out *out, const char *name)
{
    size_t n = 0;
    while (name[n] && !is_control(name[n]))
        n++;
    put(out, name, n);
    for (name += n; *name; name++)
        put(out, is_control(*name) ? "?" : name, 1);
}

bool format_travels(const char *name)
{
    return !strchr(name, '\n') && !strchr(name, '\r');
}

static char kind_letter(unsigned mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return 'd';
    case S_IFLNK:
        return 'l';
    case S_IFIFO:
        return 'p';
    case S_IFSOCK:
        return 's';
    case S_IFCHR:
        return 'c';
    case S_IFBLK:
        return 'b';
    default:
        return '-';
    }
}

/* "drwxr-xr-x": set-uid, set-gid and sticky replace the x. */
static void put_mode(struct out *out, unsigned mode)
{
    char text[] = "?rwxrwxrwx";
    text[0] = kind_letter(mode);
    for (unsigned i = 0; i < 9; i++) {
        if (!(mode & 0400u >> i))
            text[i + 1] = '-';
    }
    if (mode & S_ISUID)
        text[3] = mode & S_IXUSR ? 's' : 'S';
    if (mode & S_ISGID)
        text[6] = mode & S_IXGRP ? 's' : 'S';
    if (mode & S_ISVTX)
        text[9] = mode & S_IXOTH ? 't' : 'T';
    put(out, text, sizeof text - 1);
}

/* "Nov 24 05:12", or "Nov 24 2025" if it is more than half a year ago or in the future (law N6). */
static void put_time(struct out *out, int64_t seconds, int64_t now, const struct zone *zone)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct civil at;
    int64_t local;
    /* a file system may return any 64-bit time */
    if (__builtin_add_overflow(seconds, zone_offset(zone, seconds), &local))
        local = seconds;
    civil_from_seconds(local, &at);
    put(out, months + 3 * (at.month - 1), 3);
    put_text(out, " ");
    put_number(out, at.day, 2, RIGHT);
    put_text(out, " ");
    if (seconds <= now && seconds > now - HALF_A_YEAR_S) {
        put_zeros(out, at.hour, 10, 2);
        put_text(out, ":");
        put_zeros(out, at.minute, 10, 2);
        return;
    }
    put_text(out, at.year < 0 ? "-" : "");
    put_number(out, (uint64_t)(at.year < 0 ? -at.year : at.year), 5, RIGHT);
}

static void put_owner(struct out *out, const char *name, uint32_t id)
{
    const size_t n = name ? strlen(name) : 0;
    if (!name) {
        put_number(out, id, 8, LEFT);
        return;
    }
    put(out, name, n);
    put_spaces(out, n < 8 ? 8 - n : 0);
}

void format_long(struct out *out, const struct entry *entry, int64_t now, const struct zone *zone)
{
    const struct statx *about = &entry->about;
    put_mode(out, about->stx_mode);
    put_text(out, " ");
    put_number(out, about->stx_nlink, 3, RIGHT);
    put_text(out, " ");
    put_owner(out, entry->owner, about->stx_uid);
    put_text(out, " ");
    put_owner(out, entry->group, about->stx_gid);
    put_text(out, " ");
    put_number(out, about->stx_size, 8, RIGHT);
    put_text(out, " ");
    put_time(out, about->stx_mtime.tv_sec, now, zone);
    put_text(out, " ");
    put_shown_name(out, entry->name);
    if (entry->target) {
        put_text(out, " -> ");
        put_shown_name(out, entry->target);
    }
    put_text(out, "\r\n");
}

void format_name(struct out *out, const struct entry *entry)
{
    put(out, entry->prefix, entry->prefix_length);
    put_text(out, entry->name);
    put_text(out, "\r\n");
}

/* A target that could be mistaken for the next fact is left out. */
static bool fits_fact(const char *text)
{
    for (; *text; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte == ';' || byte < 32 || byte == 127)
            return false;
    }
    return true;
}

static void put_link_type(struct out *out, const char *target)
{
    if (!target || !fits_fact(target)) {
        put_text(out, "OS.unix=symlink");
        return;
    }
    put_text(out, "OS.unix=slink:");
    put_text(out, target);
}

static const char *other_type(unsigned mode)
{
    switch (mode & S_IFMT) {
    case S_IFIFO:
        return "OS.unix=fifo";
    case S_IFSOCK:
        return "OS.unix=socket";
    case S_IFCHR:
        return "OS.unix=chr";
    default:
        return "OS.unix=blk";
    }
}

static void put_type(struct out *out, const struct entry *entry)
{
    static const char *const types[] = { [SHOWN_FILE] = "file",
                                         [SHOWN_DIRECTORY] = "dir",
                                         [SHOWN_CURRENT] = "cdir",
                                         [SHOWN_PARENT] = "pdir" };
    put_text(out, "type=");
    if (entry->shown == SHOWN_LINK)
        put_link_type(out, entry->target);
    else
        put_text(out, entry->shown == SHOWN_OTHER ? other_type(entry->about.stx_mode)
                                                  : types[entry->shown]);
    put_text(out, ";");
}

/* Device and inode: two names with the same value are the same file. */
static void put_unique(struct out *out, const struct statx *about)
{
    char text[NUMBER_ROOM];
    put_text(out, "unique=");
    put_text(out, digits((uint64_t)about->stx_dev_major << 32 | about->stx_dev_minor, 16, text));
    put_text(out, "g");
    put_text(out, digits(about->stx_ino, 16, text));
    put_text(out, ";");
}

static void put_number_fact(struct out *out, const char *name, uint64_t value)
{
    put_text(out, name);
    put_number(out, value, 0, LEFT);
    put_text(out, ";");
}

static void put_facts(struct out *out, const struct entry *entry, uint32_t facts)
{
    const struct statx *about = &entry->about;
    char time[FTPTIME_ROOM];
    if ((facts & FACT_SIZE) && entry->shown == SHOWN_FILE)
        put_number_fact(out, "size=", about->stx_size);
    if (facts & FACT_MODIFY) {
        put_text(out, "modify=");
        put_text(out, ftptime_format(about->stx_mtime.tv_sec, time));
        put_text(out, ";");
    }
    if (facts & FACT_PERM) {
        put_text(out, "perm=");
        put_text(out, entry->perm);
        put_text(out, ";");
    }
    if (facts & FACT_UNIQUE)
        put_unique(out, about);
    if (facts & FACT_UNIX_MODE) {
        put_text(out, "UNIX.mode=");
        put_zeros(out, about->stx_mode & 07777, 8, 4);
        put_text(out, ";");
    }
    if (facts & FACT_UNIX_OWNER)
        put_number_fact(out, "UNIX.owner=", about->stx_uid);
    if (facts & FACT_UNIX_GROUP)
        put_number_fact(out, "UNIX.group=", about->stx_gid);
}

/* Unknown facts are left out, as RFC 3659 section 7.2 permits. */
void format_facts(struct out *out, const struct entry *entry, uint32_t facts)
{
    if (facts & FACT_TYPE && !(entry->unknown && entry->about.stx_mode == 0))
        put_type(out, entry);
    if (!entry->unknown)
        put_facts(out, entry, facts);
    put_text(out, " ");
    put_text(out, entry->name);
    put_text(out, "\r\n");
}

/* One letter of the perm fact, and what it needs.  In the order of the alphabet. */
struct perm_letter {
    char letter;
    bool directory;
    uint32_t rights; /* one of these */
    unsigned bits;   /* all of these */
    bool free_name;
};

static const struct perm_letter letters[] = {
    { 'a', false, RIGHT_APPEND, ACCESS_WRITE, false },
    { 'c', true, RIGHT_UPLOAD, ACCESS_WRITE | ACCESS_SEARCH, false },
    { 'd', false, RIGHT_DELETE, 0, true },
    { 'd', true, RIGHT_RMDIR, 0, true },
    { 'e', true, RIGHTS_ALL, ACCESS_SEARCH, false },
    { 'f', false, RIGHT_RENAME, 0, true },
    { 'f', true, RIGHT_RENAME, 0, true },
    { 'l', true, RIGHT_LIST, ACCESS_READ, false },
    { 'm', true, RIGHT_MKDIR, ACCESS_WRITE | ACCESS_SEARCH, false },
    { 'p', true, RIGHT_DELETE | RIGHT_RMDIR, ACCESS_WRITE | ACCESS_SEARCH, false },
    { 'r', false, RIGHT_DOWNLOAD, ACCESS_READ, false },
    { 'w', false, RIGHT_OVERWRITE, ACCESS_WRITE, false },
};

static bool holds(const struct perm_letter *row, const struct perm_grounds *grounds)
{
    const uint32_t bit = row->letter == 'd' && row->directory ? PERM_RMD : PERM_BIT(row->letter);
    if (grounds->withheld & bit)
        return false;
    return row->directory == grounds->directory && (row->rights & grounds->rights) &&
           (row->bits & grounds->bits) == row->bits && (!row->free_name || grounds->name_is_free);
}

void format_perm(const struct perm_grounds *grounds, char perm[PERM_SIZE])
{
    size_t n = 0;
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if (holds(&letters[i], grounds))
            perm[n++] = letters[i].letter;
    }
    perm[n] = '\0';
}
