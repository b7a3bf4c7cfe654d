/* SPDX-License-Identifier: BSD-2-Clause */
/* doctor_check.c - runs `wardftpd -t` on the configuration that the daemon has. */
#include "tools/wardctl/doctor.h"

#include "common/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* The program of the running daemon, by its link in /proc, so that both agree. */
static _Noreturn void execute(const struct diagnosis *diagnosis)
{
    const struct running_config *running = diagnosis->running;
    const char *arguments[8 + 2 * COUNT(running->overrides)] = { "wardftpd", "-t", "--strict", "-c",
                                                                 running->path };
    char path[64];
    size_t n = 5;
    if (diagnosis->json)
        arguments[n++] = "--json";
    for (size_t i = 0; i < running->override_count; i++) {
        arguments[n++] = "-o";
        arguments[n++] = running->overrides[i].text;
    }
    (void)text_format(path, sizeof path, "/proc/%" PRIu64 "/exe", running->numbers[STATE_PID]);
    (void)execv(path, (char *const *)(uintptr_t)arguments);
    _exit(EX_OSERR);
}

int doctor_check(const struct diagnosis *diagnosis)
{
    int status;
    (void)fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0)
        execute(diagnosis);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
        WEXITSTATUS(status) == EX_OSERR)
        return -1;
    return WEXITSTATUS(status);
}
