/* reload.c - SIGHUP.  A forked child reads and checks the file, so that a bad
 * one can harm nothing, and passes the configuration back in a sealed memfd;
 * the master then switches as one step, or not at all. */
#include "daemon/master/master.h"

#include "common/text.h"
#include "daemon/border/channel.h"
#include "daemon/border/log.h"
#include "daemon/net/tls.h"

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

static _Noreturn void load_in_child(const struct master *master, int channel)
{
    static struct load_report report = { .head.type = FM_CONFIG };
    struct config *config =
        config_load(master->config_path, master->overrides, master->override_count, complain_to, report.text);
    const bool fits = config && check_keys(config, complain_to, report.text) == 0;
    const int fd = fits ? config_to_fd(config) : -1;
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
    const int fd = config_to_fd(master->config);
    if (fd < 0) {
        log_note(LOG_LEVEL_ERROR, "the new configuration can't be handed over: %s", strerror(-fd));
        return;
    }
    for (size_t i = 0; i < COUNT(told); i++)
        shared_tell(master, told[i], &head, sizeof head, fd);
    close(fd);
}

void config_spread(struct master *master)
{
    tell_all(master);
    files_give_users(master);
    keys_give(master);
    files_give_logs(master);
    pool_renew(master);
    cradles_renew(master);
    log_open(master->own_scribe, (enum log_level)master->config->log_level);
}

static bool switch_to(struct master *master, struct config *config)
{
    char unused[RELOAD_TEXT_ROOM] = "";
    keep_accounts(master->config, config);
    keep_state_directory(master->config, config);
    keep_control_socket(master->config, config);
    if (tls_contexts_make(config, complain_to, master->reload_text) != 0 ||
        listeners_open(master, config, complain_to, master->reload_text) != 0) {
        log_note(LOG_LEVEL_ERROR, "reload failed: the old configuration stays");
        (void)tls_contexts_make(master->config, complain_to, unused);
        free(config);
        return false;
    }
    free(master->config);
    master->config = config;
    waiting_follow_listeners(master);
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
