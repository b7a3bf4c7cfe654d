/* SPDX-License-Identifier: BSD-2-Clause */
/* config.c - reads the configuration file.  Runs in the master before it listens,
 * in the child that tries a reload, and in `wardftpd -t`, with root's privilege:
 * it reads only the administrator's files.
 *
 * inih splits lines into sections, names and values.  Lines that it would change
 * silently are refused before: it cuts lines at 199 and keys at 49 bytes, joins
 * indented lines to the previous one, and stops counting at the first error.  It
 * cuts headings, too, which are read here. */
#include "daemon/config/load.h"

#include "common/text.h"
#include "daemon/config/origins.h"
#include "daemon/config/types.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINE_LENGTH_MAX = 199,
    KEY_LENGTH_MAX = KEY_NAME_ROOM - 1,
    POLICIES_MAX = 10000,
    SECTIONS_MAX = 20000
};

static const char space[] = " \t\r\n\f\v";

/* ---- complaints ---- */

static void complain_of(struct loader *loader, bool fatal, uint32_t line, const char *key,
                        const char *what)
{
    char whole[1024];
    if (line == LINE_OVERRIDE)
        (void)text_format(whole, sizeof whole, "-o: %s%s", key, what);
    else if (line == LINE_NONE)
        (void)text_format(whole, sizeof whole, "%s: %s%s", loader->path, key, what);
    else
        (void)text_format(whole, sizeof whole, "%s:%u: %s%s", loader->path, line, key, what);
    loader->faults += fatal;
    loader->complain(loader->context, fatal, whole);
}

void load_complain(struct loader *loader, bool fatal, uint32_t line, const char *format, ...)
{
    char what[768];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    complain_of(loader, fatal, line, "", what);
}

void load_complain_key(struct loader *loader, bool fatal, const struct section *section, int row,
                       const char *format, ...)
{
    char what[768], label[LABEL_ROOM], key[LABEL_ROOM + KEY_NAME_ROOM];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    (void)text_format(key, sizeof key, "%s.%s: ", section_label(section, label),
                      option_rows[row].key);
    const uint32_t line = section->key_lines[row];
    complain_of(loader, fatal, line == LINE_NONE ? section->line : line, key, what);
}

void load_complain_at(struct loader *loader, bool fatal, enum section_class class, const char *key,
                      const char *format, ...)
{
    char what[768];
    const struct section *section = load_section(loader, class);
    const int row = section_key(&section_kinds[class], key);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (section && row >= 0)
        load_complain_key(loader, fatal, section, row, "%s", what);
    else
        load_complain(loader, fatal, LINE_NONE, "%s.%s: %s", section_kinds[class].word, key, what);
}

/* ---- sections ---- */

const char *section_label(const struct section *section, char to[LABEL_ROOM])
{
    const char *word = section_kinds[section->class].word;
    (void)text_format(to, LABEL_ROOM, "%s%s%s", word, *section->name ? " " : "", section->name);
    return to;
}

void *section_block(struct loader *loader, const struct section *section)
{
    struct config *config = loader->config;
    switch (section->class) {
    case SECTION_LISTENER:
        return &config->listeners[section->index];
    case SECTION_HOST:
        return &config->hosts[section->index];
    case SECTION_GROUP:
    case SECTION_USER:
        return &config->policies[section->index].policy;
    case SECTION_DEFAULTS:
        return &config->defaults;
    case SECTION_ANONYMOUS:
        return &config->anonymous;
    default:
        return config;
    }
}

const struct section *load_section(const struct loader *loader, enum section_class class)
{
    for (size_t i = 0; i < loader->section_count; i++) {
        if (loader->sections[i].class == class)
            return &loader->sections[i];
    }
    return NULL;
}

bool load_is_set(const struct loader *loader, enum section_class class, const char *key)
{
    const struct section *section = load_section(loader, class);
    const int row = section_key(&section_kinds[class], key);
    return section && row >= 0 && section->key_lines[row] != LINE_NONE;
}

