/* SPDX-License-Identifier: BSD-2-Clause */
/* check.c - runs in auth's program when it only checks, for `wardftpd -t`,
 * confined as auth is: who of the user files can log in, and which users and
 * groups are named in one place and missing in another. */
#include "daemon/auth/auth.h"

#include "common/home_pattern.h"
#include "common/hours.h"
#include "common/nearest.h"
#include "common/text.h"
#include "daemon/auth/files.h"
#include "daemon/auth/policy.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/program/program.h"
#include "daemon/protocol/checking.h"
#include "daemon/protocol/from_master.h"
#include "daemon/sandbox/orders.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum { MEMBERS_REPORTED_MAX = 20 };

struct check_of {
    const struct config *config;
    struct users *users[USER_FILES];
    struct groups *groups;
    unsigned members_reported;
    size_t can_log_in;
};

static const char *path_of_users(const struct config *config, uint32_t index)
{
    return index == 0 ? config->user_file : config->hosts[index - 1].user_file;
}

static void note_to_master(enum log_level level, const char *text)
{
    if (level <= LOG_LEVEL_WARNING)
        program_report(level == LOG_LEVEL_ERROR ? CHECK_FAULT : CHECK_WARNING, text);
}

__attribute__((format(printf, 2, 3))) static void report(uint32_t kind, const char *format, ...)
{
    char line[CHECK_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(line, sizeof line, format, arguments) >= 0)
        program_report(kind, line);
    va_end(arguments);
}

/* ---- what the master hands over ---- */

static void take_file(struct check_of *check, const struct fm_file_message *message, int fd)
{
    const struct config *config = check->config;
    struct stat about;
    if (message->which == FM_FILE_USERS && message->index <= config->host_count &&
        !check->users[message->index])
        check->users[message->index] =
            users_load(fd, path_of_users(config, message->index), config->accept_hashes, &about);
    else if (message->which == FM_FILE_GROUPS && !check->groups)
        check->groups = groups_load(fd, config->group_file, &about);
}

static void take_files(struct check_of *check)
{
    struct fm_file_message message;
    int fd;
    while (channel_receive_fd(FD_MASTER, &message, sizeof message, &fd, 0) ==
           (ssize_t)sizeof message) {
        if (fd < 0)
            return;
        take_file(check, &message, fd);
        close(fd);
    }
}

/* ---- each user ---- */

static bool is_guest_account(const struct config *config, const struct user *user)
{
    return config->guests && strcmp(user->name, config->anonymous.account) == 0;
}

static bool has_expired(const struct policy *rules)
{
    const time_t now = time(NULL);
    struct tm today;
    return rules->expires != 0 && localtime_r(&now, &today) && date_of(&today) > rules->expires;
}

/* Why the user cannot log in, whatever the password is; NULL: nothing is known against it.  Weak
 * hashes were reported by the reader of the file, and a locked account is meant to be one. */
static const char *obstacle_of(const struct config *config, const struct user *user)
{
    const struct role_ids *ids = &orders()->ids;
    if (!roles_uid_may_log_in(config, ids, user->uid))
        return "the uid is below daemon.minimum_uid, root's, or one of wardftpd's own accounts; "
               "give the "
               "user another";
    if (!roles_gid_may_log_in(config, ids, user->gid))
        return "the gid is root's, one of wardftpd's own accounts, or in daemon.forbidden_groups; "
               "give the "
               "user "
               "another";
    return NULL;
}

static void send_user(const struct check_of *check, const struct user *user, uint32_t file,
                      const struct user_policy *policy, const struct membership *groups,
                      const char *home)
{
    const bool guest = is_guest_account(check->config, user);
    struct check_user message;
    memset(&message, 0, sizeof message);
    message.head.type = CHECK_USER;
    message.uid = user->uid;
    message.gid = user->gid;
    message.line = user->line;
    message.file = file;
    message.uploads = (policy->jail.rights & RIGHT_UPLOAD) != 0;
    message.is_guest = guest;
    message.home_may_come = check->config->create_home && !guest && !*user->home &&
                            home_pattern_fixed(policy->rules.home) > 0;
    message.group_count = (uint32_t)groups->gid_count;
    memcpy(message.groups, groups->gids, sizeof message.groups);
    (void)text_copy(message.name, sizeof message.name, user->name);
    (void)text_copy(message.home, sizeof message.home, home);
    (void)text_copy(message.start_directory, sizeof message.start_directory,
                    policy->rules.start_directory);
    (void)text_copy(message.upload_directory, sizeof message.upload_directory,
                    policy->jail.upload_directory);
    (void)channel_send(FD_MASTER, &message, sizeof message, 0);
}

