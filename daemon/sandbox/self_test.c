/* self_test.c - runs in the master at its start: forks one process after the
 * other, and hears of each by one message whether its role is what it should be. */
#include "daemon/sandbox/self_test.h"

#include "common/text.h"
#include "daemon/border/channel.h"
#include "daemon/border/log.h"
#include "daemon/sandbox/filter.h"
#include "daemon/sandbox/landlock.h"
#include "daemon/sandbox/rehearsal.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* One trial: a process takes these roles one after the other, and each is tried. */
struct trial {
    enum role roles[3];
    size_t count;
};

static const struct trial trials[] = {
    { { ROLE_AUTH_BEFORE, ROLE_AUTH }, 2 },
    { { ROLE_AUTH_BEFORE, ROLE_NURSERY, ROLE_HASHER }, 3 },
    { { ROLE_DIALER }, 1 },
    { { ROLE_KEEPER }, 1 },
    { { ROLE_SCRIBE }, 1 },
    { { ROLE_CONTROL }, 1 },
    { { ROLE_NET_CRADLE, ROLE_NET }, 2 },
    { { ROLE_JAIL_CRADLE, ROLE_JAIL_BEFORE, ROLE_JAIL }, 3 },
};

enum finding_kind { FINE, NEED_FAILED, NEED_REFUSED, NOT_REFUSED, LANDLOCK_FAILED };

struct finding {
    uint32_t kind;
    uint32_t role;
    int32_t error;
    int32_t call;
    char what[64];
};

static volatile int refused; /* by the filter, since it was last cleared; -1: nothing */

static void note_refusal(int call)
{
    refused = call;
}

static bool report(int channel, const struct finding *finding)
{
    return channel_send(channel, finding, sizeof *finding, 0) == 0;
}

static bool works(enum role role, const struct stage *stage, struct finding *finding)
{
    refused = -1;
    errno = 0;
    const char *failed = rehearse(role, stage);
    if (!failed && refused < 0)
        return true;
    finding->kind = refused >= 0 ? NEED_REFUSED : NEED_FAILED;
    finding->error = errno;
    finding->call = refused;
    (void)text_copy(finding->what, sizeof finding->what, failed ? failed : "its work");
    return false;
}

/* NET and hashers have calls that others lack, and the other way round: each row says whom it is about. */
static bool refuses(enum role role, struct finding *finding)
{
    for (size_t i = 0; i < forbidden_call_count; i++) {
        const struct forbidden_call *row = &forbidden_calls[i];
        const long *a = row->argument;
        const int number = seccomp_syscall_resolve_name(row->name);
        if (!(row->roles & 1U << role) || number < 0)
            continue;
        refused = -1;
        (void)syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
        if (refused == number)
            continue;
        finding->kind = NOT_REFUSED;
        finding->call = number;
        return false;
    }
    return true;
}

/* The highest id that any filter passes, so that no account of the daemon's is met. */
static bool log_in_for_trial(const struct confinement *how)
{
    uid_t ids[2];
    int error = 0;
    id_filter_passing(how->config, how->ids, ids);
    return sandbox_become(ids[0], ids[0], NULL, 0, "/", USE_LIST | USE_READ, &error) == 0;
}

static bool take(const struct trial *trial, size_t step, const struct confinement *how)
{
    const enum role role = trial->roles[step];
    if (step == 0)
        sandbox_enter(role, how);
    else if (role == ROLE_JAIL)
        return log_in_for_trial(how);
    else if (cradle_of(role) != ROLE_MASTER)
        sandbox_born(role);
    else
        sandbox_narrow(role);
    return true;
}

