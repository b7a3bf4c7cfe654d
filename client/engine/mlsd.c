/* SPDX-License-Identifier: BSD-2-Clause */
/* mlsd.c - one line of MLSD or MLST: "type=file;size=5;modify=20260102030405; name". */
#include "client/engine/listing.h"

#include "common/ftptime.h"
#include "common/text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

struct fact {
    const char *name, *value;
    size_t name_bytes, value_bytes;
};

static bool fact_is(const struct fact *fact, const char *name)
{
    return fact->name_bytes == strlen(name) && strncasecmp(fact->name, name, fact->name_bytes) == 0;
}

static bool value_begins(const struct fact *fact, const char *value)
{
    const size_t n = strlen(value);
    return fact->value_bytes >= n && strncasecmp(fact->value, value, n) == 0;
}

/* 1 if the type says that the line is about the directory itself or its parent. */
static int take_type(const struct fact *fact, struct entry *entry)
{
    if (value_begins(fact, "cdir") || value_begins(fact, "pdir"))
        return 1;
    if (value_begins(fact, "file"))
        entry->type = ENTRY_FILE;
    else if (value_begins(fact, "dir"))
        entry->type = ENTRY_DIRECTORY;
    else if (value_begins(fact, "OS.unix=slink") || value_begins(fact, "OS.unix=symlink"))
        entry->type = ENTRY_LINK;
    return 0;
}

static void take_mode(const struct fact *fact, struct entry *entry)
{
    int mode = 0;
    for (size_t i = 0; i < fact->value_bytes; i++) {
        if (i == 6 || fact->value[i] < '0' || fact->value[i] > '7')
            return;
        mode = mode * 8 + (fact->value[i] - '0');
    }
    if (fact->value_bytes > 0)
        entry->mode = mode & 0777;
}

/* A name is preferred to a number. */
static void take_owner(const struct fact *fact, struct entry *entry)
{
    if (fact->value_bytes == 0 || fact->value_bytes > UCHAR_MAX)
        return;
    if (fact_is(fact, "UNIX.ownername") || (!entry->owner && fact_is(fact, "UNIX.owner"))) {
        entry->owner = fact->value;
        entry->owner_bytes = (unsigned char)fact->value_bytes;
    } else if (fact_is(fact, "UNIX.groupname") || (!entry->group && fact_is(fact, "UNIX.group"))) {
        entry->group = fact->value;
        entry->group_bytes = (unsigned char)fact->value_bytes;
    }
}

static int take_fact(const struct fact *fact, struct entry *entry)
{
    uint64_t size;
    uint32_t nanoseconds;
    if (fact_is(fact, "type"))
        return take_type(fact, entry);
    if (fact_is(fact, "size") &&
        number_parse_n(fact->value, fact->value_bytes, 0, INT64_MAX, &size))
        entry->size = (int64_t)size;
    else if (fact_is(fact, "modify") &&
             ftptime_parse(fact->value, fact->value_bytes, &entry->modified, &nanoseconds))
        entry->time_exact = true;
    else if (fact_is(fact, "UNIX.mode"))
        take_mode(fact, entry);
    else
        take_owner(fact, entry);
    return 0;
}

/* Reads one "name=value;" at *at; false at the end of the facts or if there is none. */
static bool next_fact(const char **at, const char *end, struct fact *fact)
{
    const char *semicolon = memchr(*at, ';', (size_t)(end - *at));
    const char *equals;
    if (!semicolon)
        return false;
    equals = memchr(*at, '=', (size_t)(semicolon - *at));
    if (!equals)
        return false;
    *fact = (struct fact){ .name = *at,
                           .name_bytes = (size_t)(equals - *at),
                           .value = equals + 1,
                           .value_bytes = (size_t)(semicolon - equals) - 1 };
    *at = semicolon + 1;
    return true;
}

int mlsd_parse(const char *line, size_t n, struct entry *entry)
{
    const char *at = line, *end = line + n;
    struct fact fact;
    int skip = 0;
    *entry = (struct entry){ .type = ENTRY_OTHER, .size = -1, .modified = INT64_MIN, .mode = -1 };
    while (at < end && *at != ' ') {
        if (!next_fact(&at, end, &fact))
            return -EINVAL;
        skip |= take_fact(&fact, entry);
    }
    if (at >= end || ++at == end)
        return -EINVAL;
    entry->name = at;
    entry->name_bytes = (size_t)(end - at);
    return skip;
}
