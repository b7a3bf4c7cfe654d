/* SPDX-License-Identifier: BSD-2-Clause */
/* users.c - runs in `wardftpd -t`, as root: has auth's program read the user
 * files, and checks the homes of those who can log in. */
#include "daemon/checkup/checkup.h"

#include "daemon/checkup/homes.h"
#include "daemon/master/check_program.h"
#include "daemon/master/master.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct users_look {
    struct findings *findings;
    struct homes *homes;
};

static int open_file(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* index 0: of [daemon]; otherwise of host index - 1. */
static bool give_users(int channel, uint32_t index, const char *path, struct findings *findings)
{
    const int fd = open_file(path);
    if (fd >= 0)
        return check_program_give(channel, FM_FILE_USERS, index, fd);
    findings_add(findings, SEVERITY_WARNING,
                 "%s: %s: no one can log in%s; make the file with wardpasswd", path,
                 strerror(errno), index == 0 ? "" : " at this host");
    return true;
}

static bool give_files(int channel, const struct config *config, struct check_run *run)
{
    struct users_look *look = run->context;
    const int groups = *config->group_file ? open_file(config->group_file) : -1;
    bool fine = groups < 0 || check_program_give(channel, FM_FILE_GROUPS, 0, groups);
    fine = fine && give_users(channel, 0, config->user_file, look->findings);
    for (uint32_t i = 0; i < config->host_count && fine; i++) {
        if (config->hosts[i].user_file[0])
            fine = give_users(channel, i + 1, config->hosts[i].user_file, look->findings);
    }
    return fine;
}

static void on_user(void *context, const struct check_user *user)
{
    struct users_look *look = context;
    if (look->homes)
        homes_look(look->homes, user);
}

void checkup_users(const struct master *master, struct findings *findings)
{
    const struct complaint to = findings_complaint(findings);
    struct users_look look = { .findings = findings, .homes = homes_new(master->config, findings) };
    struct check_run run = { .to = &to, .give = give_files, .on_user = on_user, .context = &look };
    check_program(master, PROGRAM_AUTH, &run);
    if (look.homes)
        homes_finish(look.homes);
}