static void check_user(struct check_of *check, const struct user *user, uint32_t file)
{
    const struct config *config = check->config;
    const char *path = path_of_users(config, file), *obstacle = obstacle_of(config, user);
    const bool guest = is_guest_account(config, user);
    struct user_policy policy;
    struct membership groups;
    char home[HOME_ROOM];
    groups_of(check->groups, config, &orders()->ids, user->name, user->gid, NULL, &groups);
    if (guest)
        policy_of_guests(config, &policy);
    else
        policy_of(config, user->name, &groups, &policy);
    const bool has_home = policy_home(&policy.rules, user->home, user->name, home, sizeof home);
    if (obstacle)
        report(CHECK_WARNING, "%s:%u: %s cannot log in: %s", path, user->line, user->name,
               obstacle);
    else if (!has_home)
        report(CHECK_WARNING, "%s:%u: %s cannot log in: %s", path, user->line, user->name,
               *policy.rules.home ? "`home` of wardftpd.conf has %u, and the name cannot be part "
                                    "of a path"
                                  : "the row has no home, and wardftpd.conf has no `home`");
    else if (has_expired(&policy.rules))
        report(CHECK_WARNING,
               "%s:%u: %s cannot log in: the date of `expires` in wardftpd.conf is over", path,
               user->line, user->name);
    else
        send_user(check, user, file, &policy, &groups, home);
    if (groups.refused)
        report(CHECK_WARNING,
               "%s:%u: %s does not get %zu of its groups: they are in daemon.forbidden_groups, "
               "root's or "
               "wardftpd's own",
               path, user->line, user->name, groups.refused);
    check->can_log_in += !obstacle && has_home && (guest || hash_is_checked(user->worth));
}

static void check_users(struct check_of *check)
{
    for (uint32_t file = 0; file <= check->config->host_count; file++) {
        const struct users *users = check->users[file];
        for (size_t i = 0; users && i < users_count(users); i++)
            check_user(check, users_at(users, i), file);
    }
    if (check->can_log_in == 0 && !*check->config->checker)
        report(CHECK_WARNING, "%s: no user of it can log in; add one with wardpasswd",
               check->config->user_file);
}

/* ---- names without their counterpart ---- */

static bool exists(const struct check_of *check, const char *name)
{
    for (size_t i = 0; i < USER_FILES; i++) {
        if (check->users[i] && users_find(check->users[i], name))
            return true;
    }
    return false;
}

static const char *nearest_user(const struct check_of *check, const char *name)
{
    struct nearest nearest;
    nearest_start(&nearest, name);
    for (size_t file = 0; file < USER_FILES; file++) {
        for (size_t i = 0; check->users[file] && i < users_count(check->users[file]); i++)
            nearest_try(&nearest, users_at(check->users[file], i)->name);
    }
    return nearest.best;
}

static void check_section(const struct check_of *check, const char *name)
{
    const char *best = nearest_user(check, name);
    if (strcasecmp(name, GUEST_NAME) == 0 && check->config->guests)
        report(CHECK_WARNING, "[user %s]: no effect: guests have the rules of [anonymous]", name);
    else if (best)
        report(CHECK_WARNING, "[user %s]: no user file has this user (did you mean %s?)", name,
               best);
    else
        report(CHECK_WARNING, "[user %s]: no user file has this user; add it with wardpasswd",
               name);
}

static void check_sections(const struct check_of *check)
{
    for (uint32_t i = 0; i < check->config->policy_count; i++) {
        const struct named_policy *named = &check->config->policies[i];
        if (named->kind == POLICY_USER && !exists(check, named->name) && !*check->config->checker)
            check_section(check, named->name);
    }
    if (check->config->guests && !exists(check, check->config->anonymous.account))
        report(
            CHECK_WARNING,
            "anonymous.account: no user file has the account %s, so guests cannot log in; add it",
            check->config->anonymous.account);
}

/* /etc/group names users of the system, too, and a checker knows others. */
static void check_member(void *context, const char *group, const char *member)
{
    struct check_of *check = context;
    if (exists(check, member) || check->members_reported++ >= MEMBERS_REPORTED_MAX)
        return;
    report(CHECK_HINT, "%s: group %s has the member %s, which no user file has",
           check->config->group_file, group, member);
}

void auth_check(const struct config *config)
{
    static struct check_of check;
    check.config = config;
    log_redirect(note_to_master);
    take_files(&check);
    (void)groups_bind(check.groups, config);
    /* it was reported why */
    if (!check.users[0])
        return;
    check_users(&check);
    check_sections(&check);
    if (strcmp(config->group_file, "/etc/group") != 0 && !*config->checker)
        groups_each_member(check.groups, check_member, &check);
}
