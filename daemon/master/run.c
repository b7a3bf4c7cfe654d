/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - runs in the master: start, loop, end. */
#include "daemon/master/run.h"

#include "build_info.h"
#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/master/accept.h"
#include "daemon/master/cell.h"
#include "daemon/master/cell_start.h"
#include "daemon/master/check_certificates.h"
#include "daemon/master/confine.h"
#include "daemon/master/control.h"
#include "daemon/master/errands.h"
#include "daemon/master/events.h"
#include "daemon/master/files.h"
#include "daemon/master/filters.h"
#include "daemon/master/from_shared.h"
#include "daemon/master/greetings.h"
#include "daemon/master/keys.h"
#include "daemon/master/listen.h"
#include "daemon/master/metrics.h"
#include "daemon/master/metrics_listener.h"
#include "daemon/master/network.h"
#include "daemon/master/notify.h"
#include "daemon/master/orphans.h"
#include "daemon/master/outside.h"
#include "daemon/master/passed.h"
#include "daemon/master/per_address.h"
#include "daemon/master/pool.h"
#include "daemon/master/reload.h"
#include "daemon/master/own_rights.h"
#include "daemon/master/run_files.h"
#include "daemon/master/self_test.h"
#include "daemon/master/shortage.h"
#include "daemon/master/spawn.h"
#include "daemon/master/stop.h"
#include "daemon/master/renewal.h"
#include "daemon/master/trace.h"
#include "daemon/master/upgrade.h"
#include "daemon/master/waiting.h"
#include "daemon/master/zygotes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum {
    EVENTS = 64,
    TICK_MS = 500,
    /* two pidfds, the channel to NET, the scribe's of JAIL, one in passing */
    DESCRIPTORS_PER_CELL = 5,
    DESCRIPTORS_BESIDE = 1024,
};

/* SIGTERM and its like come by a descriptor. */
struct signals {
    struct watch watch;
    int fd;
};

