/* SPDX-License-Identifier: BSD-2-Clause */
/* reload.c - runs in the master: a forked child reads and checks the file, so
 * that a bad one does no harm, and passes the configuration back in a sealed
 * memfd; the master then switches to all of it, or to nothing. */
#include "daemon/master/reload.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/master/cell.h"
#include "daemon/master/check_certificates.h"
#include "daemon/master/control.h"
#include "daemon/master/events.h"
#include "daemon/master/files.h"
#include "daemon/master/keys.h"
#include "daemon/master/listen.h"
#include "daemon/master/master.h"
#include "daemon/master/metrics.h"
#include "daemon/master/metrics_listener.h"
#include "daemon/master/notify.h"
#include "daemon/master/pool.h"
#include "daemon/master/scribe_ends.h"
#include "daemon/master/self_test.h"
#include "daemon/master/shared.h"
#include "daemon/master/spawn.h"
#include "daemon/master/waiting.h"
#include "daemon/master/zygotes.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RELOAD_TEXT_ROOM = CONTROL_TEXT_ROOM };

struct reload {
    struct watch watch; /* its channel is readable */
    int channel;        /* to the child that reads the file; -1: no reload runs */
    pid_t pid;
    /* asked for while one runs: the file may have changed since it was read */
    bool again;
    /* of the administrator who asks for the next one; 0: a signal does */
    uint32_t next_serial;
    uint32_t serial;                /* ... of the one that runs */
    struct role_ids ids;            /* that the child found */
    struct certificate_dates dates; /* of its certificates */
    char text[RELOAD_TEXT_ROOM];    /* its complaints */
};

/* The child's message; the configuration comes with it if it is valid. */
struct load_report {
    struct message_head head;
    struct role_ids ids; /* with those of the accounts that it needs in addition */
    struct certificate_dates dates;
    char text[RELOAD_TEXT_ROOM]; /* its complaints, a line each */
};

/* To the log and, as far as there is room, into a text (context) for an administrator. */
static void complain_to_text(void *context, bool fatal, const char *line)
{
    char *text = context;
    const size_t used = strlen(text);
    log_note(fatal ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "configuration: %s", line);
    (void)text_format(text + used, RELOAD_TEXT_ROOM - used, "%s%s\n",
                      fatal ? "" : "warning: ", line);
}

/* The confinement of roles that the old configuration did not ask for has not been tried yet. */
static bool test_programs(const struct master *master, const struct config *old,
                          const struct complaint *to)
{
    static const enum role optional[] = { ROLE_RESOLVER, ROLE_EVENTS, ROLE_METRICS };
    for (size_t i = 0; i < COUNT(optional); i++) {
        if (!roles_wanted(old, optional[i]) && roles_wanted(master->config, optional[i]) &&
            !self_test_program(master, program_of(optional[i]), to))
            return false;
    }
    return true;
}

/* Changes the child's copy of the master. */
static bool is_fit(struct master *master, struct config *config, struct load_report *report)
{
    const struct complaint to = { .complain = complain_to_text, .context = report->text };
    const struct config *old = master->config;
    master->config = config;
    return roles_look_up(config, &master->ids, complain_to_text, report->text) == 0 &&
           images_make(config, &master->ids, &master->images, &to) == 0 &&
           check_certificates(master, &report->dates, &to) == 0 && test_programs(master, old, &to);
}

static _Noreturn void load_in_child(struct master *master, int channel)
{
    static struct load_report report = { .head.type = FM_CONFIG };
    struct config *config = config_load(master->config_path, master->overrides,
                                        master->override_count, complain_to_text, report.text);
    const bool fits = config && is_fit(master, config, &report);
    const int fd = fits ? master->images.config : -1;
    report.ids = master->ids;
    _exit(channel_send_fd(channel, &report, sizeof report, fd, 0) == 0 && fd >= 0 ? 0 : 1);
}

/* Running processes have the old accounts. */
static void keep_accounts(const struct master *master, struct config *new)
{
    for (size_t i = 0; i < ROLES; i++) {
        char *to = (char *)new + roles[i].account;
        const char *from = (const char *)master->config + roles[i].account;
        if (!roles[i].account || master->ids.uid[i] == 0 || strcmp(to, from) == 0)
            continue;
        log_note(LOG_LEVEL_WARNING, "the account of %s changes with a restart, not with a reload",
                 roles[i].name);
        (void)text_copy(to, ACCOUNT_ROOM, from);
    }
}

