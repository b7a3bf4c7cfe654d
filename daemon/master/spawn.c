/* spawn.c - runs in the master, and in each new child up to its execve: fork,
 * descriptors at their places, the role's own program. */
#include "daemon/master/master.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/sandbox/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

/* What all descriptors of a uid in flight need, twice over. */
uint32_t spawn_nofile(const struct config *config)
{
    return 4 * (config->max_sessions + config->pool_max) + 128;
}

/* The master keeps 3 to FD_PLACES - 1 taken by /dev/null, so that no channel
 * of its own is where a child's is to be; the child's standard streams are that.
 * One without a channel to the scribe keeps standard error. */
static bool place_descriptors(const int fds[FD_PLACES])
{
    const bool silent = fds[FD_SCRIBE] >= 0 || fds[FD_ZYGOTE_SCRIBE] >= 0;
    for (int n = STDIN_FILENO; n <= STDERR_FILENO; n++) {
        if ((n < STDERR_FILENO || (silent && !WITH_SANITIZERS)) && dup3(FD_MASTER, n, 0) < 0)
            return false;
    }
    for (int n = FD_MASTER; n < FD_PLACES; n++) {
        if (fds[n] >= 0 ? dup3(fds[n], n, 0) < 0 : close(n) != 0)
            return false;
    }
    return true;
}

/* Ctrl-C and a signal to the whole group are the master's to answer: its
 * children end by their channels, or by SIGKILL. */
static void default_signals(void)
{
    static const int ignored[] = { SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < COUNT(ignored); i++)
        (void)signal(ignored[i], SIG_IGN);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void child_main(const struct master *master, enum program program, const char *mode,
                                 const int fds[FD_PLACES])
{
    const char *const arguments[] = { mode, NULL };
    const char *zone = program == PROGRAM_AUTH ? master->config->defaults.time_zone : NULL;
    if (program == PROGRAM_DIALER && !network_return(master))
        die("%s: the network: %s", program_name(program), strerror(errno));
    if (!place_descriptors(fds))
        die("%s: its descriptors: %s", program_name(program), strerror(errno));
    log_open(fds[FD_SCRIBE] >= 0          ? FD_SCRIBE
             : fds[FD_ZYGOTE_SCRIBE] >= 0 ? FD_ZYGOTE_SCRIBE
                                          : -1,
             (enum log_level)master->config->log_level);
    default_signals();
    program_execute(&master->programs, program, arguments, zone);
    die("%s: cannot be executed: %s", program_name(program), strerror(errno));
}

pid_t spawn_program(const struct master *master, enum program program, const char *mode, int fds[FD_PLACES])
{
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

/* One whose end could not be heard of is not kept. */
static void forget_child(struct child *child)
{
    (void)kill(child->pid, SIGKILL);
    (void)waitpid(child->pid, NULL, 0);
    if (child->pidfd >= 0)
        close(child->pidfd);
    child->pid = 0;
    child->pidfd = -1;
}

/* Does this program understand the borders as we do? */
static bool fits(const struct master *master, enum program program)
{
    int fds[FD_PLACES], status = 0;
    memset(fds, -1, sizeof fds);
    const pid_t pid = spawn_program(master, program, "fit", fds);
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == EX_OK;
}

enum program spawn_first_stranger(const struct master *master)
{
    for (size_t i = 0; i < PROGRAMS; i++) {
        if (!fits(master, (enum program)i))
            return (enum program)i;
    }
    return PROGRAMS;
}

bool spawn_role(struct master *master, enum role role, int fds[FD_PLACES], struct child *child)
{
    const pid_t pid = spawn_program(master, program_of(role), NULL, fds);
    if (pid < 0) {
        shortage_met(master, "no process can be forked", errno);
        return false;
    }
    return child_take(master, child, pid);
}

bool child_take(struct master *master, struct child *child, pid_t pid)
{
    child->pid = pid;
    child->pidfd = pidfd_open(pid, 0);
    if (child->pidfd >= 0 && master_watch(master, child->pidfd, &child->watch))
        return true;
    if (child->pidfd < 0)
        shortage_met(master, "no descriptor for a process", errno);
    forget_child(child);
    return false;
}

void child_kill(const struct child *child)
{
    if (child->pid)
        (void)pidfd_send_signal(child->pidfd, SIGKILL, NULL, 0); /* ESRCH: it has ended by itself */
}

int child_reap(struct master *master, struct child *child)
{
    int status = 0;
    if (!child->pid || waitpid(child->pid, &status, WNOHANG) != child->pid)
        return -1;
    master_unwatch(master, child->pidfd);
    close(child->pidfd);
    child->pid = 0;
    child->pidfd = -1;
    return status;
}