static void on_signal(struct master *master, struct watch *watch)
{
    const struct signals *signals = WATCH_OWNER(struct signals, watch, watch);
    struct signalfd_siginfo info;
    if (read(signals->fd, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    switch (info.ssi_signo) {
    case SIGTERM:
    case SIGINT:
        stop_begin(master, master->stopping < STOPPING_GENTLY ? STOPPING_GENTLY : STOPPING_NOW);
        break;
    case SIGHUP:
        reload_start(master);
        break;
    case SIGUSR1:
        files_give_logs(master);
        files_warn_of_lost_log(master);
        break;
    case SIGUSR2:
        upgrade_ask(master, 0);
        break;
    default:
        break;
    }
}

/* Blocks them, so that they come by the descriptor alone. */
static bool watch_signals(struct master *master)
{
    static struct signals signals = { .watch.ready = on_signal };
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return false;
    signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return signals.fd >= 0 && watch_add(master, signals.fd, &signals.watch);
}

static void raise_descriptor_limit(const struct config *config)
{
    const rlim_t wanted = (rlim_t)DESCRIPTORS_PER_CELL * (config->max_sessions + config->pool_max) +
                          DESCRIPTORS_BESIDE;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    const struct rlimit more = { .rlim_cur = wanted,
                                 .rlim_max = limit.rlim_max < wanted ? wanted : limit.rlim_max };
    if (setrlimit(RLIMIT_NOFILE, &more) == 0)
        return;
    log_note(LOG_LEVEL_WARNING, "cannot raise the limit of descriptors to %llu, only to %llu: %s",
             (unsigned long long)wanted, (unsigned long long)limit.rlim_max, strerror(errno));
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void complain_to_stderr(void *context, bool fatal, const char *line)
{
    (void)context;
    fprintf(stderr, "wardftpd: %s%s\n", fatal ? "" : "warning: ", line);
}

static bool make_parts(struct master *master)
{
    master->listeners = listeners_new(accept_clients);
    master->shared = shared_new(&master_shared_events);
    master->zygotes = zygotes_new(&cell_zygote_events);
    master->cells = cells_new();
    master->pool = pool_new(master);
    master->waiting = waiting_new();
    master->addresses = addresses_new();
    master->reload = reload_new();
    master->traces = traces_new();
    master->outside = outside_new();
    master->greetings = greetings_new(accept_client);
    master->errands = errands_new();
    master->upgrade = upgrade_new();
    master->renewal = renewal_new();
    master->metrics = metrics_new();
    master->metrics_listener = metrics_listener_new();
    return master->listeners && master->shared && master->zygotes && master->cells &&
           master->pool && master->waiting && master->addresses && master->reload &&
           master->traces && master->outside && master->greetings && master->errands &&
           master->upgrade && master->renewal && master->metrics && master->metrics_listener;
}

/* Of memory, or of descriptors. */
static int fail_to_begin(const struct complaint *to)
{
    char line[160];
    (void)text_format(line, sizeof line, "cannot begin: %s", strerror(errno));
    to->complain(to->context, true, line);
    return EX_OSERR;
}

bool run_prepare(struct master *master)
{
    umask(022);
    raise_descriptor_limit(master->config);
    if (!spawn_reserve_descriptors() || !make_parts(master))
        return false;
    master->epoll = epoll_create1(EPOLL_CLOEXEC);
    master->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return master->epoll >= 0 && master->spare_fd >= 0 && watch_signals(master);
}

/* Of a start that no other program has prepared.  0, or an exit code. */
static int prepare_process(struct master *master, const struct complaint *to)
{
    static char path[PATH_MAX];
    master->program = program_own_path(path, sizeof path) ? path : "";
    master->pid_file = master->empty_root = master->control_socket = master->events_socket = -1;
    master->images = (struct images){ .config = -1, .orders = -1, .certificates = -1 };
    master->since_ms = now_ms();
    if (own_rights_check(to) != 0)
        return EX_NOPERM;
    return run_prepare(master) ? 0 : fail_to_begin(to);
}

/* What the children are started with.  0, or an exit code. */
static int prepare_children(struct master *master, const struct complaint *to)
{
    if (roles_look_up(master->config, &master->ids, to->complain, to->context) != 0)
        return EX_NOUSER;
    if (confine_check(master, to) != 0)
        return EX_NOPERM;
    if (filters_compile(master->config, to->complain, to->context) != 0)
        return EX_OSERR;
    if (programs_open(&master->programs, to) != 0)
        return EX_UNAVAILABLE;
    if (run_files_open_root(master, to) != 0)
        return EX_CANTCREAT;
    if (images_make(master->config, &master->ids, &master->images, to) != 0 ||
        !spawn_programs_fit(master, to))
        return EX_CONFIG;
    const int error = check_certificates(master, &master->dates, to);
    if (error)
        return error == -ECHILD ? EX_OSERR : EX_CONFIG;
    return 0;
}

/* What other processes see.  0, or an exit code. */
static int prepare_doors(struct master *master, const struct complaint *to)
{
    if (run_files_write_pid(master, to) != 0)
        return EX_CANTCREAT;
    master->notify = notify_new();
    if (passed_check(master->passed, to) != 0)
        return EX_CONFIG;
    if (control_socket_open(master, to) != 0 || events_socket_open(master, to) != 0 ||
        metrics_listener_prepare(master, master->config, to) != 0 ||
        listeners_open(master, master->config, to) != 0)
        return EX_UNAVAILABLE;
    (void)metrics_listener_take(master);
    passed_close_rest(master->passed, to);
    network_leave(master, to);
    return 0;
}

static int prepare(struct master *master, const struct complaint *to)
{
    int error = prepare_process(master, to);
    if (!error)
        error = prepare_children(master, to);
    if (!error)
        error = prepare_doors(master, to);
    return error;
}

static int turn_timeout(const struct master *master, int64_t now)
{
    if (pool_wants_cell(master, now))
        return 0;
    return TICK_MS;
}

static void tick(struct master *master, int64_t now)
{
    cells_tick(master, now);
    shared_tick(master, now);
    renewal_tick(master);
    upgrade_tick(master, now);
    zygotes_tick(master, now);
    orphans_tick(master);
    shortage_tick(master, now);
    accept_tick(master);
    listeners_tick(master, now);
    waiting_tick(master, now);
    greetings_tick(master, now);
    (void)addresses_sweep(master->addresses, now);
    if (master->stopping == RUNNING)
        pool_tick(master, now);
    stop_tick(master, now);
    notify_tick(master, now);
    files_tick(master);
    errands_tick(master, now);
}

/* Ends and messages first, then clients: a cell that has ended gets none, and a
 * place that has become free is free for them.  A cell's watches end with it, so
 * which events are clients' is noted before any is handled.  Where a reload has
 * changed the listeners, their events come again in the next turn. */
static void dispatch(struct master *master, const struct epoll_event *events, int n)
{
    bool accepting[EVENTS];
    (void)listeners_changed(master);
    for (int i = 0; i < n; i++) {
        const struct watch *watch = events[i].data.ptr;
        accepting[i] = watch->ready == accept_clients;
    }
    for (int i = 0; i < n; i++) {
        struct watch *watch = events[i].data.ptr;
        if (!accepting[i])
            watch->ready(master, watch);
    }
    if (listeners_changed(master))
        return;
    for (int i = 0; i < n && master->stopping == RUNNING; i++) {
        struct watch *watch = events[i].data.ptr;
        if (accepting[i])
            watch->ready(master, watch);
    }
}

static void loop(struct master *master)
{
    struct epoll_event events[EVENTS];
    int64_t ticked_ms = 0;
    while (!stop_is_complete(master)) {
        const int n = epoll_wait(master->epoll, events, EVENTS, turn_timeout(master, now_ms()));
        if (n < 0 && errno != EINTR)
            die("master: epoll_wait: %s", strerror(errno));
        if (n == 0 && pool_wants_cell(master, now_ms()))
            pool_add_cell(master);
        if (n > 0)
            dispatch(master, events, n);
        waiting_serve(master);
        const int64_t now = now_ms();
        upgrade_turn(master);
        if (now - ticked_ms >= TICK_MS) {
            ticked_ms = now;
            tick(master, now);
        }
    }
}

/* Lets the process that started the daemon (a shell, an init script) go on. */
static void say_ready(const struct master *master, int ready_fd)
{
    const char fine = 0;
    notify_ready(master);
    if (ready_fd < 0)
        return;
    (void)!write(ready_fd, &fine, 1);
    close(ready_fd);
    if (!master->foreground && strcmp(master->config->log, "stderr") != 0)
        (void)dup2(STDIN_FILENO, STDERR_FILENO);
}

/* Orders cells, and waits until one of their halves has started. */
static bool start_cells(struct master *master)
{
    while (pool_wants_cell(master, now_ms())) {
        if (!cell_order(master))
            return false;
    }
    return zygotes_await(master);
}

/* The shared processes and the first cells, forked when nothing more can be
 * wrong.  NULL, or what failed. */
static const char *start_processes(struct master *master)
{
    if (!shared_start_all(master))
        return "cannot start the shared processes";
    if (!keys_await(master))
        return "the keeper does not start or cannot read a private key, so TLS cannot be served";
    if (!zygotes_start(master))
        return "cannot start the zygotes";
    while (master->cells->idle.count < master->config->pool_min) {
        if (!start_cells(master))
            return "cannot start a session's processes";
    }
    return NULL;
}

static void end_processes(struct master *master)
{
    zygotes_stop(master);
    shared_stop_all(master);
}

static int master_start(struct master *master, const struct complaint *to)
{
    const int error = prepare(master, to);
    if (error)
        return error;
    confine_master(master);
    if (self_test(master, to) != 0)
        return EX_OSERR;
    const char *failure = start_processes(master);
    if (!failure)
        return 0;
    to->complain(to->context, true, failure);
    end_processes(master);
    return EX_OSERR;
}

static void remove_doors(struct master *master)
{
    control_socket_close(master);
    events_socket_close(master);
    metrics_listener_close(master);
    run_files_remove_pid(master);
}

int run_serve(struct master *master)
{
    loop(master);
    zygotes_stop(master);
    errands_stop(master);
    upgrade_stop(master);
    log_admin(&(struct scribe_admin){ .event = EVENT_STOP, .value = STOP_STOPPED }, "stopped");
    shared_stop_all(master);
    remove_doors(master);
    return 0;
}

int master_run(struct master *master, int ready_fd)
{
    const struct complaint to = { .complain = complain_to_stderr };
    const int error = master_start(master, &to);
    if (error) {
        remove_doors(master);
        return error;
    }
    say_ready(master, ready_fd);
    log_admin(&(struct scribe_admin){ .event = EVENT_START }, "wardftpd %s serves",
              WARDFTPD_VERSION);
    return run_serve(master);
}