/* The accounts of roles that no process has had so far. */
static void take_new_ids(struct role_ids *own, const struct role_ids *found)
{
    for (size_t i = 0; i < ROLES; i++) {
        if (own->uid[i] != 0)
            continue;
        own->uid[i] = found->uid[i];
        own->gid[i] = found->gid[i];
    }
}

/* It was bound at the start. */
static void keep_control_socket(const struct config *old, struct config *new)
{
    if (strcmp(old->control_socket, new->control_socket) == 0)
        return;
    log_note(LOG_LEVEL_WARNING, "control_socket changes with a restart, not with a reload");
    (void)text_copy(new->control_socket, sizeof new->control_socket, old->control_socket);
}

/* auth has its files open. */
static void keep_state_directory(const struct config *old, struct config *new)
{
    if (strcmp(old->state_directory, new->state_directory) == 0)
        return;
    log_note(LOG_LEVEL_WARNING, "state_directory changes with a restart, not with a reload");
    (void)text_copy(new->state_directory, sizeof new->state_directory, old->state_directory);
}

/* The master has, or has not, the capability that homes needs. */
static void keep_create_home(const struct config *old, struct config *new)
{
    if (old->create_home == new->create_home)
        return;
    if (new->create_home)
        log_note(LOG_LEVEL_WARNING, "create_home begins with a restart, not with a reload");
    new->create_home = old->create_home &&new->create_home;
}

void reload_pass_on(struct master *master)
{
    const struct message_head head = { .type = FM_CONFIG };
    shared_follow_config(master);
    shared_send_all(master, &head, sizeof head, master->images.config);
    files_give_users(master);
    keys_give(master);
    files_give_logs(master);
    pool_renew(master);
    zygotes_renew(master);
    scribe_ends_set_level(master);
}

static void report_restart_needed(struct master *master, const char *what)
{
    char *text = master->reload->text;
    const size_t used = strlen(text);
    log_note(LOG_LEVEL_WARNING, "restart needed: %s", what);
    (void)text_format(text + used, RELOAD_TEXT_ROOM - used, "warning: restart needed: %s\n", what);
}

/* New sessions use programs that have changed on disk, if these have the same
 * borders as the running ones; else the open programs stay in use. */
static void renew_programs(struct master *master)
{
    const struct complaint to = { .complain = complain_to_text, .context = master->reload->text };
    char what[160];
    struct programs old = master->programs;
    if (!programs_changed(&old))
        return;
    if (programs_open(&master->programs, &to) != 0) {
        master->programs = old;
        report_restart_needed(master, "the changed programs can't be used");
        return;
    }
    bool starts;
    const enum program other = spawn_find_other_build(master, &starts);
    if (other == PROGRAMS) {
        programs_close(&old);
        log_note(LOG_LEVEL_INFO, "new sessions are served by the programs that have changed");
        return;
    }
    programs_close(&master->programs);
    master->programs = old;
    (void)text_format(what, sizeof what, "the changed program %s is of another build than this one",
                      program_name(other));
    report_restart_needed(master, what);
}

static void log_reload(bool done, const char *text)
{
    log_admin(&(struct scribe_admin){ .event = EVENT_RELOAD, .value = done }, "%s", text);
}

static bool reload_refuse(struct config *config)
{
    log_reload(false, "reload failed: the old configuration stays");
    free(config);
    return false;
}

/* The sockets of the new configuration: all of them, or none. */
static bool open_doors(struct master *master, struct config *config, const struct complaint *to)
{
    int events;
    if (!events_socket_prepare(master, config, to, &events))
        return false;
    if (metrics_listener_prepare(master, config, to) != 0 ||
        listeners_open(master, config, to) != 0) {
        metrics_listener_drop(master);
        events_socket_drop(master, config, events);
        return false;
    }
    events_socket_switch(master, config, events);
    return true;
}

static bool switch_to(struct master *master, struct config *config)
{
    char unused[RELOAD_TEXT_ROOM] = ""; /* the child has sent the same complaints */
    const struct complaint to_unused = { .complain = complain_to_text, .context = unused };
    const struct complaint to = { .complain = complain_to_text, .context = master->reload->text };
    struct images images = { .tls_served = master->images.tls_served };
    keep_accounts(master, config);
    take_new_ids(&master->ids, &master->reload->ids);
    keep_state_directory(master->config, config);
    keep_control_socket(master->config, config);
    keep_create_home(master->config, config);
    if (images_make(config, &master->ids, &images, &to_unused) != 0)
        return reload_refuse(config);
    const struct images old = master->images;
    master->images = images;
    if (!open_doors(master, config, &to)) {
        images_close(&master->images);
        master->images = old;
        return reload_refuse(config);
    }
    images_close(&(struct images){ old.config, old.orders, old.certificates, false });
    free(master->config);
    master->config = config;
    master->dates = master->reload->dates;
    waiting_follow_listeners(master);
    renew_programs(master);
    metrics_follow(master);
    reload_pass_on(master);
    log_reload(true, "configuration reloaded");
    return true;
}

