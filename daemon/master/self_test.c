/* SPDX-License-Identifier: BSD-2-Clause */
/* self_test.c - runs in the master at its start: has each program take its roles
 * on this kernel and report whether its filters allow and refuse what they should. */
#include "daemon/master/self_test.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/master/filters.h"
#include "daemon/master/master.h"
#include "daemon/master/spawn.h"
#include "daemon/program/rehearsal.h"
#include "daemon/protocol/checking.h"
#include "daemon/sandbox/landlock.h"
#include "daemon/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
    enum program program;
    const char *mode;
} tests[] = {
    { PROGRAM_AUTH, "self-test" },     { PROGRAM_AUTH, "self-test-2" },
    { PROGRAM_DIALER, "self-test" },   { PROGRAM_KEEPER, "self-test" },
    { PROGRAM_SCRIBE, "self-test" },   { PROGRAM_CONTROL, "self-test" },
    { PROGRAM_NET, "self-test" },      { PROGRAM_JAIL, "self-test" },
    { PROGRAM_RESOLVER, "self-test" }, { PROGRAM_HOMES, "self-test" },
    { PROGRAM_REHASH, "self-test" },   { PROGRAM_EVENTS, "self-test" },
    { PROGRAM_GREETER, "self-test" },  { PROGRAM_METRICS, "self-test" },
    { PROGRAM_CHECKER, "self-test" },
};

static void explain(const struct finding *finding, char *line, size_t room)
{
    const char *name = finding->role < ROLES ? roles[finding->role].name : "?";
    const char *call = filter_call_name(finding->call);
    switch (finding->kind) {
    case FINDING_NEED_FAILED:
        (void)text_format(line, room, "%s can't do its work in its confinement: %.60s: %s", name,
                          finding->what, strerror(finding->error));
        break;
    case FINDING_NEED_REFUSED:
        (void)text_format(line, room,
                          "%s: its filter (seccomp) refuses system call %d (%s), which %.60s needs",
                          name, finding->call, call, finding->what);
        break;
    default:
        (void)text_format(line, room,
                          "%s: its filter (seccomp) does not refuse system call %d (%s)", name,
                          finding->call, call);
        break;
    }
}

/* Waits for the program alone: the master may have been started with children, which can outlive it.
 * The child that a zygote forked for us is reaped as an orphan (orphans.c). */
static int collect(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* In a private network loopback may be down: then any address. */
static int any_listener(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    bool bound = fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof at) == 0;
    at.sin_addr.s_addr = htonl(INADDR_ANY);
    bound = bound || (fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof at) == 0);
    if (bound && listen(fd, 1) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1; /* without IPv4, that part is skipped */
}

static int some_file(void)
{
    static const char bytes[] = "rehearsal";
    const int fd = memfd_create("rehearsal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && write(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Descriptors for the program to try its work on; our end of its channel is ends[0]. */
static bool set_stage(int fds[FD_PLACES], int ends[2])
{
    int pair[2];
    memset(fds, -1, FD_PLACES * sizeof fds[0]);
    if (channel_pair(ends, 0) != 0)
        return false;
    fds[FD_MASTER] = ends[1];
    if (channel_pair(pair, 0) != 0)
        return false;
    fds[FD_STAGE_END] = pair[0];
    fds[FD_STAGE_OTHER_END] = pair[1];
    fds[FD_STAGE_LISTENER] = any_listener();
    fds[FD_STAGE_FILE] = some_file();
    return fds[FD_STAGE_FILE] >= 0;
}

static void clear_stage(const int fds[FD_PLACES])
{
    for (int i = FD_MASTER; i < FD_KEPT; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
}

/* False with the reason in line. */
static bool run_one(const struct master *master, enum program program, const char *mode, char *line,
                    size_t room)
{
    struct finding finding = { 0 };
    int fds[FD_PLACES], ends[2] = { -1, -1 };
    const pid_t pid = set_stage(fds, ends) ? spawn_program(master, program, mode, fds) : -1;
    const int error = errno;
    clear_stage(fds);
    const ssize_t n = pid < 0 ? -error : channel_receive(ends[0], &finding, sizeof finding, 0);
    if (ends[0] >= 0)
        close(ends[0]);
    const int status = pid > 0 ? collect(pid) : 0;
    if (n != (ssize_t)sizeof finding)
        (void)text_format(line, room, "%s ended before it could say what is wrong (wait status %d)",
                          program_name(program), status);
    else if (finding.kind != FINDING_NONE)
        explain(&finding, line, room);
    return n == (ssize_t)sizeof finding && finding.kind == FINDING_NONE;
}

/* Tests Landlock alone: with filters, they would refuse first. */
static bool landlock_refuses(void)
{
    return !landlock_abi() || (landlock_enter(0, NETWORK_NONE) &&
                               open("/", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
}

static bool run_landlock(char *line, size_t room)
{
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0)
        _exit(landlock_refuses() ? 0 : 1);
    if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    (void)text_copy(line, room, "a Landlock domain does not refuse files");
    return false;
}

static bool is_wanted(const struct master *master, enum program program)
{
    switch (program) {
    case PROGRAM_HOMES:
        return master->config->create_home;
    case PROGRAM_CHECKER:
        return master->config->checker[0] != '\0';
    case PROGRAM_REHASH:
        return master->config->rehash;
    default:
        return roles_wanted(master->config, program_role(program));
    }
}

/* False: it has failed, and the configuration does not let the daemon serve all the same. */
static bool accept_result(const struct master *master, bool fine, const char *reason,
                          const struct complaint *to)
{
    const bool report_only = master->config->sandbox == SANDBOX_REPORT;
    char line[320];
    if (fine)
        return true;
    (void)text_format(line, sizeof line, "the self-test of the sandbox has failed: %s", reason);
    to->complain(to->context, !report_only, line);
    return report_only;
}

bool self_test_program(const struct master *master, enum program program,
                       const struct complaint *to)
{
    char reason[256];
    return WITH_SANITIZERS ||
           accept_result(master, run_one(master, program, "self-test", reason, sizeof reason),
                         reason, to);
}

int self_test(const struct master *master, const struct complaint *to)
{
    char reason[256];
    if (WITH_SANITIZERS) /* which has no filters */
        return 0;
    for (size_t i = 0; i < COUNT(tests); i++) {
        if (is_wanted(master, tests[i].program) &&
            !accept_result(master,
                           run_one(master, tests[i].program, tests[i].mode, reason, sizeof reason),
                           reason, to))
            return -EINVAL;
    }
    return accept_result(master, run_landlock(reason, sizeof reason), reason, to) ? 0 : -EINVAL;
}
