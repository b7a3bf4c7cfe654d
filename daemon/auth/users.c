/* SPDX-License-Identifier: BSD-2-Clause */
/* users.c - runs in auth: the user file, kept in memory as it was read, with a
 * table that finds names in it. */
#include "daemon/auth/users.h"

#include "common/text.h"
#include "daemon/auth/key.h"
#include "daemon/auth/read_file.h"
#include "daemon/ipc/log.h"
#include "daemon/protocol/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MAX = 64 * 1024 * 1024,
    FIELDS = 7,
    COMPLAINTS_MAX = 20, /* lines reported one by one */
    COSTS_MAX = 16,      /* kinds and costs distinguished in the search for the most common one */
};

struct users {
    char *text; /* all names, hashes and homes point into it */
    size_t size;
    struct user *list;
    size_t count, room;
    uint32_t *slots;   /* open addressing: index into list + 1, 0 is free */
    size_t slot_count; /* a power of 2, above twice the count */
    uint64_t secret;
    uint32_t accepted; /* enum old_hash */
    const char *path;
    unsigned complaints;
    char dummy[HASH_ROOM];
};

static void complain(struct users *users, size_t line, const char *what)
{
    if (++users->complaints <= COMPLAINTS_MAX)
        log_note(LOG_LEVEL_ERROR, "%s:%zu: %s; this line is ignored", users->path, line, what);
}

/* Splits a line at its colons.  False: not seven fields. */
static bool cut(char *line, char *fields[FIELDS])
{
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = line;
        char *colon = strchr(line, ':');
        if ((colon != NULL) != (i + 1 < FIELDS))
            return false;
        if (colon) {
            *colon = '\0';
            line = colon + 1;
        }
    }
    return true;
}

static bool is_name(const char *name)
{
    const size_t n = strlen(name);
    if (n == 0 || n >= NAME_ROOM)
        return false;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
            return false;
    }
    return true;
}

/* What is wrong with a line, or NULL and *user. */
static const char *understand(char *line, uint32_t accepted, struct user *user)
{
    char *fields[FIELDS];
    uint64_t uid, gid;
    struct hash_parts parts;

    if (!cut(line, fields))
        return "a user has seven fields, name:hash:uid:gid:gecos:home:shell";
    if (!is_name(fields[0]))
        return "the name is empty, too long, or has a control character";
    if (!number_parse(fields[2], 0, 0xfffffffe, &uid))
        return "the uid is not a number from 0 to 4294967294";
    if (!number_parse(fields[3], 0, 0xfffffffe, &gid))
        return "the gid is not a number from 0 to 4294967294";
    if ((fields[5][0] && fields[5][0] != '/') || strlen(fields[5]) >= HOME_ROOM)
        return "the home directory is not absolute, or too long";
    *user = (struct user){ .name = fields[0],
                           .hash = fields[1],
                           .home = fields[5],
                           .uid = (uint32_t)uid,
                           .gid = (uint32_t)gid,
                           .worth = hash_judge(fields[1], accepted, &parts) };
    return NULL;
}

static bool list_append(struct users *users, const struct user *user)
{
    if (users->count == users->room) {
        const size_t room = users->room ? 2 * users->room : 64;
        struct user *list = reallocarray(users->list, room, sizeof *list);
        if (!list)
            return false;
        users->list = list;
        users->room = room;
    }
    users->list[users->count++] = *user;
    return true;
}

static uint32_t *slot_of(const struct users *users, const char *name)
{
    size_t at = key_sum(users->secret, name, strlen(name)) & (users->slot_count - 1);
    while (users->slots[at] && strcmp(users->list[users->slots[at] - 1].name, name) != 0)
        at = (at + 1) & (users->slot_count - 1);
    return &users->slots[at];
}

static bool slots_grow(struct users *users)
{
    const size_t wanted = users->slot_count ? 2 * users->slot_count : 128;
    if (2 * (users->count + 1) < users->slot_count)
        return true;
    uint32_t *slots = calloc(wanted, sizeof *slots);
    if (!slots)
        return false;
    free(users->slots);
    users->slots = slots;
    users->slot_count = wanted;
    for (size_t i = 0; i < users->count; i++)
        *slot_of(users, users->list[i].name) = (uint32_t)(i + 1);
    return true;
}

/* False: no memory. */
static bool add_line(struct users *users, char *line, size_t number)
{
    struct user user;
    const char *fault = understand(line, users->accepted, &user);
    if (fault) {
        complain(users, number, fault);
        return true;
    }
    if (!slots_grow(users))
        return false;
    uint32_t *slot = slot_of(users, user.name);
    if (*slot) {
        complain(users, number, "this name is in a line before; the first one counts");
        return true;
    }
    if (user.worth == HASH_WEAK || user.worth == HASH_UNKNOWN)
        log_note(LOG_LEVEL_WARNING, "%s:%zu: the hash %s; this user can't log in", users->path,
                 number, hash_worth_text(user.worth));
    else if (user.worth == HASH_OLD || user.worth == HASH_WAIVED)
        log_note(LOG_LEVEL_WARNING, "%s:%zu: the hash %s", users->path, number,
                 hash_worth_text(user.worth));
    user.line = (uint32_t)number;
    if (!list_append(users, &user))
        return false;
    *slot = (uint32_t)users->count;
    return true;
}

