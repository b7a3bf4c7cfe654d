/* SPDX-License-Identifier: BSD-2-Clause */
/* check_program.c - runs in the master (or in `wardftpd -t`): starts a role's
 * program in its mode "check" and passes its complaints on. */
#include "daemon/master/check_program.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/master/master.h"
#include "daemon/master/spawn.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHECK_SECONDS = 20, CHECK_MESSAGES_MAX = 1000000 };

union check_any {
    struct message_head head;
    struct check line;
    struct check_user user;
    struct check_certificate certificate;
};

void check_program_complain(struct check_run *run, bool fatal, const char *path, const char *fault)
{
    run->faults += fatal;
    (void)complain_about(run->to, fatal, path, fault);
}

bool check_program_give(int channel, enum fm_file which, uint32_t index, int fd)
{
    const struct fm_file_message message = { .head.type = FM_FILE, .which = which, .index = index };
    const bool fine = channel_send_fd(channel, &message, sizeof message, fd, 0) == 0;
    close(fd);
    return fine;
}

static bool user_fits(const struct check_user *user)
{
    return user->group_count <= GROUPS_MAX && text_ends(user->name, sizeof user->name) &&
           text_ends(user->home, sizeof user->home) &&
           text_ends(user->start_directory, sizeof user->start_directory) &&
           text_ends(user->upload_directory, sizeof user->upload_directory);
}

static void take_line(const struct check *line, struct check_run *run)
{
    const struct complaint *to = run->to;
    const bool fatal = line->head.type == CHECK_FAULT;
    if (line->head.type == CHECK_HINT && to->hint)
        to->hint(to->context, line->text);
    else if (line->head.type == CHECK_SERVED && to->served)
        to->served(to->context, line->text);
    else if (line->head.type != CHECK_HINT)
        to->complain(to->context, fatal, line->text);
    run->faults += fatal;
}

/* False: the message is not one of a program that checks. */
static bool take(const union check_any *message, ssize_t n, struct check_run *run)
{
    if (message->head.type == CHECK_USER) {
        const bool fits = n == (ssize_t)sizeof message->user && user_fits(&message->user);
        if (fits && run->on_user)
            run->on_user(run->context, &message->user);
        return fits;
    }
    if (message->head.type == CHECK_CERTIFICATE) {
        const bool fits = n == (ssize_t)sizeof message->certificate;
        if (fits && run->on_certificate)
            run->on_certificate(run->context, &message->certificate);
        return fits;
    }
    if (n > (ssize_t)sizeof message->line ||
        !text_ends(message->line.text, sizeof message->line.text))
        return false;
    take_line(&message->line, run);
    return true;
}

/* Passes on what the program says.  False: it ended before it had checked everything. */
static bool receive_all(int channel, struct check_run *run)
{
    static union check_any message;
    for (int i = 0; i < CHECK_MESSAGES_MAX; i++) {
        const ssize_t n = channel_receive(channel, &message, sizeof message, 0);
        if (n <= (ssize_t)offsetof(struct check, text))
            return false;
        if (message.head.type == CHECK_END)
            return true;
        if (!take(&message, n, run))
            return false;
    }
    return false;
}

static bool exchange(const struct master *master, int channel, struct check_run *run)
{
    const struct timeval limit = { .tv_sec = CHECK_SECONDS };
    if (setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0)
        return false;
    if (run->give && !run->give(channel, master->config, run))
        return false;
    return shutdown(channel, SHUT_WR) == 0 && receive_all(channel, run);
}

/* The wait status of a process that ends by itself, or by SIGKILL. */
static int collect(pid_t pid, bool at_once)
{
    int status = 0;
    if (at_once)
        (void)kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

void check_program(const struct master *master, enum program program, struct check_run *run)
{
    int fds[FD_PLACES], ends[2];
    memset(fds, -1, sizeof fds);
    const int error = channel_pair(ends, sizeof(union check_any));
    if (error) {
        run->broken = true;
        check_program_complain(run, true, program_name(program), strerror(-error));
        return;
    }
    fds[FD_MASTER] = ends[1];
    const pid_t pid = spawn_program(master, program, "check", fds);
    close(ends[1]);
    const bool complete = pid > 0 && exchange(master, ends[0], run);
    close(ends[0]);
    const int status = pid > 0 ? collect(pid, !complete) : 0;
    run->broken = !complete || status != 0;
    if (run->broken)
        check_program_complain(run, true, program_name(program),
                               "its program ended before it had checked everything");
}
