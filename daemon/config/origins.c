/* SPDX-License-Identifier: BSD-2-Clause */
/* origins.c - runs in `wardftpd -t` and wardctl: the lines of sections and keys. */
#include "daemon/config/origins.h"

#include "common/text.h"
#include "daemon/config/load.h"

#include <stdlib.h>
#include <string.h>

struct config_origins {
    char *path;
    struct section *sections;
    size_t count;
};

struct config_origins *origins_make(const char *path, struct section *sections, size_t count)
{
    struct config_origins *origins = calloc(1, sizeof *origins);
    char *copy = strdup(path);
    if (!origins || !copy) {
        free(origins);
        free(copy);
        free(sections);
        return NULL;
    }
    *origins = (struct config_origins){ .path = copy, .sections = sections, .count = count };
    return origins;
}

void config_origins_free(struct config_origins *origins)
{
    if (!origins)
        return;
    free(origins->path);
    free(origins->sections);
    free(origins);
}

static const struct section *find(const struct config_origins *origins, const char *label, size_t n)
{
    char own[LABEL_ROOM];
    for (size_t i = 0; i < origins->count; i++) {
        (void)section_label(&origins->sections[i], own);
        if (strlen(own) == n && strncmp(own, label, n) == 0)
            return &origins->sections[i];
    }
    return NULL;
}

/* "FILE:LINE"; "-o" for an override.  False: it is not set. */
static bool place_text(const struct config_origins *origins, uint32_t line, char *to, size_t room)
{
    if (line == LINE_NONE)
        return false;
    return line == LINE_OVERRIDE ? text_copy(to, room, "-o")
                                 : text_format(to, room, "%s:%u", origins->path, line);
}

static uint32_t line_of_section(const struct config_origins *origins, const char *message)
{
    const char *end = strchr(message, ']');
    const struct section *section =
        end ? find(origins, message + 1, (size_t)(end - message - 1)) : NULL;
    return section ? section->line : LINE_NONE;
}

/* "user bob.read_only: ...": the last dot before the colon ends the section's label. */
static uint32_t line_of_key(const struct config_origins *origins, const char *message)
{
    char key[KEY_NAME_ROOM];
    const char *colon = strchr(message, ':');
    const char *dot = colon ? memrchr(message, '.', (size_t)(colon - message)) : NULL;
    const struct section *section = dot ? find(origins, message, (size_t)(dot - message)) : NULL;
    if (!section || !text_format(key, sizeof key, "%.*s", (int)(colon - dot - 1), dot + 1))
        return LINE_NONE;
    const int row = section_key(&section_kinds[section->class], key);
    if (row < 0)
        return LINE_NONE;
    return section->key_lines[row] == LINE_NONE ? section->line : section->key_lines[row];
}

void config_origins_locate(const struct config_origins *origins, const char *message, char *to,
                           size_t room)
{
    char place[CONFIG_PATH_ROOM + 16];
    const uint32_t line =
        *message == '[' ? line_of_section(origins, message) : line_of_key(origins, message);
    if (place_text(origins, line, place, sizeof place))
        (void)text_format(to, room, "%s: %s", place, message);
    else
        (void)text_format(to, room, "%s", message);
}

void config_origins_each(const struct config_origins *origins, const char *label,
                         config_origin_key *each, void *context)
{
    const struct section *section = find(origins, label, strlen(label));
    char place[CONFIG_PATH_ROOM + 16];
    for (size_t row = 0; section && row < option_count; row++) {
        if (place_text(origins, section->key_lines[row], place, sizeof place))
            each(context, place, option_rows[row].key);
    }
}
