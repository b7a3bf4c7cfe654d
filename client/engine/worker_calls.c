/* SPDX-License-Identifier: BSD-2-Clause */
/* worker_calls.c - what a worker does besides transfers, by one table. */
#include "client/engine/worker.h"

#include "client/engine/remote.h"
#include "client/engine/tree.h"
#include "common/path.h"
#include "common/text.h"

#include <string.h>

static enum outcome too_long(struct worker *worker)
{
    return failure_set(&worker->session->failure, OUTCOME_REFUSED, "path too long");
}

static enum outcome give_directory(struct worker *worker)
{
    return text_copy(worker->value, sizeof worker->value, worker->session->cwd) ? OUTCOME_OK
                                                                                : too_long(worker);
}

static enum outcome call_noop(struct worker *worker)
{
    return session_ask(worker->session, "NOOP");
}

static enum outcome call_cd(struct worker *worker)
{
    const enum outcome outcome = remote_cwd(worker->session, worker_text(worker, 0));
    return outcome == OUTCOME_OK ? give_directory(worker) : outcome;
}

static enum outcome call_pwd(struct worker *worker)
{
    const enum outcome outcome = remote_pwd(worker->session);
    return outcome == OUTCOME_OK ? give_directory(worker) : outcome;
}

static void send_raw(struct worker *worker, const struct listing *listing)
{
    worker_page_begin(worker, ENGINE_PAGE_RAW);
    for (size_t i = 0; i < listing->raw_count; i++) {
        const struct engine_item item = { .entry = { .name = listing->raw[i],
                                                     .name_bytes = strnlen(listing->raw[i],
                                                                           MESSAGE_TEXT_MAX - 1),
                                                     .type = ENTRY_OTHER,
                                                     .size = -1,
                                                     .modified = INT64_MIN,
                                                     .mode = -1 } };
        if (item.entry.name_bytes > 0)
            worker_page_add(worker, ENGINE_PAGE_RAW, &item);
    }
    worker_page_end(worker);
}

static enum outcome call_list(struct worker *worker)
{
    struct listing listing;
    enum outcome outcome = remote_list_inside(worker->session, worker_text(worker, 0), &listing);
    if (outcome == OUTCOME_OK) {
        worker_send_listing(worker, &listing, ENGINE_PAGE_ENTRIES);
        send_raw(worker, &listing);
        worker->result.flags |= listing.doubtful ? DONE_DOUBTFUL : 0;
        outcome = remote_go_back(worker->session);
    }
    listing_free(&listing);
    return outcome;
}

static enum outcome call_stat(struct worker *worker)
{
    struct engine_item item = { .other = NULL };
    const char *path = worker_text(worker, 0);
    const enum outcome outcome = remote_stat(worker->session, path, &item.entry);
    if (outcome != OUTCOME_OK)
        return outcome;
    item.entry.name = path_last(path)[0] ? path_last(path) : "/";
    item.entry.name_bytes = strlen(item.entry.name);
    worker_page_begin(worker, ENGINE_PAGE_ENTRIES);
    worker_page_add(worker, ENGINE_PAGE_ENTRIES, &item);
    worker_page_end(worker);
    return OUTCOME_OK;
}

static enum outcome call_mkdir(struct worker *worker)
{
    return session_ask(worker->session, "MKD %s", worker_text(worker, 0));
}

static enum outcome call_rmdir(struct worker *worker)
{
    return session_ask(worker->session, "RMD %s", worker_text(worker, 0));
}

static enum outcome call_remove(struct worker *worker)
{
    return session_ask(worker->session, "DELE %s", worker_text(worker, 0));
}

static enum outcome call_remove_tree(struct worker *worker)
{
    return tree_remove(worker->session, worker_text(worker, 0));
}

static enum outcome call_rename(struct worker *worker)
{
    const enum outcome outcome = session_ask(worker->session, "RNFR %s", worker_text(worker, 0));
    return outcome == OUTCOME_OK ? session_ask(worker->session, "RNTO %s", worker_text(worker, 1))
                                 : outcome;
}

static enum outcome call_chmod(struct worker *worker)
{
    return session_ask(worker->session, "SITE CHMOD %03o %s",
                       (unsigned)worker->order.number & 07777U, worker_text(worker, 0));
}

static enum outcome call_set_time(struct worker *worker)
{
    return remote_set_time(worker->session, worker_text(worker, 0), worker->order.number);
}

static enum outcome call_hash(struct worker *worker)
{
    struct hash hash;
    const enum outcome outcome =
        remote_hash(worker->session, worker_text(worker, 0), worker->order.number, &hash);
    if (outcome == OUTCOME_OK)
        text_format(worker->value, sizeof worker->value, "%s %s", hash.name, hash.hex);
    return outcome;
}

static enum outcome find_entry(void *context, const char *path, const struct entry *entry)
{
    struct worker *worker = context;
    const struct engine_item item = { .entry = *entry };
    (void)path;
    worker_page_add(worker, ENGINE_PAGE_ENTRIES, &item);
    return OUTCOME_OK;
}

static enum outcome call_find(struct worker *worker)
{
    worker_page_begin(worker, ENGINE_PAGE_ENTRIES);
    const enum outcome outcome =
        tree_walk(worker->session, worker_text(worker, 0), false, find_entry, worker);
    worker_page_end(worker);
    return outcome;
}

/* The reply, cut at line ends into pieces that fit a message. */
static enum outcome call_quote(struct worker *worker)
{
    const enum outcome outcome = session_command(worker->session, "%s", worker_text(worker, 0));
    if (outcome != OUTCOME_OK)
        return outcome;
    const struct reply *reply = &worker->session->reply;
    char piece[REPLY_PIECE + 1];
    for (size_t at = 0; at < reply->text_bytes || at == 0; at += REPLY_PIECE) {
        struct message_reply message = { .code = (uint32_t)reply->code };
        (void)text_format(piece, sizeof piece, "%s", reply->text + at);
        worker_begin(worker, WORKER_REPLY, &message, sizeof message);
        (void)message_add(&worker->out, piece);
        worker_send(worker);
    }
    worker->result.number = reply->code;
    return session_check(worker->session, NULL);
}

static enum outcome (*const calls[ENGINE_OPS])(struct worker *) = {
    [ENGINE_CONNECT] = give_directory,
    [ENGINE_NOOP] = call_noop,
    [ENGINE_CD] = call_cd,
    [ENGINE_PWD] = call_pwd,
    [ENGINE_LIST] = call_list,
    [ENGINE_STAT] = call_stat,
    [ENGINE_MKDIR] = call_mkdir,
    [ENGINE_RMDIR] = call_rmdir,
    [ENGINE_REMOVE] = call_remove,
    [ENGINE_REMOVE_TREE] = call_remove_tree,
    [ENGINE_RENAME] = call_rename,
    [ENGINE_CHMOD] = call_chmod,
    [ENGINE_SET_TIME] = call_set_time,
    [ENGINE_HASH] = call_hash,
    [ENGINE_FIND] = call_find,
    [ENGINE_QUOTE] = call_quote,
};

enum outcome worker_call(struct worker *worker)
{
    return calls[worker->order.op](worker);
}
