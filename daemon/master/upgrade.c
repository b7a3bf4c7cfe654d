/* SPDX-License-Identifier: BSD-2-Clause */
/* upgrade.c - runs in the master: has the installed program rehearse the take-over
 * in a child, waits until no cell is starting, and executes it.  The process stays
 * the same: its number, its children, its descriptors, its confinement. */
#include "daemon/master/upgrade.h"

#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/master/cell.h"
#include "daemon/master/child.h"
#include "daemon/master/complaint.h"
#include "daemon/master/control.h"
#include "daemon/master/keep_state.h"
#include "daemon/master/master.h"
#include "daemon/master/notify.h"
#include "daemon/master/programs.h"
#include "daemon/master/reload.h"
#include "daemon/master/renewal.h"
#include "daemon/master/zygotes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

const char upgrade_image_variable[] = "WARDFTPD_TAKE_OVER";
const char upgrade_failed_variable[] = "WARDFTPD_TAKE_BACK";

enum {
    STOP_MS = 1000,
    REHEARSAL_MS = 120000,
    HOLD_MS = 8000,
    TEXT_ROOM = CONTROL_TEXT_ROOM,
    NUMBER_ROOM = 16
};

struct upgrade {
    struct child rehearsal;
    int report; /* what the rehearsal says; -1: none runs */
    int64_t until_ms;
    int program; /* the new one, O_PATH; -1: none */
    uint32_t serial;
};

static void rehearsal_ended(struct master *master, struct watch *watch);

struct upgrade *upgrade_new(void)
{
    struct upgrade *upgrade = calloc(1, sizeof *upgrade);
    if (upgrade)
        *upgrade = (struct upgrade){ .rehearsal = { .watch.ready = rehearsal_ended, .pidfd = -1 },
                                     .report = -1,
                                     .program = -1 };
    return upgrade;
}

bool upgrade_runs(const struct master *master)
{
    return master->upgrade->program >= 0 || master->renewing;
}

bool upgrade_has(const struct master *master, pid_t pid)
{
    return master->upgrade->rehearsal.pid == pid;
}

static void forget(struct master *master)
{
    struct upgrade *upgrade = master->upgrade;
    if (upgrade->report >= 0)
        close(upgrade->report);
    if (upgrade->program >= 0)
        close(upgrade->program);
    upgrade->report = upgrade->program = -1;
    master->cells_held = false;
}

void upgrade_refuse(struct master *master, uint32_t serial, const char *why)
{
    log_admin(&(struct scribe_admin){ .event = EVENT_UPGRADE, .value = 0 },
              "upgrade refused, nothing has changed: %.*s", (int)strcspn(why, "\n"), why);
    if (serial)
        control_answer_upgrade(master, serial, false, why);
}

static void give_up(struct master *master, const char *why)
{
    forget(master);
    upgrade_refuse(master, master->upgrade->serial, why);
}

static void complain_to_text(void *context, bool fatal, const char *line)
{
    char *text = context;
    const size_t used = strlen(text);
    (void)text_format(text + used, TEXT_ROOM - used, "%s%s\n", fatal ? "" : "warning: ", line);
}

static _Noreturn void rehearse_in_child(const struct upgrade *upgrade, int image, int report)
{
    char number[NUMBER_ROOM], name[] = "wardftpd", option[] = "--rehearse";
    char *const arguments[] = { name, option, number, NULL };
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)text_format(number, sizeof number, "%d", image);
    if (fcntl(image, F_SETFD, 0) == 0 && dup2(report, STDOUT_FILENO) >= 0 &&
        dup2(report, STDERR_FILENO) >= 0)
        (void)execveat(upgrade->program, "", arguments, environ, AT_EMPTY_PATH);
    (void)dprintf(report, "the installed program can't be executed: %s\n", strerror(errno));
    _exit(EX_OSERR);
}

/* NULL, or why it can't. */
static const char *fork_rehearsal(struct master *master, int image)
{
    struct upgrade *upgrade = master->upgrade;
    int report[2];
    if (pipe2(report, O_CLOEXEC | O_NONBLOCK) != 0)
        return strerror(errno);
    const pid_t pid = fork();
    if (pid == 0)
        rehearse_in_child(upgrade, image, report[1]);
    close(report[1]);
    upgrade->report = report[0];
    if (pid < 0)
        return "cannot fork a process";
    return child_take(master, &upgrade->rehearsal, pid) ? NULL : "cannot watch a process";
}

