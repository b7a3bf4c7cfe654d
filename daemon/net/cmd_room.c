/* SPDX-License-Identifier: BSD-2-Clause */
/* cmd_room.c - runs in NET, without privilege: the free space of the disk and
 * of the quota. */
#include "daemon/net/handlers.h"

#include "common/text.h"
#include "daemon/net/ask.h"
#include "daemon/net/next.h"
#include "daemon/net/reply.h"

#include <inttypes.h>
#include <string.h>

enum { USED_SIZE = 64 };

enum step cmd_avbl(struct session *s, const struct argument *argument)
{
    const uint32_t error = ask_jail_about(s, JAIL_SPACE, argument->path);
    if (error != 0)
        return reply_error(s, error);
    return reply(s, 213, "%" PRIu64, s->answer.file.size);
}

/* Parses "n" or "n R m" (RFC 959 section 4.1.3); the record size is ignored. */
static bool parse_allo(const char *text, uint64_t *bytes)
{
    const char *blank = strchr(text, ' ');
    const size_t n = blank ? (size_t)(blank - text) : strlen(text);
    uint64_t record;
    if (!number_parse_n(text, n, 0, INT64_MAX, bytes))
        return false;
    if (!blank)
        return true;
    return (blank[1] == 'R' || blank[1] == 'r') && blank[2] == ' ' &&
           number_parse(blank + 3, 0, INT64_MAX, &record);
}

/* Law U5: the free space is checked before the upload. */
enum step cmd_allo(struct session *s, const struct argument *argument)
{
    char quota[TEXT_BYTES_ROOM];
    uint64_t bytes;
    if (!parse_allo(argument->text, &bytes))
        return reply(s, 501, "Usage: ALLO bytes");
    if (s->policy.max_file_size != 0 && bytes > s->policy.max_file_size)
        return reply_error(s, JAIL_TOO_LARGE);
    const uint32_t error = ask_jail_about(s, JAIL_SPACE, s->cwd);
    if (error != 0)
        return reply_error(s, error);
    if (bytes > s->answer.limit)
        return reply(s, 552, "Quota of %s: only %" PRIu64 " bytes are left.",
                     text_bytes(s->policy.quota_bytes, quota), s->answer.limit);
    if (bytes > s->answer.file.size)
        return reply(s, 452, "Only %" PRIu64 " bytes are available.", s->answer.file.size);
    next_announce(s, bytes);
    return reply(s, 200, "ALLO command successful.");
}

/* Formats "3000 bytes of 10 MB", or without a limit "3000 bytes". */
static void used_text(uint64_t used, const char *what, const char *limit, char to[USED_SIZE])
{
    (void)text_format(to, USED_SIZE, "%" PRIu64 " %s%s%s", used, what, *limit ? " of " : "", limit);
}

enum step cmd_site_quota(struct session *s, const struct argument *argument)
{
    char number[TEXT_BYTES_ROOM], limit[TEXT_BYTES_ROOM] = "", bytes[USED_SIZE], files[USED_SIZE];
    (void)argument;
    if (s->policy.quota_bytes == 0 && s->policy.quota_files == 0)
        return reply(s, 200, "You have no quota.");
    const uint32_t error = ask_jail_usage(s);
    if (error != 0)
        return reply_error(s, error);
    used_text(s->answer.used.bytes, "bytes",
              s->policy.quota_bytes ? text_bytes(s->policy.quota_bytes, number) : "", bytes);
    if (s->policy.quota_files)
        (void)text_format(limit, sizeof limit, "%" PRIu32, s->policy.quota_files);
    used_text(s->answer.used.files, "files", limit, files);
    return reply(s, 200, "Used: %s, %s.", bytes, files);
}
