/* SPDX-License-Identifier: BSD-2-Clause */
/* predecessor.h - plays the predecessor of a shared process that takes over. */
#ifndef TESTS_PREDECESSOR_H
#define TESTS_PREDECESSOR_H

#include "tests/unit/expect.h"

#include "daemon/ipc/hand_over.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

/* The exit code of a process that takes over what these messages say, and then the end. */
struct sent {
    const void *message;
    size_t size;
    bool with_fd;
};

static inline int code_of(void (*take)(int channel), const struct sent sent[], size_t count,
                          bool ends)
{
    const struct message_head end = { .type = HAND_END };
    int ends_of[2], status = 0;
    assert_int_equal(channel_pair(ends_of, sizeof(struct hand_penalties)), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        close(ends_of[0]);
        (void)dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        take(ends_of[1]);
        _exit(0);
    }
    close(ends_of[1]);
    for (size_t i = 0; i < count; i++)
        (void)channel_send_fd(ends_of[0], sent[i].message, sent[i].size,
                              sent[i].with_fd ? STDIN_FILENO : -1, 0);
    if (ends)
        (void)channel_send(ends_of[0], &end, sizeof end, 0);
    close(ends_of[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define CODE_OF(take, ...)                                                                         \
    code_of(take, (const struct sent[]){ __VA_ARGS__ },                                            \
            sizeof((const struct sent[]){ __VA_ARGS__ }) / sizeof(struct sent), true)

#endif
