/* SPDX-License-Identifier: BSD-2-Clause */
/* cmd_list.c - runs in NET, without privilege: the listings. */
#include "daemon/net/handlers.h"

#include "common/path.h"
#include "common/text.h"
#include "daemon/net/ask.h"
#include "daemon/net/data.h"
#include "daemon/net/listing.h"
#include "daemon/net/reply.h"
#include "daemon/net/transfer.h"

#include <string.h>

enum step cmd_list(struct session *s, const struct argument *argument)
{
    uint32_t flags;
    const char *name;
    const uint32_t error = listing_path(s, argument->text, &flags, &name);
    if (error != 0)
        return transfer_refuse(s, error);
    return listing_to_data(s, LIST_LONG, flags | LIST_GLOB, name);
}

enum step cmd_nlst(struct session *s, const struct argument *argument)
{
    uint32_t flags;
    const char *name;
    const uint32_t error = listing_path(s, argument->text, &flags, &name);
    if (error != 0)
        return transfer_refuse(s, error);
    return listing_to_data(s, LIST_NAMES, flags | LIST_GLOB | LIST_NO_PREFIX, name);
}

/* RFC 3659 section 7.2: MLSD is for directories; 501 for all else. */
enum step cmd_mlsd(struct session *s, const struct argument *argument)
{
    (void)argument; /* its path is in s->path */
    return listing_to_data(s, LIST_FACTS, LIST_ALL, "");
}

enum step cmd_mlst(struct session *s, const struct argument *argument)
{
    const char *facts = "";
    const uint32_t error = listing_facts(s, &facts);
    if (error != 0)
        return reply_error(s, error);
    reply_open(s, 250, "Facts of %s:", argument->path);
    reply_row(s, "%s %s", facts, argument->path);
    return reply(s, 250, "End");
}
