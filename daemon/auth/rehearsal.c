/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.c - runs in the self-test of auth and of the hashers: their work on a small scale. */
#include "daemon/auth/auth.h"

#include "daemon/program/rehearsal.h"

#include <crypt.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The cheapest hash of the default kind. */
static bool hashes(void)
{
    static struct crypt_data data;
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    alarm(1);
    alarm(0);
    return crypt_gensalt_rn("$y$", 1, NULL, 0, setting, (int)sizeof setting) &&
           crypt_rn("rehearsal", setting, &data, (int)sizeof data) != NULL;
}

static bool forks(void)
{
    const pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

/* As across a restart. */
static bool keeps(void)
{
    struct flock first = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
    return fcntl(FD_STAGE_FILE, F_OFD_SETLK, &first) == 0 && pwrite(FD_STAGE_FILE, "", 1, 0) == 1 &&
           fdatasync(FD_STAGE_FILE) == 0;
}

const char *auth_rehearse(enum role role)
{
    const char *failed = rehearse_basics(false);
    if (failed)
        return failed;
    if (role != ROLE_AUTH)
        DOES(hashes());
    if (role == ROLE_HASH_POOL || role == ROLE_AUTH_BEFORE)
        DOES(forks());
    if (role != ROLE_AUTH)
        return NULL;
    DOES(keeps());
    return rehearse_loop(false);
}
