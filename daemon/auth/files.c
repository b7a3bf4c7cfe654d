/* SPDX-License-Identifier: BSD-2-Clause */
/* files.c - runs in auth: keeps the user files and the group file up to date. */
#include "daemon/auth/files.h"

#include "common/text.h"
#include "daemon/auth/read_file.h"
#include "daemon/ipc/log.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

void files_init(struct files *files, const struct config *config)
{
    memset(files, 0, sizeof *files);
    files->groups_fd = -1;
    files->groups_lack = groups_bind(NULL, config) != NULL;
    for (size_t i = 0; i < USER_FILES; i++)
        files->users[i].fd = -1;
}

unsigned files_of_host(const struct config *config, const char *host)
{
    for (uint32_t i = 0; host[0] && i < config->host_count; i++) {
        if (config->hosts[i].user_file[0] && strcasecmp(config->hosts[i].name, host) == 0)
            return i + 1;
    }
    return 0;
}

static const char *path_of(const struct config *config, unsigned index)
{
    return index == 0 ? config->user_file : config->hosts[index - 1].user_file;
}

static void read_users(struct user_file *file, const struct config *config, unsigned index)
{
    const char *path = path_of(config, index);
    struct users *users = users_load(file->fd, path, config->accept_hashes, &file->seen);
    if (!users) {
        log_note(LOG_LEVEL_ERROR, "%s: %s", path,
                 file->users ? "its last valid version stays in use"
                             : "no one can log in without it");
        return;
    }
    log_note(LOG_LEVEL_INFO, "%s: %zu users", path, users_count(users));
    users_free(file->users);
    file->users = users;
}

void files_take_users(struct files *files, const struct config *config, unsigned index, int fd)
{
    if (index >= USER_FILES || index > config->host_count) {
        close(fd); /* of a host that a newer configuration does not have */
        return;
    }
    struct user_file *file = &files->users[index];
    if (file->fd >= 0)
        close(file->fd);
    file->fd = fd;
    file->asked = file->unanswered = false;
    read_users(file, config, index);
}

/* Is it complete?  If not, logs what is missing and the consequence. */
static bool is_complete(const struct files *files, const struct config *config,
                        struct groups *groups)
{
    const char *missing = groups_bind(groups, config);
    if (missing)
        log_note(LOG_LEVEL_ERROR, "%s: no group %s for [group %s]: %s", config->group_file, missing,
                 missing,
                 files->groups_lack ? "no one can log in until it has one"
                                    : "its last version stays in use");
    return missing == NULL;
}

void files_take_groups(struct files *files, const struct config *config, int fd)
{
    struct groups *groups =
        fd >= 0 ? groups_load(fd, config->group_file, &files->groups_seen) : NULL;
    if (files->groups_fd >= 0)
        close(files->groups_fd);
    files->groups_fd = fd;
    if ((fd >= 0 && !groups) || !is_complete(files, config, groups)) {
        groups_free(groups);
        return;
    }
    groups_free(files->groups);
    files->groups = groups;
    files->groups_lack = false;
}

bool files_changed(struct files *files, unsigned index)
{
    struct user_file *file = &files->users[index];
    return file->fd < 0 || file_has_changed(file->fd, &file->seen) ||
           (files->groups_fd >= 0 && file_has_changed(files->groups_fd, &files->groups_seen));
}

void files_make_do(struct files *files, const struct config *config, unsigned index)
{
    struct user_file *file = &files->users[index];
    struct stat about;
    file->asked = false;
    file->unanswered = true;
    if (file->fd >= 0 && fstat(file->fd, &about) == 0 && about.st_nlink > 0 &&
        file_has_changed(file->fd, &file->seen))
        read_users(file, config, index);
}

static void forget_host(struct user_file *file)
{
    users_free(file->users);
    if (file->fd >= 0)
        close(file->fd);
    *file = (struct user_file){ .fd = -1 };
}

void files_take_config(struct files *files, const struct config *config)
{
    for (size_t i = 1; i < USER_FILES; i++)
        forget_host(&files->users[i]);
    for (size_t i = 0; i <= config->host_count; i++)
        files->users[i].asked = true;
    files->groups_lack = groups_bind(files->groups, config) != NULL;
}