/* Sets every field of a block to its default. */
static void set_defaults(struct loader *loader, enum option_block block, void *fields)
{
    char why[OPTION_WHY_ROOM];
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_rows[i];
        if (row->block == block && !option_parse(row, fields, row->default_text, false, why))
            load_complain(loader, true, LINE_NONE, "the default of %s: %s", row->key, why);
    }
}

static bool add_listener(struct loader *loader, struct section *section)
{
    struct config *config = loader->config;
    if (config->listener_count == LISTENERS_MAX) {
        load_complain(loader, true, section->line, "more than %d listeners", LISTENERS_MAX);
        return false;
    }
    section->index = config->listener_count++;
    struct listener_config *listener = &config->listeners[section->index];
    if (!text_copy(listener->name, sizeof listener->name, section->name)) {
        load_complain(loader, true, section->line, "[listener %s]: a name of more than %zu bytes",
                      section->name, sizeof listener->name - 1);
        return false;
    }
    set_defaults(loader, BLOCK_LISTENER, listener);
    return true;
}

static bool add_host(struct loader *loader, struct section *section)
{
    struct config *config = loader->config;
    if (config->host_count == HOSTS_MAX) {
        load_complain(loader, true, section->line, "more than %d hosts", HOSTS_MAX);
        return false;
    }
    section->index = config->host_count++;
    struct host_config *host = &config->hosts[section->index];
    (void)text_copy(host->name, sizeof host->name, section->name);
    return true;
}

static bool add_policy(struct loader *loader, struct section *section)
{
    const uint32_t count = loader->config->policy_count;
    if (count == loader->policy_room) {
        const uint32_t room = count ? count * 2 : 16;
        struct config *larger =
            count < POLICIES_MAX
                ? realloc(loader->config, sizeof *larger + room * sizeof larger->policies[0])
                : NULL;
        if (!larger) {
            load_complain(loader, true, section->line, "too many groups and users");
            return false;
        }
        loader->config = larger;
        loader->policy_room = room;
    }
    struct named_policy *policy = &loader->config->policies[count];
    memset(policy, 0, sizeof *policy);
    policy->kind = section->class == SECTION_USER ? POLICY_USER : POLICY_GROUP;
    (void)text_copy(policy->name, sizeof policy->name, section->name);
    section->index = count;
    loader->config->policy_count++;
    return true;
}

static bool add_block(struct loader *loader, struct section *section)
{
    switch (section->class) {
    case SECTION_LISTENER:
        return add_listener(loader, section);
    case SECTION_HOST:
        return add_host(loader, section);
    case SECTION_GROUP:
    case SECTION_USER:
        return add_policy(loader, section);
    case SECTION_ANONYMOUS:
        loader->config->guests = true;
        return true;
    default:
        return true;
    }
}

