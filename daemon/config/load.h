/* SPDX-License-Identifier: BSD-2-Clause */
/* load.h - a configuration while it is read: the lines of sections and keys, for
 * messages; private to daemon/config/. */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include "daemon/config/table.h"

#include <stdio.h>

enum {
    KEY_NAME_ROOM = 50,     /* inih cuts keys at 49 bytes; longer ones are refused */
    SECTION_NAME_MAX = 128, /* bytes: of [user NAME], NAME */
    LABEL_ROOM = 144,       /* "user NAME" */
};

/* Values for keys that are in no line: not set, and set on the command line. */
#define LINE_NONE     0U
#define LINE_OVERRIDE UINT32_MAX

struct section {
    enum section_class class;
    char name[SECTION_NAME_MAX + 1]; /* of a named one, otherwise empty */
    uint32_t line;
    uint32_t index;                  /* among the config's listeners, hosts or policies */
    uint32_t key_lines[OPTIONS_MAX]; /* by row: the line where the key was first set */
    bool has_group;                  /* of a [group]: the group file has that group */
};

struct loader {
    const char *path; /* for messages */
    config_complain *complain;
    void *context;
    unsigned faults;

    struct config *config;
    uint32_t policy_room; /* of config->policies */
    struct section *sections;
    size_t section_count;

    FILE *file;
    char *text; /* of getline */
    size_t text_room;
    uint32_t line;
    int current;     /* index of the section that keys belong to, or -1 */
    bool in_section; /* there was a heading, even if it was refused */
};

/* `path:line: what`; a fatal one makes config_load fail. */
void load_complain(struct loader *loader, bool fatal, uint32_t line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "listener default", "tls". */
const char *section_label(const struct section *section, char to[LABEL_ROOM]);

/* The struct that the section's keys are fields of. */
void *section_block(struct loader *loader, const struct section *section);

/* The same about one key, at the line where it was set: `path:line: section.key: what`. */
void load_complain_key(struct loader *loader, bool fatal, const struct section *section, int row,
                       const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The same about a key of a section without a name; for a key that was not set, without a line. */
void load_complain_at(struct loader *loader, bool fatal, enum section_class class, const char *key,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The section of a class without names, or NULL if the file does not have it. */
const struct section *load_section(const struct loader *loader, enum section_class class);

/* Has the key been set, in the file or by an override? */
bool load_is_set(const struct loader *loader, enum section_class class, const char *key);

/* zones.c: the tables of all time zones that are named. */
void config_zones(struct loader *loader);

/* messages.c: the texts of all files for clients. */
void config_messages(struct loader *loader);

/* groups.c: the gids of forbidden_groups, and whether each [group] has its group. */
void config_groups(struct loader *loader);

/* check.c: keys that depend on each other; complains of all that do not fit. */
void config_check(struct loader *loader);

/* origins.c: keeps (and owns) the sections for config_origins_locate.  NULL: no memory. */
struct config_origins *origins_make(const char *path, struct section *sections, size_t count);

#endif
