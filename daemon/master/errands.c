/* SPDX-License-Identifier: BSD-2-Clause */
/* errands.c - runs in the master: starts the processes that make a home, change a hash
 * or ask the checker, each with the one directory or socket that it needs, and hands
 * their channels to auth. */
#include "daemon/master/errands.h"

#include "common/home_pattern.h"
#include "common/path.h"
#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/master/checker.h"
#include "daemon/master/child.h"
#include "daemon/master/home_base.h"
#include "daemon/master/master.h"
#include "daemon/master/scribe_ends.h"
#include "daemon/master/shared.h"
#include "daemon/master/skeleton.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ERRAND_MS = 20000, STOP_MS = 1000 };

struct errand {
    struct child child; /* .pid 0: none */
    enum role role;
    int64_t until_ms;
};

struct errands {
    struct errand each[ERRANDS_MAX];
};

/* What one is started with. */
struct outfit {
    enum role role;
    int root; /* -1: the empty one */
    int with; /* at FD_SKELETON or FD_CHECKER; -1: none */
    char name[ERRAND_NAME_ROOM];
};

static void ended(struct master *master, struct watch *watch)
{
    struct errand *errand = WATCH_OWNER(struct errand, child.watch, watch);
    const int status = child_reap(master, &errand->child);
    if (status >= 0 && WIFSIGNALED(status))
        log_note(LOG_LEVEL_ERROR, "%s was ended by signal %d (%s)", roles[errand->role].name,
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
}

struct errands *errands_new(void)
{
    struct errands *errands = calloc(1, sizeof *errands);
    for (size_t i = 0; errands && i < ERRANDS_MAX; i++)
        errands->each[i].child = (struct child){ .watch.ready = ended, .pidfd = -1 };
    return errands;
}

/* ---- what auth asks for ---- */

static bool is_pattern_of(const struct policy *policy, const char *pattern)
{
    return *pattern && strcmp(policy->home, pattern) == 0;
}

/* auth may name a pattern of the configuration, and no other. */
static bool is_configured(const struct config *config, const char *pattern)
{
    bool found = is_pattern_of(&config->defaults, pattern);
    for (uint32_t i = 0; i < config->policy_count && !found; i++)
        found = is_pattern_of(&config->policies[i].policy, pattern);
    return found;
}

/* 0, or an errno. */
static int prepare_home(const struct master *master, const struct tm_errand *ask,
                        struct outfit *outfit)
{
    const size_t fixed = home_pattern_fixed(ask->pattern);
    outfit->role = ROLE_HOMES;
    if (!master->config->create_home || !is_configured(master->config, ask->pattern) || fixed == 0)
        return EPERM;
    (void)text_copy(outfit->name, sizeof outfit->name, path_last(ask->pattern));
    outfit->root = home_base_open(ask->pattern, fixed);
    if (outfit->root < 0)
        return -outfit->root;
    const char *fault = NULL;
    const int error = skeleton_read(master->config->skeleton, &outfit->with, &fault);
    if (error)
        log_note(LOG_LEVEL_ERROR, "skeleton %s: %s", master->config->skeleton, fault);
    return error;
}

/* wardpasswd follows symbolic links to the file, too. */
static int prepare_rehash(const struct master *master, const struct tm_errand *ask,
                          struct outfit *outfit)
{
    const struct config *config = master->config;
    char path[PATH_MAX];
    outfit->role = ROLE_REHASH;
    if (!config->rehash || ask->index > config->host_count)
        return EPERM;
    const char *file =
        ask->index == 0 ? config->user_file : config->hosts[ask->index - 1].user_file;
    if (!realpath(file, path))
        return errno;
    if (!text_copy(outfit->name, sizeof outfit->name, path_last(path)) || !*outfit->name)
        return ENAMETOOLONG;
    path[strlen(path) - strlen(outfit->name)] = '\0';
    outfit->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return outfit->root < 0 ? errno : 0;
}

static int prepare_checker(const struct master *master, struct outfit *outfit)
{
    const char *fault = NULL;
    outfit->role = ROLE_CHECKER;
    if (!master->config->checker[0])
        return EPERM;
    outfit->with = checker_connect(master->config, &master->ids, &fault);
    if (outfit->with >= 0)
        return 0;
    log_note(LOG_LEVEL_ERROR, "checker %s: %s", master->config->checker, fault);
    return -outfit->with;
}

static int prepare(const struct master *master, const struct tm_errand *ask, struct outfit *outfit)
{
    switch (ask->kind) {
    case ERRAND_OF_HOME:
        return prepare_home(master, ask, outfit);
    case ERRAND_OF_REHASH:
        return prepare_rehash(master, ask, outfit);
    case ERRAND_OF_CHECKER:
        return prepare_checker(master, outfit);
    default:
        return EPERM;
    }
}

/* ---- the process ---- */

_Static_assert((int)FD_SKELETON == (int)FD_CHECKER, "one place for what each gets");

static struct errand *find_free(struct errands *errands)
{
    for (size_t i = 0; i < ERRANDS_MAX; i++) {
        if (!errands->each[i].child.pid)
            return &errands->each[i];
    }
    return NULL;
}

/* The master's message is on the channel before auth has its end.  0, or an errno. */
static int start(struct master *master, const struct outfit *outfit, struct errand *errand,
                 int *channel)
{
    struct errand_place place = { .head.type = ERRAND_PLACE };
    int fds[FD_PLACES];
    memset(fds, -1, sizeof fds);
    fds[FD_ROOT] = outfit->root;
    fds[FD_SKELETON] = outfit->with;
    (void)text_copy(place.name, sizeof place.name, outfit->name);
    if (!spawn_with_fds(master, outfit->role, FM_END_ERRAND, fds, &errand->child, channel))
        return EAGAIN;
    errand->role = outfit->role;
    errand->until_ms = now_ms() + ERRAND_MS;
    const int error = channel_send(*channel, &place, sizeof place, MSG_DONTWAIT);
    if (error)
        close(*channel); /* it ends */
    return -error;
}

static int prepare_and_start(struct master *master, const struct tm_errand *ask, int *channel)
{
    struct outfit outfit = { .root = -1, .with = -1 };
    struct errand *errand = find_free(master->errands);
    int error = errand ? 0 : EAGAIN;
    if (!error)
        error = prepare(master, ask, &outfit);
    if (!error)
        error = start(master, &outfit, errand, channel);
    if (outfit.root >= 0)
        close(outfit.root);
    if (outfit.with >= 0)
        close(outfit.with);
    return error;
}

void errand_start(struct master *master, const struct tm_errand *ask)
{
    const struct message_head answer = { .type = FM_ERRAND, .serial = ask->head.serial };
    int channel = -1;
    const int error =
        master->stopping == STOPPING_NOW ? EAGAIN : prepare_and_start(master, ask, &channel);
    if (error) {
        const struct fm_no_errand none = {
            .head = { .type = FM_NO_ERRAND, .serial = ask->head.serial }, .error = (uint32_t)error
        };
        shared_send(master, SHARED_AUTH, &none, sizeof none, -1);
        return;
    }
    shared_send(master, SHARED_AUTH, &answer, sizeof answer, channel);
    close(channel);
}

/* ---- their ends ---- */

bool errands_have(const struct master *master, pid_t pid)
{
    for (size_t i = 0; i < ERRANDS_MAX; i++) {
        if (master->errands->each[i].child.pid == pid)
            return true;
    }
    return false;
}

void errands_tick(const struct master *master, int64_t now)
{
    for (size_t i = 0; i < ERRANDS_MAX; i++) {
        struct errand *errand = &master->errands->each[i];
        if (!errand->child.pid || now < errand->until_ms)
            continue;
        log_note(LOG_LEVEL_ERROR, "%s has not ended within %d s", roles[errand->role].name,
                 ERRAND_MS / 1000);
        errand->until_ms = INT64_MAX;
        child_kill(&errand->child);
    }
}

void errands_stop(struct master *master)
{
    for (size_t i = 0; i < ERRANDS_MAX; i++) {
        struct errand *errand = &master->errands->each[i];
        if (!errand->child.pid)
            continue;
        if (!child_await_end(&errand->child, STOP_MS))
            child_kill(&errand->child);
        (void)child_await_end(&errand->child, STOP_MS);
        (void)child_reap(master, &errand->child);
    }
}

_Static_assert((int)KEPT_ERRANDS == (int)ERRANDS_MAX, "the image has room for all");

void errands_keep(const struct master *master, struct keeping *keeping)
{
    for (size_t i = 0; i < ERRANDS_MAX; i++) {
        const struct errand *errand = &master->errands->each[i];
        const struct kept_errand kept = { .child = child_keep(keeping, &errand->child),
                                          .until_ms = errand->until_ms,
                                          .role = errand->role };
        keeping_head(keeping)->errands[i] = kept;
    }
}

bool errands_restore(struct master *master, const struct kept_head *head)
{
    bool fine = true;
    for (size_t i = 0; i < ERRANDS_MAX; i++) {
        struct errand *errand = &master->errands->each[i];
        const struct kept_errand *kept = &head->errands[i];
        errand->role = kept->role < ROLES ? (enum role)kept->role : ROLE_MASTER;
        errand->until_ms = kept->until_ms;
        fine = child_restore(master, &errand->child, &kept->child) && fine;
    }
    return fine;
}
