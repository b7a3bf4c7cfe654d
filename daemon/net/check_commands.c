/* SPDX-License-Identifier: BSD-2-Clause */
/* check_commands.c - runs in NET's program when it only checks: a command that
 * does not exist forbids nothing, and allows nothing. */
#include "daemon/net/check_commands.h"

#include "common/list.h"
#include "common/nearest.h"
#include "common/text.h"
#include "daemon/net/commands.h"
#include "daemon/program/program.h"

#include <string.h>
#include <strings.h>

/* "SITE" means all SITE commands. */
static bool is_command(const char *word)
{
    const size_t n = strlen(word);
    for (size_t i = 0; i < command_count; i++) {
        const char *verb = commands[i].verb;
        if (strncasecmp(verb, word, n) == 0 && (verb[n] == '\0' || verb[n] == ' '))
            return true;
    }
    return false;
}

static void to_upper(char *text)
{
    for (; *text; text++) {
        if (*text >= 'a' && *text <= 'z')
            *text = (char)(*text - 'a' + 'A');
    }
}

static void complain(const char *label, const char *key, char *word)
{
    char line[512];
    struct nearest nearest;
    to_upper(word);
    nearest_start(&nearest, word);
    for (size_t i = 0; i < command_count; i++)
        nearest_try(&nearest, commands[i].verb);
    if (nearest.best)
        (void)text_format(line, sizeof line, "%s.%s: %s is not a command (did you mean %s?)", label,
                          key, word, nearest.best);
    else
        (void)text_format(line, sizeof line, "%s.%s: %s is not a command; HELP lists them", label,
                          key, word);
    program_complain(NULL, false, line);
}

static void check_list(const char *label, const char *key, const char *list)
{
    char word[LIST_WORD_ROOM];
    for (const char *at = list; (at = list_next(at, word)) != NULL;) {
        if (!is_command(word))
            complain(label, key, word);
    }
}

static void check_policy(const char *label, const struct policy *policy)
{
    check_list(label, "denied_commands", policy->denied_commands);
    check_list(label, "allowed_commands", policy->allowed_commands);
}

void check_commands(const struct config *config)
{
    char label[300];
    check_policy("defaults", &config->defaults);
    if (config->guests)
        check_policy("anonymous", &config->anonymous.policy);
    for (uint32_t i = 0; i < config->policy_count; i++) {
        const struct named_policy *named = &config->policies[i];
        (void)text_format(label, sizeof label, "%s %s",
                          named->kind == POLICY_USER ? "user" : "group", named->name);
        check_policy(label, &named->policy);
    }
}
