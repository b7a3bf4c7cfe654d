/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - JAIL's main loop, as the user, in the user's root, without a
 * capability.  Reads the questions of its own NET, one at a time. */
#include "daemon/jail/jail.h"

#include "common/list.h"
#include "common/path.h"
#include "common/text.h"
#include "common/title.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/jail/become.h"
#include "daemon/jail/change.h"
#include "daemon/jail/handlers.h"
#include "daemon/jail/report.h"
#include "daemon/jail/resolved.h"
#include "daemon/jail/rights.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOGGED_IN = 2, SCRIBE_PATIENCE_MS = 1000 };

/* NET's questions.  The second path of a rename begins where the first one ends. */
static const struct border_row from_net[] = { NET_TO_JAIL(BORDER_ROW) };

/* The handlers, and the rights of which the user needs one (0: none). */
#define ANSWER(function) .answer = (function)
#define PAGE(function)   .page = (function)
#define ANSWER_ROW(name, number, shape, fds, phases, handler, needed)                              \
    [name] = { handler, .rights = (needed) },
static const struct {
    answer_request *answer; /* one of these two */
    answer_page *page;
    uint32_t rights;
} answers[] = { NET_TO_JAIL(ANSWER_ROW) };

union question {
    struct message_head head;
    struct jail_path path;
    struct jail_rename rename;
    struct jail_settle settle;
    struct jail_pace pace;
    struct jail_turn turn;
};

int pace_take(struct jail *jail, void *request, struct reply *reply)
{
    const struct jail_pace *ask = request;
    if (ask->direction >= RATE_DIRECTIONS)
        return border_violated(jail, "a direction that does not exist");
    reply->answer.offset = change_pace(jail, ask->direction, ask->bytes);
    return 0;
}

int hash_turn(struct jail *jail, void *request, struct reply *reply)
{
    const struct jail_turn *ask = request;
    if (ask->take > 1)
        return border_violated(jail, "half a turn");
    reply->answer.more = change_hash_turn(jail, ask->take != 0);
    return 0;
}

/* NET has broken the rules: an attacker has taken it over. */
static _Noreturn void die_of_violation(struct jail *jail, const char *what)
{
    upload_abandon(jail);
    die("jail: border violation: NET asked for %s", what);
}

/* NET is gone: settles what it was writing, and ends as well. */
static _Noreturn void end_session(struct jail *jail)
{
    upload_abandon(jail);
    _exit(0);
}

/* Checks a rename, whose last text begins where the message says. */
static enum border_fault check_rename(const struct jail_rename *ask, size_t n)
{
    const size_t from_at = offsetof(struct jail_rename, paths);
    struct border_row table[COUNT(from_net)];
    if (n <= from_at || ask->from_length >= PATH_ROOM || ask->from_length + 1 >= n - from_at)
        return BORDER_SIZE;
    if (memchr(ask->paths, '\0', n - from_at) != ask->paths + ask->from_length)
        return BORDER_TEXT;
    if (n - from_at - ask->from_length - 1 > PATH_ROOM)
        return BORDER_SIZE;
    memcpy(table, from_net, sizeof table);
    table[JAIL_RENAME].text_at = from_at + ask->from_length + 1;
    return border_check(table, COUNT(table), ask, n, LOGGED_IN, 0);
}

static void check_message(struct jail *jail, const union question *question, size_t n)
{
    const bool is_rename = n >= sizeof question->head && question->head.type == JAIL_RENAME;
    const enum border_fault fault =
        is_rename ? check_rename(&question->rename, n)
                  : border_check(from_net, COUNT(from_net), question, n, LOGGED_IN, 0);
    if (fault != BORDER_FINE) {
        upload_abandon(jail);
        die("jail: border violation: NET's message is %s", border_fault_text(fault));
    }
}

/* Do these questions follow a symbolic link at the end of the path? */
static bool follows(uint32_t type)
{
    return type != JAIL_DELETE && type != JAIL_RMDIR && type != JAIL_MKDIR &&
           type != JAIL_RENAME_CHECK && type != JAIL_RENAME;
}

/* NET must send a normal path; its bytes come from the user (laws N1, U2). */
static int check_path(struct jail *jail, uint32_t type, const char *path)
{
    if (!path_is_normal(path))
        return border_violated(jail, "a path that is not absolute and normal");
    if (strchr(path, '\n') || hidden_in_path(path))
        return -JAIL_BAD_NAME;
    return resolved_fits(jail->root, path, follows(type), jail->who->policy.deny)
               ? -JAIL_DENIED_NAME
               : 0;
}

