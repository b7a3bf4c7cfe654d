/* run.c - the master: start, the loop, stop. */
#include "daemon/master/master.h"

#include "build_info.h"
#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/master/filters.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
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
    LAST_WORDS_MS = 1000, /* for a session that is told to end at once: it settles its upload, and says why */
    DESCRIPTORS_PER_CELL = 4, /* two pidfds, the channel to NET, one in passing */
    DESCRIPTORS_BESIDE = 1024,
};

bool master_watch(struct master *master, int fd, struct watch *watch)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = watch };
    if (epoll_ctl(master->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
        return true;
    shortage_met(master, "a descriptor can't be watched", errno);
    return false;
}

void master_unwatch(struct master *master, int fd)
{
    (void)epoll_ctl(master->epoll, EPOLL_CTL_DEL, fd, NULL);
}

static void take_no_more(struct master *master)
{
    if (master->stopping != RUNNING)
        return;
    listeners_close(master);
    waiting_end(master);
    pool_renew(master);
}

void master_drain(struct master *master)
{
    if (master->stopping != RUNNING)
        return;
    log_note(LOG_LEVEL_INFO, "draining: %u sessions", master->busy.count);
    take_no_more(master);
    master->stopping = DRAINING;
    master->stop_at_ms = INT64_MAX;
}

void master_stop(struct master *master, enum stopping how)
{
    const enum stop_kind kind = how == STOPPING_NOW ? STOP_NOW : STOP_GENTLY;
    const int64_t now = now_ms();
    if (master->stopping == how && how == STOPPING_GENTLY)
        return; /* wardctl asks again: the time that sessions have does not begin anew */
    log_note(LOG_LEVEL_INFO, "stopping: %u sessions", master->busy.count);
    take_no_more(master);
    master->stopping = how;
    master->stop_at_ms =
        now + (how == STOPPING_NOW ? LAST_WORDS_MS : (int64_t)master->config->stop_timeout * 1000);
    for (struct cell *cell = master->busy.first; cell; cell = cell->next)
        cell_stop(cell, kind, STOP_SHUTDOWN);
}

static void end_all_sessions(struct master *master)
{
    while (master->busy.first)
        cell_end(master, master->busy.first);
}

static void on_signal(struct master *master, struct watch *watch)
{
    struct signalfd_siginfo info;
    (void)watch;
    if (read(master->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    switch (info.ssi_signo) {
    case SIGTERM:
    case SIGINT:
        master_stop(master, master->stopping < STOPPING_GENTLY ? STOPPING_GENTLY : STOPPING_NOW);
        break;
    case SIGHUP:
        reload_start(master);
        break;
    case SIGUSR1:
        files_give_logs(master);
        files_tell_of_lost_log(master);
        break;
    default:
        break;
    }
}

/* Blocked, so that they come by the descriptor only. */
static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
        signal(SIGUSR2, SIG_IGN) == SIG_ERR) /* means nothing here, and ends nobody */
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* 0 to 2 exist, and 3 to FD_PLACES - 1 are taken, so that no descriptor of ours
 * stands where a child's is to be (spawn.c). */
bool master_reserve_descriptors(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd < FD_PLACES - 1);
    if (fd >= FD_PLACES)
        close(fd);
    return fd >= 0;
}

static void raise_descriptor_limit(const struct config *config)
{
    const rlim_t wanted =
        (rlim_t)DESCRIPTORS_PER_CELL * (config->max_sessions + config->pool_max) + DESCRIPTORS_BESIDE;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted;
        if (limit.rlim_max < wanted)
            limit.rlim_max = wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            log_note(LOG_LEVEL_WARNING, "cannot raise the limit of descriptors to %llu: %s",
                     (unsigned long long)wanted, strerror(errno));
    }
}

static void complain_to_stderr(void *context, bool fatal, const char *line)
{
    (void)context;
    fprintf(stderr, "wardftpd: %s%s\n", fatal ? "" : "warning: ", line);
}

static bool programs_fit(const struct master *master)
{
    char line[160];
    const enum program stranger = spawn_first_stranger(master);
    if (stranger == PROGRAMS)
        return true;
    (void)text_format(line, sizeof line,
                      "the program %s is of another build than wardftpd: install them together",
                      program_name(stranger));
    complain_to_stderr(NULL, true, line);
    return false;
}

static int prepare(struct master *master)
{
    umask(022);
    master->pid_file = master->empty_root = master->own_scribe = master->reload_channel = -1;
    master->control_socket = master->first_network = master->own_network = -1;
    master->images = (struct images){ .config = -1, .orders = -1, .certificates = -1 };
    master->since_ms = now_ms();
    master->next_cell = 1;
    if (!master_reserve_descriptors())
        return EX_OSERR;
    raise_descriptor_limit(master->config);
    master->epoll = epoll_create1(EPOLL_CLOEXEC);
    master->signals = open_signals();
    master->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    master->addresses = addresses_new();
    if (master->epoll < 0 || master->signals < 0 || master->spare_fd < 0 || !master->addresses)
        return EX_OSERR;
    master->signal_watch.ready = on_signal;
    if (!master_watch(master, master->signals, &master->signal_watch))
        return EX_OSERR;
    if (roles_look_up(master->config, &master->ids, complain_to_stderr, NULL) != 0)
        return EX_NOUSER;
    if (filters_compile(master->config, complain_to_stderr, NULL) != 0)
        return EX_OSERR;
    if (programs_open(&master->programs, complain_to_stderr, NULL) != 0)
        return EX_UNAVAILABLE;
    if (files_prepare_root(master, complain_to_stderr, NULL) != 0)
        return EX_CANTCREAT;
    if (images_make(master->config, &master->ids, &master->images, complain_to_stderr, NULL) != 0 ||
        !programs_fit(master) || judge_certificates(master, complain_to_stderr, NULL) != 0)
        return EX_CONFIG;
    if (files_take_pid(master, complain_to_stderr, NULL) != 0)
        return EX_CANTCREAT;
    if (admin_open(master, complain_to_stderr, NULL) != 0)
        return EX_UNAVAILABLE;
    if (listeners_open(master, master->config, complain_to_stderr, NULL) != 0)
        return EX_UNAVAILABLE;
    network_leave(master, complain_to_stderr, NULL);
    return 0;
}

