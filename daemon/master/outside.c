/* SPDX-License-Identifier: BSD-2-Clause */
/* outside.c - runs in the master: the address that PASV announces to a client.  The addresses of
 * host names come from the resolver and stay here, so that they outlive it and a reload. */
#include "daemon/master/outside.h"

#include "common/text.h"
#include "daemon/master/master.h"

#include <stdlib.h>
#include <string.h>

struct known {
    char name[PASSIVE_NAME_ROOM]; /* empty: free */
    uint32_t address;
};

struct outside {
    struct known known[PASSIVE_NAMES_MAX];
};

struct outside *outside_new(void)
{
    return calloc(1, sizeof(struct outside));
}

static struct known *find(struct outside *outside, const char *name)
{
    for (size_t i = 0; i < PASSIVE_NAMES_MAX; i++) {
        if (strcmp(outside->known[i].name, name) == 0)
            return &outside->known[i];
    }
    return NULL;
}

uint32_t outside_address(const struct master *master, uint32_t listener,
                         const struct sockaddr_storage *client)
{
    const struct passive_rule *rule =
        passive_rule_for(master->config->listeners[listener].passive_address, client);
    if (!rule || rule->address)
        return rule ? rule->address : 0;
    const struct known *known = find(master->outside, rule->name);
    return known ? known->address : 0;
}

static bool is_configured(const struct config *config, const char *name)
{
    for (uint32_t i = 0; i < config->listener_count; i++) {
        for (size_t k = 0; k < PASSIVE_RULES_MAX; k++) {
            if (strcmp(config->listeners[i].passive_address[k].name, name) == 0)
                return true;
        }
    }
    return false;
}

/* Names that the configuration had earlier give way. */
static void forget_others(struct master *master)
{
    for (size_t i = 0; i < PASSIVE_NAMES_MAX; i++) {
        struct known *known = &master->outside->known[i];
        if (!is_configured(master->config, known->name))
            memset(known, 0, sizeof *known);
    }
}

void outside_learn(struct master *master, const char *name, uint32_t address)
{
    if (!is_configured(master->config, name))
        return;
    struct known *known = find(master->outside, name);
    if (!known) {
        forget_others(master);
        known = find(master->outside, "");
    }
    if (known && text_copy(known->name, sizeof known->name, name))
        known->address = address;
}

_Static_assert((int)KEPT_NAMES == (int)PASSIVE_NAMES_MAX, "the image has room for all names");
_Static_assert((int)KEPT_NAME_ROOM == (int)PASSIVE_NAME_ROOM, "... and for each");

void outside_keep(const struct master *master, struct kept_head *head)
{
    for (size_t i = 0; i < PASSIVE_NAMES_MAX; i++) {
        const struct known *known = &master->outside->known[i];
        head->names[i].address = known->address;
        memcpy(head->names[i].name, known->name, sizeof known->name);
    }
}

void outside_restore(struct master *master, const struct kept_head *head)
{
    for (size_t i = 0; i < PASSIVE_NAMES_MAX; i++) {
        struct known *known = &master->outside->known[i];
        known->address = head->names[i].address;
        memcpy(known->name, head->names[i].name, sizeof known->name - 1);
    }
}
