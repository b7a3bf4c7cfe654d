/* SPDX-License-Identifier: BSD-2-Clause */
/* environment.c - the fields of an event as variables.  Values hold whatever
 * bytes an FTP user chose; a program gets them as they are, and no shell sees them. */
#include "tools/run/run.h"

#include "common/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { VARIABLES_MAX = LOG_FIELDS_MAX + 8 };

struct variables {
    char **list;
    size_t count;
    bool failed;
};

/* "data_failed" is WARDFTPD_DATA_FAILED. */
static void add(struct variables *to, const char *key, const char *value)
{
    static const char prefix[] = "WARDFTPD_";
    const size_t key_length = strlen(key), size = sizeof prefix + key_length + 1 + strlen(value);
    char *variable = to->count < VARIABLES_MAX ? malloc(size) : NULL;
    if (!variable) {
        to->failed = true;
        return;
    }
    (void)text_format(variable, size, "%s%s=%s", prefix, key, value);
    for (size_t i = sizeof prefix - 1; i < sizeof prefix - 1 + key_length; i++)
        variable[i] = (char)toupper((unsigned char)variable[i]);
    to->list[to->count++] = variable;
}

/* The file as programs outside the user's root see it. */
static void add_file(struct variables *to, const char *key, const char *home, const char *path)
{
    const size_t size = strlen(home) + strlen(path) + 2;
    const size_t n = strlen(home);
    char *file = malloc(size);
    if (!file) {
        to->failed = true;
        return;
    }
    (void)text_format(file, size, "%.*s%s", (int)(n > 0 && home[n - 1] == '/' ? n - 1 : n), home,
                      path);
    add(to, key, file);
    free(file);
}

char **environment_of(const struct stream_event *event, const char *reason)
{
    const struct log_line *line = &event->line;
    const char *home = log_line_get(line, "home"), *path = log_line_get(line, "path");
    const char *target = log_line_get(line, "to");
    struct variables to = { .list = calloc(VARIABLES_MAX + 1, sizeof *to.list) };
    if (!to.list)
        return NULL;
    add(&to, "event", reason ? "gap" : line->event);
    add(&to, "time", line->time ? line->time : "");
    if (reason)
        add(&to, "reason", reason);
    for (size_t i = 0; i < line->count; i++)
        add(&to, line->fields[i].key, line->fields[i].value);
    if (home && path && *path == '/')
        add_file(&to, "file", home, path);
    if (home && target && *target == '/')
        add_file(&to, "to_file", home, target);
    if (!to.failed)
        return to.list;
    environment_free(to.list);
    return NULL;
}

void environment_free(char **environment)
{
    for (size_t i = 0; environment[i]; i++)
        free(environment[i]);
    free(environment);
}
