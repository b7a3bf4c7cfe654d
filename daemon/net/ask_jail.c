/* SPDX-License-Identifier: BSD-2-Clause */
/* ask_jail.c - runs in NET, without privilege; asks JAIL, and checks its
 * answers and the descriptors that come with them. */
#include "daemon/net/ask.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/validate.h"
#include "daemon/ipc/log.h"
#include "daemon/net/channels.h"
#include "daemon/net/end.h"
#include "daemon/net/wait.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static uint32_t jail_lost(struct session *s)
{
    session_lose(s, LEFT_ERROR);
    return ASK_LOST;
}

static uint32_t send_question(struct session *s, struct message_head *question, size_t size)
{
    question->serial = channels_serial(s);
    return channel_send(s->jail, question, size, 0) == 0 ? 0 : jail_lost(s);
}

/* The size of the answer; 0: JAIL is gone. */
static size_t receive_from_jail(struct session *s, void *answer, size_t room, int *fd)
{
    for (;;) {
        const ssize_t n = channel_receive_fd(s->jail, answer, room, fd, 0);
        if (n > 0)
            return (size_t)n;
        if (n == -EMSGSIZE)
            die("net: border violation: JAIL to NET: larger than any answer");
        if (n == -EAGAIN)
            (void)session_wait(s, s->jail, POLLIN, INT64_MAX, TO_ITS_END);
        else if (n != -EINTR)
            return 0;
    }
}

static bool may_bring_fd(uint32_t type)
{
    return type == JAIL_OPEN_READ || type == JAIL_STORE_CREATE;
}

/* The error of s->answer.  came: it came with a descriptor. */
static uint32_t check_answer(struct session *s, uint32_t type, size_t n, bool came)
{
    const struct jail_answer *answer = &s->answer;
    const bool fd_must_come = may_bring_fd(type) && answer->error == 0;
    if (n != sizeof *answer || answer->head.type != type || answer->head.serial != s->serial ||
        fd_must_come != came)
        die("net: border violation: JAIL to NET: the answer to question %u", type);
    const char *wrong = validate_jail_answer(answer, type);
    if (wrong)
        die("net: border violation: JAIL to NET: %s, as the answer to question %u", wrong, type);
    if (answer->error == JAIL_QUOTA || answer->error == JAIL_QUOTA_FILES)
        s->quota_parts = answer->used.bytes;
    return answer->error;
}

static uint32_t take_answer(struct session *s, uint32_t type, int *fd)
{
    const size_t n = receive_from_jail(s, &s->answer, sizeof s->answer, fd);
    return n == 0 ? jail_lost(s) : check_answer(s, type, n, *fd >= 0);
}

struct jail_path *jail_question(struct session *s, uint32_t type)
{
    memset(&s->question, 0, offsetof(struct jail_path, path));
    s->question.head.type = type;
    return &s->question;
}

/* Sends s->question, about path. */
static uint32_t send_about(struct session *s, const char *path)
{
    struct jail_path *question = &s->question;
    if (!text_copy(question->path, sizeof question->path, path))
        return ENAMETOOLONG;
    return send_question(s, &question->head,
                         message_size(offsetof(struct jail_path, path), question->path));
}

uint32_t ask_jail_fd(struct session *s, const char *path, int *fd)
{
    *fd = -1;
    const uint32_t error = send_about(s, path);
    return error != 0 ? error : take_answer(s, s->question.head.type, fd);
}

uint32_t ask_jail(struct session *s, const char *path)
{
    int fd;
    const uint32_t error = ask_jail_fd(s, path, &fd);
    /* the caller wants none */
    if (fd >= 0)
        (void)close(fd);
    return error;
}

uint32_t ask_jail_about(struct session *s, uint32_t type, const char *path)
{
    (void)jail_question(s, type);
    return ask_jail(s, path);
}

uint32_t ask_jail_rename(struct session *s, const char *from, const char *to)
{
    struct jail_rename *question = &s->room.rename;
    const size_t from_length = strlen(from);
    const size_t room = sizeof question->paths - from_length - 1;
    int fd;

    memset(question, 0, offsetof(struct jail_rename, paths));
    question->head.type = JAIL_RENAME;
    question->from_length = (uint32_t)from_length;
    if (!text_copy(question->paths, PATH_ROOM, from) ||
        !text_copy(question->paths + from_length + 1, room, to))
        return ENAMETOOLONG;
    const size_t size = offsetof(struct jail_rename, paths) + from_length + 1 + strlen(to) + 1;
    const uint32_t error = send_question(s, &question->head, size);
    return error != 0 ? error : take_answer(s, JAIL_RENAME, &fd);
}

