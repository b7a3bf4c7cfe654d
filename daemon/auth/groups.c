/* groups.c - runs in auth: /etc/group, which the master opened.  No name
 * service: what it says that is not in this file counts for nothing. */
#include "daemon/auth/groups.h"

#include "common/text.h"
#include "daemon/auth/slurp.h"
#include "daemon/border/log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MOST = 64 * 1024 * 1024, COMPLAINTS_MOST = 20 };

struct group_line {
    const char *name;
    const char *members; /* comma-separated */
    uint32_t gid;
};

struct groups {
    char *text;
    struct group_line *list;
    size_t count, room;
};

/* The next field, cut off at its colon; NULL where there is none. */
static char *next_field(char **rest)
{
    char *field = *rest;
    if (!field)
        return NULL;
    char *colon = strchr(field, ':');
    *rest = colon ? colon + 1 : NULL;
    if (colon)
        *colon = '\0';
    return field;
}

static bool understand(char *line, struct group_line *group)
{
    uint64_t gid;
    char *rest = line;
    const char *name = next_field(&rest);
    const char *password = next_field(&rest);
    const char *number = next_field(&rest);
    const char *members = next_field(&rest);
    if (!password || !number || !members || rest || !name[0] || !number_parse(number, 0, 0xfffffffe, &gid))
        return false;
    *group = (struct group_line){ .name = name, .members = members, .gid = (uint32_t)gid };
    return true;
}

static bool append(struct groups *groups, const struct group_line *line)
{
    if (groups->count == groups->room) {
        const size_t room = groups->room ? 2 * groups->room : 64;
        struct group_line *list = reallocarray(groups->list, room, sizeof *list);
        if (!list)
            return false;
        groups->list = list;
        groups->room = room;
    }
    groups->list[groups->count++] = *line;
    return true;
}

/* Lines of NIS, "+" and "-", mean something to libc and nothing here. */
static bool is_skipped(const char *line)
{
    return line[0] == '\0' || line[0] == '#' || line[0] == '+' || line[0] == '-';
}

static bool add_lines(struct groups *groups, char *line, char *end)
{
    unsigned complaints = 0;
    for (size_t number = 1; line < end; number++) {
        struct group_line group;
        char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop)
            stop = end;
        *stop = '\0';
        if (!is_skipped(line)) {
            if (understand(line, &group)) {
                if (!append(groups, &group))
                    return false;
            } else if (++complaints <= COMPLAINTS_MOST) {
                log_note(LOG_LEVEL_WARNING, "/etc/group:%zu: no group; this line is ignored", number);
            }
        }
        line = stop + 1;
    }
    return true;
}

struct groups *groups_parse(char *text, size_t size)
{
    struct groups *groups = calloc(1, sizeof *groups);
    if (!groups) {
        free(text);
        return NULL;
    }
    groups->text = text;
    if (!add_lines(groups, text, text + size)) {
        groups_free(groups);
        return NULL;
    }
    return groups;
}

struct groups *groups_load(int fd, struct stat *about)
{
    size_t size = 0;
    memset(about, 0, sizeof *about);
    char *text = slurp(fd, FILE_MOST, &size, about);
    if (!text) {
        log_note(LOG_LEVEL_ERROR, "/etc/group: can't be read: %s", strerror(errno));
        return NULL;
    }
    if (about->st_uid != 0 || about->st_mode & 022) {
        log_note(LOG_LEVEL_ERROR, "/etc/group: refused: others than root may write it");
        free(text);
        return NULL;
    }
    struct groups *groups = groups_parse(text, size);
    if (!groups)
        log_note(LOG_LEVEL_ERROR, "/etc/group: no memory for the groups");
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

static bool names_member(const char *members, const char *name)
{
    const size_t n = strlen(name);
    while (*members) {
        const size_t length = strcspn(members, ",");
        if (length == n && memcmp(members, name, n) == 0)
            return true;
        members += length;
        members += *members == ',';
    }
    return false;
}

static bool among(uint32_t gid, const uint32_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == gid)
            return true;
    }
    return false;
}

static void add_name(struct membership *out, const char *name)
{
    if (out->name_count < COUNT(out->names))
        out->names[out->name_count++] = name;
}

void groups_of(const struct groups *groups, const char *name, uint32_t primary, const uint32_t *refuse,
               size_t refuse_count, struct membership *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; groups && i < groups->count; i++) {
        const struct group_line *group = &groups->list[i];
        const bool is_primary = group->gid == primary;
        if (!is_primary && !names_member(group->members, name))
            continue;
        if (group->gid == 0 || among(group->gid, refuse, refuse_count)) {
            out->refused++;
            continue;
        }
        if (is_primary || among(group->gid, out->gids, out->gid_count)) {
            add_name(out, group->name);
        } else if (out->gid_count == GROUPS_MAX) {
            out->beyond++;
        } else {
            out->gids[out->gid_count++] = group->gid;
            add_name(out, group->name);
        }
    }
}
