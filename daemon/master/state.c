/* SPDX-License-Identifier: BSD-2-Clause */
/* state.c - runs in the master: opens what auth keeps across a restart, and
 * hands over the descriptors; the master reads none of it. */
#include "daemon/master/state.h"

#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/master/files.h"
#include "daemon/master/master.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char penalties[] = "penalties"; /* bans and failures */
static const char quotas[] = "quotas";       /* the ledgers of quotas */

enum { STATE_PATH_ROOM = CONFIG_PATH_ROOM + 32 };

static bool path_of(const struct master *master, const char *name, const char *suffix,
                    char path[STATE_PATH_ROOM])
{
    return text_format(path, STATE_PATH_ROOM, "%s/%s%s", master->config->state_directory, name,
                       suffix);
}

static int open_state(const struct master *master, const char *name, const char *loss)
{
    char path[STATE_PATH_ROOM];
    const char *directory = master->config->state_directory;
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        log_note(LOG_LEVEL_WARNING, "%s: %s; %s", directory, strerror(errno), loss);
        return -1;
    }
    (void)path_of(master, name, "", path);
    const int fd =
        open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        log_note(LOG_LEVEL_WARNING, "%s: %s; %s", path, strerror(errno), loss);
    return fd;
}

static void give_penalties(struct master *master)
{
    files_give(master, SHARED_AUTH, FM_FILE_STATE, 0,
               open_state(master, penalties, "bans end with the daemon"));
}

/* The boot id first: what the file holds counts only for this boot. */
static void give_quotas(struct master *master)
{
    const int boot = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    files_give(master, SHARED_AUTH, FM_FILE_BOOT, 0, boot);
    files_give(master, SHARED_AUTH, FM_FILE_QUOTAS, 0,
               open_state(master, quotas, "quotas are counted again from zero after a restart"));
}

void state_give(struct master *master)
{
    give_penalties(master);
    give_quotas(master);
}

void state_put_aside(struct master *master)
{
    char from[STATE_PATH_ROOM], to[STATE_PATH_ROOM];
    (void)path_of(master, penalties, "", from);
    (void)path_of(master, penalties, ".bad", to);
    if (rename(from, to) != 0) {
        log_note(LOG_LEVEL_WARNING, "cannot put %s aside: %s; bans end with the daemon", from,
                 strerror(errno));
        return;
    }
    log_note(LOG_LEVEL_WARNING, "%s was put aside as %s", from, to);
    give_penalties(master);
}
