/* SPDX-License-Identifier: BSD-2-Clause */
/* become.c - runs in JAIL before the log-in, with its own uid and three
 * capabilities.  Reads one message of auth, and nothing from NET. */
#include "daemon/jail/become.h"

#include "common/path.h"
#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/ipc/policy.h"
#include "daemon/sandbox/sandbox.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BEFORE_LOGIN = 1 << 0, BEFORE_HOME = 1 << 1 };

static const struct border_row from_auth[] = { AUTH_TO_JAIL(BORDER_ROW) };

/* NET may end, but must not send anything before JAIL has become the user. */
static void check_net(short events)
{
    char byte;
    if (!events)
        return;
    if (channel_receive(FD_MASTER, &byte, sizeof byte, MSG_DONTWAIT) != 0)
        die("jail: border violation: NET sent a message before the log-in");
    _exit(0);
}

static void wait_for_auth(void)
{
    for (;;) {
        struct pollfd ends[] = { { .fd = FD_AUTH, .events = POLLIN },
                                 { .fd = FD_MASTER, .events = POLLIN } };
        if (poll(ends, COUNT(ends), -1) < 0) {
            if (errno == EINTR)
                continue;
            die("jail: poll: %s", strerror(errno));
        }
        if (ends[0].revents)
            return;
        check_net(ends[1].revents);
    }
}

/* With an upload directory, nothing may be changed elsewhere (rights.h). */
static bool uploads_fit(const struct jail_policy *policy)
{
    const bool set = policy->upload_directory[0] != '\0';
    if (!text_ends(policy->upload_directory, sizeof policy->upload_directory) ||
        policy->list_uploads > 1)
        return false;
    if (!set)
        return policy->upload_rights == 0;
    return path_is_normal(policy->upload_directory) &&
           (policy->rights & ~(uint32_t)RIGHTS_READ) == 0 &&
           (policy->upload_rights & ~(uint32_t)(RIGHT_UPLOAD | RIGHT_LIST)) == 0;
}

static bool policy_fits(const struct jail_policy *policy)
{
    return policy_fits_jail(policy) && policy->asks <= ASKS_ALL &&
           text_ends(policy->user, sizeof policy->user) &&
           text_ends(policy->group, sizeof policy->group) && uploads_fit(policy);
}

/* The kernel would give JAIL any group, and no filter can check the list of setgroups(2). */
static bool ids_fit(const struct config *config, const struct role_ids *ids,
                    const struct jail_who *who)
{
    for (uint32_t i = 0; i < who->group_count; i++) {
        if (!roles_gid_may_log_in(config, ids, who->groups[i]))
            return false;
    }
    return roles_uid_may_log_in(config, ids, who->uid) &&
           roles_gid_may_log_in(config, ids, who->gid);
}

static bool who_fits(const struct config *config, const struct role_ids *ids,
                     const struct jail_who *who)
{
    if (who->group_count > GROUPS_MAX || !text_ends(who->home, sizeof who->home) ||
        who->home[0] != '/' || who->shares_uid > 1 || who->home_may_come > 1 ||
        !text_ends(who->login, sizeof who->login))
        return false;
    return ids_fit(config, ids, who) && policy_fits(&who->policy);
}

static void receive_from_auth(unsigned phase, void *message, size_t size)
{
    const ssize_t n = channel_receive(FD_AUTH, message, size, 0);
    /* auth is gone; the master replaces this cell */
    if (n == 0 || n == -ECONNRESET)
        _exit(0);
    if (n < 0)
        die("jail: auth's channel: %s", strerror((int)-n));
    const enum border_fault fault =
        border_check(from_auth, COUNT(from_auth), message, (size_t)n, phase, 0);
    if (fault != BORDER_FINE)
        die("jail: border violation: auth's message is %s", border_fault_text(fault));
}

static void receive_who(const struct config *config, const struct role_ids *ids,
                        struct jail_who *who)
{
    receive_from_auth(BEFORE_LOGIN, who, sizeof *who);
    if (!who_fits(config, ids, who))
        die("jail: border violation: auth names a user or a group that no session may have");
}

/* What Landlock must permit for these rights.  An upload creates a temporary file, renames it and
 * may remove others.  Landlock does not restrict CHMOD. */
static uint32_t file_use(uint32_t rights)
{
    static const struct {
        uint32_t right, use;
    } uses[] = {
        { RIGHT_LIST, USE_LIST },
        { RIGHT_DOWNLOAD, USE_READ },
        { RIGHT_UPLOAD | RIGHT_OVERWRITE | RIGHT_APPEND,
          USE_READ | USE_WRITE | USE_MAKE | USE_REMOVE },
        { RIGHT_DELETE, USE_READ | USE_WRITE | USE_REMOVE },
        { RIGHT_RENAME, USE_ALL },
        { RIGHT_MKDIR, USE_MKDIR },
        { RIGHT_RMDIR, USE_LIST | USE_RMDIR | USE_REMOVE | USE_READ | USE_WRITE },
    };
    uint32_t sum = USE_LIST;
    for (size_t i = 0; i < COUNT(uses); i++) {
        if (rights & uses[i].right)
            sum |= uses[i].use;
    }
    return sum;
}

static bool answer_auth(const struct jail_who *who, int step, int error)
{
    const struct jail_who_answer answer = { .head = who->head,
                                            .step = (uint32_t)step,
                                            .error = (uint32_t)error };
    return channel_send_fd(FD_AUTH, &answer, sizeof answer, -1, 0) == 0;
}

/* There is no home yet: auth may have it made, and ends this process' channel otherwise. */
static int wait_for_home(const struct jail_who *who, uint32_t files, int *error)
{
    struct message_head again;
    if (!answer_auth(who, JAIL_HOME, *error))
        _exit(0);
    wait_for_auth();
    receive_from_auth(BEFORE_HOME, &again, sizeof again);
    return sandbox_enter_home(who->uid, who->gid, who->groups, who->group_count, who->home, files,
                              error);
}

void become_user(const struct config *config, const struct role_ids *ids, struct jail_who *who)
{
    int error = 0;
    wait_for_auth();
    receive_who(config, ids, who);
    const uint32_t files = file_use(who->policy.rights | who->policy.upload_rights);
    int step =
        sandbox_become(who->uid, who->gid, who->groups, who->group_count, who->home, files, &error);
    if (step == JAIL_HOME && error == ENOENT && who->home_may_come)
        step = wait_for_home(who, files, &error);
    /* otherwise this process may have parts of two identities, and must end; auth logs why */
    if (!answer_auth(who, step, error) || step != JAIL_ENTERED)
        _exit(0);
}
