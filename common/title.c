/* SPDX-License-Identifier: BSD-2-Clause */
/* title.c - in every process of the daemon.  The kernel shows the bytes from the first argument on;
 * where the last byte of the arguments is no NUL any more, up to the first NUL in the environment. */
#include "common/title.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static char *title; /* NULL: there is no room */
static size_t title_room;

/* Do the strings lie behind each other, as execve(2) puts them? */
static bool are_contiguous(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i] != argv[i - 1] + strlen(argv[i - 1]) + 1)
            return false;
    }
    return environ[0] == argv[argc - 1] + strlen(argv[argc - 1]) + 1;
}

void title_open(int argc, char **argv)
{
    if (argc < 1 || !environ || !environ[0] ||
        strncmp(environ[0], TITLE_VARIABLE, strlen(TITLE_VARIABLE)) != 0)
        return;
    if (are_contiguous(argc, argv)) {
        title = argv[0];
        title_room = (size_t)(environ[0] - argv[0]) + strlen(environ[0]) + 1;
    }
    environ++;
}

static size_t append(size_t at, const char *text)
{
    for (; *text && at + 1 < title_room; text++)
        title[at++] = (unsigned char)*text < ' ' || *text == 127 ? '?' : *text;
    return at;
}

void title_set(const char *start, const char *name, const char *state)
{
    if (!title)
        return;
    size_t at = append(0, start);
    at = append(at, " [");
    at = append(at, name);
    at = append(at, *state ? "] " : "]");
    at = append(at, state);
    memset(title + at, 0, title_room - at);
}
