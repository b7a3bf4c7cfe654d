/* reload.c - SIGHUP.  A forked child reads and checks the file, so that a bad
 * one can harm nothing, and passes the configuration back in a sealed memfd;
 * the master then switches as one step, or not at all. */
#include "daemon/master/master.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child sends with the configuration, or in place of it. */
struct load_report {
    struct message_head head;
    char text[RELOAD_TEXT_ROOM]; /* lines: what it has complained of */
};

/* To the log, and, for who may have asked, into a text (context) as far as there is room. */
static void complain_to(void *context, bool fatal, const char *line)
{
    char *text = context;
    const size_t used = strlen(text);
    log_note(fatal ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "configuration: %s", line);
    (void)text_format(text + used, RELOAD_TEXT_ROOM - used, "%s%s\n", fatal ? "" : "warning: ", line);
}

/* In the child's own copy of the master. */
static bool is_fit(struct master *master, struct config *config, char *text)
{
    master->config = config;
    return images_make(config, &master->ids, &master->images, complain_to, text) == 0 &&
           judge_certificates(master, complain_to, text) == 0;
}

static _Noreturn void load_in_child(struct master *master, int channel)
{
    static struct load_report report = { .head.type = FM_CONFIG };
    struct config *config =
        config_load(master->config_path, master->overrides, master->override_count, complain_to, report.text);
    const bool fits = config && is_fit(master, config, report.text);
    const int fd = fits ? master->images.config : -1;
    _exit(channel_send_fd(channel, &report, sizeof report, fd, 0) == 0 && fd >= 0 ? 0 : 1);
}

/* The roles' accounts are given to processes at their fork: another one needs a restart. */
static void keep_accounts(const struct config *old, struct config *new)
{
    for (size_t i = 0; i < ROLES; i++) {
        char *to = (char *)new + roles[i].account;
        const char *from = (const char *)old + roles[i].account;
        if (!roles[i].account || strcmp(to, from) == 0)
            continue;
        log_note(LOG_LEVEL_WARNING, "the account of %s changes with a restart, not with a reload",
                 roles[i].name);
        (void)text_copy(to, ACCOUNT_ROOM, from);
    }
}

/* It is bound at the start. */
static void keep_control_socket(const struct config *old, struct config *new)
{
    if (strcmp(old->control_socket, new->control_socket) == 0)
        return;
    log_note(LOG_LEVEL_WARNING, "control_socket changes with a restart, not with a reload");
    (void)text_copy(new->control_socket, sizeof new->control_socket, old->control_socket);
}

/* Auth holds the file open. */
static void keep_state_directory(const struct config *old, struct config *new)
{
    if (strcmp(old->state_directory, new->state_directory) == 0)
        return;
    log_note(LOG_LEVEL_WARNING, "state_directory changes with a restart, not with a reload");
    (void)text_copy(new->state_directory, sizeof new->state_directory, old->state_directory);
}

static void tell_all(struct master *master)
{
    static const enum shared_role told[] = { SHARED_SCRIBE, SHARED_AUTH, SHARED_DIALER, SHARED_KEEPER,
                                             SHARED_CONTROL };
    const struct message_head head = { .type = FM_CONFIG };
    for (size_t i = 0; i < COUNT(told); i++)
        shared_tell(master, told[i], &head, sizeof head, master->images.config);
}

void config_spread(struct master *master)
{
    tell_all(master);
    files_give_users(master);
    keys_give(master);
    files_give_logs(master);
    pool_renew(master);
    zygotes_renew(master);
    log_open(master->own_scribe, (enum log_level)master->config->log_level);
}

static void tell_restart(struct master *master, const char *what)
{
    const size_t used = strlen(master->reload_text);
    log_note(LOG_LEVEL_WARNING, "restart needed: %s", what);
    (void)text_format(master->reload_text + used, sizeof master->reload_text - used,
                      "warning: restart needed: %s\n", what);
}

/* New sessions come from programs that have changed on disk, where they
 * understand what the running ones say; else those that are open stay in use. */
static void renew_programs(struct master *master)
{
    char what[160];
    struct programs old = master->programs;
    if (!programs_changed(&old))
        return;
    if (programs_open(&master->programs, complain_to, master->reload_text) != 0) {
        master->programs = old;
        tell_restart(master, "the changed programs can't be used");
        return;
    }
    const enum program stranger = spawn_first_stranger(master);
    if (stranger == PROGRAMS) {
        programs_close(&old);
        log_note(LOG_LEVEL_INFO, "new sessions are served by the programs that have changed");
        return;
    }
    programs_close(&master->programs);
    master->programs = old;
    (void)text_format(what, sizeof what, "the changed program %s is of another build than this one",
                      program_name(stranger));
    tell_restart(master, what);
}

