/* SPDX-License-Identifier: BSD-2-Clause */
/* listing.c - runs in NET, without privilege; passes listings from JAIL to
 * the client. */
#include "daemon/net/listing.h"

#include "common/path.h"
#include "common/text.h"
#include "daemon/net/allowed.h"
#include "daemon/net/ask.h"
#include "daemon/net/control.h"
#include "daemon/net/data.h"
#include "daemon/net/home.h"
#include "daemon/net/progress.h"
#include "daemon/net/reply.h"
#include "daemon/net/transfer.h"

#include <errno.h>
#include <string.h>

/* Sends the text of a page. */
typedef enum outcome listing_sink(struct session *s, const char *text, size_t n,
                                  const char *prefix);

/* Skips options, words that begin with a dash, up to a "--". */
static const char *take_flags(const char *argument, uint32_t *flags)
{
    *flags = 0;
    while (*argument == '-') {
        const size_t n = strcspn(argument, " ");
        const bool end = n == 2 && argument[1] == '-';
        if (memchr(argument, 'a', n))
            *flags |= LIST_ALL;
        if (memchr(argument, 'd', n))
            *flags |= LIST_ITSELF;
        argument += n;
        argument += *argument == ' ';
        if (end)
            break;
    }
    return argument;
}

/* "-a", "-l" and "-la" are what clients send, so no file of that name is looked for. */
static bool is_usual_flag(const char *argument)
{
    const size_t n = strcspn(argument, " ");
    return n > 1 && strspn(argument + 1, "al") >= n - 1;
}

uint32_t listing_path(struct session *s, const char *argument, uint32_t *flags, const char **name)
{
    *flags = 0;
    *name = argument;
    if (*argument == '-' && !is_usual_flag(argument)) {
        if (!path_join(s->cwd, argument, s->path, sizeof s->path))
            return JAIL_BAD_NAME;
        const uint32_t error = ask_jail_about(s, JAIL_STAT, s->path);
        if (error == 0 || error == ASK_LOST)
            return error;
    }
    *name = take_flags(argument, flags);
    return path_to_read(s, *name);
}

/* The length of the part of s->path that the client did not type: the name of its current
 * directory is no pattern. */
static size_t literal_length(const struct session *s, const char *name)
{
    size_t n = 0;
    if (*name == '/')
        return 0;
    while (s->path[n] && s->path[n] == s->cwd[n])
        n++;
    if (s->cwd[n] == '\0' && (s->path[n] == '/' || s->path[n] == '\0'))
        return n;
    while (n > 0 && s->path[n] != '/')
        n--;
    return n;
}

/* Opens the listing and takes its first page. name: as the client typed it. */
static uint32_t ask_to_list(struct session *s, enum list_format format, uint32_t flags,
                            const char *name)
{
    struct jail_path *question = jail_question(s, JAIL_LIST_OPEN);
    const size_t n = strlen(name);
    question->format = format;
    question->flags =
        flags | (flags & LIST_GLOB && n > 0 && name[n - 1] == '/' ? LIST_DIRECTORIES : 0);
    question->value = (int64_t)literal_length(s, name);
    question->offset = format == LIST_FACTS ? perm_bits_refused(s) : 0;
    question->facts = s->facts;
    return ask_jail_list_open(s, s->path);
}

/* Sends each line of the page with the prefix before it, in large pieces. */
static enum outcome send_prefixed(struct session *s, const char *text, size_t n, const char *prefix)
{
    const size_t prefix_n = strlen(prefix), room = sizeof s->converted;
    size_t filled = 0;
    while (n > 0) {
        const char *lf = memchr(text, '\n', n);
        const size_t line_n = lf ? (size_t)(lf - text) + 1 : n;
        if (filled + prefix_n + line_n > room) {
            const enum outcome outcome = data_send(s, s->converted, filled);
            if (outcome != OUTCOME_DONE)
                return outcome;
            filled = 0;
        }
        /* can't happen: a line is shorter than a page */
        if (prefix_n + line_n > room)
            return OUTCOME_BROKEN;
        memcpy(s->converted + filled, prefix, prefix_n);
        memcpy(s->converted + filled + prefix_n, text, line_n);
        filled += prefix_n + line_n;
        text += line_n;
        n -= line_n;
    }
    return data_send(s, s->converted, filled);
}

static enum outcome sink_data(struct session *s, const char *text, size_t n, const char *prefix)
{
    return *prefix == '\0' ? data_send(s, text, n) : send_prefixed(s, text, n, prefix);
}

static enum outcome sink_control(struct session *s, const char *text, size_t n, const char *prefix)
{
    (void)prefix;
    for (const char *lf; n > 0 && (lf = memchr(text, '\n', n)) != NULL;) {
        /* it ends with CR and LF: validate_jail_page() */
        const size_t line_n = (size_t)(lf - text) + 1;
        /* no line may look like the end of a reply (RFC 959 section 4.2) */
        if (*text >= '0' && *text <= '9')
            control_write(s, " ", 1);
        reply_text(s, text, line_n - 2);
        text += line_n;
        n -= line_n;
    }
    return s->left == 0 ? OUTCOME_DONE : OUTCOME_CUT;
}