static void begin(struct master *master)
{
    static char text[TEXT_ROOM];
    const struct complaint to = { .complain = complain_to_text, .context = text };
    struct upgrade *upgrade = master->upgrade;
    text[0] = '\0';
    upgrade->program = program_open_own(master->program, &to);
    if (upgrade->program < 0) {
        give_up(master, text);
        return;
    }
    const int image = keep_state(master, upgrade->serial, NULL);
    const char *why = image < 0 ? strerror(-image) : fork_rehearsal(master, image);
    if (image >= 0)
        close(image);
    upgrade->until_ms = now_ms() + REHEARSAL_MS;
    if (why)
        give_up(master, why);
}

void upgrade_ask(struct master *master, uint32_t serial)
{
    if (master->stopping != RUNNING)
        upgrade_refuse(master, serial, "the daemon is stopping");
    else if (upgrade_runs(master))
        upgrade_refuse(master, serial, "another upgrade is under way");
    else if (!master->program[0])
        upgrade_refuse(master, serial, "the path of the running program is not known");
    else {
        master->upgrade->serial = serial;
        log_note(LOG_LEVEL_INFO, "upgrade: the installed program rehearses");
        begin(master);
    }
}

/* What the rehearsal has said, and how it ended, if it did not say that. */
static void read_report(const struct upgrade *upgrade, int status, char text[TEXT_ROOM])
{
    size_t used = 0;
    ssize_t n;
    while (used < TEXT_ROOM - 1 &&
           (n = read(upgrade->report, text + used, TEXT_ROOM - 1 - used)) > 0)
        used += (size_t)n;
    text[used] = '\0';
    if (used == 0 && WIFSIGNALED(status))
        (void)text_format(text, TEXT_ROOM, "the rehearsal was ended by signal %d",
                          WTERMSIG(status));
    else if (used == 0 && status != 0)
        (void)text_format(text, TEXT_ROOM, "the rehearsal ended with exit code %d",
                          WEXITSTATUS(status));
}

/* New clients wait for a moment. */
static void hold_cells(struct master *master)
{
    master->cells_held = true;
    master->upgrade->until_ms = now_ms() + HOLD_MS;
}

static void rehearsal_ended(struct master *master, struct watch *watch)
{
    static char text[TEXT_ROOM];
    struct upgrade *upgrade = master->upgrade;
    (void)watch;
    const int status = child_reap(master, &upgrade->rehearsal);
    if (status < 0)
        return;
    read_report(upgrade, status, text);
    if (status != 0)
        give_up(master, text);
    else
        hold_cells(master);
}

/* Sessions, waiting clients and whatever else goes along; what is just being started does not. */
static bool is_in_the_way(const struct master *master)
{
    return master->cells->starting.count > 0 || zygotes_owe_answers(master) ||
           reload_runs(master) || master->stopping != RUNNING;
}

static void set_close_on_exec(const struct kept_fds *fds, bool on)
{
    for (size_t i = 0; i < fds->count; i++)
        (void)fcntl(fds->all[i], F_SETFD, on ? FD_CLOEXEC : 0);
}

/* Returns if it can't be executed: errno. */
static void execute(const struct master *master, int image, const struct kept_fds *fds)
{
    char number[NUMBER_ROOM];
    (void)text_format(number, sizeof number, "%d", image);
    if (setenv(upgrade_image_variable, number, 1) != 0)
        return;
    set_close_on_exec(fds, false);
    if (fcntl(image, F_SETFD, 0) == 0)
        (void)execveat(master->upgrade->program, "", master->arguments, environ, AT_EMPTY_PATH);
    const int error = errno;
    set_close_on_exec(fds, true);
    (void)unsetenv(upgrade_image_variable);
    errno = error;
}

void upgrade_turn(struct master *master)
{
    struct upgrade *upgrade = master->upgrade;
    struct kept_fds fds = { .all = NULL };
    if (!master->cells_held || is_in_the_way(master))
        return;
    notify_reloading(master);
    const int image = keep_state(master, upgrade->serial, &fds);
    errno = image < 0 ? -image : 0;
    if (image >= 0) {
        execute(master, image, &fds);
        close(image);
    }
    const int error = errno;
    kept_fds_free(&fds);
    give_up(master, strerror(error));
    notify_ready(master);
}

void upgrade_tick(struct master *master, int64_t now)
{
    const struct upgrade *upgrade = master->upgrade;
    if (master->cells_held && master->stopping != RUNNING)
        give_up(master, "the daemon is stopping");
    if (master->cells_held && now > upgrade->until_ms)
        give_up(master, "a session's processes, or a reload, take too long");
    if (upgrade->rehearsal.pid && now > upgrade->until_ms)
        child_kill(&upgrade->rehearsal);
}

void upgrade_stop(struct master *master)
{
    struct child *rehearsal = &master->upgrade->rehearsal;
    child_kill(rehearsal);
    if (rehearsal->pid)
        (void)child_await_end(rehearsal, STOP_MS);
    (void)child_reap(master, rehearsal);
}
