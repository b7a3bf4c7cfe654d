/* SPDX-License-Identifier: BSD-2-Clause */
/* groups.c - the groups that a configuration depends on: the gids of
 * forbidden_groups, and a group for each [group] section.  Runs where config.c
 * does; asks the system for gids and reads the administrator's group file.
 *
 * Auth reads that file again, from a descriptor, for the members.  Here a [group]
 * without its group is found: it would apply to no user, and the users that it is
 * meant for would get [defaults]. */
#include "daemon/config/load.h"

#include "common/group_line.h"
#include "common/list.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COMPLAINTS_MAX = 20, GROUP_FILE_MAX = 64 * 1024 * 1024, LINE_SHOWN = 256 };

static const char system_file[] = "/etc/group";

/* ---- forbidden_groups ---- */

static void complain_of_list(struct loader *loader, bool fatal, const char *what, const char *word)
{
    load_complain_at(loader, fatal, SECTION_DAEMON, "forbidden_groups", "%s%s", what, word);
}

/* getgrnam(3): not found is NULL with errno 0, or one of these. */
static bool means_not_found(int error)
{
    return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

static bool is_default(const char *word)
{
    char names[] = FORBIDDEN_GROUPS_DEFAULT, *rest = NULL;
    const char *name = strtok_r(names, ", ", &rest);
    while (name && strcmp(name, word) != 0)
        name = strtok_r(NULL, ", ", &rest);
    return name != NULL;
}

/* False: the system has no such group, or (after a complaint) could not be asked. */
static bool find_gid(struct loader *loader, const char *word, uint32_t *gid)
{
    uint64_t number;
    if (number_parse(word, 0, 0xfffffffe, &number)) {
        *gid = (uint32_t)number;
        return true;
    }
    errno = 0;
    const struct group *group = getgrnam(word);
    if (group)
        *gid = group->gr_gid;
    else if (!means_not_found(errno))
        complain_of_list(loader, true, "the system cannot look up the group ", word);
    else if (!is_default(word))
        complain_of_list(loader, false, "the system has no group ", word);
    return group != NULL;
}

static bool is_known(const struct config *config, uint32_t gid)
{
    for (uint32_t i = 0; i < config->forbidden_gid_count; i++) {
        if (config->forbidden_gids[i] == gid)
            return true;
    }
    return false;
}

static void forbid(struct loader *loader, uint32_t gid, const char *word)
{
    struct config *config = loader->config;
    if (is_known(config, gid))
        return;
    if (config->forbidden_gid_count == FORBIDDEN_GIDS_MAX)
        complain_of_list(loader, true, "too many groups: no room for ", word);
    else
        config->forbidden_gids[config->forbidden_gid_count++] = gid;
}

static void resolve_forbidden(struct loader *loader)
{
    char word[LIST_WORD_ROOM];
    uint32_t gid;
    for (const char *at = loader->config->forbidden_groups; (at = list_next(at, word)) != NULL;) {
        if (find_gid(loader, word, &gid))
            forbid(loader, gid, word);
    }
}

/* ---- the group file ---- */

static void complain_of_file(struct loader *loader, const char *what)
{
    load_complain_at(loader, true, SECTION_DAEMON, "group_file", "%s: %s",
                     loader->config->group_file, what);
}

/* What auth also refuses (auth/groups.c). */
static const char *what_is_wrong(int fd)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return strerror(errno);
    if (!S_ISREG(about.st_mode))
        return "is not a regular file";
    if (about.st_uid != 0 || about.st_mode & (S_IWGRP | S_IWOTH))
        return "it is writable by others than root";
    return about.st_size > GROUP_FILE_MAX ? "is too large" : NULL;
}

/* False, after a complaint: it can't be used.  *file is NULL if there is none. */
static bool open_groups(struct loader *loader, FILE **file)
{
    const char *path = loader->config->group_file;
    *file = NULL;
    const int fd = *path ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
    if (fd < 0 && (!*path || errno == ENOENT))
        return true;
    const char *wrong = fd < 0 ? strerror(errno) : what_is_wrong(fd);
    *file = wrong ? NULL : fdopen(fd, "r");
    if (*file)
        return true;
    complain_of_file(loader, wrong ? wrong : strerror(errno));
    if (fd >= 0)
        close(fd);
    return false;
}

