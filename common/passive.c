/* SPDX-License-Identifier: BSD-2-Clause */
/* passive.c - the rules of passive_address.  Runs in the master and the resolver; reads the
 * administrator's bytes. */
#include "common/passive.h"

#include "common/addr.h"
#include "common/text.h"

#include <string.h>

static const char blanks[] = " \t";

bool passive_rule_is_set(const struct passive_rule *rule)
{
    return rule->address != 0 || rule->name[0] != '\0';
}

/* Copies the network and returns what follows its colon, or the whole text where it has none.
 * NULL: it is no network. */
static const char *take_network(const char *text, char network[PASSIVE_NETWORK_ROOM])
{
    struct sockaddr_storage any = { .ss_family = AF_INET };
    const char *slash = strchr(text, '/');
    if (!slash)
        return text;
    const size_t digits = strspn(slash + 1, "0123456789");
    const size_t length = (size_t)(slash + 1 + digits - text);
    const char *rest = text + length + strspn(text + length, blanks);
    if (length >= PASSIVE_NETWORK_ROOM || *rest != ':')
        return NULL;
    memcpy(network, text, length);
    network[length] = '\0';
    rest++;
    return addr_in_block(&any, network) < 0 ? NULL : rest + strspn(rest, blanks);
}

bool passive_rule_parse(const char *text, struct passive_rule *rule)
{
    struct sockaddr_storage address;
    memset(rule, 0, sizeof *rule);
    const char *target = take_network(text, rule->network);
    if (target && addr_parse_host(target, &address) && address.ss_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, &address, sizeof in);
        rule->address = in.sin_addr.s_addr;
    } else if (target && passive_name_is_valid(target)) {
        (void)text_copy(rule->name, sizeof rule->name, target);
    }
    if (passive_rule_is_set(rule))
        return true;
    memset(rule, 0, sizeof *rule);
    return false;
}

const struct passive_rule *passive_rule_for(const struct passive_rule rules[PASSIVE_RULES_MAX],
                                            const struct sockaddr_storage *client)
{
    const struct passive_rule *others = NULL;
    for (size_t i = 0; i < PASSIVE_RULES_MAX && passive_rule_is_set(&rules[i]); i++) {
        if (!rules[i].network[0])
            others = &rules[i];
        else if (addr_in_block(client, rules[i].network) > 0)
            return &rules[i];
    }
    return others;
}
