/* SPDX-License-Identifier: BSD-2-Clause */
/* trusted.c - runs in `wardftpd -t`: the directories above the daemon's files. */
#include "daemon/checkup/trusted.h"

#include "common/text.h"
#include "daemon/checkup/probe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATHS_MAX = 8 + 3 * HOSTS_MAX, ABOVE_MAX = 12 };

/* The directories above one path, beginning with the nearest. */
struct above {
    uint32_t count;
    uint32_t reserved;
    struct directory {
        uint64_t device, inode;
        uint32_t mode, uid;
        uint32_t length; /* of the path */
        uint32_t reserved;
    } list[ABOVE_MAX];
};
_Static_assert(sizeof(struct above) <= PROBE_RESULT_MAX, "a probe brings it whole");

struct trusted {
    size_t count;
    struct {
        const char *path;
        struct above above;
    } list[PATHS_MAX];
};

static void look_above(const void *context, void *result)
{
    struct above *above = result;
    char path[CONFIG_PATH_ROOM];
    if (!text_copy(path, sizeof path, context))
        return;
    for (char *slash = strrchr(path, '/'); slash && above->count < ABOVE_MAX;
         slash = strrchr(path, '/')) {
        struct stat about;
        slash[slash == path] = '\0';
        if (stat(path, &about) == 0)
            above->list[above->count++] = (struct directory){ .device = about.st_dev,
                                                              .inode = about.st_ino,
                                                              .mode = about.st_mode,
                                                              .uid = about.st_uid,
                                                              .length = (uint32_t)strlen(path) };
        if (slash == path)
            return;
    }
}

static void add(struct trusted *trusted, const char *path)
{
    if (!*path || *path != '/' || trusted->count == PATHS_MAX)
        return;
    trusted->list[trusted->count].path = path;
    if (probe_run(look_above, path, &trusted->list[trusted->count].above, sizeof(struct above)) ==
        PROBE_ANSWERED)
        trusted->count++;
}

struct trusted *trusted_new(const struct config *config)
{
    struct trusted *trusted = calloc(1, sizeof *trusted);
    if (!trusted)
        return NULL;
    add(trusted, config->user_file);
    add(trusted, config->group_file);
    if (config->tls_mode != TLS_OFF) {
        add(trusted, config->key);
        add(trusted, config->certificate);
    }
    add(trusted, config->state_directory);
    add(trusted, config->log);
    add(trusted, config->xferlog);
    for (uint32_t i = 0; i < config->host_count; i++) {
        add(trusted, config->hosts[i].user_file);
        add(trusted, config->hosts[i].key);
    }
    return trusted;
}

void trusted_free(struct trusted *trusted)
{
    free(trusted);
}

const char *trusted_below(const struct trusted *trusted, uint64_t device, uint64_t inode)
{
    for (size_t i = 0; trusted && i < trusted->count; i++) {
        const struct above *above = &trusted->list[i].above;
        for (uint32_t k = 0; k < above->count; k++) {
            if (above->list[k].device == device && above->list[k].inode == inode)
                return trusted->list[i].path;
        }
    }
    return NULL;
}

/* In a sticky directory users can't replace files of others. */
static bool is_open(const struct directory *directory)
{
    return directory->uid != 0 ||
           (directory->mode & (S_IWGRP | S_IWOTH) && !(directory->mode & S_ISVTX));
}

void trusted_each_open(const struct trusted *trusted, trusted_report *each, void *context)
{
    char directory[CONFIG_PATH_ROOM];
    for (size_t i = 0; trusted && i < trusted->count; i++) {
        const struct above *above = &trusted->list[i].above;
        for (uint32_t k = 0; k < above->count; k++) {
            if (!is_open(&above->list[k]))
                continue;
            (void)text_format(directory, sizeof directory, "%.*s", (int)above->list[k].length,
                              trusted->list[i].path);
            each(context, trusted->list[i].path, directory, above->list[k].mode,
                 above->list[k].uid);
            break; /* one for each file is enough */
        }
    }
}
