/* run.c - JAIL's loop.  Before the log-in (become.c): its own uid, three
 * capabilities.  Here: the user, in the user's root, without a capability.
 * Reads the requests of its own NET, one at a time. */
#include "daemon/jail/jail.h"

#include "common/list.h"
#include "common/path.h"
#include "common/text.h"
#include "daemon/border/channel.h"
#include "daemon/border/log.h"
#include "daemon/jail/become.h"
#include "daemon/jail/hidden.h"
#include "daemon/jail/inside.h"
#include "daemon/jail/resolved.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOGGED_IN = 2 };

/* What NET may ask.  A rename's second text begins where its first one ends. */
/* clang-format off */
#define PATH_ROW(name) { (name), sizeof(struct jail_path), offsetof(struct jail_path, path), LOGGED_IN, 0 }
/* clang-format on */
static const struct border_row from_net[] = {
    [JAIL_STAT] = PATH_ROW("stat"),
    [JAIL_CHDIR] = PATH_ROW("chdir"),
    [JAIL_OPEN_READ] = PATH_ROW("open"),
    [JAIL_STORE_CHECK] = PATH_ROW("store-check"),
    [JAIL_STORE_CREATE] = PATH_ROW("store-create"),
    [JAIL_STORE_SYNC] = { "store-sync", sizeof(struct message_head), 0, LOGGED_IN, 0 },
    [JAIL_STORE_SETTLE] = { "store-settle", sizeof(struct jail_settle), 0, LOGGED_IN, 0 },
    [JAIL_MKDIR] = PATH_ROW("mkdir"),
    [JAIL_RMDIR] = PATH_ROW("rmdir"),
    [JAIL_DELETE] = PATH_ROW("delete"),
    [JAIL_RENAME_CHECK] = PATH_ROW("rename-check"),
    [JAIL_RENAME] = { "rename", sizeof(struct jail_rename), offsetof(struct jail_rename, paths), LOGGED_IN,
                      0 },
    [JAIL_LIST_OPEN] = PATH_ROW("list-open"),
    [JAIL_LIST_NEXT] = { "list-next", sizeof(struct message_head), 0, LOGGED_IN, 0 },
    [JAIL_LIST_CLOSE] = { "list-close", sizeof(struct message_head), 0, LOGGED_IN, 0 },
    [JAIL_SET_MODE] = PATH_ROW("set-mode"),
    [JAIL_SET_TIME] = PATH_ROW("set-time"),
    [JAIL_SPACE] = PATH_ROW("space"),
    [JAIL_UMASK] = PATH_ROW("umask"),
    [JAIL_STORE_MORE] = { "store-more", sizeof(struct message_head), 0, LOGGED_IN, 0 },
    [JAIL_USAGE] = { "usage", sizeof(struct message_head), 0, LOGGED_IN, 0 },
    [JAIL_PACE] = { "pace", sizeof(struct jail_pace), 0, LOGGED_IN, 0 },
    [JAIL_HASH_TURN] = { "hash-turn", sizeof(struct jail_turn), 0, LOGGED_IN, 0 },
};

/* Who answers, and the rights of which the user needs one (0: none is needed). */
static const struct {
    answer_request *answer;
    uint32_t rights;
} answers[COUNT(from_net)] = {
    [JAIL_STAT] = { files_stat, RIGHT_LIST | RIGHT_DOWNLOAD | RIGHT_APPEND },
    [JAIL_CHDIR] = { files_chdir, 0 },
    [JAIL_OPEN_READ] = { reading_open, RIGHT_DOWNLOAD },
    [JAIL_STORE_CHECK] = { upload_check, RIGHT_UPLOAD | RIGHT_OVERWRITE | RIGHT_APPEND },
    [JAIL_STORE_CREATE] = { upload_create, RIGHT_UPLOAD | RIGHT_OVERWRITE | RIGHT_APPEND },
    [JAIL_STORE_SYNC] = { upload_sync, 0 },
    [JAIL_STORE_SETTLE] = { upload_settle, 0 },
    [JAIL_MKDIR] = { files_mkdir, RIGHT_MKDIR },
    [JAIL_RMDIR] = { files_rmdir, RIGHT_RMDIR },
    [JAIL_DELETE] = { files_delete, RIGHT_DELETE },
    [JAIL_RENAME_CHECK] = { files_rename_check, RIGHT_RENAME },
    [JAIL_RENAME] = { files_rename, RIGHT_RENAME },
    [JAIL_LIST_OPEN] = { listing_open, RIGHT_LIST },
    [JAIL_LIST_NEXT] = { NULL, 0 }, /* answered by a page: serve() */
    [JAIL_LIST_CLOSE] = { listing_close, 0 },
    [JAIL_SET_MODE] = { files_set_mode, RIGHT_CHMOD },
    [JAIL_SET_TIME] = { files_set_time, RIGHT_CHMOD },
    [JAIL_SPACE] = { files_space, 0 },
    [JAIL_UMASK] = { files_umask, 0 },
    [JAIL_STORE_MORE] = { upload_more, 0 },
    [JAIL_USAGE] = { files_usage, 0 },
    [JAIL_PACE] = { pace_take, 0 },
    [JAIL_HASH_TURN] = { hash_turn, RIGHT_DOWNLOAD },
};

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
        border_violated(jail, "a direction that there is not");
    reply->answer.offset = change_pace(jail, ask->direction, ask->bytes);
    return 0;
}