static int turn_timeout(const struct master *master, int64_t now)
{
    if (pool_wants_cell(master, now))
        return 0;
    return TICK_MS;
}

static void tick(struct master *master, int64_t now)
{
    if (now - master->ticked_ms < TICK_MS)
        return;
    master->ticked_ms = now;
    cells_tick(master, now);
    shared_tick(master, now);
    zygotes_tick(master, now);
    shortage_tick(master, now);
    waiting_tick(master, now);
    addresses_sweep(master->addresses, now);
    if (master->stopping == RUNNING)
        pool_tick(master, now);
    else if (now >= master->stop_at_ms && master->stopping == STOPPING_GENTLY)
        master_stop(master, STOPPING_NOW);
    else if (now >= master->stop_at_ms)
        end_all_sessions(master);
    files_tick(master);
}

/* Deaths and messages first, then clients: a cell that has died gets none, and
 * a place that has become free is free for them.  A cell's watches end with
 * it, so which events are clients' is noted before anything is handled; where a
 * reload has changed the listeners, the next turn hears of their clients again. */
static void dispatch(struct master *master, const struct epoll_event *events, int n)
{
    bool accepting[EVENTS];
    master->listeners_changed = false;
    for (int i = 0; i < n; i++) {
        const struct watch *watch = events[i].data.ptr;
        accepting[i] = watch->ready == accept_clients;
    }
    for (int i = 0; i < n; i++) {
        struct watch *watch = events[i].data.ptr;
        if (!accepting[i])
            watch->ready(master, watch);
    }
    for (int i = 0; i < n && master->stopping == RUNNING && !master->listeners_changed; i++) {
        struct watch *watch = events[i].data.ptr;
        if (accepting[i])
            watch->ready(master, watch);
    }
}

static bool is_done(const struct master *master)
{
    return master->stopping != RUNNING && !master->busy.count && !master->ending.count;
}

static void loop(struct master *master)
{
    struct epoll_event events[EVENTS];
    while (!is_done(master)) {
        const int n = epoll_wait(master->epoll, events, EVENTS, turn_timeout(master, now_ms()));
        if (n < 0 && errno != EINTR)
            die("master: epoll_wait: %s", strerror(errno));
        if (n == 0 && pool_wants_cell(master, now_ms()))
            pool_add_cell(master);
        if (n > 0)
            dispatch(master, events, n);
        waiting_serve(master);
        tick(master, now_ms());
    }
}

/* Tells who waits for the start (the shell, an init script) that it has succeeded. */
static void say_ready(const struct master *master, int ready_fd)
{
    const char fine = 0;
    if (ready_fd < 0)
        return;
    (void)!write(ready_fd, &fine, 1);
    close(ready_fd);
    if (!master->foreground && strcmp(master->config->log, "stderr") != 0)
        (void)dup2(STDIN_FILENO, STDERR_FILENO);
}

/* One step towards the first cells. */
static bool first_cells(struct master *master)
{
    while (pool_wants_cell(master, now_ms())) {
        if (!cell_order(master))
            return false;
    }
    return zygotes_await(master);
}

/* The shared processes and the first cells; forked when nothing more can be wrong. */
static int start_processes(struct master *master)
{
    master_confine(master);
    if (self_test(master, complain_to_stderr, NULL) != 0)
        return EX_OSERR;
    if (!shared_start_all(master)) {
        fprintf(stderr, "wardftpd: the shared processes can't be started\n");
        return EX_OSERR;
    }
    if (!keys_await(master)) {
        fprintf(stderr,
                "wardftpd: the keeper does not start, or can't read a private key: no TLS, no service\n");
        shared_stop_all(master);
        return EX_OSERR;
    }
    if (!zygotes_start(master)) {
        fprintf(stderr, "wardftpd: the zygotes of cells can't be started\n");
        shared_stop_all(master);
        return EX_OSERR;
    }
    master->spare_target = master->config->pool_min;
    master->window_ms = now_ms();
    while (master->idle.count < master->config->pool_min) {
        if (!first_cells(master)) {
            fprintf(stderr, "wardftpd: no cell can be made\n");
            zygotes_stop(master);
            shared_stop_all(master);
            return EX_OSERR;
        }
    }
    return 0;
}

int master_run(struct master *master, int ready_fd)
{
    int error = prepare(master);
    if (!error)
        error = start_processes(master);
    if (error) {
        admin_close(master);
        files_remove_pid(master);
        return error;
    }
    say_ready(master, ready_fd);
    log_note(LOG_LEVEL_INFO, "wardftpd %s serves", WARDFTPD_VERSION);
    loop(master);
    zygotes_stop(master);
    log_note(LOG_LEVEL_INFO, "stopped");
    shared_stop_all(master);
    admin_close(master);
    files_remove_pid(master);
    return 0;
}
