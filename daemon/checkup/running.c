/* SPDX-License-Identifier: BSD-2-Clause */
/* running.c - runs in `wardftpd -t`: reads the pid file. */
#include "daemon/checkup/running.h"

#include "common/text.h"

#include <stdio.h>
#include <string.h>

static bool read_word(const char *path, char *word, size_t room)
{
    FILE *file = fopen(path, "re");
    const bool read = file && fgets(word, (int)room, file);
    if (file)
        (void)fclose(file);
    if (read)
        word[strcspn(word, "\n")] = '\0';
    return read;
}

/* An old file may name another program's process by now. */
pid_t running_pid(const struct config *config)
{
    char number[32], path[64], name[32];
    uint64_t pid;
    if (!read_word(config->pid_file, number, sizeof number) ||
        !number_parse(number, 1, INT32_MAX, &pid) ||
        !text_format(path, sizeof path, "/proc/%u/comm", (unsigned)pid) ||
        !read_word(path, name, sizeof name) || strcmp(name, "wardftpd") != 0)
        return 0;
    return (pid_t)pid;
}
