/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_queue.c - the command queue. */
#include "client/engine/queue_file.h"
#include "client/shell/transfer_queue.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>

/* ---- showing ---- */

static int64_t share_done(const struct shell *shell, uint64_t id)
{
    for (unsigned i = 0; shell->queue_status && i < ENGINE_SLOTS; i++) {
        struct queue_running *slot = &shell->queue_status->slot[i];
        const int64_t total = atomic_load(&slot->total), done = atomic_load(&slot->done);
        if (atomic_load(&slot->id) == id)
            return total > 0 && done <= total ? (int64_t)((double)done / (double)total * 100) : 0;
    }
    return -1;
}

static void show_entry(struct shell *shell, const struct queued *entry)
{
    char line[TARGET_PATH_SIZE * 3], state[32] = "waiting";
    const int64_t share = share_done(shell, entry->id);
    const struct job *job = &entry->job;
    if (entry->failed)
        text_copy(state, sizeof state, "failed");
    else if (share >= 0)
        (void)text_format(state, sizeof state, "running %d%%", (int)share);
    (void)text_format(line, sizeof line, "%4llu %-12s %s %s%s%s%s%s", (unsigned long long)entry->id,
                      state, job->upload ? "put" : "get", job->upload ? job->local : entry->site,
                      job->upload ? "" : job->remote, entry->failed ? ": " : "",
                      entry->failed && entry->why ? entry->why : "", "");
    report_text(&shell->report, "queued", line);
}

static enum outcome journal_failed(struct shell *shell, int error)
{
    return shell_fail(shell, OUTCOME_LOCAL, "the queue: %s", strerror(-error));
}

static enum outcome show_queue(struct shell *shell, const char *path)
{
    struct queue_list list;
    const int result = queue_read(path, &list);
    for (size_t i = 0; result == 0 && i < list.count; i++)
        show_entry(shell, &list.entry[i]);
    queue_list_free(&list);
    return result == 0 ? OUTCOME_OK : journal_failed(shell, result);
}

/* ---- changing ---- */

static bool is_of(const struct queued *entry, const struct tokens *tokens, size_t first)
{
    for (size_t i = first; i < tokens->count; i++) {
        const char *word = tokens->token[i].text;
        uint64_t id;
        if (strcmp(word, "all") == 0 || (number_parse(word, 1, INT64_MAX, &id) && id == entry->id))
            return true;
    }
    return false;
}

/* Marks what the words name; to put several first, the last one is marked first. */
static enum outcome mark(struct shell *shell, const char *path, enum queue_mark how,
                         const struct tokens *tokens)
{
    struct queue_list list;
    size_t marked = 0;
    int result = queue_read(path, &list);
    for (size_t i = list.count; result == 0 && i-- > 0;) {
        const struct queued *entry = &list.entry[i];
        if (!is_of(entry, tokens, 2) || (how == QUEUE_WAITS && !entry->failed))
            continue;
        result = queue_add_mark(path, how, entry->id, NULL);
        marked++;
    }
    queue_list_free(&list);
    if (result < 0)
        return journal_failed(shell, result);
    if (marked == 0)
        return shell_fail(shell, OUTCOME_USAGE, "queue: no such transfer");
    return shell->queue_stopped ? OUTCOME_OK : transfer_queue_start(shell);
}

/* ---- adding ---- */

static bool can_be_queued(const char *name)
{
    static const char *const names[] = { "get",   "put",   "mget",   "mput",
                                         "reget", "reput", "append", "mirror" };
    const struct verb *verb = verb_find(name);
    for (size_t i = 0; verb && i < COUNT(names); i++)
        if (strcmp(verb->name, names[i]) == 0)
            return true;
    return false;
}

static enum outcome add(struct shell *shell, const char *path, const struct tokens *tokens)
{
    struct tokens inner = { .token = tokens->token + 1,
                            .count = tokens->count - 1,
                            .room = tokens->count - 1 };
    struct jobs jobs = { 0 };
    char url[1024];
    if (!can_be_queued(inner.token[0].text))
        return shell_fail(shell, OUTCOME_USAGE, "%s: cannot be queued", inner.token[0].text);
    if (shell->queueing)
        return shell_fail(shell, OUTCOME_USAGE, "queue within queue");
    shell->queueing = &jobs;
    enum outcome outcome = verb_run(shell, &inner);
    shell->queueing = NULL;
    if (outcome == OUTCOME_OK && !target_url(&shell->session.target, url, sizeof url))
        outcome = shell_fail(shell, OUTCOME_USAGE, "the server's name is too long");
    const int result = outcome == OUTCOME_OK ? queue_add_jobs(path, url, &jobs) : 0;
    jobs_free(&jobs);
    if (result < 0)
        return journal_failed(shell, result);
    if (outcome == OUTCOME_OK && !shell->queue_stopped)
        outcome = transfer_queue_start(shell);
    return outcome;
}

enum outcome verb_queue(struct shell *shell, const struct tokens *tokens)
{
    static const struct {
        const char *word;
        enum queue_mark mark;
    } marks[] = { { "-d", QUEUE_GONE }, { "-f", QUEUE_FIRST }, { "-r", QUEUE_WAITS } };
    const char *word = tokens->count > 1 ? tokens->token[1].text : NULL;
    char path[PATH_MAX];
    if (!transfer_queue_path(shell, path))
        return OUTCOME_LOCAL;
    if (!word)
        return show_queue(shell, path);
    for (size_t i = 0; i < COUNT(marks); i++)
        if (strcmp(word, marks[i].word) == 0)
            return mark(shell, path, marks[i].mark, tokens);
    if (word[0] == '-')
        return shell_fail(shell, OUTCOME_USAGE, "queue: unknown option %s", word);
    if (tokens->count > 2 || (strcmp(word, "start") != 0 && strcmp(word, "stop") != 0))
        return add(shell, path, tokens);
    shell->queue_stopped = strcmp(word, "stop") == 0;
    if (!shell->queue_stopped)
        return transfer_queue_start(shell);
    transfer_queue_stop(shell);
    return OUTCOME_OK;
}
