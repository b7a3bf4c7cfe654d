/* SPDX-License-Identifier: BSD-2-Clause */
/* rules.c - the keys of the configuration that apply to a user, each with its line. */
#include "common/text.h"
#include "daemon/config/origins.h"
#include "tools/wardctl/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void complain_of(void *unused, bool fatal, const char *line)
{
    (void)unused;
    if (fatal)
        (void)complain(0, "%s", line);
}

static void print_key(void *context, const char *place, const char *key)
{
    const char *label = context;
    (void)printf("  %s: %s.%s\n", place, label, key);
}

/* What follows a prefix in one of the answer's lines; false: no line has it. */
static bool line_after(const char *text, const char *prefix, const char *end, char *to, size_t room)
{
    const char *at = strstr(text, prefix);
    if (!at)
        return false;
    at += strlen(prefix);
    return text_format(to, room, "%.*s", (int)strcspn(at, end), at);
}

static void print_rules(const struct config_origins *origins, const char *user, const char *group,
                        bool guest)
{
    char label[2 * NAME_ROOM];
    (void)printf("rules, the later ones win:\n");
    config_origins_each(origins, "defaults", print_key, (void *)(uintptr_t) "defaults");
    if (guest)
        config_origins_each(origins, "anonymous", print_key, (void *)(uintptr_t) "anonymous");
    if (*group && text_format(label, sizeof label, "group %s", group))
        config_origins_each(origins, label, print_key, label);
    if (!guest && text_format(label, sizeof label, "user %s", user))
        config_origins_each(origins, label, print_key, label);
}

int explain_rules(struct link *link, const char *user, const struct control_answer *answer,
                  const char *verb, const char *path)
{
    static struct running_config running;
    struct config_origins *origins = NULL;
    struct policy policy;
    char group[NAME_ROOM] = "", home[CONTROL_TEXT_ROOM] = "";
    const char *groups[] = { group };
    const int code = running_config(link, &running);
    if (code)
        return code;
    struct config *config = config_load_with_origins(
        running.path, running.overrides, running.override_count, complain_of, NULL, &origins);
    if (!config)
        return complain(EX_CONFIG, "%s has faults now: the daemon runs with what it read before",
                        running.path);
    (void)line_after(answer->text, "rules of [group ", "]", group, sizeof group);
    (void)line_after(answer->text, ", home ", "\n", home, sizeof home);
    print_rules(origins, user, group, answer->numbers[EXPLAINED_GUEST] != 0);
    if (answer->numbers[EXPLAINED_GUEST])
        config_guests(config, &policy);
    else
        config_policy(config, user, groups, *group != '\0', &policy);
    if (verb)
        explain_command(&policy, answer, home, verb, path);
    config_origins_free(origins);
    free(config);
    return 0;
}