static bool is_blank(const char *line)
{
    return line[strspn(line, " \t")] == '\0' || line[0] == '#';
}

static bool add_lines(struct users *users)
{
    char *line = users->text;
    char *const end = users->text + users->size;
    bool fine = true;
    for (size_t number = 1; fine && line < end; number++) {
        char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop)
            stop = end;
        *stop = '\0';
        if (strlen(line) != (size_t)(stop - line)) {
            complain(users, number, "a NUL byte");
        } else {
            if (stop > line && stop[-1] == '\r')
                stop[-1] = '\0';
            fine = is_blank(line) || add_line(users, line, number);
        }
        line = stop + 1;
    }
    return fine;
}

struct cost {
    const char *sample;
    size_t length;
    size_t users;
};

static struct cost *cost_of(struct cost costs[COSTS_MAX], size_t *count, const char *hash,
                            size_t length)
{
    for (size_t i = 0; i < *count; i++) {
        if (costs[i].length == length && strncmp(costs[i].sample, hash, length) == 0)
            return &costs[i];
    }
    if (*count == COSTS_MAX)
        return NULL;
    costs[*count] = (struct cost){ .sample = hash, .length = length };
    return &costs[(*count)++];
}

/* A hash of the kind and cost that most users have; NULL: there is none. */
static const char *most_common(const struct users *users)
{
    struct cost costs[COSTS_MAX];
    const struct cost *best = NULL;
    size_t count = 0;
    for (size_t i = 0; i < users->count; i++) {
        struct hash_parts parts;
        if (!hash_is_checked(hash_judge(users->list[i].hash, users->accepted, &parts)))
            continue;
        struct cost *cost = cost_of(costs, &count, users->list[i].hash, parts.cost_length);
        if (cost)
            cost->users++;
        if (cost && (!best || cost->users > best->users))
            best = cost;
    }
    return best ? best->sample : NULL;
}

struct users *users_parse(char *text, size_t size, const char *path, uint32_t accepted)
{
    struct users *users = calloc(1, sizeof *users);
    if (!users) {
        wipe(text, size);
        free(text);
        return NULL;
    }
    users->text = text;
    users->size = size;
    users->path = path;
    users->accepted = accepted;
    users->secret = key_secret();
    if (!slots_grow(users) || !add_lines(users) || !hash_dummy(most_common(users), users->dummy)) {
        log_note(LOG_LEVEL_ERROR, "%s: no memory for the users", path);
        users_free(users);
        return NULL;
    }
    if (users->complaints > COMPLAINTS_MAX)
        log_note(LOG_LEVEL_ERROR, "%s: %u more lines are ignored", path,
                 users->complaints - COMPLAINTS_MAX);
    users->path = NULL; /* it belongs to the caller */
    return users;
}

/* A file that others may read discloses its hashes; one that others may write
 * gives them the server (fail closed). */
static bool is_private(const struct stat *about, const char *path)
{
    if (about->st_uid != 0) {
        log_note(LOG_LEVEL_ERROR, "%s: refused: its owner is uid %u, not root", path,
                 (unsigned)about->st_uid);
        return false;
    }
    if (about->st_mode & 077) {
        log_note(LOG_LEVEL_ERROR,
                 "%s: refused: its mode is %03o, so that others may use it; chmod 600 it", path,
                 (unsigned)(about->st_mode & 0777));
        return false;
    }
    return true;
}

struct users *users_load(int fd, const char *path, uint32_t accepted, struct stat *about)
{
    size_t size = 0;
    memset(about, 0, sizeof *about);
    if (fstat(fd, about) == 0 && !is_private(about, path))
        return NULL;
    char *text = read_file(fd, FILE_MAX, &size, about);
    if (!text) {
        log_note(LOG_LEVEL_ERROR, "%s: cannot be read: %s", path, strerror(errno));
        return NULL;
    }
    if (!is_private(about, path)) { /* it has changed since it was checked */
        wipe(text, size);
        free(text);
        return NULL;
    }
    return users_parse(text, size, path, accepted);
}

void users_free(struct users *users)
{
    if (!users)
        return;
    wipe(users->text, users->size);
    free(users->text);
    free(users->list);
    free(users->slots);
    wipe(users->dummy, sizeof users->dummy);
    free(users);
}

bool users_share(const struct users *users, uint32_t uid)
{
    size_t found = 0;
    for (size_t i = 0; i < users->count && found < 2; i++)
        found += users->list[i].uid == uid;
    return found > 1;
}

const struct user *users_find(const struct users *users, const char *name)
{
    const uint32_t slot = *slot_of(users, name);
    return slot ? &users->list[slot - 1] : NULL;
}

const struct user *users_at(const struct users *users, size_t i)
{
    return &users->list[i];
}

size_t users_count(const struct users *users)
{
    return users->count;
}

const char *users_dummy(const struct users *users)
{
    return users->dummy;
}

const char *users_name(const struct users *users, uint32_t uid)
{
    for (size_t i = 0; users && i < users->count; i++) {
        if (users->list[i].uid == uid)
            return users->list[i].name;
    }
    return NULL;
}
