/* SPDX-License-Identifier: BSD-2-Clause */
/* listing.c - a directory's entries in memory. */
#include "client/engine/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool name_is_safe(const char *name, size_t n)
{
    if (n == 0 || n > 255 || memchr(name, '/', n) || memchr(name, '\0', n))
        return false;
    return !(n == 1 && name[0] == '.') && !(n == 2 && name[0] == '.' && name[1] == '.');
}

static int make_room(struct listing *listing)
{
    const size_t room = listing->room ? listing->room * 2 : 64;
    struct entry *entries;
    if (listing->count < listing->room)
        return 0;
    entries = reallocarray(listing->entries, room, sizeof *entries);
    if (!entries)
        return -ENOMEM;
    listing->entries = entries;
    listing->room = room;
    return 0;
}

/* Copies n bytes and a NUL to *at and moves on; NULL stays NULL. */
static const char *copy_text(char **at, const char *text, size_t n)
{
    char *copy = *at;
    if (!text)
        return NULL;
    memcpy(copy, text, n);
    copy[n] = '\0';
    *at += n + 1;
    return copy;
}

/* The texts of an entry are one piece of memory, which begins with its name. */
int listing_add(struct listing *listing, const struct entry *entry)
{
    const size_t texts = entry->name_bytes + entry->owner_bytes + entry->group_bytes + (size_t)3;
    const size_t cost = sizeof *entry + texts;
    struct entry *copy;
    if (cost > LISTING_MAX_BYTES - listing->bytes || make_room(listing) < 0)
        return -ENOMEM;
    char *const memory = malloc(texts);
    if (!memory)
        return -ENOMEM;
    char *at = memory;
    copy = &listing->entries[listing->count++];
    *copy = *entry;
    (void)copy_text(&at, entry->name, entry->name_bytes);
    copy->name = memory;
    copy->owner = copy_text(&at, entry->owner, entry->owner_bytes);
    copy->group = copy_text(&at, entry->group, entry->group_bytes);
    listing->bytes += cost;
    return 0;
}

void listing_add_raw(struct listing *listing, const char *line, size_t n)
{
    listing->strange++;
    if (listing->raw_count >= RAW_LINES_MAX)
        return;
    if (!listing->raw)
        listing->raw = calloc(RAW_LINES_MAX, sizeof *listing->raw);
    char *copy = listing->raw ? strndup(line, n) : NULL;
    if (copy)
        listing->raw[listing->raw_count++] = copy;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

void listing_sort(struct listing *listing)
{
    if (listing->count > 1)
        qsort(listing->entries, listing->count, sizeof *listing->entries, by_name);
}

const struct entry *listing_find(const struct listing *listing, const char *name)
{
    struct entry wanted = { .name = name };
    if (listing->count == 0)
        return NULL;
    return bsearch(&wanted, listing->entries, listing->count, sizeof wanted, by_name);
}

void listing_free(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free((char *)listing->entries[i].name);
    free(listing->entries);
    for (size_t i = 0; i < listing->raw_count; i++)
        free(listing->raw[i]);
    free(listing->raw);
    *listing = (struct listing){ 0 };
}