static int find_section(const struct loader *loader, enum section_class class, const char *name)
{
    for (size_t i = 0; i < loader->section_count; i++) {
        if (loader->sections[i].class == class && strcmp(loader->sections[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

/* Its index, or -1. */
static int add_section(struct loader *loader, enum section_class class, const char *name,
                       uint32_t line)
{
    struct section *larger = NULL;
    if (loader->section_count < SECTIONS_MAX)
        larger = realloc(loader->sections, (loader->section_count + 1) * sizeof *larger);
    if (!larger) {
        load_complain(loader, true, line, "too many sections");
        return -1;
    }
    loader->sections = larger;
    struct section *section = &larger[loader->section_count];
    *section = (struct section){ .class = class, .line = line };
    (void)text_copy(section->name, sizeof section->name, name);
    if (!add_block(loader, section))
        return -1;
    return (int)loader->section_count++;
}

static void unknown_section(struct loader *loader, uint32_t line, const char *word,
                            const char *label)
{
    struct nearest nearest;
    nearest_start(&nearest, word);
    for (size_t i = 0; i < SECTION_CLASSES; i++)
        nearest_try(&nearest, section_kinds[i].word);
    if (nearest.best)
        load_complain(loader, true, line, "[%s]: unknown section (did you mean [%s]?)", label,
                      nearest.best);
    else
        load_complain(loader, true, line, "[%s]: unknown section", label);
}

static void complain_of_name(struct loader *loader, uint32_t line)
{
    load_complain(loader, true, line, "a section name of more than %d bytes", SECTION_NAME_MAX);
}

/* Splits "listener default" into class and name (a pointer into label). False,
 * after a complaint, if it is not a section. */
static bool read_label(struct loader *loader, uint32_t line, const char *label,
                       enum section_class *class, const char **name)
{
    char word[LABEL_ROOM];
    const size_t length = strcspn(label, space);
    memcpy(word, label, length);
    word[length] = '\0';
    *name = label + length + strspn(label + length, space);
    for (size_t i = 0; i < SECTION_CLASSES; i++) {
        if (strcmp(word, section_kinds[i].word) != 0)
            continue;
        *class = (enum section_class)i;
        if (strlen(*name) > SECTION_NAME_MAX) {
            complain_of_name(loader, line);
            return false;
        }
        if (section_kinds[i].named == (**name != '\0'))
            return true;
        load_complain(loader, true, line, "[%s]: %s", label,
                      section_kinds[i].named ? "a name must follow" : "takes no name");
        return false;
    }
    unknown_section(loader, line, word, label);
    return false;
}

static int open_section(struct loader *loader, const char *label)
{
    enum section_class class;
    const char *name;
    if (!read_label(loader, loader->line, label, &class, &name))
        return -1;
    const int before = find_section(loader, class, name);
    if (before < 0)
        return add_section(loader, class, name, loader->line);
    load_complain(loader, true, loader->line, "[%s]: appears twice, first in line %u", label,
                  loader->sections[before].line);
    return before; /* its keys are still checked */
}

/* ---- keys ---- */

static enum section_class usual_section(enum option_block block)
{
    static const enum section_class usual[] = {
        [BLOCK_DAEMON] = SECTION_DAEMON, [BLOCK_LISTENER] = SECTION_LISTENER,
        [BLOCK_TLS] = SECTION_TLS,       [BLOCK_POLICY] = SECTION_DEFAULTS,
        [BLOCK_HOST] = SECTION_HOST,     [BLOCK_ANONYMOUS] = SECTION_ANONYMOUS,
    };
    return usual[block];
}

static void unknown_key(struct loader *loader, uint32_t line, const struct section *section,
                        const char *key)
{
    const struct section_kind *kind = &section_kinds[section->class];
    const char *elsewhere = NULL;
    struct nearest nearest;
    char label[LABEL_ROOM];
    nearest_start(&nearest, key);
    for (size_t i = 0; i < option_count; i++) {
        if (section_takes(kind, i))
            nearest_try(&nearest, option_rows[i].key);
        else if (strcmp(option_rows[i].key, key) == 0)
            elsewhere = section_kinds[usual_section(option_rows[i].block)].word;
    }
    section_label(section, label);
    if (elsewhere)
        load_complain(loader, true, line, "%s.%s: is a key of [%s]", label, key, elsewhere);
    else if (nearest.best)
        load_complain(loader, true, line, "%s.%s: unknown key (did you mean %s?)", label, key,
                      nearest.best);
    else
        load_complain(loader, true, line, "%s.%s: unknown key", label, key);
}

static void mark_policy(struct loader *loader, const struct section *section, int row)
{
    if (option_rows[row].block == BLOCK_POLICY)
        ((struct policy *)section_block(loader, section))->set |= option_policy_bit((size_t)row);
}

/* A later line of a list extends it; an override replaces it. */
static void set_key(struct loader *loader, struct section *section, int row, uint32_t line,
                    const char *value)
{
    const struct option_row *option = &option_rows[row];
    const uint32_t before = section->key_lines[row];
    char why[OPTION_WHY_ROOM], label[LABEL_ROOM];
    const bool again = before != LINE_NONE && line != LINE_OVERRIDE;

    section_label(section, label);
    if (again && !(option->flags & OPTION_LIST))
        load_complain(loader, true, line, "%s.%s: set twice, first in line %u", label, option->key,
                      before);
    if (!again)
        section->key_lines[row] = line;
    if (!option_parse(option, section_block(loader, section), value, again, why))
        load_complain(loader, true, line, "%s.%s: %s", label, option->key, why);
    mark_policy(loader, section, row);
}

static void take_key(struct loader *loader, int index, uint32_t line, const char *key,
                     const char *value)
{
    struct section *section = &loader->sections[index];
    const int row = section_key(&section_kinds[section->class], key);
    if (row < 0)
        unknown_key(loader, line, section, key);
    else
        set_key(loader, section, row, line, value);
}

/* ---- the file ---- */

/* inih's handler, for one key.  The section is that of the reader, which has checked the
 * heading. */
static int on_key(void *context, const char *heading, const char *key, const char *value)
{
    struct loader *loader = context;
    (void)heading;
    if (loader->current >= 0)
        take_key(loader, loader->current, loader->line, key, value);
    else if (!loader->in_section)
        load_complain(loader, true, loader->line, "%s: is before the first [section]", key);
    return 1;
}

/* A heading "[label]", followed by nothing but a comment. */
static bool judge_heading(struct loader *loader, char *text)
{
    char label[LABEL_ROOM];
    const char *end = strchr(text, ']');
    loader->current = -1;
    loader->in_section = true;
    if (!end) {
        load_complain(loader, true, loader->line, "a section heading without ]");
        return false;
    }
    const char *behind = end + 1 + strspn(end + 1, space);
    if (*behind && *behind != ';' && *behind != '#') {
        load_complain(loader, true, loader->line,
                      "unexpected text after the ] of a section heading");
        return false;
    }
    if (end - text - 1 >= LABEL_ROOM) {
        complain_of_name(loader, loader->line);
        return false;
    }
    (void)text_format(label, sizeof label, "%.*s", (int)(end - text - 1), text + 1);
    loader->current = open_section(loader, label);
    return loader->current >= 0;
}

/* The start of a comment at the end of a line, by inih's rule. */
static size_t comment_starts(const char *text)
{
    for (size_t i = 1; *text && text[i]; i++) {
        if (text[i] == ';' && strchr(space, text[i - 1]))
            return i;
    }
    return strlen(text);
}

static bool judge_key(struct loader *loader, const char *text)
{
    const size_t length = strcspn(text, "=:");
    if (length >= comment_starts(text)) {
        load_complain(loader, true, loader->line,
                      "neither a [section], nor key = value, nor a comment");
        return false;
    }
    if (length > KEY_LENGTH_MAX) {
        load_complain(loader, true, loader->line, "a key of more than %d bytes", KEY_LENGTH_MAX);
        return false;
    }
    return true;
}

/* False: the line was refused with a complaint, or has nothing for inih. */
static bool judge_line(struct loader *loader, char *text, size_t length)
{
    if (strlen(text) != length) {
        load_complain(loader, true, loader->line, "a NUL byte");
        return false;
    }
    if (length > LINE_LENGTH_MAX) {
        load_complain(loader, true, loader->line, "a line of %zu bytes; at most %d are allowed",
                      length, LINE_LENGTH_MAX);
        return false;
    }
    if (!*text || *text == ';' || *text == '#')
        return false;
    return *text == '[' ? judge_heading(loader, text) : judge_key(loader, text);
}

static bool has_bom(const struct loader *loader, const char *text)
{
    return loader->line == 1 && strncmp(text, "\xef\xbb\xbf", 3) == 0;
}

/* inih's reader, like fgets: one line without its end, and without leading blanks
 * (which would join it to the previous one). A line that inih should not see
 * becomes an empty one. */
static char *read_line(char *to, int room, void *context)
{
    struct loader *loader = context;
    ssize_t length = getline(&loader->text, &loader->text_room, loader->file);
    if (length < 0)
        return NULL;
    loader->line++;
    while (length > 0 && strchr("\r\n", loader->text[length - 1]) && loader->text[length - 1])
        loader->text[--length] = '\0';
    char *text = loader->text;
    if (has_bom(loader, text))
        text += 3;
    text += strspn(text, space);
    if (!judge_line(loader, text, (size_t)length - (size_t)(text - loader->text)) ||
        !text_copy(to, (size_t)room, text))
        *to = '\0';
    return to;
}

static void read_file(struct loader *loader)
{
    const unsigned before = loader->faults;
    loader->file = fopen(loader->path, "re");
    if (!loader->file) {
        load_complain(loader, true, LINE_NONE, "can't be read: %s", strerror(errno));
        return;
    }
    errno = 0;
    const int result = ini_parse_stream(read_line, loader, on_key, loader);
    if (ferror(loader->file))
        load_complain(loader, true, LINE_NONE, "can't be read: %s", strerror(errno));
    else if (result != 0 && loader->faults == before)
        load_complain(loader, true, (uint32_t)(result > 0 ? result : 0), "not understood");
    (void)fclose(loader->file);
    loader->file = NULL;
}

/* ---- the command line ---- */

/* "section.key=value", split at the last dot before the "=": names have dots. */
static void take_override(struct loader *loader, const char *text)
{
    char label[LABEL_ROOM], key[KEY_NAME_ROOM];
    enum section_class class;
    const char *name;
    const char *equals = strchr(text, '=');
    const char *dot = equals ? memrchr(text, '.', (size_t)(equals - text)) : NULL;
    if (!dot || dot == text || dot - text >= LABEL_ROOM || equals - dot - 1 > KEY_LENGTH_MAX ||
        equals == dot + 1) {
        load_complain(loader, true, LINE_OVERRIDE, "\"%.100s\" is not section.key=value", text);
        return;
    }
    (void)text_format(label, sizeof label, "%.*s", (int)(dot - text), text);
    (void)text_format(key, sizeof key, "%.*s", (int)(equals - dot - 1), dot + 1);
    if (!read_label(loader, LINE_OVERRIDE, label, &class, &name))
        return;
    int index = find_section(loader, class, name);
    if (index < 0)
        index = add_section(loader, class, name, LINE_OVERRIDE);
    if (index >= 0)
        take_key(loader, index, LINE_OVERRIDE, key, equals + 1);
}

/* ---- all of it ---- */

/* Without a [listener] section there is one with the defaults. */
static void default_listener(struct loader *loader)
{
    if (loader->config->listener_count == 0)
        (void)add_section(loader, SECTION_LISTENER, "default", LINE_NONE);
}

/* The sections are moved to *origins, or freed. */
static struct config *finish(struct loader *loader, struct config_origins **origins)
{
    struct config *config = loader->config;
    config->size = sizeof *config + config->policy_count * sizeof config->policies[0];
    free(loader->text);
    if (origins)
        *origins = origins_make(loader->path, loader->sections, loader->section_count);
    else
        free(loader->sections);
    if (origins && !*origins)
        load_complain(loader, true, LINE_NONE, "no memory for the lines of its keys");
    if (loader->faults == 0)
        return config;
    if (origins) {
        config_origins_free(*origins);
        *origins = NULL;
    }
    free(config);
    return NULL;
}

struct config *config_load_with_origins(const char *path, const struct config_override *overrides,
                                        size_t count, config_complain *complain, void *context,
                                        struct config_origins **origins)
{
    struct loader loader = { .path = path ? path : "defaults",
                             .complain = complain,
                             .context = context,
                             .config = calloc(1, sizeof(struct config)),
                             .current = -1 };
    if (!loader.config) {
        complain(context, true, "no memory for the configuration");
        return NULL;
    }
    set_defaults(&loader, BLOCK_DAEMON, loader.config);
    set_defaults(&loader, BLOCK_TLS, loader.config);
    set_defaults(&loader, BLOCK_POLICY, &loader.config->defaults);
    set_defaults(&loader, BLOCK_ANONYMOUS, &loader.config->anonymous);
    if (path)
        read_file(&loader);
    for (size_t i = 0; i < count; i++)
        take_override(&loader, overrides[i].text);
    default_listener(&loader);
    config_zones(&loader);
    config_messages(&loader);
    config_groups(&loader);
    config_check(&loader);
    return finish(&loader, origins);
}

struct config *config_load(const char *path, const struct config_override *overrides, size_t count,
                           config_complain *complain, void *context)
{
    return config_load_with_origins(path, overrides, count, complain, context, NULL);
}