/* Answers the administrator, where one has asked. */
static void reload_answer(struct master *master, bool reloaded)
{
    if (master->reload->serial)
        control_answer_reload(master, master->reload->serial, reloaded, master->reload->text);
    master->reload->serial = 0;
    if (master->stopping == RUNNING)
        notify_ready(master);
}

static void give_up(struct master *master, const char *why)
{
    char text[ADMIN_TEXT_ROOM];
    (void)text_format(text, sizeof text, "reload failed: %s", why);
    log_reload(false, text);
    (void)text_format(master->reload->text, RELOAD_TEXT_ROOM, "%s\n", why);
    reload_answer(master, false);
}

/* The child has sent its report: it ends at once. */
static void collect_child(struct master *master)
{
    struct reload *reload = master->reload;
    watch_remove(master, reload->channel);
    close(reload->channel);
    reload->channel = -1;
    (void)waitpid(reload->pid, NULL, 0);
    reload->pid = 0;
}

/* NULL: it has not sent a valid configuration. */
static struct config *receive_config(struct master *master, bool *received)
{
    static struct load_report report;
    int fd = -1;
    const ssize_t n =
        channel_receive_fd(master->reload->channel, &report, sizeof report, &fd, MSG_DONTWAIT);
    *received = n != -EAGAIN && n != -EINTR;
    if (!*received)
        return NULL;
    struct config *config = n > 0 && fd >= 0 ? config_from_fd(fd) : NULL;
    if (fd >= 0)
        close(fd);
    report.text[n == (ssize_t)sizeof report ? sizeof report.text - 1 : 0] = '\0';
    memcpy(master->reload->text, report.text, sizeof report.text);
    master->reload->ids = report.ids;
    master->reload->dates = report.dates;
    return config;
}

static void on_report(struct master *master, struct watch *watch)
{
    bool received;
    (void)watch;
    struct config *config = receive_config(master, &received);
    if (!received)
        return;
    collect_child(master);
    if (!config)
        log_reload(false, "reload failed: the old configuration stays");
    /* its listeners must not be opened */
    else if (master->stopping != RUNNING)
        free(config);
    reload_answer(master, config && master->stopping == RUNNING && switch_to(master, config));
    if (master->reload->again)
        reload_start(master);
}

void reload_ask(struct master *master, uint32_t serial)
{
    master->reload->next_serial = serial;
    reload_start(master);
}

bool reload_has(const struct master *master, pid_t pid)
{
    return master->reload->pid == pid;
}

struct reload *reload_new(void)
{
    struct reload *reload = calloc(1, sizeof *reload);
    if (reload)
        reload->channel = -1;
    return reload;
}

/* Forks the child that reads the file. */
static void fork_loader(struct master *master)
{
    struct reload *reload = master->reload;
    int ends[2];
    const int error = channel_pair(ends, 0);
    if (error) {
        give_up(master, strerror(-error));
        return;
    }
    reload->pid = fork();
    if (reload->pid == 0) {
        close(ends[0]);
        load_in_child(master, ends[1]);
    }
    close(ends[1]);
    if (reload->pid < 0) {
        reload->pid = 0;
        close(ends[0]);
        give_up(master, "cannot fork a process");
        return;
    }
    reload->channel = ends[0];
    reload->watch.ready = on_report;
    if (!watch_add(master, ends[0], &reload->watch)) {
        collect_child(master); /* it ends, as it cannot send its report */
        give_up(master, "cannot watch a descriptor");
    }
}

bool reload_runs(const struct master *master)
{
    return master->reload->channel >= 0;
}

void reload_after_upgrade(struct master *master)
{
    if (master->reload->again && !reload_runs(master))
        reload_start(master);
}

void reload_start(struct master *master)
{
    struct reload *reload = master->reload;
    reload->again = reload->channel >= 0 || master->renewing;
    if (reload->again)
        return;
    reload->serial = reload->next_serial;
    reload->next_serial = 0;
    notify_reloading(master);
    if (master->stopping == RUNNING)
        fork_loader(master);
    else
        give_up(master, "the daemon is stopping");
}
