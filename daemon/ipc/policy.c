/* SPDX-License-Identifier: BSD-2-Clause */
/* policy.c - the policy keys in messages.  In auth, NET and JAIL; pure. */
#include "daemon/ipc/policy.h"

#include "common/text.h"

#include <assert.h>
#include <string.h>

#define COPY_TEXT(to, from)                                                                        \
    static_assert(sizeof(to) == sizeof(from), "a text has one size on both sides");                \
    memcpy(to, from, sizeof(to));

void policy_copy_to_net(const struct policy *policy, struct net_policy *net)
{
#define SEND_NET
#define SENT_NUMBER(field, most) net->field = policy->field;
#define SENT_AMOUNT(field, most) net->field = policy->field;
#define SENT_TEXT(field, size)   COPY_TEXT(net->field, policy->field)
#include "daemon/config/sent.def"
}

void policy_copy_to_jail(const struct policy *policy, struct jail_policy *jail)
{
#define SEND_JAIL
#define SENT_NUMBER(field, most) jail->field = policy->field;
#define SENT_AMOUNT(field, most) jail->field = policy->field;
#define SENT_TEXT(field, size)   COPY_TEXT(jail->field, policy->field)
#include "daemon/config/sent.def"
}

static bool is_within(uint64_t number, uint64_t most)
{
    return number <= most;
}

bool policy_fits_net(const struct net_policy *net)
{
    bool fits = true;
#define SEND_NET
#define SENT_NUMBER(field, most) fits = fits && is_within(net->field, most);
#define SENT_AMOUNT(field, most) fits = fits && is_within(net->field, most);
#define SENT_TEXT(field, size)   fits = fits && text_ends(net->field, size);
#include "daemon/config/sent.def"
    return fits;
}

bool policy_fits_jail(const struct jail_policy *jail)
{
    bool fits = true;
#define SEND_JAIL
#define SENT_NUMBER(field, most) fits = fits && is_within(jail->field, most);
#define SENT_AMOUNT(field, most) fits = fits && is_within(jail->field, most);
#define SENT_TEXT(field, size)   fits = fits && text_ends(jail->field, size);
#include "daemon/config/sent.def"
    return fits;
}