static _Noreturn void try_out(const struct trial *trial, const struct confinement *how, int channel)
{
    struct finding finding = { .kind = FINE };
    struct stage stage;
    log_open(-1, LOG_LEVEL_ERROR);
    /* What the master keeps taken there: NET may have no descriptor above 17. */
    if (close_range(FD_MASTER, FD_KEPT, 0) != 0 || !stage_open(&stage))
        die("the self-test: %s", strerror(errno));
    filter_rehearse(note_refusal);
    for (size_t i = 0; i < trial->count && finding.kind == FINE; i++) {
        finding.role = trial->roles[i];
        if (!take(trial, i, how)) {
            finding.kind = NEED_FAILED;
            finding.error = errno;
            (void)text_copy(finding.what, sizeof finding.what, "becoming a user");
        } else if (works(finding.role, &stage, &finding)) {
            (void)(how->config->sandbox == SANDBOX_STRICT && refuses(finding.role, &finding));
        }
    }
    _exit(report(channel, &finding) ? 0 : 1);
}

/* Landlock alone, as the filters stand before it wherever both are. */
static _Noreturn void try_landlock(int channel)
{
    struct finding finding = { .kind = FINE };
    if (landlock_abi() &&
        (!landlock_enter(0, NETWORK_NONE) || open("/", O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES)) {
        finding.kind = LANDLOCK_FAILED;
        finding.error = errno;
    }
    _exit(report(channel, &finding) ? 0 : 1);
}

static void explain(const struct finding *finding, char *line, size_t room)
{
    const char *name = finding->role < ROLES ? roles[finding->role].name : "?";
    switch (finding->kind) {
    case NEED_FAILED:
        (void)text_format(line, room, "%s can't do its work in its confinement: %.60s: %s", name,
                          finding->what, strerror(finding->error));
        break;
    case NEED_REFUSED:
        (void)text_format(line, room,
                          "%s: its filter (seccomp) refuses system call %d (%s), which %.60s needs", name,
                          finding->call, filter_call_name(finding->call), finding->what);
        break;
    case NOT_REFUSED:
        (void)text_format(line, room, "%s: its filter (seccomp) does not refuse system call %d (%s)", name,
                          finding->call, filter_call_name(finding->call));
        break;
    default:
        (void)text_format(line, room, "a Landlock domain does not refuse files (%s)",
                          strerror(finding->error));
        break;
    }
}

/* trial NULL: Landlock.  False with the reason in line. */
static bool run(const struct trial *trial, const struct confinement *how, char *line, size_t room)
{
    struct finding finding = { 0 };
    int ends[2];
    if (channel_pair(ends, 0) != 0) {
        (void)text_copy(line, room, "no channel");
        return false;
    }
    const pid_t pid = fork();
    if (pid == 0 && trial)
        try_out(trial, how, ends[1]);
    if (pid == 0)
        try_landlock(ends[1]);
    close(ends[1]);
    const ssize_t n = pid < 0 ? -errno : channel_receive(ends[0], &finding, sizeof finding, 0);
    close(ends[0]);
    int status = 0;
    if (pid > 0)
        (void)waitpid(pid, &status, 0);
    while (waitpid(-1, NULL, 0) > 0) /* a cradle's child is ours */
        ;
    if (n == (ssize_t)sizeof finding && finding.kind == FINE)
        return true;
    if (n == (ssize_t)sizeof finding)
        explain(&finding, line, room);
    else
        (void)text_format(line, room, "%s ended before it could say what is wrong (wait status %d)",
                          trial ? roles[trial->roles[0]].name : "Landlock's", status);
    return false;
}

int self_test(const struct confinement *how, config_complain *complain, void *context)
{
    const bool report_only = how->config->sandbox == SANDBOX_REPORT;
    char reason[256], line[320];
    if (WITH_SANITIZERS) /* which has no filters */
        return 0;
    for (size_t i = 0; i <= COUNT(trials); i++) {
        if (run(i < COUNT(trials) ? &trials[i] : NULL, how, reason, sizeof reason))
            continue;
        (void)text_format(line, sizeof line, "the self-test of the sandbox has failed: %s", reason);
        complain(context, !report_only, line);
        if (!report_only)
            return -EINVAL;
    }
    return 0;
}
