/* SPDX-License-Identifier: BSD-2-Clause */
/* cmd_session.c - runs in NET, without privilege: settings of the session,
 * and information about the server. */
#include "daemon/net/handlers.h"

#include "build_info.h"
#include "common/text.h"
#include "daemon/net/control.h"
#include "daemon/net/listing.h"
#include "daemon/net/reply.h"
#include "daemon/net/secure.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

enum { FACTS_TEXT_SIZE = 200 };

static const struct {
    const char *name;
    uint32_t fact;
} facts[] = {
    { "type", FACT_TYPE },
    { "size", FACT_SIZE },
    { "modify", FACT_MODIFY },
    { "perm", FACT_PERM },
    { "unique", FACT_UNIQUE },
    { "UNIX.mode", FACT_UNIX_MODE },
    { "UNIX.owner", FACT_UNIX_OWNER },
    { "UNIX.group", FACT_UNIX_GROUP },
};

enum step cmd_syst(struct session *s, const struct argument *argument)
{
    (void)argument;
    return reply(s, 215, "UNIX Type: L8");
}

enum step cmd_noop(struct session *s, const struct argument *argument)
{
    (void)argument;
    return reply(s, 200, "NOOP ok.");
}

void feature_facts(const struct session *s, char *to, size_t room)
{
    size_t at = 0;
    for (size_t i = 0; i < COUNT(facts); i++) {
        const char *mark = s->facts & facts[i].fact ? "*" : "";
        if (text_format(to + at, room - at, "%s%s;", facts[i].name, mark))
            at += strlen(to + at);
    }
}

/* SITE commands that exist have rows of their own in the table. */
enum step cmd_site(struct session *s, const struct argument *argument)
{
    (void)argument;
    return reply(s, 500, "Unknown SITE command.");
}

enum step cmd_opts(struct session *s, const struct argument *argument)
{
    (void)argument;
    return reply(s, 501, "That command has no options.");
}

/* Names are sent as they are on the disk, which is UTF-8 as a rule: there is nothing to switch. */
enum step cmd_opts_utf8(struct session *s, const struct argument *argument)
{
    if (argument->length == 0 || strcasecmp(argument->text, "ON") == 0)
        return reply(s, 200, "UTF8 mode enabled.");
    return reply(s, 504, "UTF8 mode can't be disabled.");
}

/* Unknown facts are ignored (RFC 3659 section 7.9). */
static uint32_t parse_facts(const char *text)
{
    uint32_t wanted = 0;
    while (*text) {
        const size_t n = strcspn(text, ";");
        for (size_t i = 0; i < COUNT(facts); i++) {
            if (strlen(facts[i].name) == n && strncasecmp(text, facts[i].name, n) == 0)
                wanted |= facts[i].fact;
        }
        text += n;
        text += *text == ';';
    }
    return wanted;
}

enum step cmd_opts_mlst(struct session *s, const struct argument *argument)
{
    char chosen[FACTS_TEXT_SIZE] = "";
    size_t at = 0;
    if (strpbrk(argument->text, " \t")) /* not permitted by RFC 3659 section 7.9 */
        return reply(s, 501, "Usage: OPTS MLST fact;fact;");
    s->facts = parse_facts(argument->text);
    for (size_t i = 0; i < COUNT(facts); i++) {
        if (s->facts & facts[i].fact &&
            text_format(chosen + at, sizeof chosen - at, "%s;", facts[i].name))
            at += strlen(chosen + at);
    }
    return reply(s, 200, "MLST OPTS%s%s", at > 0 ? " " : "", chosen);
}

enum step cmd_clnt(struct session *s, const struct argument *argument)
{
    (void)argument;
    return reply(s, 200, "Noted, thanks.");
}

enum step cmd_csid(struct session *s, const struct argument *argument)
{
    (void)argument;
    return reply(s, 200,
                 "Name=wardftpd; Version=" WARDFTPD_VERSION
                 "; OS=Linux; CaseSensitive=1; DirSep=/;");
}