static int check_names(struct jail *jail, const union question *question)
{
    const uint32_t type = question->head.type;
    if (type == JAIL_RENAME) {
        const char *from = question->rename.paths;
        const int result = check_path(jail, type, from);
        const int second = check_path(jail, type, from + question->rename.from_length + 1);
        return result != 0 ? result : second;
    }
    return from_net[type].text_at != 0 ? check_path(jail, type, question->path.path) : 0;
}

static int handle_question(struct jail *jail, union question *question, struct reply *reply)
{
    const uint32_t type = question->head.type;
    const int result = check_names(jail, question);
    if (result != 0)
        return result;
    if (answers[type].rights != 0 && !may(jail, answers[type].rights))
        return -JAIL_DENIED;
    return answers[type].answer(jail, question, reply);
}

/* The kernel limits the descriptors that a user may have in flight: then sends the error
 * instead. */
static int send_without(struct jail *jail, struct reply *reply, int error)
{
    if (reply->keep_fd)
        upload_abandon(jail);
    const struct jail_answer answer = { .head = reply->answer.head, .error = (uint32_t)-error };
    return channel_send_fd(jail->net, &answer, sizeof answer, -1, 0);
}

static struct jail_listing listing; /* memory that is used from the first listing on */

static int send_answer(struct jail *jail, const struct reply *reply)
{
    if (!reply->lists)
        return channel_send_fd(jail->net, &reply->answer, sizeof reply->answer, reply->fd, 0);
    listing.answer = reply->answer;
    const size_t n = listing_page(jail, &reply->answer.head, &listing.page);
    return channel_send_fd(jail->net, &listing, offsetof(struct jail_listing, page) + n, -1, 0);
}

/* Is it a change that is to be logged? */
static bool is_reported(const union question *question)
{
    const uint32_t type = question->head.type;
    if (type == JAIL_RENAME) {
        const char *from = question->rename.paths;
        return report_prepare(type, from, from + question->rename.from_length + 1);
    }
    if (!report_prepare(type, question->path.path, NULL))
        return false;
    report_value(question->path.value);
    return true;
}

static void answer_question(struct jail *jail, union question *question)
{
    struct reply reply = { .answer.head = question->head, .fd = -1 };
    const bool changes = is_reported(question);
    const int result = handle_question(jail, question, &reply);
    if (jail->violation)
        die_of_violation(jail, jail->violation);
    reply.answer.error = (uint32_t)-result;
    /* first, as the session may end after the answer */
    if (changes && result == 0)
        report_send();
    int sent = send_answer(jail, &reply);
    const bool close_fd = reply.fd >= 0 && !reply.keep_fd;
    if (sent == -ETOOMANYREFS)
        sent = send_without(jail, &reply, sent);
    if (close_fd)
        close(reply.fd);
    if (sent != 0)
        end_session(jail);
}

static void send_page(struct jail *jail, const struct message_head *head)
{
    const size_t n = answers[head->type].page(jail, head, &listing.page);
    if (channel_send_fd(jail->net, &listing.page, n, -1, 0) != 0)
        end_session(jail);
}

static void serve_question(struct jail *jail)
{
    static union question question;
    const ssize_t n = channel_receive(jail->net, &question, sizeof question, 0);
    if (n == 0 || (n < 0 && n != -EMSGSIZE))
        end_session(jail);
    if (n < 0)
        die_of_violation(jail, "more than any question holds");
    check_message(jail, &question, (size_t)n);
    rights_find_uploads(jail);
    if (answers[question.head.type].page)
        send_page(jail, &question.head);
    else
        answer_question(jail, &question);
}

_Noreturn void jail_serve(int net_channel, const struct jail_who *who, const struct zone *zone)
{
    static struct jail jail;
    jail.net = net_channel;
    jail.who = who;
    jail.zone = zone;
    jail.upload.fd = -1;
    jail.upload.place.parent = -1;
    jail.listing.directory = -1;
    jail.root = beneath_root();
    if (jail.root < 0)
        die("jail: the root: %s", strerror(-jail.root));
    change_prepare(&jail);
    jail.uploads = UPLOADS_NONE;
    jail.umask = who->policy.umask;
    (void)umask(jail.umask);
    for (;;)
        serve_question(&jail);
}

_Noreturn void jail_run(const struct config *config, const struct role_ids *ids)
{
    static struct jail_who who;
    log_open(FD_SCRIBE, config->log_level);
    log_choose(config_events(config));
    log_patience(SCRIBE_PATIENCE_MS);
    become_user(config, ids, &who);
    log_confined();
    if (config->process_titles == TITLES_USER)
        title_set("wardftpd: jail", *who.login ? who.login : GUEST_NAME, "");
    jail_serve(FD_MASTER, &who, config_zone(config, who.policy.time_zone));
}
