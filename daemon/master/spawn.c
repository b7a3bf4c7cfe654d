/* SPDX-License-Identifier: BSD-2-Clause */
/* spawn.c - runs in the master, and in each new child up to its execve: forks,
 * puts the descriptors at their numbers, executes the role's program. */
#include "daemon/master/spawn.h"

#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/master/master.h"
#include "daemon/master/network.h"
#include "daemon/master/shortage.h"
#include "daemon/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

/* 0 to 2 exist, and 3 to FD_PLACES - 1 are taken. */
bool spawn_reserve_descriptors(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd < FD_PLACES - 1);
    if (fd >= FD_PLACES)
        close(fd);
    return fd >= 0;
}

/* Standard error stays a child's that can't log to the scribe, but not beyond
 * the start of a daemon: the program that started it may read until the end of file. */
static bool keeps_standard_error(const struct master *master, const char *mode,
                                 const int fds[FD_PLACES])
{
    if (WITH_SANITIZERS)
        return true;
    return fds[FD_SCRIBE] < 0 && fds[FD_ZYGOTE_SCRIBE] < 0 && (mode || master->foreground);
}

/* The child's standard streams are /dev/null, which the master has open from 3
 * to FD_PLACES - 1. */
static bool place_descriptors(const int fds[FD_PLACES], bool keep_standard_error)
{
    for (int n = STDIN_FILENO; n <= STDERR_FILENO; n++) {
        if ((n < STDERR_FILENO || !keep_standard_error) && dup3(FD_MASTER, n, 0) < 0)
            return false;
    }
    for (int n = FD_MASTER; n < FD_PLACES; n++) {
        if (fds[n] >= 0 ? dup3(fds[n], n, 0) < 0 : close(n) != 0)
            return false;
    }
    return true;
}

/* Ctrl-C and signals to the process group are for the master: its children end
 * by the end of file on their channels, or by SIGKILL. */
static void default_signals(void)
{
    static const int ignored[] = { SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < COUNT(ignored); i++)
        (void)signal(ignored[i], SIG_IGN);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void child_main(const struct master *master, enum program program,
                                 const char *mode, const int fds[FD_PLACES])
{
    const char *const arguments[] = { mode, NULL };
    const char *zone = program == PROGRAM_AUTH ? master->config->defaults.time_zone : NULL;
    if ((program == PROGRAM_DIALER || program == PROGRAM_RESOLVER) && !network_return(master))
        die("%s: the network: %s", program_name(program), strerror(errno));
    if (!place_descriptors(fds, keeps_standard_error(master, mode, fds)))
        die("%s: its descriptors: %s", program_name(program), strerror(errno));
    log_open(fds[FD_SCRIBE] >= 0          ? FD_SCRIBE
             : fds[FD_ZYGOTE_SCRIBE] >= 0 ? FD_ZYGOTE_SCRIBE
                                          : -1,
             (enum log_level)master->config->log_level);
    default_signals();
    program_execute(&master->programs, program, arguments, zone, master->config->process_titles);
    die("%s: cannot be executed: %s", program_name(program), strerror(errno));
}

pid_t spawn_program(const struct master *master, enum program program, const char *mode,
                    int fds[FD_PLACES])
{
    if (fds[FD_ROOT] < 0)
        fds[FD_ROOT] = master->empty_root;
    fds[FD_CONFIG] = master->images.config;
    fds[FD_ORDERS] = master->images.orders;
    fds[FD_CERTIFICATES] =
        program == PROGRAM_NET || program == PROGRAM_KEEPER ? master->images.certificates : -1;
    const pid_t pid = fork();
    if (pid == 0)
        child_main(master, program, mode, fds);
    return pid;
}

/* Does this program have the same borders as the master?  *starts: did it say so or not? */
static bool fits(const struct master *master, enum program program, bool *starts)
{
    int fds[FD_PLACES], status = 0;
    memset(fds, -1, sizeof fds);
    const pid_t pid = spawn_program(master, program, "fit", fds);
    const bool ended = pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status);
    *starts = ended && (WEXITSTATUS(status) == EX_OK || WEXITSTATUS(status) == EX_PROTOCOL ||
                        WEXITSTATUS(status) == EX_USAGE);
    return ended && WEXITSTATUS(status) == EX_OK;
}

enum program spawn_find_other_build(const struct master *master, bool *starts)
{
    for (size_t i = 0; i < PROGRAMS; i++) {
        if (!fits(master, (enum program)i, starts))
            return (enum program)i;
    }
    return PROGRAMS;
}

bool spawn_role(struct master *master, enum role role, int fds[FD_PLACES], struct child *child)
{
    if (roles[role].account && master->ids.uid[role] == 0) {
        log_note(LOG_LEVEL_ERROR, "%s has no account", roles[role].name);
        return false;
    }
    const pid_t pid = spawn_program(master, program_of(role), NULL, fds);
    if (pid < 0) {
        shortage_met(master, "cannot fork a process", errno);
        return false;
    }
    return child_take(master, child, pid);
}

bool spawn_programs_fit(const struct master *master, const struct complaint *to)
{
    char line[160];
    bool starts;
    const enum program other = spawn_find_other_build(master, &starts);
    if (other == PROGRAMS)
        return true;
    if (starts)
        (void)text_format(line, sizeof line,
                          "the program %s is of another build than wardftpd: install them together",
                          program_name(other));
    else
        (void)text_format(line, sizeof line,
                          "the program %s does not start: too little memory, or a library that it "
                          "needs is missing",
                          program_name(other));
    to->complain(to->context, true, line);
    return false;
}