enum step cmd_lang(struct session *s, const struct argument *argument)
{
    if (argument->length == 0 || strcasecmp(argument->text, "EN") == 0 ||
        strncasecmp(argument->text, "EN-", 3) == 0)
        return reply(s, 200, "Language is English.");
    return reply(s, 504, "Only English is supported.");
}

enum step cmd_type(struct session *s, const struct argument *argument)
{
    const char *type = argument->text;
    if (strcasecmp(type, "A") == 0 || strcasecmp(type, "A N") == 0 ||
        strcasecmp(type, "A T") == 0) {
        s->type = TYPE_ASCII;
        return reply(s, 200, "Switching to ASCII mode.");
    }
    if (strcasecmp(type, "I") == 0 || strcasecmp(type, "L 8") == 0 || strcasecmp(type, "L8") == 0) {
        s->type = TYPE_IMAGE;
        return reply(s, 200, "Switching to Binary mode.");
    }
    if (strchr("AaEeIiLl", type[0]))
        return reply(s, 504, "Type not supported; use A, I or L 8.");
    return reply(s, 501, "Unknown type.");
}

enum step cmd_mode(struct session *s, const struct argument *argument)
{
    if (strcasecmp(argument->text, "S") == 0)
        return reply(s, 200, "Mode set to S.");
    if (strcasecmp(argument->text, "B") == 0 || strcasecmp(argument->text, "C") == 0)
        return reply(s, 504, "Only mode S (stream) is supported.");
    return reply(s, 501, "Unknown mode.");
}

enum step cmd_stru(struct session *s, const struct argument *argument)
{
    if (strcasecmp(argument->text, "F") == 0)
        return reply(s, 200, "Structure set to F.");
    if (strcasecmp(argument->text, "R") == 0 || strcasecmp(argument->text, "P") == 0)
        return reply(s, 504, "Only structure F (file) is supported.");
    return reply(s, 501, "Unknown structure.");
}

enum step cmd_smnt(struct session *s, const struct argument *argument)
{
    (void)argument;
    return reply(s, 502, "SMNT is not implemented.");
}

enum step cmd_site_idle(struct session *s, const struct argument *argument)
{
    uint64_t seconds;
    if (argument->length == 0)
        return reply(s, 200, "Idle timeout is %u seconds (maximum %u).", control_idle_s(s),
                     s->policy.idle_timeout);
    if (!number_parse(argument->text, 1, INT64_MAX, &seconds))
        return reply(s, 501, "The idle timeout must be between 1 and %u seconds.",
                     s->policy.idle_timeout);
    s->idle_s = seconds < s->policy.idle_timeout ? (uint32_t)seconds : s->policy.idle_timeout;
    return reply(s, 200, "Idle timeout set to %u seconds.", s->idle_s);
}

static enum step session_status(struct session *s)
{
    char address[ADDR_TEXT_ROOM], security[SECURE_TEXT_SIZE];
    reply_open(s, 211, "Status of wardftpd:");
    reply_row(s, "Connected from %s", addr_text(&s->client.peer, address));
    reply_row(s, "Logged in as %s", s->name);
    secure_describe(s, security);
    reply_row(s, "Control connection: %s", security);
    reply_row(s, "Data connections: %s", s->protect_data ? "protected" : "in clear");
    reply_row(s, "Type: %s; structure: file; mode: stream",
              s->type == TYPE_ASCII ? "ASCII" : "binary");
    reply_row(s, "Idle timeout: %u seconds", control_idle_s(s));
    reply_row(s, "%s",
              s->data.kind == DATA_NONE ? "No data connection" : "A data connection is prepared");
    return reply(s, 211, "End of status.");
}

/* RFC 959: of a path, as LIST but over the control connection; else of the session.  While a
 * transfer runs, urgent.c answers. */
enum step cmd_stat(struct session *s, const struct argument *argument)
{
    if (argument->length > 0)
        return listing_to_control(s, argument->text);
    return session_status(s);
}