uint32_t ask_jail_settle(struct session *s, enum settle outcome, uint64_t bytes)
{
    struct jail_settle question = { .head.type = JAIL_STORE_SETTLE,
                                    .bytes = bytes,
                                    .outcome = outcome };
    int fd;
    const uint32_t error = send_question(s, &question.head, sizeof question);
    return error != 0 ? error : take_answer(s, JAIL_STORE_SETTLE, &fd);
}

/* Asks a question that consists of its head alone. */
static uint32_t ask_head(struct session *s, uint32_t type)
{
    struct message_head question = { .type = type };
    int fd;
    const uint32_t error = send_question(s, &question, sizeof question);
    return error != 0 ? error : take_answer(s, type, &fd);
}

uint32_t ask_jail_more(struct session *s)
{
    return ask_head(s, JAIL_STORE_MORE);
}

uint32_t ask_jail_usage(struct session *s)
{
    return ask_head(s, JAIL_USAGE);
}

uint32_t ask_jail_pace(struct session *s, uint32_t direction, uint64_t bytes)
{
    struct jail_pace question = { .head.type = JAIL_PACE, .bytes = bytes, .direction = direction };
    int fd;
    const uint32_t error = send_question(s, &question.head, sizeof question);
    return error != 0 ? error : take_answer(s, JAIL_PACE, &fd);
}

uint32_t ask_jail_hash_turn(struct session *s, bool take)
{
    struct jail_turn question = { .head.type = JAIL_HASH_TURN, .take = take };
    int fd;
    const uint32_t error = send_question(s, &question.head, sizeof question);
    return error != 0 ? error : take_answer(s, JAIL_HASH_TURN, &fd);
}

uint32_t ask_jail_next_page(struct session *s)
{
    struct message_head question = { .type = JAIL_LIST_NEXT };
    const uint32_t error = send_question(s, &question, sizeof question);
    s->page_serial = question.serial; /* kept apart, because the dialer may be asked meanwhile */
    return error;
}

/* n: of the whole page. */
static void check_page(struct session *s, size_t n)
{
    const char *wrong = validate_jail_page(&s->room.listing.page, n);
    if (wrong)
        die("net: border violation: JAIL to NET: %s", wrong);
    s->page_bytes = n - offsetof(struct jail_page, text);
}

uint32_t take_jail_page(struct session *s)
{
    struct jail_page *page = &s->room.listing.page;
    int fd = -1;
    const size_t n = receive_from_jail(s, page, sizeof *page, &fd);
    if (n == 0)
        return jail_lost(s);
    if (n < sizeof page->head || page->head.type != JAIL_LIST_NEXT ||
        page->head.serial != s->page_serial || fd >= 0)
        die("net: border violation: JAIL to NET: a page");
    check_page(s, n);
    return 0;
}

uint32_t ask_jail_list_open(struct session *s, const char *path)
{
    struct jail_listing *listing = &s->room.listing;
    const size_t page_at = offsetof(struct jail_listing, page);
    int fd = -1;
    uint32_t error = send_about(s, path);
    if (error != 0)
        return error;
    const size_t n = receive_from_jail(s, listing, sizeof *listing, &fd);
    if (n == 0)
        return jail_lost(s);
    memcpy(&s->answer, listing, sizeof s->answer);
    error = check_answer(s, JAIL_LIST_OPEN, n < page_at ? n : sizeof s->answer, fd >= 0);
    if (error == 0)
        check_page(s, n < page_at ? 0 : n - page_at);
    else if (n != sizeof s->answer)
        die("net: border violation: JAIL to NET: a page of no listing");
    return error;
}

uint32_t ask_jail_flush(struct session *s)
{
    return ask_head(s, JAIL_STORE_FLUSH);
}

uint32_t ask_jail_sync(struct session *s)
{
    return ask_head(s, JAIL_STORE_SYNC);
}

uint32_t ask_jail_list_close(struct session *s)
{
    return ask_head(s, JAIL_LIST_CLOSE);
}
