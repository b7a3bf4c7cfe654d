/* SPDX-License-Identifier: BSD-2-Clause */
/* groups.c - runs in auth: the group file, which the master opened.  No name
 * service: only the groups of this file count. */
#include "daemon/auth/groups.h"

#include "common/group_line.h"
#include "common/text.h"
#include "daemon/auth/read_file.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 64 * 1024 * 1024, COMPLAINTS_MAX = 20 };

#define NO_SECTION UINT32_MAX

struct entry {
    struct group_line line;
    uint32_t section; /* of config->policies, or NO_SECTION */
};

struct groups {
    char *text;
    struct entry *list;
    size_t count, room;
};

static bool append(struct groups *groups, const struct group_line *line)
{
    if (groups->count == groups->room) {
        const size_t room = groups->room ? 2 * groups->room : 64;
        struct entry *list = reallocarray(groups->list, room, sizeof *list);
        if (!list)
            return false;
        groups->list = list;
        groups->room = room;
    }
    groups->list[groups->count++] = (struct entry){ .line = *line, .section = NO_SECTION };
    return true;
}

static bool add_lines(struct groups *groups, char *line, char *end, const char *path)
{
    unsigned complaints = 0;
    for (size_t number = 1; line < end; number++) {
        struct group_line group;
        char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop)
            stop = end;
        *stop = '\0';
        const enum group_line_kind kind = group_line_parse(line, &group);
        if (kind == GROUP_LINE_GROUP && !append(groups, &group))
            return false;
        if (kind == GROUP_LINE_BROKEN && ++complaints <= COMPLAINTS_MAX)
            log_note(LOG_LEVEL_WARNING,
                     "%s:%zu: not name:password:gid:members; the line is ignored", path, number);
        line = stop + 1;
    }
    return true;
}

struct groups *groups_parse(char *text, size_t size, const char *path)
{
    struct groups *groups = calloc(1, sizeof *groups);
    if (!groups) {
        free(text);
        return NULL;
    }
    groups->text = text;
    if (!add_lines(groups, text, text + size, path)) {
        groups_free(groups);
        return NULL;
    }
    return groups;
}

struct groups *groups_load(int fd, const char *path, struct stat *about)
{
    size_t size = 0;
    memset(about, 0, sizeof *about);
    char *text = read_file(fd, FILE_MAX, &size, about);
    if (!text) {
        log_note(LOG_LEVEL_ERROR, "%s: can't be read: %s", path, strerror(errno));
        return NULL;
    }
    if (about->st_uid != 0 || about->st_mode & (S_IWGRP | S_IWOTH)) {
        log_note(LOG_LEVEL_ERROR, "%s: refused: it is writable by others than root", path);
        free(text);
        return NULL;
    }
    struct groups *groups = groups_parse(text, size, path);
    if (!groups)
        log_note(LOG_LEVEL_ERROR, "%s: no memory for the groups", path);
    return groups;
}

void groups_free(struct groups *groups)
{
    if (!groups)
        return;
    free(groups->text);
    free(groups->list);
    free(groups);
}

void groups_each_member(const struct groups *groups, groups_member *each, void *context)
{
    char name[NAME_ROOM];
    for (size_t i = 0; groups && i < groups->count; i++) {
        const struct group_line *line = &groups->list[i].line;
        for (const char *at = line->members; (at = group_line_next(at, name, sizeof name)) != NULL;)
            each(context, line->name, name);
    }
}

/* A file may have several lines for a group.  False: it has none with this name. */
static bool bind_name(struct groups *groups, const char *name, uint32_t section)
{
    bool found = false;
    for (size_t i = 0; groups && i < groups->count; i++) {
        if (strcmp(groups->list[i].line.name, name) != 0)
            continue;
        groups->list[i].section = section;
        found = true;
    }
    return found;
}

const char *groups_bind(struct groups *groups, const struct config *config)
{
    const char *missing = NULL;
    for (size_t i = 0; groups && i < groups->count; i++)
        groups->list[i].section = NO_SECTION;
    for (uint32_t i = 0; i < config->policy_count; i++) {
        const struct named_policy *policy = &config->policies[i];
        if (policy->kind == POLICY_GROUP && !bind_name(groups, policy->name, i) && !missing)
            missing = policy->name;
    }
    return missing;
}

static bool is_given(const struct membership *out, uint32_t gid)
{
    for (size_t i = 0; i < out->gid_count; i++) {
        if (out->gids[i] == gid)
            return true;
    }
    return false;
}

static void give(struct membership *out, uint32_t gid)
{
    if (is_given(out, gid))
        return;
    if (out->gid_count == GROUPS_MAX)
        out->beyond++;
    else
        out->gids[out->gid_count++] = gid;
}

static bool is_listed(const struct group_list *list, uint32_t gid)
{
    for (size_t i = 0; list && i < list->count; i++) {
        if (list->gids[i] == gid)
            return true;
    }
    return false;
}

static void consider(const struct config *config, const struct role_ids *ids, uint32_t gid,
                     uint32_t primary, struct membership *out)
{
    if (!roles_gid_may_log_in(config, ids, gid))
        out->refused++;
    else if (gid != primary)
        give(out, gid);
}

void groups_of(const struct groups *groups, const struct config *config, const struct role_ids *ids,
               const char *name, uint32_t primary, const struct group_list *more,
               struct membership *out)
{
    uint32_t section = NO_SECTION;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; groups && i < groups->count; i++) {
        const struct entry *entry = &groups->list[i];
        const uint32_t gid = entry->line.gid;
        if (gid != primary && !group_line_names(&entry->line, name) && !is_listed(more, gid))
            continue;
        if (entry->section < section)
            section = entry->section;
        if (!is_listed(more, gid))
            consider(config, ids, gid, primary, out);
    }
    for (size_t i = 0; more && i < more->count; i++)
        consider(config, ids, more->gids[i], primary, out);
    out->section = section == NO_SECTION ? NULL : config->policies[section].name;
}

const char *groups_name(const struct groups *groups, uint32_t gid)
{
    for (size_t i = 0; groups && i < groups->count; i++) {
        if (groups->list[i].line.gid == gid)
            return groups->list[i].line.name;
    }
    return NULL;
}