/* Sends the first page, which is there, and all that follow.  *asked: an answer is still to
 * come. */
static enum outcome send_pages(struct session *s, listing_sink *sink, const char *prefix,
                               bool *asked)
{
    const struct jail_page *page = &s->room.listing.page;
    for (;;) {
        if (page->error != 0)
            return progress_fail(s, page->error);
        const bool last = page->last != 0;
        if (!last) {
            if (ask_jail_next_page(s) != 0) /* JAIL prepares it while this one is sent */
                return progress_fail(s, ASK_LOST);
            *asked = true;
        }
        const enum outcome outcome = sink(s, page->text, s->page_bytes, prefix);
        if (outcome != OUTCOME_DONE || last)
            return outcome;
        *asked = false;
        if (take_jail_page(s) != 0)
            return progress_fail(s, ASK_LOST);
    }
}

/* Closes the listing.  A page that was asked for must be received before the next question. */
static void listing_drop(struct session *s, bool asked)
{
    if (asked && take_jail_page(s) != 0)
        return;
    (void)ask_jail_list_close(s);
}

/* What NLST puts before each name, so that the client can use it in other commands (law N3): the
 * directory as the client typed it.  The entries of a directory get its whole name; matches of a
 * pattern get what precedes the components that JAIL returns. */
static bool nlst_prefix(const struct session *s, const char *name, uint32_t flags, char *prefix,
                        size_t room)
{
    size_t n = strlen(name);
    const bool directory =
        s->answer.offset == 0 && s->answer.file.type == FILE_DIRECTORY && !(flags & LIST_ITSELF);
    if (directory && n > 0 && name[n - 1] != '/')
        return text_format(prefix, room, "%s/", name);
    for (uint64_t i = 0; !directory && i < (s->answer.offset ? s->answer.offset : 1) && n > 0;
         i++) {
        while (n > 0 && name[n - 1] == '/')
            n--;
        while (n > 0 && name[n - 1] != '/')
            n--;
    }
    return text_format(prefix, room, "%.*s", (int)n, name);
}

enum step listing_to_data(struct session *s, enum list_format format, uint32_t flags,
                          const char *name)
{
    char prefix[LINE_BYTES + 2] = "";
    const uint32_t error = ask_to_list(s, format, flags, name);
    if (error == ENOTDIR && format == LIST_FACTS) {
        data_close(s);
        return reply(s, 501, "Not a directory; use MLST for files.");
    }
    if (error != 0)
        return transfer_refuse(s, error);
    /* it fits: name is part of a line */
    if (format == LIST_NAMES)
        (void)nlst_prefix(s, name, flags, prefix, sizeof prefix);
    (void)reply(s, 150, "Here comes the directory listing.");
    transfer_begin(s, 0, 0);
    bool asked = false;
    enum outcome outcome = data_open(s);
    if (outcome == OUTCOME_DONE)
        outcome = send_pages(s, sink_data, prefix, &asked);
    if (outcome != OUTCOME_DONE && s->transfer.error != ASK_LOST)
        listing_drop(s, asked);
    return transfer_end(s, outcome);
}

enum step listing_to_control(struct session *s, const char *argument)
{
    uint32_t flags;
    bool asked = false;
    const char *name;
    uint32_t error = listing_path(s, argument, &flags, &name);
    if (error == 0)
        error = ask_to_list(s, LIST_LONG, flags | LIST_GLOB, name);
    if (error != 0)
        return reply_error(s, error);
    reply_open(s, 213, "Status of %s:", s->path);
    const enum outcome outcome = send_pages(s, sink_control, "", &asked);
    error = s->transfer.error;
    progress_end(s);
    if (outcome == OUTCOME_DONE)
        return reply(s, 213, "End of status.");
    if (error == ASK_LOST)
        return reply_error(s, error);
    listing_drop(s, asked);
    return reply(s, 213, "The listing was not completed.");
}

uint32_t listing_facts(struct session *s, const char **facts)
{
    const struct jail_page *page = &s->room.listing.page;
    const uint32_t error = ask_to_list(s, LIST_FACTS, LIST_ITSELF, "");
    if (error != 0)
        return error;
    const size_t n = s->page_bytes < SCRATCH_SIZE ? s->page_bytes : SCRATCH_SIZE - 1;
    memcpy(s->converted, page->text, n);
    s->converted[n] = '\0';
    s->converted[strcspn(s->converted, " \r\n")] = '\0';
    *facts = s->converted;
    if (!page->last)
        listing_drop(s, false);
    return page->error;
}