static void mark_section(struct loader *loader, const char *group)
{
    for (size_t i = 0; i < loader->section_count; i++) {
        struct section *section = &loader->sections[i];
        if (section->class == SECTION_GROUP && strcmp(section->name, group) == 0)
            section->has_group = true;
    }
}

static void take_line(struct loader *loader, char *line, unsigned number, unsigned *complaints)
{
    struct group_line group;
    const enum group_line_kind kind = group_line_parse(line, &group);
    if (kind == GROUP_LINE_GROUP)
        mark_section(loader, group.name);
    else if (kind == GROUP_LINE_BROKEN && ++*complaints <= COMPLAINTS_MAX)
        load_complain_at(loader, false, SECTION_DAEMON, "group_file",
                         "%s:%u: not name:password:gid:members; the line is ignored",
                         loader->config->group_file, number);
}

static void read_lines(struct loader *loader, FILE *file)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    unsigned number = 0, complaints = 0;
    while ((n = getline(&line, &room, file)) > 0) {
        if (line[n - 1] == '\n')
            line[n - 1] = '\0';
        take_line(loader, line, ++number, &complaints);
    }
    free(line);
}

/* Finds the [group] sections whose group exists.  False: the file can't be used. */
static bool read_groups(struct loader *loader)
{
    FILE *file;
    if (!open_groups(loader, &file))
        return false;
    if (!file)
        return true;
    read_lines(loader, file);
    const bool failed = ferror(file) != 0;
    if (failed)
        complain_of_file(loader, strerror(errno));
    (void)fclose(file);
    return !failed;
}

/* ---- a group for each [group] ---- */

/* The line to add to the group file: the system's, if it has such a group and the line is short. */
static void missing_line(const char *name, char line[LINE_SHOWN])
{
    const struct group *group = getgrnam(name);
    bool fits = group && text_format(line, LINE_SHOWN, "%s:x:%u:", name, (unsigned)group->gr_gid);
    for (size_t i = 0; fits && group->gr_mem[i]; i++) {
        const size_t n = strlen(line);
        fits = text_format(line + n, LINE_SHOWN - n, "%s%s", i ? "," : "", group->gr_mem[i]);
    }
    if (!fits)
        (void)text_format(line, LINE_SHOWN, "%s:x:GID:USER,USER", name);
}

static void complain_of_section(struct loader *loader, const struct section *section)
{
    const char *path = loader->config->group_file, *name = section->name;
    char line[LINE_SHOWN];
    missing_line(name, line);
    if (!*path)
        load_complain(
            loader, true, section->line,
            "[group %s]: daemon.group_file is empty, so these rules would apply to no user; set it "
            "to a file with the line \"%s\"",
            name, line);
    else
        load_complain(
            loader, true, section->line,
            "[group %s]: %s has no group %s, so these rules would apply to no user; add the line "
            "\"%s\" to it%s",
            name, path, name, line,
            strcmp(path, system_file) == 0 ? "" : ", or set daemon.group_file = /etc/group");
}

/* Who may connect to events_socket. */
static void find_events_group(struct loader *loader)
{
    const char *name = loader->config->events_group;
    uint64_t number = UINT32_MAX;
    if (*name && !number_parse(name, 0, UINT32_MAX - 1, &number)) {
        const struct group *group = getgrnam(name);
        if (group)
            number = group->gr_gid;
        else
            load_complain_at(loader, true, SECTION_DAEMON, "events_group",
                             "the system has no group %s", name);
    }
    loader->config->events_gid = (uint32_t)number;
}

void config_groups(struct loader *loader)
{
    find_events_group(loader);
    resolve_forbidden(loader);
    if (!read_groups(loader))
        return;
    for (size_t i = 0; i < loader->section_count; i++) {
        const struct section *section = &loader->sections[i];
        if (section->class == SECTION_GROUP && !section->has_group)
            complain_of_section(loader, section);
    }
}
