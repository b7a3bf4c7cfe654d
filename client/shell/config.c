/* SPDX-License-Identifier: BSD-2-Clause */
/* config.c - the configuration file: commands that need no session. */
#include "client/shell/config.h"

#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void config_init(struct shell *shell)
{
    const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char *to = shell->config_directory;
    if (base && base[0] == '/')
        (void)text_format(to, PATH_MAX, "%s/wardftp", base);
    else if (home && home[0] == '/')
        (void)text_format(to, PATH_MAX, "%s/.config/wardftp", home);
    else
        to[0] = '\0';
}

bool config_path(const struct shell *shell, const char *name, char path[PATH_MAX])
{
    path[0] = '\0';
    return shell->config_directory[0] &&
           text_format(path, PATH_MAX, "%s/%s", shell->config_directory, name);
}

int config_make_directory(const struct shell *shell)
{
    char path[PATH_MAX];
    if (!shell->config_directory[0] || !text_copy(path, sizeof path, shell->config_directory))
        return -ENOENT;
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700); /* the last one tells whether it worked */
        *slash = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -errno;
}

static bool is_ours(const struct stat *status)
{
    return (status->st_uid == geteuid() || status->st_uid == 0) &&
           (status->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

enum outcome config_run(struct shell *shell, const char *file)
{
    char path[PATH_MAX];
    struct stat status;
    enum outcome outcome;
    if (!file && (!config_path(shell, "config", path) || stat(path, &status) < 0))
        return OUTCOME_OK;
    if (file && stat(file, &status) < 0) {
        shell_fail(shell, OUTCOME_USAGE, "%s: %s", file, strerror(errno));
        report_failure(&shell->report, &shell->session.failure);
        return OUTCOME_USAGE;
    }
    if (!file && !is_ours(&status)) {
        shell_fail(shell, OUTCOME_USAGE, "%s: others can write to it; run chmod go-w", path);
        report_failure(&shell->report, &shell->session.failure);
        return OUTCOME_USAGE;
    }
    shell->configuring = true;
    outcome = shell_run_file(shell, file ? file : path);
    shell->configuring = false;
    return outcome;
}
