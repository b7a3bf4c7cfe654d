/* spawn.c - runs in the master, and in each new child up to its role's own
 * loop: fork, descriptors at their places, the role for good. */
#include "daemon/master/master.h"

#include "common/text.h"
#include "daemon/auth/auth.h"
#include "daemon/border/channel.h"
#include "daemon/border/log.h"
#include "daemon/control/control.h"
#include "daemon/cradle/cradle.h"
#include "daemon/dialer/dialer.h"
#include "daemon/jail/jail.h"
#include "daemon/keeper/keeper.h"
#include "daemon/net/net.h"
#include "daemon/sandbox/sandbox.h"
#include "daemon/scribe/scribe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What all descriptors of a uid in flight need, twice over. */
uint32_t spawn_nofile(const struct config *config)
{
    return 4 * (config->max_sessions + config->pool_max) + 128;
}

/* The master keeps 3 to FD_KEPT taken by /dev/null, so that no channel of its
 * own stands where a child's is to be; the child's standard streams are that. */
static bool place_descriptors(const int fds[], int empty_root)
{
    for (int n = STDIN_FILENO; n <= STDERR_FILENO; n++) {
        if ((n < STDERR_FILENO || !WITH_SANITIZERS) && dup3(FD_KEPT, n, 0) < 0)
            return false;
    }
    for (int n = FD_MASTER; n < FD_KEPT; n++) {
        if (fds[n] >= 0 ? dup3(fds[n], n, 0) < 0 : close(n) != 0)
            return false;
    }
    return dup3(empty_root, FD_KEPT, 0) >= 0 && close_range(FD_KEPT + 1, ~0U, 0) == 0;
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

static void live_as_net(void *context)
{
    const struct master *master = context;
    net_run(master->config);
}

static void live_as_jail(void *context)
{
    const struct master *master = context;
    jail_run(master->config, &master->ids);
}

static _Noreturn void run_role(struct master *master, enum role role)
{
    struct config *config = master->config;
    const struct cradle nets = { ROLE_NET, NET_CHANNELS, live_as_net, master, config->log_level };
    const struct cradle jails = { ROLE_JAIL_BEFORE, JAIL_CHANNELS, live_as_jail, master, config->log_level };
    switch (role) {
    case ROLE_AUTH_BEFORE:
        auth_run(config, &master->ids);
    case ROLE_DIALER:
        dialer_run(config);
    case ROLE_KEEPER:
        keeper_run(config);
    case ROLE_SCRIBE:
        scribe_run(config);
    case ROLE_CONTROL:
        control_run(config);
    case ROLE_NET_CRADLE:
        cradle_run(&nets);
    case ROLE_JAIL_CRADLE:
        cradle_run(&jails);
    default:
        die("no such role to run");
    }
}

/* Where a user's hours are judged; read while the zone's file is in reach. */
static void take_time_zone(const struct config *config)
{
    char zone[CONFIG_TEXT_ROOM + 1];
    if (text_format(zone, sizeof zone, ":%s", config->defaults.time_zone) && setenv("TZ", zone, 1) == 0)
        tzset();
}

static _Noreturn void child_main(struct master *master, enum role role, const int fds[])
{
    const struct confinement how = { .config = master->config,
                                     .ids = &master->ids,
                                     .empty_root = FD_KEPT,
                                     .nofile = spawn_nofile(master->config) };
    const bool is_cradle = role == ROLE_NET_CRADLE || role == ROLE_JAIL_CRADLE;
    const int scribe = role == ROLE_SCRIBE ? -1 : is_cradle ? FD_CRADLE_SCRIBE : FD_SCRIBE;
    if (role == ROLE_DIALER && !network_return(master))
        die("%s: the network: %s", roles[role].name, strerror(errno));
    if (!place_descriptors(fds, master->empty_root) || (is_cradle && !cradle_clear()))
        die("%s: its descriptors: %s", roles[role].name, strerror(errno));
    log_open(scribe, (enum log_level)master->config->log_level);
    default_signals();
    if (role == ROLE_AUTH_BEFORE)
        take_time_zone(master->config);
    sandbox_enter(role, &how);
    close(FD_KEPT);
    run_role(master, role);
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

bool spawn_role(struct master *master, enum role role, const int fds[], struct child *child)
{
    const pid_t pid = fork();
    if (pid == 0)
        child_main(master, role, fds);
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
