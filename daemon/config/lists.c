/* SPDX-License-Identifier: BSD-2-Clause */
/* lists.c - values that are lists.  Runs where config.c does; reads the
 * administrator's bytes. */
#include "daemon/config/lists.h"

#include "common/hours.h"
#include "common/list.h"
#include "common/old_hash.h"
#include "common/passive.h"
#include "common/text.h"
#include "daemon/protocol/auth_jail.h"
#include "daemon/protocol/events.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *word;
    uint32_t rights;
} right_words[] = {
    { "all", RIGHTS_ALL },
    { "none", 0 },
    { "read", RIGHTS_READ },
    { "list", RIGHT_LIST },
    { "download", RIGHT_DOWNLOAD },
    { "upload", RIGHT_UPLOAD },
    { "overwrite", RIGHT_OVERWRITE },
    { "append", RIGHT_APPEND },
    { "delete", RIGHT_DELETE },
    { "rename", RIGHT_RENAME },
    { "mkdir", RIGHT_MKDIR },
    { "rmdir", RIGHT_RMDIR },
    { "chmod", RIGHT_CHMOD },
};

typedef bool take_word(void *field, const char *word);

/* Calls the function for each comma-separated word, without the blanks around it. */
static bool each_word(void *field, const char *text, take_word *take, char bad[256])
{
    static const char space[] = " \t";
    for (;;) {
        text += strspn(text, space);
        const size_t whole = strcspn(text, ",");
        size_t n = whole;
        while (n > 0 && strchr(space, text[n - 1]))
            n--;
        (void)text_format(bad, 256, "%.*s", (int)(n < 200 ? n : 200), text);
        if (n > 200 || !take(field, bad))
            return false;
        if (text[whole] == '\0')
            return true;
        text += whole + 1;
    }
}

static bool take_right(void *field, const char *word)
{
    uint32_t *rights = field;
    const bool away = word[0] == '-';
    for (size_t i = 0; i < COUNT(right_words); i++) {
        if (strcmp(word + away, right_words[i].word) != 0)
            continue;
        *rights = away ? *rights & ~right_words[i].rights : *rights | right_words[i].rights;
        return true;
    }
    return false;
}

bool list_parse_rights(void *field, const char *text, bool append, char bad[256])
{
    if (!append)
        *(uint32_t *)field = 0;
    return each_word(field, text, take_right, bad);
}

/* The right or event that a word names; false: none. */
static bool events_of(const char *word, uint32_t *events)
{
    const enum event_id id = event_find(word);
    *events = strcmp(word, "all") == 0 ? EVENTS_ALL : id < EVENT_IDS ? EVENT_BIT(id) : 0;
    return *events != 0 || strcmp(word, "none") == 0;
}

static bool take_event(void *field, const char *word)
{
    uint32_t *chosen = field, events;
    const bool away = word[0] == '-';
    if (!events_of(word + away, &events))
        return false;
    *chosen = away ? *chosen & ~events : *chosen | events;
    return true;
}

bool list_parse_events(void *field, const char *text, bool append, char bad[256])
{
    if (!append)
        *(uint32_t *)field = 0;
    return each_word(field, text, take_event, bad);
}

static bool take_hash(void *field, const char *word)
{
    static const struct {
        const char *word;
        uint32_t bit;
    } words[] = { { "des", OLD_DES },
                  { "md5crypt", OLD_MD5 },
                  { "sunmd5", OLD_SUNMD5 },
                  { "sha1crypt", OLD_SHA1 },
                  { "nt", OLD_NT } };
    uint32_t *accepted = field;
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strcmp(word, words[i].word) != 0)
            continue;
        *accepted |= words[i].bit;
        return true;
    }
    return false;
}

bool list_parse_hashes(void *field, const char *text, bool append, char bad[256])
{
    if (!append)
        *(uint32_t *)field = 0;
    return *text == '\0' || each_word(field, text, take_hash, bad);
}

/* Patterns match names in a directory, never paths. */
static bool take_pattern(void *field, const char *word)
{
    return !strchr(word, '/') && list_append(field, word, strlen(word));
}

static bool take_command(void *field, const char *word)
{
    static const char may[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789- ";
    return strspn(word, may) == strlen(word) && list_append(field, word, strlen(word));
}

static bool parse_words(char *field, const char *text, bool append, take_word *take, char bad[256])
{
    if (!append)
        memset(field, 0, LIST_ROOM);
    return *text == '\0' || each_word(field, text, take, bad);
}

bool list_parse_patterns(void *field, const char *text, bool append, char bad[256])
{
    return parse_words(field, text, append, take_pattern, bad);
}

bool list_parse_commands(void *field, const char *text, bool append, char bad[256])
{
    return parse_words(field, text, append, take_command, bad);
}

static bool take_group(void *field, const char *word)
{
    return !strchr(word, ':') && list_append(field, word, strlen(word));
}

static bool take_hours(void *field, const char *word)
{
    struct hours *windows = field;
    for (size_t i = 0; i < HOURS_MAX; i++) {
        if (windows[i].days == 0)
            return hours_parse(word, &windows[i]);
    }
    return false;
}

/* One rule without a network at most: it is for all clients of no network. */
static bool take_passive(void *field, const char *word)
{
    struct passive_rule *rules = field, rule;
    if (!passive_rule_parse(word, &rule))
        return false;
    for (size_t i = 0; i < PASSIVE_RULES_MAX; i++) {
        if (!passive_rule_is_set(&rules[i])) {
            rules[i] = rule;
            return true;
        }
        if (!rules[i].network[0] && !rule.network[0])
            return false;
    }
    return false;
}

bool list_parse_passive(void *field, const char *text, bool append, char bad[256])
{
    if (!append)
        memset(field, 0, PASSIVE_RULES_MAX * sizeof(struct passive_rule));
    return *text == '\0' || each_word(field, text, take_passive, bad);
}

bool list_parse_groups(void *field, const char *text, bool append, char bad[256])
{
    return parse_words(field, text, append, take_group, bad);
}

bool list_parse_hours(void *field, const char *text, bool append, char bad[256])
{
    if (!append)
        memset(field, 0, HOURS_MAX * sizeof(struct hours));
    return *text == '\0' || each_word(field, text, take_hours, bad);
}
