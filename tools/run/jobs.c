/* SPDX-License-Identifier: BSD-2-Clause */
/* jobs.c - runs the command for each event: some at once, again where it fails. */
#include "tools/run/run.h"

#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAUSE_MS = 1000, PAUSE_MAX_MS = 60000, GRACE_MS = 5000, NOT_STARTED = 127 };

void jobs_init(struct jobs *jobs, const struct settings *settings)
{
    *jobs = (struct jobs){ .settings = settings };
    jobs->end = &jobs->first;
}

bool jobs_add(struct jobs *jobs, char **environment, const struct position *before, bool gap)
{
    struct job *job = calloc(1, sizeof *job);
    if (!job)
        return false;
    job->environment = environment;
    job->before = *before;
    job->gap = gap;
    *jobs->end = job;
    jobs->end = &job->next;
    jobs->count++;
    return true;
}

bool jobs_have_waiting_gap(const struct jobs *jobs)
{
    for (const struct job *job = jobs->first; job; job = job->next) {
        if (job->gap && !job->pid)
            return true;
    }
    return false;
}

struct position jobs_position(const struct jobs *jobs, const struct position *last)
{
    return jobs->first ? jobs->first->before : *last;
}

/* ---- a command ---- */

static _Noreturn void become_command(const struct settings *settings, const struct job *job)
{
    char try[32];
    sigset_t none;
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)text_format(try, sizeof try, "%u", job->tries);
    bool fine = setpgid(0, 0) == 0 && null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
                setenv("WARDFTPD_TRY", try, 1) == 0;
    for (size_t i = 0; fine && job->environment[i]; i++)
        fine = putenv(job->environment[i]) == 0;
    if (fine)
        (void)execvp(settings->command[0], settings->command);
    (void)fprintf(stderr, "wardftpd-run: %s: %s\n", settings->command[0], strerror(errno));
    _exit(NOT_STARTED);
}

static int64_t pause_after(const struct job *job)
{
    const unsigned doublings = job->tries < 7 ? job->tries - 1 : 6;
    const int64_t pause = (int64_t)PAUSE_MS << doublings;
    return pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS;
}

static void start(struct jobs *jobs, struct job *job, int64_t now)
{
    const unsigned timeout = jobs->settings->timeout_s;
    job->tries++;
    const pid_t pid = fork();
    if (pid == 0)
        become_command(jobs->settings, job);
    if (pid < 0) { /* no failure of the command */
        job->tries--;
        job->due_ms = now + PAUSE_MS;
        say("cannot fork a process: %s", strerror(errno));
        return;
    }
    (void)setpgid(pid, pid); /* here as well: one of the two is first */
    job->pid = pid;
    job->terminated = false;
    job->kill_ms = timeout ? now + (int64_t)timeout * 1000 : INT64_MAX;
    jobs->running++;
}

static void stop_overdue(struct job *job, int64_t now)
{
    if (!job->pid || now < job->kill_ms)
        return;
    if (!job->terminated)
        say("%s: takes too long and is ended", job->environment[0]);
    (void)kill(-job->pid, job->terminated ? SIGKILL : SIGTERM);
    job->kill_ms = job->terminated ? INT64_MAX : now + GRACE_MS;
    job->terminated = true;
}

void jobs_run(struct jobs *jobs, int64_t now, bool starts)
{
    for (struct job *job = jobs->first; job; job = job->next) {
        stop_overdue(job, now);
        if (starts && !job->pid && now >= job->due_ms && jobs->running < jobs->settings->at_once)
            start(jobs, job, now);
    }
}

int64_t jobs_wait(const struct jobs *jobs, int64_t now, bool starts)
{
    int64_t next = INT64_MAX;
    for (const struct job *job = jobs->first; job; job = job->next) {
        const bool may_start = starts && jobs->running < jobs->settings->at_once;
        const int64_t due = job->pid ? job->kill_ms : may_start ? job->due_ms : INT64_MAX;
        if (due < next)
            next = due;
    }
    return next == INT64_MAX ? -1 : next > now ? next - now : 0;
}

void jobs_signal(struct jobs *jobs, int number)
{
    for (const struct job *job = jobs->first; job; job = job->next) {
        if (job->pid)
            (void)kill(-job->pid, number);
    }
}

/* ---- its end ---- */

static const char *subject(const struct job *job)
{
    for (size_t i = 0; job->environment[i]; i++) {
        if (strncmp(job->environment[i], "WARDFTPD_FILE=", 14) == 0)
            return job->environment[i] + 14;
    }
    return job->gap ? "a gap" : "an event";
}

static void say_failure(const struct job *job, int status, bool again)
{
    const char *then = again ? "it is tried again" : "given up";
    if (WIFSIGNALED(status))
        say("the command for %s was ended by signal %d (try %u): %s", subject(job),
            WTERMSIG(status), job->tries, then);
    else
        say("the command for %s has failed with exit code %d (try %u): %s", subject(job),
            WEXITSTATUS(status), job->tries, then);
}

static void forget(struct jobs *jobs, struct job **at)
{
    struct job *job = *at;
    *at = job->next;
    if (!job->next)
        jobs->end = at;
    environment_free(job->environment);
    free(job);
    jobs->count--;
}

static void ended(struct jobs *jobs, struct job **at, int status, int64_t now)
{
    struct job *job = *at;
    const bool done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    const bool again = !done && job->tries < jobs->settings->tries;
    job->pid = 0;
    jobs->running--;
    if (!done)
        say_failure(job, status, again);
    if (again)
        job->due_ms = now + pause_after(job);
    else
        forget(jobs, at);
}

void jobs_reap(struct jobs *jobs, int64_t now)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct job **at = &jobs->first;
        while (*at && (*at)->pid != pid)
            at = &(*at)->next;
        if (*at)
            ended(jobs, at, status, now);
    }
}
