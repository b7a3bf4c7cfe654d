/* SPDX-License-Identifier: BSD-2-Clause */
/* known_hosts.c - trust on first use, remembered. */
#include "client/engine/known_hosts.h"

#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_SIZE = 512 };

enum known known_hosts_find(const char *file, const char *host, const char *fingerprint)
{
    enum known known = KNOWN_NOT;
    char line[LINE_SIZE];
    FILE *stream = file ? fopen(file, "re") : NULL;
    if (!stream)
        return KNOWN_NOT;
    while (known != KNOWN_SAME && fgets(line, sizeof line, stream)) {
        char *space = strchr(line, ' ');
        line[strcspn(line, "\n")] = '\0';
        if (!space)
            continue;
        *space = '\0';
        if (strcmp(line, host) == 0)
            known = strcmp(space + 1, fingerprint) == 0 ? KNOWN_SAME : KNOWN_CHANGED;
    }
    fclose(stream);
    return known;
}

/* The file's directory and the one above it, as ~/.config/wardftp needs. */
static void make_directories(const char *file)
{
    char path[PATH_MAX];
    if (!text_copy(path, sizeof path, file))
        return;
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700); /* a failure shows when the file is opened */
        *slash = '/';
    }
}

int known_hosts_add(const char *file, const char *host, const char *fingerprint)
{
    char line[LINE_SIZE];
    int fd, error = 0;
    if (!text_format(line, sizeof line, "%s %s\n", host, fingerprint))
        return -ENAMETOOLONG;
    make_directories(file);
    fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    if (write(fd, line, strlen(line)) != (ssize_t)strlen(line))
        error = errno ? errno : EIO;
    if (close(fd) < 0 && error == 0)
        error = errno;
    return -error;
}