static bool refuse(struct config *config)
{
    log_note(LOG_LEVEL_ERROR, "reload failed: the old configuration stays");
    free(config);
    return false;
}

static bool switch_to(struct master *master, struct config *config)
{
    char unused[RELOAD_TEXT_ROOM] = ""; /* its complaints are those that the child has sent */
    struct images images = { .tls_served = master->images.tls_served };
    keep_accounts(master->config, config);
    keep_state_directory(master->config, config);
    keep_control_socket(master->config, config);
    if (images_make(config, &master->ids, &images, complain_to, unused) != 0)
        return refuse(config);
    const struct images old = master->images;
    master->images = images;
    if (listeners_open(master, config, complain_to, master->reload_text) != 0) {
        images_close(&master->images);
        master->images = old;
        return refuse(config);
    }
    images_close(&(struct images){ old.config, old.orders, old.certificates, false });
    free(master->config);
    master->config = config;
    waiting_follow_listeners(master);
    renew_programs(master);
    config_spread(master);
    log_note(LOG_LEVEL_INFO, "configuration reloaded");
    return true;
}

static void answer_asker(struct master *master, bool switched)
{
    if (master->reload_answers)
        admin_reloaded(master, master->reload_answers, switched, master->reload_text);
    master->reload_answers = 0;
}

static void give_up(struct master *master, const char *why)
{
    log_note(LOG_LEVEL_ERROR, "reload failed: %s", why);
    (void)text_format(master->reload_text, sizeof master->reload_text, "%s\n", why);
    answer_asker(master, false);
}

static void loaded(struct master *master, struct watch *watch)
{
    static struct load_report report;
    int fd = -1;
    (void)watch;
    const ssize_t n = channel_receive_fd(master->reload_channel, &report, sizeof report, &fd, MSG_DONTWAIT);
    if (n == -EAGAIN || n == -EINTR)
        return;
    struct config *config = n > 0 && fd >= 0 ? config_from_fd(fd) : NULL;
    if (fd >= 0)
        close(fd);
    report.text[n == (ssize_t)sizeof report ? sizeof report.text - 1 : 0] = '\0';
    memcpy(master->reload_text, report.text, sizeof report.text);
    master_unwatch(master, master->reload_channel);
    close(master->reload_channel);
    master->reload_channel = -1;
    (void)waitpid(master->reload_pid, NULL, 0); /* it ends right after its message */
    if (!config)
        log_note(LOG_LEVEL_ERROR, "reload failed: the old configuration stays");
    else if (master->stopping != RUNNING)
        free(config); /* stopped meanwhile: its listeners must not come back */
    answer_asker(master, config && master->stopping == RUNNING && switch_to(master, config));
    if (master->reload_again)
        reload_start(master);
}

void reload_ask(struct master *master, uint32_t serial)
{
    master->reload_asked = serial;
    reload_start(master);
}

void reload_start(struct master *master)
{
    int ends[2];
    master->reload_again = master->reload_channel >= 0;
    if (master->reload_again)
        return; /* one is under way */
    master->reload_answers = master->reload_asked;
    master->reload_asked = 0;
    if (master->stopping != RUNNING) {
        give_up(master, "the daemon takes no more clients");
        return;
    }
    const int error = channel_pair(ends, 0);
    if (error) {
        give_up(master, strerror(-error));
        return;
    }
    master->reload_pid = fork();
    if (master->reload_pid == 0) {
        close(ends[0]);
        load_in_child(master, ends[1]);
    }
    close(ends[1]);
    if (master->reload_pid < 0) {
        give_up(master, "no process can be made");
        close(ends[0]);
        return;
    }
    master->reload_channel = ends[0];
    master->reload_watch.ready = loaded;
    if (!master_watch(master, ends[0], &master->reload_watch)) {
        master->reload_channel = -1;
        close(ends[0]); /* its child can't say what it has read, and ends */
        (void)waitpid(master->reload_pid, NULL, 0);
        log_note(LOG_LEVEL_ERROR, "reload failed: the old configuration stays");
    }
}
