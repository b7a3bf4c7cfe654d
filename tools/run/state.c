/* SPDX-License-Identifier: BSD-2-Clause */
/* state.c - keeps the position across restarts of wardftpd-run. */
#include "tools/run/run.h"

#include "common/text.h"
#include "common/write.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STATE_ROOM = 96 };

struct position state_read(const char *path)
{
    const struct position none = { .run = "" };
    struct position position = none;
    char text[STATE_ROOM], *rest = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return none;
    const ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0 || text[n - 1] != '\n')
        return none;
    text[n] = '\0';
    const char *run = strtok_r(text, " \n", &rest);
    const char *number = strtok_r(NULL, " \n", &rest);
    if (!run || !number || !text_copy(position.run, sizeof position.run, run) ||
        !number_parse(number, 0, INT64_MAX, &position.number))
        return none;
    return position;
}

/* Without fsync(2): what a crash of the machine leaves is an older position or none, and then
 * commands run once more. */
bool state_write(const char *path, const struct position *position)
{
    char next[PATH_MAX], text[STATE_ROOM];
    int fd = -1;
    if (!text_format(next, sizeof next, "%s.new", path) ||
        !text_format(text, sizeof text, "%s %" PRIu64 "\n", position->run, position->number))
        errno = ENAMETOOLONG;
    else
        fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    const bool written = fd >= 0 && write_all(fd, text, strlen(text)) == 0;
    const bool closed = fd >= 0 && close(fd) == 0;
    if (written && closed && rename(next, path) == 0)
        return true;
    say("%s: %s", path, strerror(errno));
    return false;
}