int hash_turn(struct jail *jail, void *request, struct reply *reply)
{
    const struct jail_turn *ask = request;
    if (ask->take > 1)
        border_violated(jail, "half a turn");
    reply->answer.more = change_hash_turn(jail, ask->take != 0);
    return 0;
}

_Noreturn void border_violated(struct jail *jail, const char *what)
{
    upload_abandon(jail);
    die("jail: border violation: NET asked for %s", what);
}

/* NET is gone: what it was writing is settled, then this half ends as well. */
static _Noreturn void end(struct jail *jail)
{
    upload_abandon(jail);
    _exit(0);
}

/* The row of a rename, whose last text begins where the message says. */
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
    return border_check(table, COUNT(table), ask, n, LOGGED_IN, -1);
}

static void check_message(struct jail *jail, const union question *question, size_t n)
{
    const bool is_rename = n >= sizeof question->head && question->head.type == JAIL_RENAME;
    const enum border_fault fault = is_rename
                                        ? check_rename(&question->rename, n)
                                        : border_check(from_net, COUNT(from_net), question, n, LOGGED_IN, -1);
    if (fault != BORDER_FINE) {
        upload_abandon(jail);
        die("jail: border violation: NET's message is %s", border_fault_text(fault));
    }
}

/* Do these commands act on what a symbolic link leads to, and not on the link itself? */
static bool follows(uint32_t type)
{
    return type != JAIL_DELETE && type != JAIL_RMDIR && type != JAIL_MKDIR && type != JAIL_RENAME_CHECK &&
           type != JAIL_RENAME;
}

/* Its form is NET's duty, its bytes are the user's (law N1, U2). */
static int check_path(struct jail *jail, uint32_t type, const char *path)
{
    if (!path_is_normal(path))
        border_violated(jail, "a path that is not absolute and normal");
    if (strchr(path, '\n') || hidden_in_path(path))
        return -JAIL_BAD_NAME;
    return resolved_fits(jail->root, path, follows(type), jail->who->policy.deny) ? -JAIL_DENIED_NAME : 0;
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

static int work_out(struct jail *jail, union question *question, struct reply *reply)
{
    const uint32_t type = question->head.type;
    const int result = check_names(jail, question);
    if (result != 0)
        return result;
    if (answers[type].rights != 0 && !may(jail, answers[type].rights))
        return -JAIL_DENIED;
    return answers[type].answer(jail, question, reply);
}

/* Descriptors in flight have a limit for each user: an answer that can't take
 * its own along says so without it. */
static int send_without(struct jail *jail, struct reply *reply, int error)
{
    if (reply->keep_fd)
        upload_abandon(jail);
    const struct jail_answer answer = { .head = reply->answer.head, .error = (uint32_t)-error };
    return channel_send_fd(jail->net, &answer, sizeof answer, -1, 0);
}

static void answer(struct jail *jail, union question *question)
{
    struct reply reply = { .answer.head = question->head, .fd = -1 };
    const int result = work_out(jail, question, &reply);
    reply.answer.error = (uint32_t)-result;
    int sent = channel_send_fd(jail->net, &reply.answer, sizeof reply.answer, reply.fd, 0);
    const bool close_fd = reply.fd >= 0 && !reply.keep_fd;
    if (sent == -ETOOMANYREFS)
        sent = send_without(jail, &reply, sent);
    if (close_fd)
        close(reply.fd);
    if (sent != 0)
        end(jail);
}

static void answer_page(struct jail *jail, const struct message_head *head)
{
    static struct jail_page page; /* touched from the first listing on */
    const size_t n = listing_page(jail, head, &page);
    if (channel_send_fd(jail->net, &page, n, -1, 0) != 0)
        end(jail);
}

static void serve(struct jail *jail)
{
    static union question question;
    const ssize_t n = channel_receive(jail->net, &question, sizeof question, 0);
    if (n == 0 || (n < 0 && n != -EMSGSIZE))
        end(jail);
    if (n < 0)
        border_violated(jail, "more than any request holds");
    check_message(jail, &question, (size_t)n);
    rights_find_uploads(jail);
    if (question.head.type == JAIL_LIST_NEXT)
        answer_page(jail, &question.head);
    else
        answer(jail, &question);
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
        serve(&jail);
}

_Noreturn void jail_run(const struct config *config, const struct role_ids *ids)
{
    static struct jail_who who;
    log_open(FD_SCRIBE, config->log_level);
    become_user(config, ids, &who);
    log_confined();
    jail_serve(FD_MASTER, &who, config_zone(config, who.policy.time_zone));
}
