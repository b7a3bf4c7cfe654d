/* state.c - runs in the master: opens what auth keeps over a restart, and
 * hands over the descriptor; the master reads none of it. */
#include "daemon/master/master.h"

#include "common/text.h"
#include "daemon/border/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char penalties[] = "penalties"; /* bans, and who failed how often */

static bool path_of(const struct master *master, const char *suffix, char path[CONFIG_PATH_ROOM + 32])
{
    return text_format(path, CONFIG_PATH_ROOM + 32, "%s/%s%s", master->config->state_directory, penalties,
                       suffix);
}

static int open_state(const struct master *master)
{
    char path[CONFIG_PATH_ROOM + 32];
    const char *directory = master->config->state_directory;
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        log_note(LOG_LEVEL_WARNING, "%s: %s; bans end with the daemon", directory, strerror(errno));
        return -1;
    }
    (void)path_of(master, "", path);
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        log_note(LOG_LEVEL_WARNING, "%s: %s; bans end with the daemon", path, strerror(errno));
    return fd;
}

void state_give(struct master *master)
{
    files_give(master, SHARED_AUTH, FM_FILE_STATE, 0, open_state(master));
}

void state_put_aside(struct master *master)
{
    char from[CONFIG_PATH_ROOM + 32], to[CONFIG_PATH_ROOM + 32];
    (void)path_of(master, "", from);
    (void)path_of(master, ".bad", to);
    if (rename(from, to) != 0) {
        log_note(LOG_LEVEL_WARNING, "%s can't be put aside: %s; bans end with the daemon", from,
                 strerror(errno));
        return;
    }
    log_note(LOG_LEVEL_WARNING, "%s was put aside as %s", from, to);
    state_give(master);
}
