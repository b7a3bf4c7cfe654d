/* SPDX-License-Identifier: BSD-2-Clause */
/* explain.c - why a user would be let in or refused, and what an address or a
 * session has against it: answers of auth and of the scribe, with the lines of
 * the configuration that they come from. */
#include "common/addr.h"
#include "common/text.h"
#include "tools/wardctl/explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each line of a text, indented. */
static void print_lines(const char *text)
{
    while (*text) {
        char safe[2 * CONTROL_TEXT_ROOM];
        const size_t n = strcspn(text, "\n");
        (void)text_escape(safe, sizeof safe, text, n);
        (void)printf("  %s\n", safe);
        text += n + (text[n] == '\n');
    }
}

/* ---- what was refused ---- */

/* "SECONDS<tab>ADDRESS<tab>REASON<tab>USER". */
static void print_refusal(char *line)
{
    char *rest = NULL, safe[2 * NAME_ROOM];
    const char *seconds = strtok_r(line, "\t", &rest), *address = strtok_r(NULL, "\t", &rest);
    const char *reason = strtok_r(NULL, "\t", &rest), *user = strtok_r(NULL, "\t", &rest);
    if (!reason)
        return;
    (void)text_escape(safe, sizeof safe, user ? user : "", user ? strlen(user) : 0);
    (void)printf("  %s s ago, %s: %s%s%s\n", seconds, address, reason,
                 user ? ", user " : " (connection)", safe);
}

static int print_refusals(struct link *link, const struct control_ask *about)
{
    struct control_ask ask = *about;
    struct control_answer answer;
    char *rest = NULL;
    ask.verb = CONTROL_REFUSALS;
    const int code = link_simple(link, &ask, &answer);
    if (code)
        return code;
    (void)printf("refused within the last hour:%s\n", *answer.text ? "" : " nothing");
    for (char *line = strtok_r(answer.text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        print_refusal(line);
    return 0;
}

/* ---- a user ---- */

static int explain_user(struct link *link, const char *name, const struct sockaddr_storage *from,
                        const char *verb, const char *path)
{
    struct control_ask ask = { .verb = CONTROL_EXPLAIN, .by = CONTROL_BY_USER };
    struct control_answer answer;
    char address[ADDR_TEXT_ROOM];
    if (!text_copy(ask.name, sizeof ask.name, name))
        return complain(EX_USAGE, "%s: a name longer than any user's", name);
    if (from)
        ask.address = *from;
    int code = link_simple(link, &ask, &answer);
    if (code)
        return code;
    (void)printf("user %s%s%s: %s\n", name, from ? " from " : "",
                 from ? addr_text(from, address) : "",
                 answer.numbers[EXPLAINED_IN] ? "would be let in with the right password"
                                              : "would be refused");
    print_lines(answer.text);
    if (answer.numbers[EXPLAINED_UID] != 0)
        code = explain_rules(link, name, &answer, verb, path);
    return code ? code : print_refusals(link, &ask);
}

/* user NAME [from ADDRESS] [VERB PATH] */
static int read_user(struct link *link, const struct request *request)
{
    char **words = request->arguments + 2;
    int count = request->count - 2;
    struct sockaddr_storage from;
    const bool has_from = count >= 2 && strcmp(words[0], "from") == 0;
    if (has_from && !addr_parse_host_here(words[1], &from))
        return complain(EX_USAGE, "%s is not an address", words[1]);
    words += has_from ? 2 : 0;
    count -= has_from ? 2 : 0;
    if (count != 0 && count != 2)
        return complain(EX_USAGE, "usage: wardctl explain user NAME [from ADDRESS] [VERB PATH]");
    return explain_user(link, request->arguments[1], has_from ? &from : NULL,
                        count ? words[0] : NULL, count ? words[1] : NULL);
}

/* ---- a session ---- */

/* False: there is no such session, which was reported, as were other failures. */
static int find_session(struct link *link, uint64_t number, struct control_session *session)
{
    static struct control_who page;
    struct control_ask ask = { .verb = CONTROL_WHO, .number = number - 1 };
    const int code = link_ask(link, &ask, &page, sizeof page);
    if (code)
        return code;
    if (page.count == 0 || page.count > CONTROL_WHO_ROWS || page.rows[0].session != number)
        return complain(EX_NOINPUT, "there is no session %" PRIu64, number);
    *session = page.rows[0];
    session->user[sizeof session->user - 1] = '\0';
    return 0;
}

static int explain_session(struct link *link, const char *word)
{
    struct control_session session = { .session = 0 };
    char address[ADDR_TEXT_ROOM];
    uint64_t number;
    if (!number_parse(word, 1, INT64_MAX, &number))
        return complain(EX_USAGE, "%s is not the number of a session", word);
    const int code = find_session(link, number, &session);
    if (code)
        return code;
    (void)printf("session %" PRIu64 " from %s, for %" PRIu64 " s%s\n", number,
                 addr_text(&session.peer, address), session.age_ms / 1000,
                 session.tls ? ", under TLS" : "");
    if (!*session.user) {
        (void)printf("  not logged in: login_timeout ends it\n");
        return 0;
    }
    return explain_user(link, session.user, &session.peer, NULL, NULL);
}

/* ---- an address ---- */

static int count_sessions(struct link *link, const struct sockaddr_storage *address,
                          uint64_t *count)
{
    static struct control_who page;
    struct control_ask ask = { .verb = CONTROL_WHO };
    *count = 0;
    do {
        const int code = link_ask(link, &ask, &page, sizeof page);
        if (code)
            return code;
        if (page.count > CONTROL_WHO_ROWS)
            return complain(EX_PROTOCOL, "the daemon's answer is not valid");
        for (uint32_t i = 0; i < page.count; i++)
            *count += addr_same_host(&page.rows[i].peer, address);
        if (page.count)
            ask.number = page.rows[page.count - 1].session;
    } while (page.count == CONTROL_WHO_ROWS);
    return 0;
}

static int explain_address(struct link *link, const char *word)
{
    struct control_ask ask = { .verb = CONTROL_EXPLAIN, .by = CONTROL_BY_ADDRESS };
    struct control_answer answer;
    uint64_t sessions;
    if (!addr_parse_host_here(word, &ask.address))
        return complain(EX_USAGE, "%s is not an address", word);
    int code = link_simple(link, &ask, &answer);
    if (code == 0)
        code = count_sessions(link, &ask.address, &sessions);
    if (code)
        return code;
    (void)printf("address %s: %" PRIu64 " sessions\n", word, sessions);
    print_lines(answer.text);
    return print_refusals(link, &ask);
}

int command_explain(struct link *link, const struct request *request)
{
    const char *kind = request->arguments[0];
    int code;
    if (strcmp(kind, "user") == 0)
        code = read_user(link, request);
    else if (strcmp(kind, "session") == 0 && request->count == 2)
        code = explain_session(link, request->arguments[1]);
    else if (strcmp(kind, "address") == 0 && request->count == 2)
        code = explain_address(link, request->arguments[1]);
    else
        return complain(EX_USAGE, "explain takes user NAME, session NUMBER or address ADDRESS");
    return code ? code : list_end(false);
}
