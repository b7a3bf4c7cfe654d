/* SPDX-License-Identifier: BSD-2-Clause */
/* text.c - runs in checker: the question and the answer as JSON.  The answer comes
 * from another program of the administrator.  Pure. */
#include "daemon/checker/checker.h"

#include "common/json_read.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>

/* ---- the question ---- */

enum { BASE64_ROOM = (PASSWORD_ROOM + 2) / 3 * 4 + 1 };

static size_t base64_group(const unsigned char *bytes, size_t n, char *to)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned value = (unsigned)bytes[0] << 16 | (n > 1 ? (unsigned)bytes[1] << 8 : 0) |
                           (n > 2 ? (unsigned)bytes[2] : 0);
    to[0] = digits[value >> 18 & 63];
    to[1] = digits[value >> 12 & 63];
    to[2] = n > 1 ? digits[value >> 6 & 63] : '=';
    to[3] = n > 2 ? digits[value & 63] : '=';
    return 4;
}

/* RFC 4648; the text is shorter than PASSWORD_ROOM. */
static void base64(const char *text, char to[BASE64_ROOM])
{
    const size_t n = strlen(text);
    size_t used = 0;
    for (size_t i = 0; i < n; i += 3)
        used += base64_group((const unsigned char *)text + i, n - i, to + used);
    to[used] = '\0';
}

size_t question_make(const struct errand_who *ask, char *line, size_t room)
{
    char name[BASE64_ROOM], password[BASE64_ROOM];
    base64(ask->name, name);
    base64(ask->password, password);
    const bool fits = text_format(
        line, room,
        "{\"version\": 1, \"user\": \"%s\", \"password\": \"%s\", \"address\": \"%s\"}\n", name,
        password, ask->address);
    wipe(password, sizeof password);
    return fits ? strlen(line) : 0;
}

/* ---- the answer ---- */

enum member {
    MEMBER_RESULT = 1 << 0,
    MEMBER_UID = 1 << 1,
    MEMBER_GID = 1 << 2,
    MEMBER_GROUPS = 1 << 3,
    MEMBER_HOME = 1 << 4,
    MEMBERS_NEEDED = MEMBER_RESULT | MEMBER_UID | MEMBER_GID,
};

static bool read_result(struct json_in *in, uint32_t *verdict)
{
    static const char *const words[FOUND_VERDICTS] = {
        [FOUND_ACCEPTED] = "accepted", [FOUND_REFUSED] = "refused", [FOUND_UNKNOWN] = "unknown"
    };
    char word[16];
    if (!json_in_text(in, word, sizeof word))
        return false;
    for (uint32_t i = 1; i < FOUND_VERDICTS; i++) {
        if (strcmp(word, words[i]) == 0)
            *verdict = i;
    }
    return *verdict != 0;
}

static bool read_home(struct json_in *in, char home[HOME_ROOM])
{
    return json_in_text(in, home, HOME_ROOM) && (*home == '/' || !*home);
}

/* The bit of this member, or 0 where it is none, or its value does not fit. */
static unsigned read_value(struct json_in *in, const char *key, struct errand_found *found)
{
    if (strcmp(key, "result") == 0)
        return read_result(in, &found->verdict) ? MEMBER_RESULT : 0;
    if (strcmp(key, "uid") == 0)
        return json_in_number(in, &found->uid) ? MEMBER_UID : 0;
    if (strcmp(key, "gid") == 0)
        return json_in_number(in, &found->gid) ? MEMBER_GID : 0;
    if (strcmp(key, "groups") == 0)
        return json_in_numbers(in, found->groups, GROUPS_MAX, &found->group_count) ? MEMBER_GROUPS
                                                                                   : 0;
    if (strcmp(key, "home") == 0)
        return read_home(in, found->home) ? MEMBER_HOME : 0;
    return 0;
}

/* Who was not accepted has no uid, and the like. */
static bool is_whole(unsigned seen, const struct errand_found *found)
{
    if (found->verdict == FOUND_ACCEPTED)
        return (seen & MEMBERS_NEEDED) == MEMBERS_NEEDED;
    return seen == MEMBER_RESULT;
}

int answer_read(const char *line, size_t n, struct errand_found *found)
{
    struct json_in in;
    char key[16];
    unsigned seen = 0;
    memset(found, 0, sizeof *found);
    json_in_begin(&in, line, n);
    while (json_in_member(&in, key, sizeof key)) {
        const unsigned member = read_value(&in, key, found);
        if (member == 0 || seen & member)
            return EPROTO;
        seen |= member;
    }
    return json_in_over(&in) && is_whole(seen, found) ? 0 : EPROTO;
}
